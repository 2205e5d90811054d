"""The style sheet of the desk: cut by matter for whoever changes it, one file for a browser."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, url_for

from fieldapp.problems import NotFound
from fieldapp.web.files import FOR_EVER

PARTS = [
    *["base", "buttons", "frame", "parts", "lists", "record", "map", "criteria", "form"],
    *["reports", "admin", "figures", "cases", "print"],
]
"""The files of ``static/desk/style`` in the order in which they are laid over Bootstrap and over each other."""

HERE = Path(__file__).parents[1] / "static" / "desk" / "style"

bp = Blueprint("style", __name__, url_prefix="/style")


def init_app(app: Flask) -> None:
    """Let every page name the style sheet."""
    app.jinja_env.globals.update(style_address=address)


@cache
def whole() -> str:
    """All parts as one, read once in a process."""
    return "\n".join((HERE / f"{part}.css").read_text("utf-8") for part in PARTS)


@cache
def digest_of_it() -> str:
    """The first 16 hex digits of SHA-256 over the whole."""
    return hashlib.sha256(whole().encode()).hexdigest()[:16]


def address() -> str:
    """Where the style sheet is. Its digest is in the address, so that a browser asks for it once."""
    return url_for("style.desk", digest=digest_of_it())


@bp.get("/<digest>/desk.css")
def desk(digest: str) -> Response:
    """The style sheet of this digest.

    :raises NotFound: this process has another one, which may not be kept under this address.
    """
    if digest != digest_of_it():
        raise NotFound()
    return Response(whole(), mimetype="text/css", headers={"Cache-Control": FOR_EVER})

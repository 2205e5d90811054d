"""The style sheet of the desk: cut by matter for whoever changes it, one file for a browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, url_for

from fieldapp.problems import NotFound
from fieldapp.web.files import FOR_EVER, build

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


def address() -> str:
    """Where the style sheet is. The build is in the address, so that a browser asks for it once."""
    return url_for("style.desk", build_asked=build())


@bp.get("/<build_asked>/desk.css")
def desk(build_asked: str) -> Response:
    """The style sheet of this build.

    :raises NotFound: another one is asked for; what there is may not be kept under its address.
    """
    if build_asked != build():
        raise NotFound()
    return Response(whole(), mimetype="text/css", headers={"Cache-Control": FOR_EVER})

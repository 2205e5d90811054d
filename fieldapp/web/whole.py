"""What a page needs to see that its files came whole: one cut on its way would be kept for a year."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flask_bootstrap
from flask import Blueprint, Flask, Response, url_for

from fieldapp.problems import NotFound
from fieldapp.web import style
from fieldapp.web.files import FOR_A_DAY, STATIC, build

NEEDED = ("desk", "app/ground", "app/twins")
"""The folders with scripts of the desk, and of the tablet what these use."""
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"


bp = Blueprint("whole", __name__, url_prefix="/style")


def init_app(app: Flask) -> None:
    """Let every page name the check."""
    app.jinja_env.globals.update(check_address=address)


def address() -> str:
    """Where the check is."""
    return url_for("whole.check", build_asked=build())


@bp.get("/<build_asked>/whole.js")
def check(build_asked: str) -> Response:
    """The check, with the integrity of every file. It is itself kept for a day alone: cut, it heals by itself.

    :raises NotFound: another build is asked for.
    """
    if build_asked != build():
        raise NotFound()
    return Response(_script(), mimetype="text/javascript", headers={"Cache-Control": FOR_A_DAY})


@cache
def _script() -> str:
    code = (STATIC / "desk" / "whole.js").read_text("utf-8")
    return f"const FILES = {json.dumps(dict(_files()))};\n{code}"


def _files() -> Iterator[tuple[str, str]]:
    """The address of each file with the hash of what it holds, as ``integrity`` has it."""
    yield style.address(), _integrity(style.whole().encode())
    name = "css/bootstrap.min.css"
    yield url_for("bootstrap.static", filename=name), _integrity((BOOTSTRAP / name).read_bytes())
    for path in sorted(path for folder in NEEDED for path in (STATIC / folder).glob("*.js")):
        yield url_for("static", filename=path.relative_to(STATIC).as_posix()), _integrity(path.read_bytes())


def _integrity(body: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}"

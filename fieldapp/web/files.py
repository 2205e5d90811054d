"""Bootstrap, the scripts and the pictures of the office's pages, at addresses that name what they hold.

In every such address is the build, the first 16 hex digits of SHA-256 over all of them. What an address of this build
answers never changes, so a browser keeps it for a year and asks no more: on a slow line, a page of the office is one
answer and not twenty. After an upgrade the pages name other addresses. Files that are changed while a server runs are
seen when it is started again.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

from fieldapp.web import asked

STATIC = Path(__file__).parents[1] / "static"
OURS, OF_BOOTSTRAP, OF_THE_TABLET = "static", "bootstrap.static", "tablet.part"
ENDPOINTS = {OURS, OF_BOOTSTRAP, OF_THE_TABLET, "style.desk", "whole.check"}
"""What answers files: the same to everybody, in no language, and without asking who it is."""
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400, immutable"


def init_app(app: Flask) -> None:
    """Answer them, put the build into every address of one, and let browsers keep what an address of it answers."""
    app.add_url_rule("/static/<build>/<path:filename>", OURS, _file)
    app.url_defaults(_name_the_build)
    app.after_request(_let_it_be_kept)


@cache
def build() -> str:
    """Names all files as they are: 16 hex digits."""
    return digest(STATIC)


def digest(folder: Path) -> str:
    """Of all files of a folder, their names and the libraries' version."""
    whole = hashlib.sha256(version("bootstrap-flask").encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"\n{path.relative_to(folder).as_posix()} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def is_one() -> bool:
    """Whether this request is for a file."""
    return request.endpoint in ENDPOINTS


def are_answered(response: Response) -> bool:
    """Whether this response is a file, or says that the one that is there is still right."""
    return is_one() and response.status_code in (200, 304)


def _file(build: str, filename: str) -> Response:
    """A file as it is now, whatever build is asked for: a page that was opened before an upgrade may still ask."""
    return send_from_directory(STATIC, filename)


def _name_the_build(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in (OURS, OF_BOOTSTRAP):
        values.setdefault("build", build())


def _let_it_be_kept(response: Response) -> Response:
    if are_answered(response) and request.endpoint in (OURS, OF_BOOTSTRAP) and _is_of_this_build():
        response.headers["Cache-Control"] = FOR_EVER
    return response


def _is_of_this_build() -> bool:
    """Whether the address that is asked for names it: in the path of a file of ours, else behind it."""
    in_path = (request.view_args or {}).get("build")
    return build() in (in_path, asked.query.one_of("build", [build()]))

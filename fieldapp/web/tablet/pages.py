"""``/app/``: the tablet app's shell. Static, public, the same for everybody; all data comes from ``/sync/v1/``."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import escape

from fieldapp import i18n
from fieldapp.i18n import LANGUAGES, gettext
from fieldapp.problems import NotFound
from fieldapp.web import asked
from fieldapp.web.files import FOR_EVER
from fieldapp.web.tablet.icon import TEAL
from fieldapp.web.tablet.shell import ShellFile, next_try, page_address, shell
from fieldapp.web.tablet.shell import worker as worker_file

ASK_AGAIN = "no-cache"
ASK_WHOLE = "no-store"
"""Of what the app begins with: were half of it kept as if it were all, the browser would only ask if it is new."""
TRIES = 99
"""Page addresses for so many tries; then it begins anew."""

bp = Blueprint("tablet", __name__, url_prefix="/app")


@bp.get("/")
def app() -> Response:
    """The page of the app, in Vietnamese or with ``?lang=en`` in English. Never a redirect, and nothing personal."""
    language = asked.query.one_of("lang", LANGUAGES) or i18n.DEFAULT
    tries = asked.query.number("again", 0, most=TRIES)
    return _answer(_tried(language, tries), ASK_WHOLE) if tries else _send(page_address(language), ASK_WHOLE)


def _tried(language: str, tries: int) -> ShellFile:
    """The page with each file at another address: what a browser keeps of the try before may be half of it, for a year,
    where something on the way said that it were all."""
    page, build = shell().files[page_address(language)], shell().build
    body = page.body.decode().replace(f"/build/{build}/", f"/build/{build}~{tries}/")
    onward = str(escape(next_try(language, 0))), str(escape(next_try(language, tries % TRIES)))
    return ShellFile.of(body.replace(*onward).encode(), page.type)


@bp.get("/build/<build>/<path:name>")
def part(build: str, name: str) -> Response:
    """A file of this very build, at whichever try; a part of another one would not fit."""
    return _send(f"/app/build/{build.partition('~')[0]}/{name}", FOR_EVER)


@bp.get("/worker.js")
def worker() -> Response:
    """The service worker, with the build and the list of files in it."""
    return _answer(worker_file(), ASK_WHOLE)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a tablet needs to install the app on its home screen."""
    body = json.dumps(_manifest(), ensure_ascii=False).encode()
    return _answer(ShellFile.of(body, "application/manifest+json"), ASK_AGAIN)


@bp.get("/icon-<int:size>.png")
def icon(size: int) -> Response:
    """The picture on the home screen."""
    if size not in (192, 512):
        raise NotFound()
    return _send(f"/app/icon-{size}.png", ASK_AGAIN)


def _manifest() -> dict[str, Any]:
    icons = [
        {"src": f"/app/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return {
        "id": "/app/",
        "name": gettext("Housing survey"),
        "short_name": gettext("Housing survey"),
        "description": gettext("Surveys of housing support, filled in villages without network"),
        "lang": i18n.language(),
        "start_url": page_address(i18n.language()),
        "scope": "/app/",
        "display": "standalone",
        "background_color": "#f6f4ef",
        "theme_color": TEAL,
        "icons": icons,
    }


def _send(address: str, keep: str) -> Response:
    file = shell().files.get(address)
    if file is None:
        raise NotFound()
    return _answer(file, keep)


def _answer(file: ShellFile, keep: str) -> Response:
    squeeze = request.accept_encodings.quality("gzip") > 0
    response = Response(file.small if squeeze else file.body, content_type=file.type)
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = keep
    if keep != ASK_WHOLE:
        response.set_etag(file.digest[:32])
        response.make_conditional(request)
    return response

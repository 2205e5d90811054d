"""``/app/``: the tablet app's shell. Static, public, the same for everybody; all data comes from ``/sync/v1/``.

Every file of the shell has an address with the build in it, the first 16 hex digits of SHA-256 over all of them, so
that one build can never be mixed with another. The service worker carries the list and checks each file's own hash.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from posixpath import normpath
from typing import Any

from babel.messages.extract import extract_from_file
from flask import Blueprint, Response, get_template_attribute, render_template, request
from PIL import Image, ImageDraw

from fieldapp import i18n, surveys
from fieldapp.facts.told import forms as client_forms
from fieldapp.i18n import LANGUAGES, gettext, speaking
from fieldapp.problems import NotFound
from fieldapp.web import asked
from fieldapp.web.forms import form_for
from fieldapp.web.styles import Names, trimmed

STATIC = Path(__file__).parent.parent / "static" / "app"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TEAL, PAPER = "#0b5d4b", "#ffffff"

bp = Blueprint("tablet", __name__, url_prefix="/app")


@dataclass(frozen=True)
class File:
    """One file of the shell, ready to be sent."""

    type: str
    body: bytes
    small: bytes
    digest: str

    @classmethod
    def of(cls, body: bytes, type: str) -> File:
        """Compressed and hashed once."""
        return cls(type, body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest())


@dataclass(frozen=True)
class Shell:
    """The whole app: its build, and every file by its address."""

    build: str
    files: dict[str, File]

    @property
    def compressed(self) -> int:
        """What a tablet downloads, in bytes."""
        return sum(len(file.small) for file in self.files.values())


@bp.get("/")
def app() -> Response:
    """The page of the app, in Vietnamese or with ``?lang=en`` in English. Never a redirect, and nothing personal."""
    return _send(page_address(asked.query.one_of("lang", LANGUAGES) or i18n.DEFAULT), ASK_AGAIN)


@bp.get("/build/<build>/<path:name>")
def part(build: str, name: str) -> Response:
    """A file of this very build; a part of another one would not fit."""
    return _send(f"/app/build/{build}/{name}", FOR_EVER)


@bp.get("/worker.js")
def worker() -> Response:
    """The service worker, with the build and the list of files in it."""
    return _answer(_worker(), ASK_AGAIN)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a tablet needs to install the app on its home screen."""
    body = json.dumps(_manifest(), ensure_ascii=False).encode()
    return _answer(File.of(body, "application/manifest+json"), ASK_AGAIN)


@bp.get("/messages/<language>.json")
def messages(language: str) -> Response:
    """The words of the app in a language: ``{English: translation}``."""
    if language not in LANGUAGES:
        raise NotFound()
    return _send(f"/app/build/{shell().build}/messages.{language}.json", ASK_AGAIN)


@bp.get("/icon-<int:size>.png")
def icon(size: int) -> Response:
    """The picture on the home screen."""
    if size not in (192, 512):
        raise NotFound()
    return _send(f"/app/icon-{size}.png", ASK_AGAIN)


def page_address(language: str) -> str:
    """Where the page of a language is."""
    return "/app/" if language == i18n.DEFAULT else f"/app/?lang={language}"


@cache
def shell() -> Shell:
    """Every file of the app, made once in a process: it depends on the code alone."""
    parts = dict(_parts())
    drafts = {page_address(language): _page(language, "", parts) for language in LANGUAGES}
    digests = [f"{name} {File.of(body, '').digest}" for name, body in sorted({**parts, **drafts}.items())]
    build = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
    found = {f"/app/build/{build}/{name}": File.of(body, TYPES[Path(name).suffix]) for name, body in parts.items()}
    for language in LANGUAGES:
        found[page_address(language)] = File.of(_page(language, build, parts), "text/html; charset=utf-8")
    for size in (192, 512):
        found[f"/app/icon-{size}.png"] = File.of(_icon(size), "image/png")
    return Shell(build, found)


def _parts() -> Iterator[tuple[str, bytes]]:
    """The files that lie under the build's address: style, modules, words and forms."""
    yield "bootstrap.min.css", _bootstrap().encode()  # first: what is laid over it comes after it
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in (".css", ".js", ".svg") and path.name != "worker.js":
            yield path.relative_to(STATIC).as_posix(), path.read_bytes()
    for language in LANGUAGES:
        yield f"messages.{language}.json", _json(_messages(language))
        yield f"forms.{language}.json", _json(_forms(language))


def _bootstrap() -> str:
    """Bootstrap's style sheet, as far as a page of the app can need it."""
    whole = files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
    modules = (path.read_text("utf-8") for path in STATIC.rglob("*.js"))
    forms = (each["html"] for each in _forms(i18n.DEFAULT)["surveys"].values() if "html" in each)
    return trimmed(whole.read_text("utf-8"), Names.of([*modules, *forms, _page(i18n.DEFAULT, "", {}).decode()]))


def _page(language: str, build: str, parts: dict[str, bytes]) -> bytes:
    styles = [name for name in parts if name.endswith(".css")]
    modules = sorted(_needed("shell/start.js", parts)) if parts else []
    with speaking(language):
        html = render_template("tablet/shell.html", build=build, styles=styles, modules=modules)
    return html.encode()


def _forms(language: str) -> dict[str, Any]:
    """What the app knows of the surveys, and each one's form as the office draws it, blank, in ``html``. In the page
    itself it would be read at each start, though few starts need more than one of them."""
    told = client_forms(language)
    draw = get_template_attribute("macros/form.html", "survey_form")
    with speaking(language):
        for survey in surveys.listed():
            told["surveys"][survey.survey]["html"] = str(draw(form_for(survey, blank=True)))
    return told


def _needed(name: str, parts: dict[str, bytes]) -> set[str]:
    """A module and all that it imports: what must be there before the first page shows."""
    found, open_ = set(), [name]
    while open_:
        name = open_.pop()
        found.add(name)
        imported = re.findall(r'from "(\.[^"]+)"', parts[name].decode())
        open_ += {normpath(f"{name}/../{each}") for each in imported} - found
    return found


def _messages(language: str) -> dict[str, str]:
    """The messages the modules use, and no others: the office has many more."""
    with speaking(language):
        return {} if language == "en" else {text: gettext(text) for text in _spoken()}


@cache
def _spoken() -> list[str]:
    texts: set[str] = set()
    for path in STATIC.rglob("*.js"):
        found = extract_from_file("javascript", path, keywords={"_": None, "ngettext": (1, 2)})
        texts.update(message if isinstance(message, str) else message[0] for _line, message, *_more in found)
    return sorted(texts)


@cache
def _worker() -> File:
    whole = shell()
    listed = {address: [file.type.split(";")[0], file.digest] for address, file in whole.files.items()}
    head = f"const BUILD = {json.dumps(whole.build)};\nconst SHELL = {json.dumps(listed, indent=1)};\n"
    return File.of((head + (STATIC / "shell" / "worker.js").read_text()).encode(), "text/javascript")


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


def _icon(size: int) -> bytes:
    """A white house with a tick in its door, drawn at four times the size so that its edges are smooth."""
    unit = size * 4 / 100
    image = Image.new("RGB", (size * 4, size * 4), TEAL)
    draw = ImageDraw.Draw(image)
    draw.polygon([(x * unit, y * unit) for x, y in ((50, 20), (84, 50), (16, 50))], fill=PAPER)
    draw.rectangle([25 * unit, 48 * unit, 75 * unit, 80 * unit], fill=PAPER)
    draw.line([(x * unit, y * unit) for x, y in ((37, 62), (47, 72), (65, 54))], fill=TEAL, width=round(6 * unit))
    buffer = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    """Its names sorted, as the office's pages and the wire have them: what has an order is a list."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _send(address: str, keep: str) -> Response:
    file = shell().files.get(address)
    if file is None:
        raise NotFound()
    return _answer(file, keep)


def _answer(file: File, keep: str) -> Response:
    squeeze = request.accept_encodings.quality("gzip") > 0
    response = Response(file.small if squeeze else file.body, content_type=file.type)
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = keep
    response.set_etag(file.digest[:32])
    response.make_conditional(request)
    return response

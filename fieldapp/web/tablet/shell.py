"""The shell of the tablet app: every file of it, made once.

Every file of the shell has an address with the build in it, the first 16 hex digits of SHA-256 over all of them, so
that one build can never be mixed with another. The service worker carries the list and checks each file's own hash.
"""

from __future__ import annotations

import gzip
import hashlib
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
from flask import get_template_attribute, render_template

from fieldapp import i18n, surveys
from fieldapp.facts.told import forms as client_forms
from fieldapp.i18n import LANGUAGES, SOURCE, gettext, speaking
from fieldapp.web.forms import form_for
from fieldapp.web.tablet.icon import icon
from fieldapp.web.tablet.styles import SourceWords, trimmed

STATIC = Path(__file__).parents[2] / "static" / "app"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class ShellFile:
    """One file of the shell, ready to be sent."""

    type: str
    body: bytes
    small: bytes
    digest: str

    @classmethod
    def of(cls, body: bytes, type: str) -> ShellFile:
        """Compressed and hashed once."""
        return cls(type, body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest())


@dataclass(frozen=True)
class Shell:
    """The whole app: its build, and every file by its address."""

    build: str
    files: dict[str, ShellFile]

    @property
    def compressed(self) -> int:
        """What a tablet downloads, in bytes."""
        return sum(len(file.small) for file in self.files.values())


def page_address(language: str) -> str:
    """Where the page of a language is."""
    return "/app/" if language == i18n.DEFAULT else f"/app/?lang={language}"


def next_try(language: str, tries: int) -> str:
    """Where the page is once it has been loaded in vain so often, the modules of each try at addresses of their own."""
    return f"/app/?lang={language}&again={tries + 1}"


@cache
def shell() -> Shell:
    """Every file of the app, made once in a process: it depends on the code alone."""
    parts = dict(_parts())
    drafts = {page_address(language): _page(language, "", parts) for language in LANGUAGES}
    digests = [f"{name} {ShellFile.of(body, '').digest}" for name, body in sorted({**parts, **drafts}.items())]
    build = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
    found = {f"/app/build/{build}/{name}": ShellFile.of(body, TYPES[Path(name).suffix]) for name, body in parts.items()}
    for language in LANGUAGES:
        found[page_address(language)] = ShellFile.of(_page(language, build, parts), "text/html; charset=utf-8")
    for size in (192, 512):
        found[f"/app/icon-{size}.png"] = ShellFile.of(icon(size), "image/png")
    return Shell(build, found)


def _parts() -> Iterator[tuple[str, bytes]]:
    """The files that lie under the build's address: style, modules, words and forms."""
    yield "bootstrap.min.css", _bootstrap().encode()  # first: what is laid over it comes after it
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in (".css", ".js", ".svg") and path.name != "worker.js":
            yield path.relative_to(STATIC).as_posix(), unindented(without_remarks(path.read_text("utf-8"))).encode()
    for language in LANGUAGES:
        yield f"words.{language}.json", _json(_words(language))
        yield f"forms.{language}.json", _json(_forms(language))


def without_remarks(source: str) -> str:
    """A module or a style sheet without the remarks that have lines of their own: they are for those who read the
    source, and a tablet on a village's line would download every tenth byte for them."""
    return _REMARK.sub("", source)


def unindented(source: str) -> str:
    """The same lines, each from its first letter on: how far in they stand is for those who read the source."""
    return re.sub(r"\n\s+", "\n", source)


_REMARK = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def _bootstrap() -> str:
    """Bootstrap's style sheet, as far as a page of the app can need it."""
    whole = files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
    modules = (path.read_text("utf-8") for path in STATIC.rglob("*.js"))
    forms = (each["html"] for each in _forms(i18n.DEFAULT)["surveys"].values() if "html" in each)
    return trimmed(whole.read_text("utf-8"), SourceWords.of([*modules, *forms, _page(i18n.DEFAULT, "", {}).decode()]))


def _page(language: str, build: str, parts: dict[str, bytes]) -> bytes:
    styles = [name for name in parts if name.endswith(".css")]
    modules = sorted(_needed("shell/start.js", parts)) if parts else []
    with speaking(language):
        told = {"build": build, "styles": styles, "modules": modules, "others": _others(language)}
        return render_template("tablet/shell.html", **told, again=next_try(language, 0)).encode()


def _others(language: str) -> list[tuple[str, str, str]]:
    """Of each other language its code, its name, and where its page is."""
    return [(code, each.name, page_address(code)) for code, each in LANGUAGES.items() if code != language]


def _forms(language: str) -> dict[str, Any]:
    """What the app knows of the surveys, and each one's form as the office draws it, blank, in ``html``. In the page
    itself it would be read at each start, though few starts need more than one of them."""
    told = client_forms(language)
    draw = get_template_attribute("macros/form.html", "survey_form")
    with speaking(language):
        for survey in surveys.carried():
            html = str(draw(form_for(survey, blank=True)))
            told["surveys"][survey.survey]["html"] = unindented(html)
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


def _words(language: str) -> dict[str, Any]:
    """How the language writes days; and the messages the modules use, and no others: the office has many more."""
    with speaking(language):
        messages = {} if language == SOURCE else {text: gettext(text) for text in _spoken()}
    return {"language": language, "locale": LANGUAGES[language].locale, "messages": messages}


@cache
def _spoken() -> list[str]:
    texts: set[str] = set()
    for path in STATIC.rglob("*.js"):
        found = extract_from_file("javascript", path, keywords={"_": None, "ngettext": (1, 2)})
        texts.update(message if isinstance(message, str) else message[0] for _line, message, *_more in found)
    return sorted(texts)


@cache
def worker() -> ShellFile:
    whole = shell()
    listed = {address: [file.type.split(";")[0], file.digest] for address, file in whole.files.items()}
    head = f"const BUILD = {json.dumps(whole.build)};\nconst SHELL = {json.dumps(listed, indent=1)};\n"
    return ShellFile.of((head + (STATIC / "shell" / "worker.js").read_text()).encode(), "text/javascript")


def _json(value: Any) -> bytes:
    """Its names sorted, as the office's pages and the wire have them: what has an order is a list."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

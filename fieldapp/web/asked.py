"""What is asked of a page: address, form and cookies of a request, read in this one place, typed and bounded.

``query`` reads the address and ``form`` what was posted. What is left out is its default; what cannot be meant is
answered with 400 and a sentence, and what names no record with 404. No other module of the web looks at
``request.args`` and its like, which a test holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from flask import Flask, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.routing import IntegerConverter, UnicodeConverter, ValidationError
from werkzeug.routing.converters import PathConverter

from fieldapp.problems import BadlyAsked, NoDay, NotFound, TooLongAsked
from fieldapp.vietnamese import read_date
from fieldapp.web import field_words

T = TypeVar("T")
Code = TypeVar("Code", bound=str)

LETTERS = 200
"""So many letters at most, where a reader says nothing else."""
MANY = 10_000
"""So many values of one name at most."""
LARGEST = 2**53 - 1
LAST_ROW = 2**31 - 1
"""PostgreSQL refuses to look for a row by a larger number than its column can hold."""
JSON_LETTERS = 1_000_000

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEAD = re.compile("[0-9a-f]{32}")
_NUMBER = re.compile("[0-9]{1,16}")


class RequestReader:
    """The readers of one part of a request."""

    def __init__(self, source: Callable[[], MultiDict[str, str]], told: Callable[[str], str] = str) -> None:
        """``told``: what a sentence calls a field of this name."""
        self._source, self._told = source, told

    def has(self, name: str) -> bool:
        """Whether there is anything of this name, be it empty."""
        return name in self._source()

    def names(self) -> list[str]:
        """The names of all that was given."""
        return list(self._source())

    def text(self, name: str, default: str = "", *, most: int = LETTERS) -> str:
        """A text of at most so many letters, without U+0000, which no database keeps.

        :raises BadlyAsked, TooLongAsked: it is none.
        """
        return self._checked(name, self._given(name, default), most)

    def texts(self, name: str, *, most: int = LETTERS) -> list[str]:
        """All texts of this name. :raises BadlyAsked, TooLongAsked: as for ``text``."""
        found = self._source().getlist(name)
        if len(found) > MANY:
            raise TooLongAsked(name=self._told(name), most=MANY)
        return [self._checked(name, text, most) for text in found]

    def one_of(self, name: str, codes: Collection[Code]) -> Code | None:
        """One of these codes; None for any other, which may have been one yesterday."""
        given = self._given(name)
        return next((code for code in codes if code == given), None)

    def number(self, name: str, default: int | None = None, *, least: int = 0, most: int = LARGEST) -> int | None:
        """A whole number within bounds; the default where none is given.

        :raises BadlyAsked: it is none, or lies beyond the bounds.
        """
        text = self._given(name)
        if text == "":
            return default
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise BadlyAsked(name=self._told(name))
        return int(text)

    def day(self, name: str) -> str:
        """A whole day however people type it (``5/2/2026``), as ``2026-02-05``; "" where none is given.

        :raises NoDay: it is none.
        """
        text = self.text(name).strip()
        try:
            return date.fromisoformat(read_date(text)).isoformat() if text else ""
        except ValueError:
            raise NoDay(name=text) from None

    def page(self, last: int) -> int:
        """The number of a page from 1 to the last. :raises BadlyAsked: it is no number."""
        return min(self.number("page", 1, least=1) or 1, last)

    def record(self, name: str) -> str | None:
        """The id of a record; None where none is given. :raises NotFound: it is no id."""
        text = self._given(name)
        if text and not _UUID.fullmatch(text):
            raise NotFound()
        return text or None

    def heads(self, name: str) -> list[str]:
        """Ids of changes with blanks between them. :raises BadlyAsked: one is none."""
        found = self.text(name, most=JSON_LETTERS).split()
        if not all(map(_HEAD.fullmatch, found)):
            raise BadlyAsked(name=self._told(name))
        return found

    def json(self, name: str, kind: type[T]) -> T | None:
        """JSON of one type; None where none is given. :raises BadlyAsked: it is not of this type, or far too deep."""
        text = self.text(name, most=JSON_LETTERS)
        try:
            return msgspec.json.decode(text, type=kind) if text else None
        except (msgspec.DecodeError, RecursionError):
            raise BadlyAsked(name=self._told(name)) from None

    def kept(self, *names: str) -> dict[str, Any]:
        """What was given of these names, for an address that asks for the same."""
        return {name: text for name in names if (text := self.text(name))}

    def _given(self, name: str, default: str = "") -> str:
        """What was given first under a name. Werkzeug's own way to a default is an exception, and a page asks often."""
        source = self._source()
        return source[name] if name in source else default  # noqa: SIM401  that is the way meant

    def _checked(self, name: str, text: str, most: int) -> str:
        if len(text) > most:
            raise TooLongAsked(name=self._told(name), most=most)
        if "\0" in text:
            raise BadlyAsked(name=self._told(name))
        return text


query = RequestReader(lambda: request.args)
form = RequestReader(lambda: request.form, field_words.in_sentence)


def all_typed() -> list[tuple[str, str]]:
    """All that a form holds, as it was sent, to be sent once more."""
    return list(request.form.items(multi=True))


def all_files() -> list[tuple[str, FileStorage]]:
    """All files that were chosen, by the name they were sent under."""
    return [(name, each) for name, each in request.files.items(multi=True) if each.filename]


def file(name: str) -> FileStorage | None:
    """A file that was sent, if one was chosen."""
    return next(iter(files(name)), None)


def files(name: str) -> list[FileStorage]:
    """The files of this name that were chosen."""
    return [each for each in request.files.getlist(name) if each.filename]


def file_names() -> list[str]:
    """The names under which files were sent."""
    return list(request.files)


def cookie(name: str, most: int = LETTERS) -> str | None:
    """A cookie of a few letters, if there is such a one."""
    found = request.cookies.get(name, "")
    return found if 0 < len(found) <= most else None


def onward(wish: str = "") -> str:
    """Where the person wanted to go (``next``): a page of ours, never another site; the home page for anything else."""
    wish = wish or request.form.get("next") or request.args.get("next") or "/"
    return wish if _is_ours(wish) else "/"


def here() -> str:
    """The address of this page, to come back to; of one that nobody could have meant, the home page."""
    address = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    return address if address.isprintable() else "/"


def _is_ours(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:  # ``http://[``
        return False
    path = parts.path
    strange = parts.scheme or parts.netloc or not address.isprintable() or len(address) > 2000
    return path.startswith("/") and not strange and "\\" not in path[:2] and not path.startswith(("//", "/sign-"))


# --- the addresses themselves -----------------------------------------------------------------------------------


class _Text(UnicodeConverter):
    """A part of an address: a few letters without U+0000."""

    def to_python(self, value: str) -> str:
        return _within(super().to_python(value))


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        return _within(super().to_python(value))


class _Number(IntegerConverter):
    """The number of a row, such as every database can hold."""

    def to_python(self, value: str) -> int:
        if not _NUMBER.fullmatch(value) or int(value) > LAST_ROW:
            raise ValidationError()
        return int(value)


def _within(value: str) -> str:
    if len(value) > LETTERS or "\0" in value:
        raise ValidationError()
    return value


def init_app(app: Flask) -> None:
    """Addresses with odd parts lead nowhere (404); templates ask as pages do."""
    app.url_map.converters.update(default=_Text, string=_Text, path=_Path, int=_Number)
    app.jinja_env.globals.update(asked=query, here=here)

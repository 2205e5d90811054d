"""Languages: the source speaks English, people read Vietnamese (the default) or English.

Works with and without a request: a command, a test or a survey file may translate as well as a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple, cast

from babel.support import LazyProxy, NullTranslations, Translations

from fieldapp import packaged
from fieldapp.vietnamese import show_integer


class Language(NamedTuple):
    """``name``: as its speakers write it; ``locale``: how a browser is to write days and times."""

    name: str
    locale: str


LANGUAGES = {
    "vi": Language("Tiếng Việt", "vi-VN"),
    "en": Language("English", "en-GB"),
}
"""By their codes of ISO 639-1."""
SOURCE = "en"
"""The language of the messages in the source."""
DEFAULT = "vi"
CATALOGUES = packaged.folder("translations")

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def language() -> str:
    """The code of the language of the moment."""
    return _current.get()


def use(code: str) -> None:
    """Use this language from here on, in this request or thread; an unknown one means the default."""
    _current.set(code if code in LANGUAGES else DEFAULT)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use another language within a block."""
    token = _current.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def catalogue(code: str) -> NullTranslations:
    """The messages of a language. English is the source itself.

    :raises RuntimeError: the catalogue of a language is not compiled; ``make setup`` compiles it.
    """
    if code == SOURCE:
        return NullTranslations()
    found = Translations.load(CATALOGUES, [code])
    if not isinstance(found, Translations):
        raise RuntimeError(f"translations/{code} is not compiled: run 'make translations'")
    return found


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the moment, with ``%(name)s`` filled in."""
    text = catalogue(language()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """The message for a count; ``%(n)s`` is always filled in. Vietnamese has one form, English two."""
    return catalogue(language()).ngettext(one, many, n) % {"n": counted(n), **values}


def counted(number: int) -> str:
    """A count in a sentence: ``1.234``, in every language, as all figures (docs/decisions/figures.md)."""
    return show_integer(number)


def lazy_gettext(message: str, **values: Any) -> str:
    """A message translated when it is shown. Typed as text because that is how it behaves."""
    return cast(str, LazyProxy(gettext, message, enable_cache=False, **values))


_ = gettext
_l = lazy_gettext


def negotiate(*wishes: str | None, accepted: Iterable[str] = ()) -> str:
    """The language to use, by order of precedence.

    1. each explicit wish in turn: the address (``?lang=``), the cookie, the account
    2. the browser's ``Accept-Language``, best first
    3. Vietnamese
    """
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    return next((code for tag in accepted if (code := tag.split("-")[0].lower()) in LANGUAGES), DEFAULT)

"""How a feed is narrowed: ``$filter`` as OData writes it, and what the addresses for programs ask by name."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple, NoReturn

import sqlalchemy as sa

from fieldapp.exports.feeds import Feed, FeedColumn
from fieldapp.problems import BadFilter
from fieldapp.today import AHEAD

COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
}  # fmt: skip
MOST = 20
"""So many comparisons a filter may hold."""
_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?:(?P<text>'(?:[^']|'')*')|"
    r"(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))|(?P<day>\d{4}-\d\d-\d\d)|"
    r"(?P<whole>-?\d{1,18})|(?P<word>[A-Za-z_][A-Za-z_0-9]*))(?=[\s()]|$))"
)


LONGEST_NUMBER = 20
"""So many signs a whole number may have."""


class Token(NamedTuple):
    """A piece of a filter: its kind, its text, and where it begins."""

    kind: str
    text: str
    at: int


def where(feed: Feed, text: str, *, exact: bool) -> list[sa.ColumnElement[bool]]:
    """The comparisons of a ``$filter``: ``column op value``, tied by ``and``, in brackets or not; ``op``: eq, ne, ge,
    gt, le, lt; a value: ``'text'``, a day, a moment, a whole number, ``true``, ``false`` or ``null``.

    :raises BadFilter: it is none, or compares what cannot be compared.
    """
    reader = _Reader(list(_tokens(text)), text, feed, exact)
    found = reader.all_of()
    if reader.rest or len(found) > MOST:
        raise BadFilter(at=text[reader.at :][:40])
    return found


def _tokens(text: str) -> Iterator[Token]:
    at, text = 0, text.rstrip()
    while at < len(text):
        met = _TOKEN.match(text, at)
        if met is None:
            raise BadFilter(at=text[at:][:40])
        kind = str(met.lastgroup)
        yield Token(kind, met[kind], met.start(kind))
        at = met.end()


class _Reader:
    def __init__(self, tokens: list[Token], text: str, feed: Feed, exact: bool) -> None:
        self.rest, self.text, self.feed, self.exact = tokens, text, feed, exact
        self.depth = 0

    @property
    def at(self) -> int:
        return self.rest[0].at if self.rest else len(self.text)

    def all_of(self) -> list[sa.ColumnElement[bool]]:
        found = self._one()
        while self.rest and self.rest[0].text == "and":
            self.rest.pop(0)
            found += self._one()
        return found

    def _one(self) -> list[sa.ColumnElement[bool]]:
        if self.rest and self.rest[0].kind == "open":
            self._take("open")
            self.depth += 1
            if self.depth > MOST:
                self._refuse()
            found = self.all_of()
            self._take("close")
            return found
        column = self.feed.by_name.get(self._take("word").text)
        if column is None or not column.is_filtered(self.exact):
            self._refuse()
        compare = COMPARED.get(self._take("word").text)
        if compare is None or not self.rest:
            self._refuse()
        return [self._compared(column, compare)]

    def _compared(self, column: FeedColumn, compare: Callable[[Any, Any], Any]) -> sa.ColumnElement[bool]:
        token = self.rest[0]
        if token.text == "null" and compare in (operator.eq, operator.ne):
            self.rest.pop(0)
            return column.sql.is_(None) if compare is operator.eq else column.sql.is_not(None)  # type: ignore[no-any-return]
        value = _value(column, token)
        if value is None:
            self._refuse()
        self.rest.pop(0)
        return compare(column.sql, value)  # type: ignore[no-any-return]

    def _take(self, kind: str) -> Token:
        if not self.rest or self.rest[0].kind != kind:
            self._refuse()
        return self.rest.pop(0)

    def _refuse(self) -> NoReturn:
        raise BadFilter(at=self.text[self.at :][:40])


def _value(column: FeedColumn, token: Token) -> Any:
    """The value of a token as its column holds it; None where it cannot be compared with it."""
    quoted = token.text[1:-1].replace("''", "'") if token.kind == "text" else None
    if column.type == "text":
        return quoted
    if column.type == "day":
        return token.text if token.kind == "day" else quoted
    if column.type == "moment":
        return _moment(token.text if quoted is None else quoted)
    if column.type == "whole":
        return _whole(token.text) if token.kind == "whole" else None
    return {"true": True, "false": False}.get(token.text) if column.type == "yes_no" else None


def _whole(text: str) -> sa.ColumnElement[int] | None:
    """A whole number as a database may compare it with any column; None for one that none can hold."""
    number = int(text) if len(text) <= LONGEST_NUMBER else None
    return None if number is None or abs(number) >= 2**63 else sa.literal(number, sa.BigInteger)


def _moment(text: str) -> datetime | None:
    """A moment in UTC as the tables keep it; a day alone begins in Việt Nam. None for what is neither."""
    try:
        if len(text) == len("2026-08-01"):
            return datetime.combine(date.fromisoformat(text), time()) - AHEAD
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found - AHEAD
    except (ValueError, OverflowError):
        return None


def since(feed: Feed, day: str) -> list[sa.ColumnElement[bool]]:
    """Rows of which the feed's day is this one or later. :raises BadFilter: it is no day, or the feed has none."""
    column = feed.by_name.get(feed.day)
    moment = _moment(day)
    if column is None or moment is None:
        raise BadFilter(at=day[:40])
    return [column.sql >= (moment if column.type == "moment" else day)]

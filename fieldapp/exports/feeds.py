"""The records, facts, places and code lists as feeds: what the addresses for programs and the OData feed answer from.

A feed is a query with typed columns and a key. It is read a page at a time in the order of its key, so that a page
costs the same wherever it is, narrowed by columns, and masked and rounded as the files are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import naming
from fieldapp.exports.facts import FACTS, FactColumn
from fieldapp.exports.records import COARSE, masked
from fieldapp.exports.sqlite import as_json
from fieldapp.exports.wordlists import word
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import CaseFact
from fieldapp.i18n import _l, language
from fieldapp.places import Gazetteer, Place, Village
from fieldapp.surveys import SURVEYS, Household, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.today import stamp

__all__ = ["FEEDS", "Feed", "FeedColumn", "FeedNames", "FeedPage", "FeedQuery", "as_json", "count", "page"]

Areas = frozenset[str] | None
TYPES = ("text", "whole", "number", "yes_no", "day", "moment", "list")
"""What a column holds. A ``day`` is ``2026-08-01``, or in few old answers a year alone; a ``list`` is JSON."""
OF_KIND = {
    "integer": "whole", "money": "whole", "decimal": "number", "yes_no": "yes_no", "date": "day", "many_of": "list",
    "photo": "list", "ids": "list", "pins": "list",
}  # fmt: skip


@dataclass(frozen=True)
class FeedColumn:
    """A column of a feed.

    - ``sql``: what it is read from; None for what is worked out beside: names of places and people, axes of a point
    - ``words``: the list its codes are of
    - ``private``: sensitive: masked where it is a text, left out otherwise, and never narrowed by, unless exact
    - ``finish``: how a value is told, of the row, where its type does not say it
    """

    name: str
    label: str
    type: str = "text"
    sql: Any = None
    words: str = ""
    private: bool = False
    finish: Callable[[Mapping[str, Any], FeedNames], Any] | None = None

    def is_filtered(self, exact: bool) -> bool:
        """Whether a feed can be narrowed by it: what is masked must not be guessed by asking."""
        return self.sql is not None and self.type not in ("list", "number") and (exact or not self.private)


@dataclass(frozen=True)
class Feed:
    """A feed. ``scope``: what a token must be good for; ``area``: the column by which it is narrowed to villages;
    ``day``: the one that "since" asks about."""

    name: str
    title: str
    scope: str
    key: tuple[str, ...]
    columns: tuple[FeedColumn, ...]
    source: Any
    area: Any = None
    day: str = ""
    path: str = ""

    @cached_property
    def by_name(self) -> dict[str, FeedColumn]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}


class FeedNames:
    """The names of places and people, read once an answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.places = Gazetteer(session)

    @cached_property
    def people(self) -> dict[str, str]:
        """Accounts by id."""
        return naming.everybody(self._session)

    def village(self, area: str | None) -> str | None:
        """The name of a village."""
        found = self.places.villages.get(area or "")
        return found.name if found else None

    def commune(self, area: str | None) -> str | None:
        """The name of its commune of today."""
        found = self.places.known(area or "")
        return found.name if found else None


class FeedPage(NamedTuple):
    """Rows of a feed by column, and the key behind which the next page begins; None when this was the last."""

    rows: list[dict[str, Any]]
    next: list[Any] | None


@dataclass(frozen=True)
class FeedQuery:
    """What is asked of a feed: where, narrowed by what, behind which key, how many, and how many left out before."""

    areas: Areas = None
    exact: bool = False
    where: Sequence[Any] = field(default_factory=tuple)
    after: Sequence[Any] | None = None
    limit: int = 100
    skip: int = 0


def page(session: Session, feed: Feed, wanted: FeedQuery) -> FeedPage:
    """The rows that were asked for, in the order of the key."""
    keys = [feed.by_name[name].sql for name in feed.key]
    read = [column.sql.label(column.name) for column in feed.columns if column.sql is not None]
    query = _narrowed(sa.select(*read).select_from(feed.source), feed, wanted).order_by(*keys)
    if wanted.after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value) for value in wanted.after)))
    found = [dict(row) for row in session.execute(query.limit(wanted.limit + 1).offset(wanted.skip)).mappings()]
    more, names = len(found) > wanted.limit, FeedNames(session)
    kept = found[: wanted.limit]
    behind = [kept[-1][name] for name in feed.key] if more and kept else None
    return FeedPage([_told(feed, row, names, wanted.exact) for row in kept], behind)


def count(session: Session, feed: Feed, wanted: FeedQuery) -> int:
    """How many rows there are behind no key."""
    query = _narrowed(sa.select(sa.func.count()).select_from(feed.source), feed, wanted)
    return session.scalar(query) or 0


def _narrowed(query: Any, feed: Feed, wanted: FeedQuery) -> Any:
    if wanted.areas is not None and feed.area is not None:
        query = query.where(feed.area.in_(wanted.areas))
    return query.where(*wanted.where) if wanted.where else query


def _told(feed: Feed, row: Mapping[str, Any], names: FeedNames, exact: bool) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in feed.columns:
        if column.finish is not None:
            told[column.name] = column.finish(row, names)
        else:
            told[column.name] = _value(column, row[column.name])
        if column.private and not exact:
            told[column.name] = _cared(column, told[column.name])
        if column.words and column.type == "text":
            code = told[column.name]
            told[f"{column.name}_label"] = word(column.words, code, language()) if code is not None else None
    return told


def _value(column: FeedColumn, value: Any) -> Any:
    """A value of the type of its column; one that a foreign program brought and that is not, is none."""
    if value is None:
        return None
    if column.type == "moment":
        return stamp(value)
    if column.type == "yes_no":
        return bool(value)
    if column.type == "whole":
        return value if isinstance(value, int) else None
    if column.type == "number":
        return _number(value)
    return value if column.type == "list" else str(value)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _cared(column: FeedColumn, value: Any) -> Any:
    if column.type == "number" and column.name in AXES and value is not None:
        return round(value, COARSE)
    return masked(value) if isinstance(value, str) and column.type == "text" else None


# --- which there are ------------------------------------------------------------------------------------------

AXES = ("lat", "lon")
AREA = FeedColumn("village_name", _l("Village"), finish=lambda row, names: names.village(row["area"]))
COMMUNE = FeedColumn("commune_name", _l("Commune (today)"), finish=lambda row, names: names.commune(row["area"]))


def _axis(name: str, label: str, point: str) -> FeedColumn:
    def told(row: Mapping[str, Any], _names: FeedNames) -> float | None:
        value = row[point]
        return _number(value.get(name)) if isinstance(value, dict) else None

    return FeedColumn(name, label, "number", private=True, finish=told)


def _of_survey(kind: type[Record]) -> Feed:
    asked = questions(kind)
    point = next((question for question in asked.values() if question.kind == "point"), None)
    axes = [_axis("lat", _l("Latitude"), point.name), _axis("lon", _l("Longitude"), point.name)] if point else []
    own = [_answer(kind, question) for question in asked.values() if question.kind != "point"]
    raw = [FeedColumn(point.name, point.label, "list", getattr(kind, point.name), private=True)] if point else []
    by = FeedColumn("_by", _l("Entered by"), finish=lambda row, names: names.people.get(row["_author"]))
    state = [
        FeedColumn("_author", _l("Account that entered it"), sql=kind.author),
        by,
        FeedColumn("_contested", _l("Do not agree yet"), "yes_no", kind.contested),
        FeedColumn("_withdrawn", _l("Withdrawn"), "yes_no", kind.withdrawn),
        FeedColumn("_created_at", _l("Created"), "moment", kind.created_at),
        FeedColumn("_changed_at", _l("Changed"), "moment", kind.changed_at),
    ]
    head = [FeedColumn("id", _l("Record"), sql=kind.id), FeedColumn("area", _l("Village (code)"), sql=kind.area)]
    source: Any = kind
    if kind.reviewed:
        state.insert(0, FeedColumn("_state", _l("State"), sql=Standing.status))
        source = sa.outerjoin(kind, Standing, Standing.record == kind.id)
    area = None if kind.reference else kind.area
    columns = (*head, AREA, COMMUNE, *own, *raw, *axes, *state)
    path = f"records/{kind.survey}"
    return Feed(kind.survey, kind.plural, "records", ("id",), columns, source, area, "_changed_at", path)


def _answer(kind: type[Record], question: Question) -> FeedColumn:
    type_ = OF_KIND.get(question.kind, "text")
    words = question.choices or "" if question.kind in ("one_of", "many_of") else ""
    return FeedColumn(question.name, question.label, type_, getattr(kind, question.name), words, question.private)


FACT_OF = {
    "whole": "whole",
    "number": "number",
    "degrees": "number",
    "yes_no": "yes_no",
    "day": "day",
    "moment": "moment",
}


def _of_fact(model: Any, column: FactColumn) -> FeedColumn:
    private = column.private or column.type == "degrees"
    sql = getattr(model, column.name)
    return FeedColumn(column.name, column.label, FACT_OF.get(column.type, "text"), sql, column.words, private)


def _facts(name: str) -> tuple[Any, tuple[FeedColumn, ...]]:
    table = next(table for table in FACTS if table.name == name)
    return table.model, tuple(_of_fact(table.model, column) for column in table.columns)


def _households() -> Feed:
    model, columns = _facts("household_fact")
    source = sa.join(model, Household, Household.id == model.household)
    head = FeedColumn("head_name", _l("Head of the household"), sql=Household.head_name)
    changed = FeedColumn("changed_at", _l("Changed"), "moment", Household.changed_at)
    columns = (columns[0], head, *columns[1:], AREA, COMMUNE, changed)
    title = _l("Households and what follows about them")
    return Feed(
        "households", title, "households", ("household",), columns, source, model.area, "changed_at", "households"
    )


def _cases() -> Feed:
    model, columns = _facts("case_fact")
    source = sa.outerjoin(model, Household, Household.id == model.household)
    head = FeedColumn("head_name", _l("Head of the household"), sql=Household.head_name)
    columns = (columns[0], head, *columns[1:], AREA, COMMUNE)
    return Feed("cases", _l("Support cases"), "cases", ("record",), columns, source, model.area, "since", "cases")


def _money() -> Feed:
    model, columns = _facts("case_money")
    source = sa.join(model, CaseFact, CaseFact.record == model.record)
    area = FeedColumn("area", _l("Village (code)"), sql=CaseFact.area)
    columns = (*columns, FeedColumn("programme", _l("Programme"), sql=CaseFact.programme), area, AREA, COMMUNE)
    title = _l("Money of support cases by source")
    return Feed("money", title, "cases", ("record", "source"), columns, source, CaseFact.area, "", "money")


def _places() -> Feed:
    columns = (
        FeedColumn("vintage", _l("List of the year"), "whole", Place.vintage),
        FeedColumn("code", _l("Place code"), sql=Place.code),
        FeedColumn("name", _l("Name"), sql=Place.name),
        FeedColumn("level", _l("Level"), sql=Place.level),
        FeedColumn("parent_code", _l("Within (code)"), sql=Place.parent_code),
    )
    return Feed("places", _l("Places"), "places", ("vintage", "code"), columns, Place, path="places")


def _villages() -> Feed:
    columns = (
        FeedColumn("id", _l("Village (code)"), sql=Village.id),
        FeedColumn("name", _l("Name"), sql=Village.name),
        FeedColumn("vintage", _l("List of the year"), "whole", Village.vintage),
        FeedColumn("commune_code", _l("Commune (code)"), sql=Village.commune_code),
        FeedColumn("commune_name", _l("Commune (today)"), finish=lambda row, names: names.commune(row["id"])),
    )
    return Feed("villages", _l("Villages"), "places", ("id",), columns, Village, path="villages")


def _all() -> Iterable[Feed]:
    yield from (_households(), _cases(), _money(), _places(), _villages())
    yield from (_of_survey(kind) for kind in SURVEYS.values())


FEEDS: dict[str, Feed] = {feed.name: feed for feed in _all()}
"""Every feed by its name."""

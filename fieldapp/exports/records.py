"""What an export holds: the records of a survey with their places, as canonical answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import naming
from fieldapp.giving_way import room
from fieldapp.i18n import gettext
from fieldapp.places import Gazetteer
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from sync.statements import among

COARSE = 2
"""Decimals of a rounded position: about a kilometre, so that a village shows and a house does not."""

MASK = "•••"

PORTION = 1000
"""So many records are written at a time."""
AT_ONCE = 100
"""So many are read: while a driver makes rows of what it has read, no other thread of the process gets a turn."""


class PlaceNames(NamedTuple):
    """The names of the places of a record: what people called them when listed, and what they are called today."""

    village: str = ""
    commune: str = ""
    district: str = ""
    commune_today: str = ""


class Exported(NamedTuple):
    """One record. ``answers`` and ``conflicts`` are canonical, and already rounded and masked where they must be.

    ``answers`` are by the name of their question, in its order; ``conflicts`` only where something does not agree.
    ``author`` is the id and ``by`` the name of who began it: of a decision, who decided. ``created_at`` and
    ``changed_at`` are UTC without a zone; ``today.stamp`` is how they are told.
    """

    id: str
    area: str
    author: str
    by: str
    where: PlaceNames
    answers: dict[str, Any]
    conflicts: dict[str, list[Any]]
    point: dict[str, Any] | None
    withdrawn: bool
    created_at: datetime
    changed_at: datetime
    form_version: int


@dataclass(frozen=True)
class Extract:
    """The records of one survey, and the questions that explain them.

    ``records`` are read while they are written, so they are there once, and never all at a time; ``count`` is how many.
    """

    survey: str
    title: str
    questions: dict[str, Question]
    count: int
    records: Iterator[Exported]
    exact: bool


def extract(
    session: Session, survey: str, *, areas: frozenset[str] | None, exact: bool, only: Collection[str] | None = None
) -> Extract:
    """A survey's records, in the order of their villages and names. ``only``: those of these ids."""
    kind, asked = SURVEYS[survey], questions(survey)
    areas = None if kind.reference else areas  # the rules are everybody's to read
    where: list[sa.ColumnElement[bool]] = [] if areas is None else [kind.__table__.c.area.in_(areas)]
    where += [] if only is None else [among(session.connection(), kind.__table__.c.id, only)]
    count = session.scalar(sa.select(sa.func.count()).select_from(kind).where(*where)) or 0
    position = _Position(kind, asked, areas)
    return Extract(
        survey, str(kind.plural), asked, count, _records(session, kind, where, position, _Care(asked, exact)), exact
    )


STATE = ("id", "area", "author", "conflicts", "withdrawn", "created_at", "changed_at", "form_version")


def _records(
    session: Session, kind: type[Record], chosen: Sequence[sa.ColumnElement[bool]], position: _Position, care: _Care
) -> Iterator[Exported]:
    """The records one by one, with what is read for all of them read once. Their heads are not read at all."""
    names, places = tuple(care.asked), _Places(session)
    table, where, names_of = kind.__table__.c, cache(places.of), naming.everybody(session)
    careful = [(name, care.of) for name in names if care.wanted(name)]
    query = position.joined(sa.select(*map(_plain, [*(table[name] for name in (*STATE, *names)), *position.columns])))
    query = query.where(*chosen).order_by(table.area, table.sort_key, table.id)
    connection = session.connection()
    found = connection.execute(query, execution_options={"yield_per": AT_ONCE})
    first, last = len(STATE), len(STATE) + len(names)
    lists = [place for place, name in enumerate(names) if isinstance(table[name].type, sa.JSON)]
    read = decoded if connection.dialect.name == "sqlite" else lambda value: value
    for row in room.one_by_one(found):
        id_, area, author, told, withdrawn, created_at, changed_at, form_version = row[:first]
        answers, conflicts = dict(zip(names, row[first:last], strict=True)), read(told)
        for place in lists:
            answers[names[place]] = read(row[first + place])
        point = care.rounded(position.of(answers, map(read, row[last:])))
        for name, of in careful:
            answers[name] = of(name, answers[name])
        if conflicts:
            conflicts = {name: [care.of(name, value) for value in values] for name, values in conflicts.items()}
        by = names_of.get(author or "", author or "")
        state = withdrawn, created_at, changed_at, form_version
        yield Exported(id_, area or "", author or "", by, where(area), answers, conflicts, point, *state)


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """JSON as the driver has it: SQLAlchemy takes several times as long to read it as it takes to read all else."""
    return sa.type_coerce(column, sa.Text()) if isinstance(column.type, sa.JSON) else column


def decoded(value: Any) -> Any:
    """JSON as SQLite has it. What a foreign program brought may hold what the quick reader does not take."""
    if value is None or value == "{}":
        return value and {}
    try:
        return _quick(value)
    except msgspec.DecodeError:
        return json.loads(value)


_quick = msgspec.json.Decoder().decode


class _Care:
    """What must not be given away whole."""

    def __init__(self, asked: dict[str, Question], exact: bool) -> None:
        self.asked, self.exact = asked, exact

    def wanted(self, name: str) -> bool:
        """Whether answers to this question are ever changed before they are given away."""
        return not self.exact and (self.asked[name].private or self.asked[name].kind == "point")

    def of(self, name: str, value: Any) -> Any:
        """An answer as it may be given away."""
        question = self.asked.get(name)
        if self.exact or value is None or question is None:
            return value
        if question.kind == "point":  # what is said to be a position and is none may tell it all the same
            return self.rounded(value) if question.fits(value) else MASK
        return masked(value) if question.private else value

    def rounded(self, point: dict[str, Any] | None) -> dict[str, Any] | None:
        if self.exact or point is None:
            return point
        coarse = {axis: f"{float(point[axis]):.{COARSE}f}" for axis in ("lat", "lon")}
        return {**point, **coarse, "accuracy_m": None, "at": None}


def masked(value: Any) -> str:
    """A sensitive answer with only enough left to tell two apart: the last three signs of a long text."""
    return MASK + value[-3:] if isinstance(value, str) and len(value) >= 9 else MASK


class _Position:
    """Where a record is: by its own point, or by that of the household it is about, if that one may be seen too."""

    def __init__(self, kind: type[Record], asked: dict[str, Question], areas: frozenset[str] | None) -> None:
        self.own = next((name for name, question in asked.items() if question.kind == "point"), None)
        link = next((name for name, question in asked.items() if question.of == "household"), None)
        point = next((name for name, question in questions("household").items() if question.kind == "point"), None)
        household = SURVEYS["household"].__table__.alias()
        self.columns = [household.c[point]] if link and point else []
        self.household = household
        self.same = sa.true() if link is None else household.c.id == kind.__table__.c[link]
        self.seen = sa.true() if areas is None else household.c.area.in_(areas)

    def joined(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """The query with the point of the household beside each record."""
        return query.outerjoin(self.household, self.same & self.seen) if self.columns else query

    def of(self, answers: dict[str, Any], more: Iterator[Any]) -> dict[str, Any] | None:
        """The point, from a record's answers and what :attr:`columns` brought."""
        return (answers[self.own] if self.own else None) or next(more, None)


class _Places:
    """The names of every village's places."""

    def __init__(self, session: Session) -> None:
        self.today = Gazetteer(session)

    def of(self, area: str | None) -> PlaceNames:
        village = self.today.villages.get(area or "")
        if village is None:
            return PlaceNames(village=area or gettext("Not known yet"))
        commune, now = self.today.everywhere.get((village.vintage, village.commune_code)), self.today.known(village.id)
        above = self.today.above(commune)
        return PlaceNames(
            village=village.name,
            commune=commune.name if commune else "",
            district=above.name if above else "",
            commune_today=now.name if now else "",
        )

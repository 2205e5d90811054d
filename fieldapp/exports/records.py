"""What an export holds: the records of a survey with their places, as canonical answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.i18n import gettext
from fieldapp.places import Gazetteer
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question

COARSE = 2
"""Decimals of a rounded position: about a kilometre, so that a village shows and a house does not."""

MASK = "•••"


@dataclass(frozen=True)
class Where:
    """The names of the places of a record: what people called them when listed, and what they are called today."""

    village: str = ""
    commune: str = ""
    district: str = ""
    commune_today: str = ""


@dataclass(frozen=True)
class Exported:
    """One record. ``answers`` and ``conflicts`` are canonical, and already rounded and masked where they must be."""

    id: str
    area: str
    where: Where
    answers: dict[str, Any]
    conflicts: dict[str, list[Any]]
    point: dict[str, Any] | None
    withdrawn: bool
    created_at: datetime
    changed_at: datetime
    form_version: int


@dataclass(frozen=True)
class Extract:
    """The records of one survey, and the questions that explain them."""

    survey: str
    title: str
    questions: dict[str, Question]
    records: list[Exported]
    exact: bool


def extract(session: Session, survey: str, *, areas: frozenset[str] | None, exact: bool) -> Extract:
    """Read a survey's records, in the order of their villages and names."""
    kind = SURVEYS[survey]
    asked = questions(survey)
    places = _Places(session)
    positions = _Positions(session, survey, asked)
    care = _Care(asked, exact)
    records = [_exported(row, asked, places, positions, care) for row in _rows(session, kind, areas)]
    return Extract(survey, str(kind.plural), asked, records, exact)


def _rows(session: Session, kind: type[Record], areas: frozenset[str] | None) -> Iterator[Any]:
    told = (kind.id, kind.area, kind.conflicts, kind.withdrawn, kind.created_at, kind.changed_at, kind.form_version)
    query = sa.select(
        *told, *(getattr(kind, name) for name in questions(kind))
    )  # not the heads: they are read for nothing
    for row in session.execute(query.order_by(kind.area, kind.sort_key, kind.id)):
        if areas is None or row.area in areas:
            yield row


def _exported(row: Any, asked: dict[str, Question], places: _Places, positions: _Positions, care: _Care) -> Exported:
    return Exported(
        id=row.id,
        area=row.area or "",
        where=places.of(row.area),
        answers={name: care.of(name, getattr(row, name)) for name in asked},
        conflicts={name: [care.of(name, value) for value in values] for name, values in row.conflicts.items()},
        point=care.rounded(positions.of(row)),
        withdrawn=row.withdrawn,
        created_at=row.created_at,
        changed_at=row.changed_at,
        form_version=row.form_version,
    )


class _Care:
    """What must not be given away whole."""

    def __init__(self, asked: dict[str, Question], exact: bool) -> None:
        self.asked, self.exact = asked, exact

    def of(self, name: str, value: Any) -> Any:
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


class _Positions:
    """Where a record is: by its own point, or by that of the household it is about."""

    def __init__(self, session: Session, survey: str, asked: dict[str, Question]) -> None:
        self.own = next((name for name, question in asked.items() if question.kind == "point"), None)
        self.link = next((name for name, question in asked.items() if question.of == "household"), None)
        self.households = self._households(session) if self.link else {}

    def _households(self, session: Session) -> dict[str, Any]:
        kind = SURVEYS["household"]
        name = next((name for name, question in questions("household").items() if question.kind == "point"), None)
        if name is None:
            return {}
        column = getattr(kind, name)
        return {id_: point for id_, point in session.execute(sa.select(kind.id, column)) if point}

    def of(self, row: Any) -> dict[str, Any] | None:
        own = getattr(row, self.own) if self.own else None
        return own or (self.households.get(getattr(row, self.link) or "") if self.link else None)


class _Places:
    """The names of every village's places."""

    def __init__(self, session: Session) -> None:
        self.today = Gazetteer(session)

    def of(self, area: str | None) -> Where:
        village = self.today.villages.get(area or "")
        if village is None:
            return Where(village=area or gettext("Not known yet"))
        commune, now = self.today.everywhere.get((village.vintage, village.commune_code)), self.today.known(village.id)
        above = self.today.above(commune)
        return Where(
            village=village.name,
            commune=commune.name if commune else "",
            district=above.name if above else "",
            commune_today=now.name if now else "",
        )

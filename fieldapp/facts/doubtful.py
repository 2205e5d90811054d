"""Households that somebody should look at, by what is odd about them: found by an index in what is kept of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from fieldapp.db import db
from fieldapp.facts.tables import DOUBTED, SOUND, AlikePair, CaseFact, HouseholdFact, HouseholdProgramme

FactDoubtKind = Literal["no_position", "sound_house", "one_answer", "alike", "case"]
"""No position; a new house asked for though the one there is large enough and durable; one answer or ruling that
decides whether a programme may help; another household that looks like it; something odd about its case or money."""
KINDS: tuple[FactDoubtKind, ...] = get_args(FactDoubtKind)
MANY = 2000
"""So many are gathered and counted; whatever is odd about more, pages say no more than that there are more."""


def households_with(kind: FactDoubtKind) -> sa.Select[Any]:
    """The ids of the households of which this is so; one may stand there twice."""
    first, *others = (sa.select(id.label("household")).where(*so) for id, *so in _FOUND[kind]())
    if not others:
        return first
    each = sa.union_all(first, *others).subquery()
    return sa.select(each.c.household)


def is_so(kind: FactDoubtKind, household: Any) -> sa.ColumnElement[bool]:
    """Whether this is so of a household: looked up for one after another, where most of them are met on the way."""
    each = (sa.select(sa.literal(1)).where(id == household, *so).limit(1) for id, *so in _FOUND[kind]())
    return sa.or_(*(one.scalar_subquery().is_not(None) for one in each))


def are_few(kind: FactDoubtKind) -> bool:
    """Whether it is so of so few that to gather these is less than to look for them among all."""
    some = households_with(kind).limit(MANY).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) < MANY


def odd(kind: FactDoubtKind, household: Any) -> sa.ColumnElement[bool]:
    """That a record is about such a household: gathered where these are few, and otherwise looked up for each."""
    return household.in_(households_with(kind)) if are_few(kind) else is_so(kind, household)


def counted(some: sa.Select[Any]) -> int:
    """How many of what is odd there are; no more than one beyond ``MANY`` are counted."""
    met = some.limit(MANY + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(met)) or 0


def _no_position() -> Iterator[tuple[Any, ...]]:
    fact = aliased(HouseholdFact)
    yield fact.household, fact.lat.is_(None), sa.not_(fact.withdrawn)


def _sound_house() -> Iterator[tuple[Any, ...]]:
    fact = aliased(HouseholdFact)
    yield fact.household, SOUND, sa.not_(fact.withdrawn)


def _one_answer() -> Iterator[tuple[Any, ...]]:
    fact = aliased(HouseholdProgramme)
    yield fact.household, fact.lack.is_not(None)


def _alike() -> Iterator[tuple[Any, ...]]:
    pair = aliased(AlikePair)
    yield from ((pair.one,), (pair.other,))


def _case() -> Iterator[tuple[Any, ...]]:
    fact = aliased(CaseFact)
    yield fact.household, DOUBTED, fact.household.is_not(None)


_FOUND: dict[FactDoubtKind, Callable[[], Iterable[tuple[Any, ...]]]] = {
    "no_position": _no_position,
    "sound_house": _sound_house,
    "one_answer": _one_answer,
    "alike": _alike,
    "case": _case,
}
"""Where the ids of such households stand, each with what must hold there: by names of their own, as they are asked
within what asks about the same tables."""

"""Households that somebody should look at, by what is odd about them: found by an index in what is kept of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import sqlalchemy as sa

from fieldapp.facts.tables import DOUBTED, SOUND, AlikePair, CaseFact, HouseholdFact, HouseholdProgramme

FactDoubtKind = Literal["no_position", "sound_house", "one_answer", "alike", "case"]
"""No position; a new house asked for though the one there is large enough and durable; one answer or ruling that
decides whether a programme may help; another household that looks like it; something odd about its case or money."""
KINDS: tuple[FactDoubtKind, ...] = get_args(FactDoubtKind)


def households_with(kind: FactDoubtKind) -> sa.Select[Any]:
    """The ids of the households of which this is so; one may stand there twice."""
    return _FOUND[kind]()


def _no_position() -> sa.Select[Any]:
    fact = HouseholdFact
    return sa.select(fact.household).where(fact.lat.is_(None), sa.not_(fact.withdrawn))


def _sound_house() -> sa.Select[Any]:
    return sa.select(HouseholdFact.household).where(SOUND, sa.not_(HouseholdFact.withdrawn))


def _one_answer() -> sa.Select[Any]:
    return sa.select(HouseholdProgramme.household).where(HouseholdProgramme.lack.is_not(None))


def _alike() -> sa.Select[Any]:
    both = sa.union_all(sa.select(AlikePair.one.label("household")), sa.select(AlikePair.other)).subquery()
    return sa.select(both.c.household)


def _case() -> sa.Select[Any]:
    return sa.select(CaseFact.household).where(DOUBTED, CaseFact.household.is_not(None))


_FOUND: dict[FactDoubtKind, Callable[[], sa.Select[Any]]] = {
    "no_position": _no_position,
    "sound_house": _sound_house,
    "one_answer": _one_answer,
    "alike": _alike,
    "case": _case,
}

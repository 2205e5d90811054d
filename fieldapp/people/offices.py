"""Whose office takes a step of a case, and for which villages that office answers: what the table of rights asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fieldapp import places
from fieldapp.db import db
from fieldapp.reference.chain import chain_on


def level_of(level: str, day: date, chain: Sequence[str] | None = None) -> str:
    """The office whose step it is on a day: of the level ``last`` that of the end of the chain of approval.

    :param chain: that of the day, where it is at hand.
    """
    if level != "last":
        return level
    chain = chain_on(db.session(), day) if chain is None else chain
    return chain[-1] if chain else level


def answered_for(level: str, villages: Iterable[str | None], day: date) -> frozenset[str]:
    """The villages that the office whose step it is over these answers for on a day, for :class:`.About`.

    :param level: of a move of :data:`fieldapp.housing.states.MOVES`.
    """
    office = level_of(level, day)
    return frozenset().union(*(places.answered_for(office, village or "", day) for village in set(villages)))

"""What is allocated, promised, paid and left, by programme, year, source and place; and what would exceed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import places
from fieldapp.db import db
from fieldapp.facts.tables import MONEY_TALLY
from fieldapp.surveys.reference import Budget
from fieldapp.today import today

_TABLE: Any = Budget.__table__


class Allocation(NamedTuple):
    """An allocation: ``place`` with its year (``02155@2025``), "" for the whole province; amounts in đồng."""

    record: str
    programme: str
    year: int
    source: str
    place: str
    amount: int


class AllocationUse(NamedTuple):
    """An allocation with what of it is promised (approved) and paid."""

    given: Allocation
    promised: int
    paid: int

    @property
    def left(self) -> int:
        """What can still be promised; less than nothing where more was promised than there is."""
        return self.given.amount - self.promised


def given(programme: str | None = None, year: int | None = None, day: date | None = None) -> list[Allocation]:
    """The allocations in force on a day, today unless said otherwise."""
    on = (day or today()).isoformat()
    query = sa.select(_TABLE).where(sa.not_(_TABLE.c.withdrawn))
    for column, value in ((_TABLE.c.programme, programme), (_TABLE.c.budget_year, year)):
        query = query.where(column == value) if value is not None else query
    rows = [dict(row) for row in db.session.execute(query).mappings()]
    return sorted(_given(row) for row in rows if _is_whole(row) and _holds(row, on))


def _given(row: Mapping[str, Any]) -> Allocation:
    return Allocation(
        row["id"], row["programme"], row["budget_year"], row["fund_source"], row["place"] or "", row["amount"]
    )


def _is_whole(row: Mapping[str, Any]) -> bool:
    return all(row[name] is not None for name in ("programme", "budget_year", "fund_source", "amount"))


def _holds(row: Mapping[str, Any], day: str) -> bool:
    return (row["from_on"] or "") <= day <= (row["to_on"] or "9")


def standings(programme: str | None = None, year: int | None = None) -> list[AllocationUse]:
    """How each allocation stands, by one grouped query of what is counted of the cases."""
    found = given(programme, year)
    if not found:
        return []
    sums, inside = _sums(programme, year), villages_of({one.place for one in found})
    return [_standing(one, sums, inside[one.place]) for one in found]


AllocationSums = Mapping[tuple[str, int, str, str], tuple[int, int]]


def _standing(one: Allocation, sums: AllocationSums, villages: frozenset[str] | None) -> AllocationUse:
    mine = [
        pair
        for (programme, year, source, area), pair in sums.items()
        if (programme, year, source) == (one.programme, one.year, one.source) and (villages is None or area in villages)
    ]
    return AllocationUse(one, sum(pair[0] for pair in mine), sum(pair[1] for pair in mine))


def _sums(programme: str | None, year: int | None) -> AllocationSums:
    """What is approved and paid, by programme, year, source and village, of what is counted beforehand."""
    kept = MONEY_TALLY.by_village.c
    keys = (kept.programme, kept.year, kept.source, kept.area)
    query = sa.select(*keys, sa.func.sum(kept.approved), sa.func.sum(kept.paid)).group_by(*keys)
    for column, value in ((kept.programme, programme), (kept.year, year)):
        query = query.where(column == str(value)) if value is not None else query
    rows = db.session.execute(query).all()
    return {(row[0], int(row[1] or 0), row[2], row[3]): (int(row[4]), int(row[5])) for row in rows}


def villages_of(named: Iterable[str]) -> dict[str, frozenset[str] | None]:
    """The villages in each place; None for the whole province."""
    return {place: frozenset(places.villages_of(*_key(place))) if place else None for place in named}


def _key(place: str) -> tuple[int, str]:
    code, _at, vintage = place.partition("@")
    return (int(vintage) if vintage.isascii() and vintage.isdigit() else 0), code


class Excess(NamedTuple):
    """An allocation that would be exceeded, and by how much, in đồng."""

    given: Allocation
    left: int
    wanted: int


def exceeded_by(
    programme: str, year: int | None, wanted: Iterable[tuple[str | None, Mapping[str, int]]]
) -> list[Excess]:
    """The allocations that do not have what is wanted: the village of each case with its amounts by source."""
    more = list(wanted)
    found = []
    for one in standings(programme, year):
        villages = villages_of([one.given.place])[one.given.place]
        sources = [amounts.get(one.given.source, 0) for area, amounts in more if villages is None or area in villages]
        if sum(sources) > max(one.left, 0):
            found.append(Excess(one.given, one.left, sum(sources)))
    return found


def over_promised() -> list[AllocationUse]:
    """The allocations of which more is promised than there is: two offices apart could not know of each other."""
    return [one for one in standings() if one.left < 0]

"""What is allocated, promised, paid and left, by programme, year, source and place; and what would exceed it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import DOUBTED, MONEY_TALLY, CaseFact, CaseMoney
from fieldapp.places import Gazetteer
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
    """An allocation with what of it is promised (approved) and paid; ``beyond``: what of that was paid beyond what is
    approved of its case, as of one that was withdrawn at another node meanwhile."""

    given: Allocation
    promised: int
    paid: int
    beyond: int = 0

    @property
    def left(self) -> int:
        """What can still be promised; less than nothing where more is promised or gone than there is."""
        return self.given.amount - self.promised - self.beyond


def given(programme: str | None = None, year: int | None = None, day: date | None = None) -> list[Allocation]:
    """The allocations in force on a day, today unless said otherwise."""
    on = (day or today()).isoformat()
    return [_given(row) for row in _rows(sa.not_(_TABLE.c.withdrawn), programme, year) if _holds(row, on)]


def _rows(kind: sa.ColumnElement[bool], programme: str | None, year: int | None) -> list[dict[str, Any]]:
    """The allocations of this kind that say all there is to say, in the order of :class:`Allocation`."""
    query = sa.select(_TABLE).where(kind)
    for column, value in ((_TABLE.c.programme, programme), (_TABLE.c.budget_year, year)):
        query = query.where(column == value) if value is not None else query
    rows = [dict(row) for row in db.session.execute(query).mappings()]
    return sorted(filter(_is_whole, rows), key=_given)


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
    return _standings(given(programme, year), programme, year)


def _standings(found: list[Allocation], programme: str | None = None, year: int | None = None) -> list[AllocationUse]:
    if not found:
        return []
    sums, inside = _sums(programme, year), villages_of({one.place for one in found})
    return [_standing(one, sums.get((one.programme, one.year, one.source), {}), inside[one.place]) for one in found]


AllocationSums = Mapping[tuple[str, int, str], Mapping[str, tuple[int, int, int]]]
"""Promised, paid, and paid beyond that, by village: of each programme, year and source."""


def _standing(
    one: Allocation, sums: Mapping[str, tuple[int, int, int]], villages: frozenset[str] | None
) -> AllocationUse:
    mine = [sums[area] for area in (sums if villages is None else villages & sums.keys())]
    return AllocationUse(one, *map(sum, zip(*mine, strict=True))) if mine else AllocationUse(one, 0, 0)


def _sums(programme: str | None, year: int | None) -> AllocationSums:
    """What is approved and paid, of what is counted beforehand."""
    kept = MONEY_TALLY.by_village.c
    keys = (kept.programme, kept.year, kept.source, kept.area)
    query = sa.select(*keys, sa.func.sum(kept.approved), sa.func.sum(kept.paid)).group_by(*keys)
    for column, value in ((kept.programme, programme), (kept.year, year)):
        query = query.where(column == str(value)) if value is not None else query
    rows, beyond = db.session.execute(query).all(), _beyond()
    found: dict[tuple[str, int, str], dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for one, in_year, source, area, promised, paid in rows:
        of = one, int(in_year or 0), source
        found[of][area] = int(promised), int(paid), beyond[(*of, area)]
    return found


def _beyond() -> Counter[tuple[str, int, str, str]]:
    """What was paid beyond what is approved, by programme, year, source and village: of cases that are a doubt."""
    fact, money = CaseFact.__table__.c, CaseMoney.__table__.c
    query = sa.select(fact.programme, fact.year, money.source, fact.area, money.paid - money.approved)
    query = query.join_from(CaseFact, CaseMoney, money.record == fact.record)
    found: Counter[tuple[str, int, str, str]] = Counter()
    for row in db.session.execute(query.where(DOUBTED, money.paid > money.approved)):
        found[row[0] or "", row[1] or 0, row[2], row[3] or ""] += row[4]
    return found


def villages_of(named: Iterable[str]) -> dict[str, frozenset[str] | None]:
    """The villages in each place; None for the whole province."""
    return {place: _inside(*_key(place)) if place else None for place in named}


def _inside(vintage: int, code: str) -> frozenset[str]:
    return Gazetteer(db.session(), vintage).lying_in(code) if vintage else frozenset()


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
    more, uses, found = list(wanted), standings(programme, year), []
    inside = villages_of({one.given.place for one in uses})
    for one in uses:
        villages = inside[one.given.place]
        sources = [amounts.get(one.given.source, 0) for area, amounts in more if villages is None or area in villages]
        if sum(sources) > max(one.left, 0):
            found.append(Excess(one.given, one.left, sum(sources)))
    return found


def over_promised() -> list[AllocationUse]:
    """The allocations of which more is promised than there is: two offices apart could not know of each other."""
    return [one for one in standings() if one.left < 0]


def taken_away() -> list[AllocationUse]:
    """The allocations that were withdrawn though money of them is promised or paid."""
    gone = [_given(row) for row in _rows(_TABLE.c.withdrawn, None, None)]
    return [one for one in _standings(gone) if one.promised or one.paid]

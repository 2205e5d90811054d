"""Two entries of households compared by a person: the same household, or two. What was said can be taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid5

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import Prepared, db
from fieldapp.facts.alike import ordered
from fieldapp.facts.searching import usual
from fieldapp.facts.tables import AlikePair, HouseholdFact, HouseholdTally
from fieldapp.intake import Receipt
from fieldapp.intake.merging import kept_of
from fieldapp.people import Account, within_areas
from fieldapp.problems import NotTwoHouseholds, PairedMeanwhile
from fieldapp.review.decisions import heads_of
from fieldapp.review.standing import AreaFilter
from fieldapp.surveys import Household, Pairing
from sync.statements import among

NAMESPACE = UUID("6f1c6f0e-6d0b-5b55-9a57-4a1d3f0e7c21")
"""Two people who compare the same two households speak of one record."""


class LookAlike(NamedTuple):
    """Two households that look like one, and in what."""

    one: str
    other: str
    points: int
    what: tuple[str, ...]


def pairing_id(one: str, other: str) -> str:
    """The record that says what two households are."""
    return str(uuid5(NAMESPACE, " ".join(ordered(one, other))))


def pairing_of(one: str, other: str) -> Pairing | None:
    """What was said about two households, if anything."""
    return db.session.get(Pairing, pairing_id(one, other))


def pairings_about(household: str) -> list[Pairing]:
    """Every comparison with this household that says something, the newest first."""
    named = sa.or_(Pairing.household == household, Pairing.other == household)
    query = sa.select(Pairing).where(named, Pairing.verdict != "open", sa.not_(Pairing.withdrawn))
    return list(db.session.scalars(query.order_by(Pairing.changed_at.desc(), Pairing.changed_stamp.desc())))


def say(one: Household, other: Household, verdict: str, *, account: Account, seen: Collection[str]) -> Receipt:
    """Say that ``other`` is the same household as ``one``, which is kept (``same``); that they are ``two``; or take
    back what was said (``open``). The caller holds the writer's place and commits.

    :param seen: the heads of what was said before, as the person saw it.
    :raises NotTwoHouseholds: it is one and the same entry, or it is a part of another one already.
    :raises PairedMeanwhile: somebody has said something about them since.
    """
    before = pairing_of(one.id, other.id)
    if set(seen) != set(heads_of(before) if before else ()):
        raise PairedMeanwhile()
    parts = kept_of([one.id, other.id])
    if one.id == other.id or (verdict == "same" and parts):
        raise NotTwoHouseholds()
    answers = {"household": one.id, "other": other.id, "verdict": verdict}
    return intake.save("pairing", pairing_id(one.id, other.id), answers, account=account)


def alike(areas: AreaFilter, *, most: int, after: int = 0) -> list[LookAlike]:
    """Pairs that nobody has judged yet, of which both lie in these areas, the likeliest first."""
    order = (column.desc() for column in (AlikePair.points, AlikePair.one, AlikePair.other))
    query = sa.select(AlikePair).order_by(*order)
    found = db.session.scalars(_within(query, areas).limit(most).offset(after))
    return [_alike(row) for row in found]


def count_alike(areas: AreaFilter) -> int:
    """How many such pairs there are."""
    return db.session.scalar(_within(sa.select(sa.func.count()).select_from(AlikePair), areas)) or 0


def alike_to(household: str, areas: AreaFilter) -> list[LookAlike]:
    """The pairs of one household that nobody has judged yet."""
    found = _alike_to.rows(household=household)
    return [_alike(row) for row in found if areas is None or (row.here in areas and row.there in areas)]


def _ask_alike(_dialect: sa.Dialect) -> sa.Select[Any]:
    home, asked = cast("Any", Household.__table__), sa.bindparam("household", type_=sa.String)
    one, other = home.alias(), home.alias()
    query = sa.select(*AlikePair.__table__.c, one.c.area.label("here"), other.c.area.label("there"))
    query = query.outerjoin(one, one.c.id == AlikePair.one).outerjoin(other, other.c.id == AlikePair.other)
    return query.where(sa.or_(AlikePair.one == asked, AlikePair.other == asked)).order_by(AlikePair.points.desc())


_alike_to = Prepared(_ask_alike)


def _alike(row: Any) -> LookAlike:
    return LookAlike(row.one, row.other, row.points, tuple(row.what.split()))


def _within(query: sa.Select[*tuple[Any, ...]], areas: AreaFilter) -> sa.Select[*tuple[Any, ...]]:
    if areas is None:
        return query
    connection, are_few = db.session.connection(), _are_few(areas)
    for household in (AlikePair.one, AlikePair.other):
        home: Any = HouseholdFact.__table__.alias()
        area = usual(home.c.area) if are_few else home.c.area
        query = query.join(home, home.c.household == household).where(among(connection, area, areas))
    return query


def _are_few(areas: Collection[str]) -> bool:
    """Whether to look where each pair lies is quicker than to look for pairs of each household of these areas, which
    takes three times as long each."""
    pairs, homes = sa.select(sa.func.count()).select_from(AlikePair), sa.select(sa.func.sum(HouseholdTally.households))
    here = within_areas(homes, HouseholdTally.__table__.c.area, areas)
    return (db.session.scalar(pairs) or 0) < 3 * int(db.session.scalar(here) or 0)

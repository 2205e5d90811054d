"""Which households look like one another: found when they arrive, by keys that two entries of one household share.

A key is a number made of the citizen id, the name (without accents, ``y`` as ``i``) with the year of birth or with the
village, the village with the year, or the telephone. Only households that share one are compared, by
:mod:`fieldapp.surveys.alike`; so an arrival costs a few indexed look-ups, whatever the size of the province.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import AlikeKey, AlikePair
from fieldapp.surveys import Household, Pairing
from fieldapp.surveys.alike import LIKELY, Traits, likeness, traits
from sync import State
from sync.journal import Journal
from sync.statements import Ready, among, among_texts, insert, texts

COMPARED = ("head_name", "other_name", "birth_date", "citizen_id", "phone", "village", "location")
CROWD = 200
"""A key that more households share tells nobody apart: a name and a year typed for want of one."""

_KEYS: Any = AlikeKey.__table__
_PAIRS: Any = AlikePair.__table__
HouseholdPair = tuple[str, str]


# --- pure -----------------------------------------------------------------------------------------------------


def keys_of(one: Traits) -> set[int]:
    """What a household is found by that may be the same as this one."""
    found: list[tuple[str, ...]] = [("id", one.citizen_id), ("phone", one.phone), ("year", one.area, one.year)]
    for name in one.names:
        found += [("born", name, one.year), ("home", name, one.area)]
    return {_number(" ".join(parts)) for parts in found if all(parts)}


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def ordered(one: str, other: str) -> HouseholdPair:
    """A pair, in the order in which it is kept."""
    return (one, other) if one < other else (other, one)


# --- kept -----------------------------------------------------------------------------------------------------


def touched(
    journal: Journal,
    states: Mapping[str, State],
    gone: Collection[str],
    moved: Collection[str],
    merged: Mapping[str, str],
) -> dict[str, str]:
    """The households that are to be compared anew: those among these records, and those that a person has compared."""
    compared = [state.values() for state in states.values() if state.survey == Pairing.survey]
    named = {home for each in compared for name in ("household", "other") if isinstance(home := each.get(name), str)}
    homes = {record for record, state in states.items() if state.survey == "household"}
    return {home: home for home in homes | named | _known(gone)}


def _known(records: Collection[str]) -> set[str]:
    """Those of these records that were households."""
    if not records:
        return set()
    query = sa.select(_KEYS.c.household).distinct().where(among(db.session.connection(), _KEYS.c.household, records))
    return set(db.session.scalars(query))


def make(touched: Mapping[str, str]) -> None:
    """Compare these households with all that share a key with them, and keep which look alike."""
    homes = set(touched)
    there = {row.id: traits(row._asdict()) for row in _households(homes)}
    _keep_keys(homes, {home: keys_of(one) for home, one in there.items()})
    _keep_pairs(homes, _judged(_sharing(there), there))


def _households(ids: Collection[str]) -> list[Any]:
    """Those of these that count, with what is compared of them."""
    columns = [getattr(Household, name) for name in COMPARED]
    some = among(db.session.connection(), Household.__table__.c.id, ids)
    return list(db.session.execute(sa.select(Household.id, *columns).where(some, sa.not_(Household.withdrawn))))


def _keep_keys(homes: Collection[str], wanted: Mapping[str, set[int]]) -> None:
    connection = db.session.connection()
    stored: dict[str, set[int]] = defaultdict(set)
    for row in _held_keys(connection, households=texts(connection, homes)):
        stored[row.household].add(row.key)
    if old := [{"k": key, "h": home} for home in stored for key in stored[home] - wanted.get(home, set())]:
        one = sa.and_(_KEYS.c.key == sa.bindparam("k"), _KEYS.c.household == sa.bindparam("h"))
        connection.execute(sa.delete(_KEYS).where(one), old)
    insert(connection, _KEYS, [(key, home) for home in wanted for key in wanted[home] - stored.get(home, set())])


_held_keys = Ready(lambda dialect: sa.select(_KEYS).where(among_texts(dialect, _KEYS.c.household, "households")))


def _judged(pairs: Collection[HouseholdPair], homes: Mapping[str, Traits]) -> dict[HouseholdPair, tuple[int, str]]:
    """How much those of these pairs are alike that are, and of which nobody has said what they are.

    ``homes``: what is compared of some of them.
    """
    others = {home for pair in pairs for home in pair} - homes.keys()
    all_of = {**homes, **{row.id: traits(row._asdict()) for row in (_households(others) if others else ())}}
    found: dict[HouseholdPair, tuple[int, str]] = {}
    for one, other in pairs:
        if one in all_of and other in all_of:
            how = likeness(all_of[one], all_of[other])
            if how.points >= LIKELY:
                found[one, other] = how.points, " ".join(how.what)
    said = told_apart(found)
    return {pair: how for pair, how in found.items() if pair not in said}


def _sharing(homes: Collection[str]) -> set[HouseholdPair]:
    """The pairs of which one is among these, and that share a key."""
    connection = db.session.connection()
    by_key: dict[int, set[str]] = defaultdict(set)
    for row in _near(connection, households=texts(connection, homes)) if homes else ():
        by_key[row.key].add(row.household)
    own = set(homes)
    return {
        ordered(one, other)
        for together in by_key.values()
        if 1 < len(together) <= CROWD
        for one in together & own
        for other in together
        if one != other
    }


def _all_near(dialect: sa.Dialect) -> sa.Select[Any]:
    mine = _KEYS.alias()
    keys = sa.select(mine.c.key).where(among_texts(dialect, mine.c.household, "households"))
    return sa.select(_KEYS.c.key, _KEYS.c.household).where(_KEYS.c.key.in_(keys))


_near = Ready(_all_near)


def told_apart(pairs: Iterable[HouseholdPair]) -> set[HouseholdPair]:
    """Those of these pairs of which a person has said what they are."""
    homes = {home for pair in pairs for home in pair}
    if not homes:
        return set()
    table: Any = Pairing.__table__
    query = sa.select(table.c.household, table.c.other).where(
        among(db.session.connection(), table.c.household, homes), table.c.verdict != "open", sa.not_(table.c.withdrawn)
    )
    return {ordered(row.household, row.other) for row in db.session.execute(query) if row.household and row.other}


def _keep_pairs(homes: Collection[str], wanted: Mapping[HouseholdPair, tuple[int, str]]) -> None:
    connection = db.session.connection()
    stored = {(row.one, row.other): (row.points, row.what) for row in _stored_pairs(homes)}
    if old := [{"a": one, "b": other} for (one, other), how in stored.items() if wanted.get((one, other)) != how]:
        both = sa.and_(_PAIRS.c.one == sa.bindparam("a"), _PAIRS.c.other == sa.bindparam("b"))
        connection.execute(sa.delete(_PAIRS).where(both), old)
    insert(connection, _PAIRS, [(*pair, *how) for pair, how in sorted(wanted.items()) if stored.get(pair) != how])


def _stored_pairs(homes: Collection[str]) -> Iterator[Any]:
    connection = db.session.connection()
    yield from _pairs_of(connection, households=texts(connection, homes), others=texts(connection, homes))


def _all_pairs(dialect: sa.Dialect) -> sa.CompoundSelect[Any]:
    return sa.union(
        sa.select(_PAIRS).where(among_texts(dialect, _PAIRS.c.one, "households")),
        sa.select(_PAIRS).where(among_texts(dialect, _PAIRS.c.other, "others")),
    )


_pairs_of = Ready(_all_pairs)


def differing(records: Collection[str]) -> list[str]:
    """Of these records the households whose keys or pairs are not what follows."""
    there = {row.id: traits(row._asdict()) for row in _households(records)}
    connection = db.session.connection()
    keys: dict[str, set[int]] = defaultdict(set)
    for row in _held_keys(connection, households=texts(connection, records)):
        keys[row.household].add(row.key)
    made = {home: keys_of(one) for home, one in there.items()}
    unlike = {home for home in {*made, *keys} if keys.get(home, set()) != made.get(home, set())}
    stored = {(row.one, row.other): (row.points, row.what) for row in _stored_pairs(records)}
    wanted = _judged(_sharing(there) | stored.keys(), there)
    pairs = {pair for pair in {*stored, *wanted} if stored.get(pair) != wanted.get(pair)}
    return [record for record in records if record in unlike or any(record in pair for pair in pairs)]


def miscounted() -> list[str]:
    """Nothing is counted beforehand."""
    return []


def rules_changed() -> None:
    """Nothing here follows from rules."""


def all_made() -> None:
    """Nothing to note."""


def is_empty() -> bool:
    """Whether households are known and none has a key: after an upgrade from a version that kept none."""
    is_kept = db.session.scalar(sa.select(AlikeKey.household).limit(1)) is not None
    return not is_kept and db.session.scalar(sa.select(Household.id).limit(1)) is not None

"""Two entries of one household: the one is a part of the other, and all that names it counts for that other.

Nothing of what was said is altered. A person says that two entries are one household, in a record that merges like any
other (:class:`fieldapp.surveys.Pairing`), and the rows that are made of records follow: whatever names the merged
household names the kept one, lies where that lies, and the merged household itself counts as withdrawn. When it is
taken back, or the change that said it is excluded, the same rows are made again without it. So it holds as well for
what arrives later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import db
from fieldapp.surveys import Base, Pairing, of_kind
from sync import State
from sync.journal import Journal
from sync.statements import Ready, among, among_texts, insert, texts


class MergedHousehold(Base):
    """That one household is a part of another, at the end of the chain where that one is a part of a third."""

    __tablename__ = "merged_household"

    household: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    kept: Mapped[str] = mapped_column(sa.String(36), index=True)


_TABLE: Any = MergedHousehold.__table__
_PAIRS: Any = Pairing.__table__


# --- asked ----------------------------------------------------------------------------------------------------


def kept_of(households: Collection[str]) -> dict[str, str]:
    """Those of these households that are a part of another one, each with that one."""
    connection = db.session.connection()
    rows = _merged(connection, households=texts(connection, households)) if households else ()
    return {row.household: row.kept for row in rows}


_merged = Ready(lambda dialect: sa.select(_TABLE).where(among_texts(dialect, _TABLE.c.household, "households")))


def parts_of(household: str) -> list[str]:
    """The households that are a part of this one."""
    return _parts(db.session.connection(), kept=household).scalars()


_parts = Ready(lambda _dialect: sa.select(_TABLE.c.household).where(_TABLE.c.kept == sa.bindparam("kept")))


def merged_among(states: Mapping[str, State]) -> dict[str, str]:
    """The merged households among these records and among those that they name."""
    homes = {record for record, state in states.items() if state.survey == "household"}
    return kept_of(homes | {home for state in states.values() if (home := home_named(state))})


def home_named(state: State) -> str | None:
    """The household that a record says it is about."""
    home = state.value("household")
    return home if isinstance(home, str) else None


def followed(survey: str, answers: Mapping[str, Any], merged: Mapping[str, str]) -> dict[str, str]:
    """The answers of a record that name a merged household, each naming the kept one; what compares two keeps both."""
    if not merged or survey == Pairing.survey:
        return {}
    names = [each.name for each in of_kind(survey, "reference") if each.of == "household"]
    return {name: merged[answers[name]] for name in names if answers.get(name) in merged}


def as_said(journal: Journal, survey: str, record: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers to be saved without those that only repeat the kept household for the merged one that a record names:
    that it is shown so must not become what somebody said."""
    told = [each.name for each in of_kind(survey, "reference") if each.of == "household" and answers.get(each.name)]
    parts = {name: parts_of(answers[name]) for name in told} if survey != Pairing.survey else {}
    if not any(parts.values()):
        return dict(answers)
    state = journal.state(record)
    before = state.values() if state else {}
    return {name: value for name, value in answers.items() if before.get(name) not in parts.get(name, ())}


# --- kept -----------------------------------------------------------------------------------------------------


def compared(states: Mapping[str, State], gone: Collection[str]) -> set[str]:
    """The households that these records compare, or compared before their rows are written anew."""
    pairs = [state for state in states.values() if state.survey == Pairing.survey]
    if not pairs and not gone:
        return set()
    ids = {*gone, *(state.record for state in pairs)}
    query = sa.select(_PAIRS.c.household, _PAIRS.c.other).where(among(db.session.connection(), _PAIRS.c.id, ids))
    before = {home for row in db.session.execute(query) for home in row if home}
    values = [state.values() for state in pairs]
    named = [each.get(name) for each in values for name in ("household", "other")]
    return before | {home for home in named if isinstance(home, str)}


def refresh(households: Collection[str]) -> dict[str, str]:
    """Find out again which of these households are one, and of those that hang together with them.

    :returns: the households that are no longer what they were, each with itself, and those that they were or are
        a part of: they, and all that names them, are to be made again.
    """
    if not households:
        return {}
    pairs = _hanging_together(households)
    whole = {*households, *(home for pair in pairs for home in pair)}
    before, now = kept_of(whole), ends(pairs)
    changed = {home for home in whole if before.get(home) != now.get(home)}
    if changed:
        db.session.execute(sa.delete(_TABLE).where(among(db.session.connection(), _TABLE.c.household, changed)))
        insert(db.session.connection(), _TABLE, [(home, now[home]) for home in sorted(changed & now.keys())])
    ends_of = {known[home] for known in (before, now) for home in changed & known.keys()}
    return {home: home for home in sorted(changed | ends_of)}


def _hanging_together(households: Collection[str]) -> list[tuple[str, str]]:
    """The kept and the merged household of each pair, in the order in which that was said: all that are reached from
    these, from pair to pair."""
    known, found, reached = set(households), list[Any](), set(households)
    while reached:
        connection = db.session.connection()
        near = sa.or_(among(connection, _PAIRS.c.household, reached), among(connection, _PAIRS.c.other, reached))
        is_same = sa.and_(_PAIRS.c.verdict == "same", sa.not_(_PAIRS.c.withdrawn))
        query = sa.select(_PAIRS.c.household, _PAIRS.c.other, _PAIRS.c.changed_stamp).where(is_same, near)
        rows = db.session.execute(query).all()
        found += rows
        reached = {home for row in rows for home in row[:2]} - known
        known |= reached
    in_order = sorted({tuple(row) for row in found}, key=lambda row: (row[2], row[0], row[1]))
    return [(kept, other) for kept, other, _stamp in in_order if kept and other and kept != other]


def ends(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Of each merged household the one that is kept at the end; of two that were said to keep it, the later. Pure.

    Where pairs lead round in a circle, the household with the smallest id is kept.

    :param pairs: kept and merged household, the latest last.
    """
    next_one = {merged: kept for kept, merged in pairs}
    found: dict[str, str] = {}
    for home in next_one:
        path = [home]
        while (after := next_one.get(path[-1])) is not None and after not in path:
            path.append(after)
        end = path[-1] if after is None else min(path[path.index(after) :])
        if end != home:
            found[home] = end
    return found

"""The facts are kept: what a change touches is worked out again, and nothing else.

A household's fact and the standings of all about it hang together: its rank orders them, and where its survey stands is
a part of it. So they are worked out together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts import household, refreshing, standing, tallies
from fieldapp.facts.ranking import UNKNOWN
from fieldapp.facts.standing import StandingInput
from fieldapp.facts.tables import HouseholdFact
from fieldapp.intake import merging
from fieldapp.surveys import Household
from sync import State
from sync.journal import Journal
from sync.statements import among

SAID = ("decision", "reply")
MAKING = ("household", "housing_need", "progress_visit")
"""What the fact of a household follows from."""


def touched(
    journal: Journal,
    states: Mapping[str, State],
    gone: Collection[str],
    moved: Collection[str],
    merged: Mapping[str, str],
) -> dict[str, str]:
    """Of which records something follows from these ones: their own standings, those of what they decide or reply
    about, and the facts of the households they are about, with the standings of all about one whose own answers or
    needs they are.

    :param gone: records that no counted change speaks of now.
    :param moved: others that lie in another village since.
    :param merged: the households among all these that are a part of another one, each with that one.
    :returns: the records, each with the household it is about, "" where that is not known; and those households of
        which everything is made again, each with itself.
    """
    own = {record: _home(state, merged) or "" for record, state in states.items() if state.survey not in SAID}
    about = [_subject(state.values()) for state in states.values() if state.survey in SAID]
    homes = {record for record, state in states.items() if state.survey == "household"}
    homes |= {home for state in states.values() if state.survey == "housing_need" if (home := _home(state, merged))}
    if gone:
        about += _subjects_of(journal, gone)
        homes |= standing.forget(gone) | set(gone)
    return {
        **dict.fromkeys(filter(None, about), ""),
        **dict.fromkeys(moved, ""),
        **own,
        **{home: home for home in homes},
    }


def make(touched: Mapping[str, str]) -> None:
    """Make the standings of these records and the facts of their households, told as by :func:`touched`."""
    homes = {record for record, household in touched.items() if record == household}
    _keep(list(standing.read(touched, homes)), homes)


def _keep(rows: list[StandingInput], homes: Collection[str]) -> None:
    """``homes``: the households of which everything was read. One that a record has left is as it was without it."""
    left = {row.home_before for row in rows if row.home_before not in (None, row.household)}
    rows += standing.read((), left) if left else ()
    touched = {*homes, *left, *(row.household for row in rows if row.survey in MAKING)} - {None}
    found = household.work_out(touched, {row.record: row.status for row in rows})
    household.write(touched, found)
    ranks = {home: found[home].rank if home in found else UNKNOWN for home in touched}
    standing.write(rows, ranks)


def differing(records: Collection[str]) -> list[str]:
    """Of these records those whose facts are not what follows from them; where rules have changed since, and facts of
    households are still to be worked out again, these are not asked."""
    of_homes = [] if refreshing.is_due() else household.differing(_households(records))
    return list(dict.fromkeys([*standing.differing(records), *of_homes]))


rules_changed = refreshing.note_change
TALLIES = (standing.TALLY, *household.TALLIES)


def miscounted() -> list[str]:
    """What is counted of all of them, and is not what they add up to."""
    return tallies.miscounted(TALLIES)


def all_made() -> None:
    """Nothing is left to be done by and by, and what is counted is counted anew."""
    tallies.recount(TALLIES)
    refreshing.note_made()


def is_empty() -> bool:
    """Whether households are known and none has a fact: after an upgrade from a version that kept none."""
    is_kept = db.session.scalar(sa.select(HouseholdFact.household).limit(1)) is not None
    return not is_kept and db.session.scalar(sa.select(Household.id).limit(1)) is not None


def _households(records: Collection[str]) -> list[str]:
    """Those that are households, or were."""
    connection = db.session.connection()
    query = sa.select(Household.id).where(among(connection, Household.__table__.c.id, records))
    kept = sa.select(HouseholdFact.household).where(among(connection, HouseholdFact.__table__.c.household, records))
    return list(db.session.scalars(sa.union(query, kept)))


def _home(state: State, merged: Mapping[str, str]) -> str | None:
    home = merging.home_named(state)
    return merged.get(home, home) if home else None


def _subject(answers: Mapping[str, Any]) -> str | None:
    subject = answers.get("subject")
    return subject if isinstance(subject, str) else None


def _subjects_of(journal: Journal, gone: Collection[str]) -> Iterable[str | None]:
    entries = (entry for record in gone for entry in journal.history(record))
    return [_subject(entry.change.answers) for entry in entries if entry.change.survey in SAID]

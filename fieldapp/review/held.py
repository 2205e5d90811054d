"""What is held of the records of an area: supervisors see that it waits, an administrator decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fieldapp import intake
from fieldapp.intake.acts import SAID, villages
from fieldapp.intake.areas import parents
from fieldapp.review.standing import AreaFilter
from sync.journal import Entry

AT_MOST = 2000
"""So many held changes are looked through; more wait only after a device was switched off that held a season's work."""


class HeldChange(NamedTuple):
    """A change that is held, and the record it is about: of a decision or a reply, the one that it names."""

    entry: Entry
    record: str


def held_in(areas: AreaFilter, at_most: int = AT_MOST) -> list[HeldChange]:
    """The held changes of records within these areas, the oldest first; of a record that is nowhere yet, those that
    would put it there."""
    found = held_of(intake.journal().held(at_most))
    asked = {each.record for each in found}.union(*(parents(each.entry.change) for each in found))
    known = intake.journal().areas_of(asked)
    return [each for each in found if areas is None or _places(each, known) & set(areas)]


def held_of(entries: Iterable[Entry]) -> list[HeldChange]:
    """These changes, each with the record it is about."""
    return [HeldChange(entry, _subject(entry)) for entry in entries]


def _subject(entry: Entry) -> str:
    subject = entry.change.answers.get("subject") if entry.change.survey in SAID else None
    return subject if isinstance(subject, str) else entry.change.record


def _places(each: HeldChange, known: dict[str, str]) -> set[str]:
    if here := known.get(each.record):
        return {here}
    change = each.entry.change
    return (villages(change) | {known.get(parent, "") for parent in parents(change)}) - {""}

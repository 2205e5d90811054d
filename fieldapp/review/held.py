"""What is held of the records of an area: supervisors see that it waits, an administrator decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from fieldapp import intake
from fieldapp.intake.acts import SAID
from fieldapp.intake.areas import leaning_on
from fieldapp.review.standing import AreaFilter
from sync.journal import Entry


class HeldChange(NamedTuple):
    """A change that is held, and the record it is about: of a decision or a reply, the one that it names."""

    entry: Entry
    record: str


def held_in(areas: AreaFilter, most: int, after: str = "") -> list[HeldChange]:
    """The held changes of records within these areas, the oldest first; of a record that is nowhere yet, those that
    would put it there. ``after``: the id of the last one that was seen, to go on from."""
    return held_of(intake.journal().held(most, after=after, areas=areas))


def count_held(areas: AreaFilter) -> int:
    """How many there are of them."""
    return intake.journal().count_held(areas)


def held_of(entries: Iterable[Entry]) -> list[HeldChange]:
    """These changes, each with the record it is about."""
    return [HeldChange(entry, _subject(entry)) for entry in entries]


def _subject(entry: Entry) -> str:
    subject = entry.change.answers.get("subject") if entry.change.survey in SAID else None
    return subject if isinstance(subject, str) else entry.change.record


def records_held(records: Collection[str]) -> set[str]:
    """Those of these records of which a change is held, or a decision or a reply about them."""
    here, about = intake.journal(), leaning_on(records)
    held = here.records_held({*records, *(one for one, _record in about)})
    surveys = {one: survey for one, (survey, _area) in here.whereabouts(held).items()}
    return held.intersection(records) | {record for one, record in about if surveys.get(one) in SAID}

"""The conflicts of a record made ready to be settled: who gave which answer, on which device, with which photos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fieldapp import intake, naming, review
from fieldapp.i18n import _
from fieldapp.review import Conflict
from fieldapp.surveys import questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.web.records.answers import Picture, pictures_of, value_text
from sync import WITHDRAWN, Change
from sync.fold import Head


class Version(NamedTuple):
    """One side of a conflict; ``pictures``: the photos that its author sent with it."""

    head: str
    text: str
    by: str
    device: str
    at: datetime
    pictures: list[Picture]


class ShownConflict(NamedTuple):
    """A conflict, ready to be settled."""

    question: str
    label: str
    versions: list[Version]
    seen: str

    @property
    def is_of_answer(self) -> bool:
        """Whether another answer could be typed; a record is withdrawn or it is not."""
        return self.question != WITHDRAWN


def conflicts_of(record: Record) -> list[ShownConflict]:
    """Each conflict of a record, ready to be settled."""
    state = intake.journal().state(record.id) if record.contested else None
    if not state:
        return []
    changes = [entry.change for entry in intake.journal().history(record.id)]
    sent = _photographed(record, changes)
    return [_shown_conflict(record, conflict, sent) for conflict in review.conflicts_of(state)]


def _photographed(record: Record, changes: Iterable[Change]) -> dict[str, list[Picture]]:
    """By change of a record that said anything of photos, what it showed."""
    asked = {name: each for name, each in questions(type(record)).items() if each.kind == "photo"}
    return {
        each.id: pictures_of(asked, _fitting(asked, each.answers)) for each in changes if asked.keys() & each.answers
    }


def _shown_conflict(record: Record, conflict: Conflict, sent: Mapping[str, list[Picture]]) -> ShownConflict:
    """``sent``: by change, the photos that came with it."""
    authors = naming.people({head.author for head in conflict.sides})
    devices = naming.devices({head.device for head in conflict.sides})
    versions = [
        Version(
            head.id,
            _side(record, conflict.question, head),
            naming.author(authors, head.author),
            devices.get(head.device) or naming.nameless_device(head.device),
            head.moment,
            sent.get(head.id, []),
        )
        for head in conflict.sides
    ]
    return ShownConflict(
        conflict.question, naming.question(type(record), conflict.question), versions, " ".join(conflict.ids)
    )


def _fitting(known: Mapping[str, Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a change said, as far as it can be answers: one from elsewhere may say anything."""
    said = {name: answers.get(name) for name in known}
    return {name: value if known[name].fits(value) else None for name, value in said.items()}


def _side(record: Record, question: str, head: Head) -> str:
    if question == WITHDRAWN:
        return _("Withdraw the record") if head.value is True else _("Keep the record")
    return value_text(record, question, head.value)

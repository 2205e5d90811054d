"""After an upgrade: what did not count only because the questionnaires here were older counts by itself.

A hold for one of these reasons is an opinion of this version of the software, not of a person: so it is lifted here
without a ruling, and every other node finds the same by itself once it knows the questions. What an administrator has
ruled stays.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa

from fieldapp import i18n, surveys
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.intake.why_held import OF_THE_VERSION, Judge
from fieldapp.people import Device
from fieldapp.surveys import SURVEYS, questions
from sync.files import write_over
from sync.journal import BatchRow, Entry, Journal


@dataclass(frozen=True)
class Amended:
    """What follows from newer questionnaires: the records to be folded again, and how many changes count since now."""

    records: frozenset[str]
    counting: int


def is_due() -> bool:
    """Whether the questionnaires are others than when this instance was amended last."""
    path = settings().questions_file
    return not path.exists() or path.read_text(encoding="utf-8").strip() != _version()


def note() -> None:
    """Remember these questionnaires, after everything was committed."""
    write_over(settings().questions_file, f"{_version()}\n".encode())


def amend() -> Amended:
    """Judge again what was held because of the questionnaires, and find the answers they had no question for.

    The caller folds the records again, and commits.
    """
    begin_writing()
    here = Journal(db.session.connection())
    waiting = [entry for entry in here.held() if entry.held in OF_THE_VERSION]
    found = {entry.change.id: reason for entry, reason in _judged(here, waiting) if reason != entry.held}
    records = here.hold(found)
    return Amended(frozenset(records | _set_aside()), sum(reason is None for reason in found.values()))


def _judged(here: Journal, waiting: list[Entry]) -> list[tuple[Entry, str | None]]:
    """Each of these changes, and what would be said of it if it came today as it came then."""
    batches = {number: here.batch(number) for number in {entry.batch for entry in waiting}}
    judges = {number: _judge(here, row) for number, row in batches.items()}
    for number, judge in judges.items():
        judge.expect([entry.change for entry in waiting if entry.batch == number])
    return [(entry, judges[entry.batch](entry.change)) for entry in waiting]


def _judge(here: Journal, row: BatchRow | None) -> Judge:
    device = db.session.get(Device, row.device) if row and row.device else None
    kind = row.kind if row else ""
    return Judge(here, kind, device, {}, led=kind == "node" and device is None)


def _set_aside() -> set[str]:
    """The records with answers beside the columns, where there is a column by now."""
    found: set[str] = set()
    for survey, model in SURVEYS.items():
        rows = db.session.execute(sa.select(model.id, model.extra).where(sa.cast(model.extra, sa.Text) != "{}"))
        found.update(record for record, extra in rows if questions(survey).keys() & (extra or {}).keys())
    return found


def _version() -> str:
    described = json.dumps(surveys.describe(i18n.DEFAULT, rules_too=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(described.encode()).hexdigest()

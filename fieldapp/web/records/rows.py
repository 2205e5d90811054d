"""The rows of lists of records, and of the queue, ready for reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp import naming, review
from fieldapp.db import db
from fieldapp.reference import Rules
from fieldapp.review import QueuedRecord, RecordStanding, Status
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from fieldapp.today import today
from fieldapp.web import shown
from fieldapp.web.records.odd import KINDS


class RecordRow(NamedTuple):
    """One line of a list."""

    id: str
    name: str
    survey: str
    where: str
    by: str
    changed_at: datetime
    status: Status


def rows(survey: type[Record], ids: Sequence[str]) -> list[RecordRow]:
    """The lines for these records of one survey, in this order."""
    found = {record.id: record for record in db.session.scalars(sa.select(survey).where(survey.id.in_(ids)))}
    return lines([found[id] for id in ids if id in found])


def lines(records: Sequence[Record]) -> list[RecordRow]:
    """The lines for records of any surveys, in this order."""
    names, statuses = shown.names_of(records), review.statuses(records)
    authors = naming.people({record.author for record in records})
    return [
        RecordRow(
            record.id,
            names[record.id],
            str(record.title),
            shown.place_line(record.area),
            authors.get(record.author, ""),
            record.changed_at,
            statuses[record.id],
        )
        for record in records
    ]


def standing_lines(standings: Sequence[RecordStanding]) -> list[RecordRow]:
    """The lines for the records that stand there, of any surveys, in this order."""
    return lines(_records(standings))


def _records(standings: Sequence[RecordStanding]) -> list[Record]:
    found: dict[str, Record] = {}
    for survey in {one.survey for one in standings}:
        model, ids = SURVEYS[survey], [one.id for one in standings if one.survey == survey]
        found |= {record.id: record for record in db.session.scalars(sa.select(model).where(model.id.in_(ids)))}
    return [found[one.id] for one in standings]


class WaitingRow(NamedTuple):
    """One line of the queue, with its place in the legal order."""

    line: RecordRow
    priority: str
    reason: str
    doubts: list[str]


def waiting_lines(waiting: Sequence[QueuedRecord], rules: Rules | None = None) -> list[WaitingRow]:
    """The lines of the queue, in its order. ``rules``: those of now, where the page has read them already."""
    found = _records([one.standing for one in waiting])
    ready, odd = lines(found), review.doubts_about(found, today(), rules=rules)
    return [
        WaitingRow(line, one.urgency.letter, one.urgency.reason, [str(KINDS[doubt.kind]) for doubt in odd[line.id]])
        for line, one in zip(ready, waiting, strict=True)
    ]

"""The state of many records at once: who waits, for how long, and where; read from what is kept beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

import sqlalchemy as sa

from fieldapp.db import Prepared, db
from fieldapp.facts import standing as kept
from fieldapp.facts.states import LABELS, OPEN, StateInput, Status, status_from
from fieldapp.people import within_areas
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from fieldapp.surveys.decision import Decision
from sync.statements import Ready, among_texts, texts

Query = TypeVar("Query", bound=sa.Select[*tuple[Any, ...]])
AreaFilter = Collection[str] | None
"""Villages; None stands for all of them."""


class RecordStanding(NamedTuple):
    """Where one record stands."""

    survey: str
    id: str
    area: str | None
    changed_at: datetime
    status: Status


@dataclass(frozen=True)
class Tally:
    """How many records stand in each state, and since when the oldest open one waits."""

    counts: dict[Status, int]
    oldest: datetime | None

    @property
    def open(self) -> int:
        """How many wait for a supervisor, in whatever state."""
        return sum(self.counts.get(status, 0) for status in OPEN)


def reviewed() -> list[type[Record]]:
    """The surveys a supervisor decides about."""
    return [survey for survey in SURVEYS.values() if survey.reviewed]


def standing_of(row: Any) -> RecordStanding:
    """A row of the table as a standing."""
    return RecordStanding(row.survey, row.record, row.area, row.since, cast(Status, row.status))


def standings(survey: type[Record], areas: AreaFilter) -> Iterator[RecordStanding]:
    """Every record of a survey within these areas, and where it stands."""
    if survey.reviewed:
        query = sa.select(*kept.TOLD).where(kept.Standing.survey == survey.survey)
        yield from map(standing_of, db.session.execute(within_areas(query, kept.Standing.area, areas)))
        return
    columns = sa.select(survey.id, survey.area, survey.changed_at, survey.contested, survey.withdrawn)
    for row in db.session.execute(within(columns, survey, areas)):
        yield RecordStanding(survey.survey, row.id, row.area, row.changed_at, _unreviewed(row))


def _unreviewed(record: Any) -> Status:
    return status_from(StateInput("", record.contested, record.withdrawn, reviewed=False))


def in_status(survey: type[Record], status: Status) -> sa.ColumnElement[bool]:
    """Whether a record of this survey is in this state."""
    if survey.reviewed:
        row = kept.Standing
        return survey.id.in_(sa.select(row.record).where(row.survey == survey.survey, row.status == status))
    plain: dict[Status, sa.ColumnElement[bool]] = {
        "contested": survey.contested.expression,
        "withdrawn": sa.and_(survey.withdrawn, sa.not_(survey.contested)),
        "recorded": sa.not_(sa.or_(survey.withdrawn, survey.contested)),
    }
    return plain.get(status, sa.false())


def within(query: Query, survey: type[Record], areas: AreaFilter) -> Query:
    """The query, limited to what lies in these areas."""
    return within_areas(query, survey.area, areas)


def statuses(records: Iterable[Record]) -> dict[str, Status]:
    """The state of each of these records, by id."""
    found = {record.id: record for record in records}
    asked = [id for id, record in found.items() if record.reviewed]
    connection = db.session.connection()
    rows = _statuses(connection, records=texts(connection, asked)) if asked else ()
    known = {row.record: cast(Status, row.status) for row in rows}
    return {id: known[id] if record.reviewed else _unreviewed(record) for id, record in found.items()}


def status_of(record: Record) -> Status:
    """The state of one record."""
    return statuses([record])[record.id]


def counts_of(author: str, areas: AreaFilter) -> dict[Status, int]:
    """How many of the records that somebody began, and that are reviewed, stand in each state in these areas."""
    row = kept.Standing
    query = sa.select(row.status, sa.func.count()).where(*_began(author)).group_by(row.status)
    found = dict.fromkeys(LABELS, 0)
    return found | {
        cast(Status, status): int(count)
        for status, count in db.session.execute(within_areas(query, kept.Standing.area, areas))
    }


def last_of(author: str, areas: AreaFilter, most: int, status: Status | None = None) -> list[RecordStanding]:
    """Of the same records, of one state where one is given, those that were changed last, the last one first."""
    row = kept.Standing
    query = sa.select(*kept.TOLD).where(*_began(author), *([row.status == status] if status else []))
    ordered = within_areas(query, kept.Standing.area, areas).order_by(row.since.desc(), row.record.desc())
    return list(map(standing_of, db.session.execute(ordered.limit(most))))


def _began(author: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Of what is not reviewed only what is in dispute has a standing: that is not meant."""
    row = kept.Standing
    return row.author == author, row.survey.in_([survey.survey for survey in reviewed()])


def decisions_about(record: str) -> list[Decision]:
    """Every decision about a record, the newest first."""
    return _decisions.scalars(record=record)


_KEPT: Any = kept.Standing.__table__
_statuses = Ready(
    lambda dialect: sa.select(_KEPT.c.record, _KEPT.c.status).where(among_texts(dialect, _KEPT.c.record, "records"))
)
_decisions = Prepared(
    lambda _dialect: (
        sa.select(Decision)
        .where(Decision.subject == sa.bindparam("record"), sa.not_(Decision.withdrawn))
        .order_by(Decision.created_stamp.desc(), Decision.id.desc())
    )
)

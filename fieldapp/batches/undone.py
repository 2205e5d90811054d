"""What an undone batch leaves behind: records of others about records that only it had brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import db
from fieldapp.surveys import SURVEYS, of_kind
from sync.statements import among


class WithoutSubject(NamedTuple):
    """A record that counts on and is about one that does not: its survey, its id, and its village if it has one."""

    survey: str
    record: str
    area: str | None


def left_behind(number: int) -> list[WithoutSubject]:
    """All of them, survey by survey; none while the batch counts, since what it brought is there."""
    here = intake.journal()
    brought: dict[str, list[str]] = defaultdict(list)
    for record, (survey, _area) in here.whereabouts(here.records_of(here.changes_of_batch(number))).items():
        brought[survey].append(record)
    gone = {survey: _without_row(survey, records) for survey, records in brought.items() if survey in SURVEYS}
    return list(dict.fromkeys(left for survey, some in gone.items() if some for left in _about(survey, some)))


def _without_row(survey: str, records: Collection[str]) -> set[str]:
    """Those of these records of which nothing counts any more."""
    kind = SURVEYS[survey]
    return {*records}.difference(db.session.scalars(sa.select(kind.id).where(_among(kind.id, records))))


def _about(survey: str, gone: Collection[str]) -> Iterator[WithoutSubject]:
    """The records, of whatever survey, that refer to one of these, which are of this one."""
    for other, kind in SURVEYS.items():
        refers = [getattr(kind, each.name) for each in of_kind(other, "reference") if each.of in ("", survey)]
        for column in refers:
            query = sa.select(kind.id, kind.area).where(_among(column, gone)).order_by(kind.id)
            yield from (WithoutSubject(other, record, area) for record, area in db.session.execute(query))


def _among(column: Any, records: Collection[str]) -> sa.ColumnElement[bool]:
    return among(db.session.connection(), column, records)

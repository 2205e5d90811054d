"""What an undone batch leaves behind: records of others about records that only it had brought."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import db
from fieldapp.surveys import SURVEYS, questions

CHUNK = 5000


class WithoutSubject(NamedTuple):
    """A record that counts on and is about one that does not: its survey, its id, and its village if it has one."""

    survey: str
    record: str
    area: str | None


def left_behind(number: int) -> list[WithoutSubject]:
    """All of them, survey by survey; none while the batch counts, since what it brought is there."""
    here = intake.journal()
    brought = sorted(here.records_of(here.changes_of_batch(number)))
    chunks = [brought[start : start + CHUNK] for start in range(0, len(brought), CHUNK)]
    gone = [_without_row(chunk) for chunk in chunks]
    return list(dict.fromkeys(left for survey in SURVEYS for some in gone if some for left in _about(survey, some)))


def _without_row(records: Collection[str]) -> set[str]:
    """Those of these of which no survey has a row: nothing that counts says anything of them."""
    left = set(records)
    for kind in SURVEYS.values():
        left -= set(db.session.scalars(sa.select(kind.id).where(kind.id.in_(left)))) if left else set()
    return left


def _about(survey: str, gone: Collection[str]) -> Iterator[WithoutSubject]:
    """The records of a survey that refer to one of these."""
    kind: Any = SURVEYS[survey]
    refers = [getattr(kind, name) for name, question in questions(survey).items() if question.kind == "reference"]
    for column in refers:
        query = sa.select(kind.id, kind.area).where(column.in_(gone)).order_by(kind.id)
        yield from (WithoutSubject(survey, record, area) for record, area in db.session.execute(query))

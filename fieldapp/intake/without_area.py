"""Records that arrived before what they are about: kept and counted, but in nobody's area until that arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.surveys import REFERENCE, SURVEYS, Question, of_kind

_PLACED = tuple(survey for survey, model in SURVEYS.items() if survey not in REFERENCE and model.placed)
"""Rules, and what is about many villages, are nowhere in particular, and wait for nothing."""


@dataclass(frozen=True)
class RecordWithoutArea:
    """A record without an area. ``about``: the survey and id of what it names first; None if it names nothing, not
    even a village. ``author`` an account id; ``changed_at`` UTC."""

    survey: str
    record: str
    author: str
    changed_at: datetime
    about: tuple[str, str] | None


def without_area(limit: int) -> list[RecordWithoutArea]:
    """The records that are in no area yet, survey by survey, the oldest first."""
    return list(islice(_all(limit), limit))


def count_without_area() -> int:
    """How many records are in no area yet."""
    counts = [db.session.scalar(sa.select(sa.func.count()).select_from(_of(survey).subquery())) for survey in _PLACED]
    return sum(count or 0 for count in counts)


def _all(limit: int) -> Iterator[RecordWithoutArea]:
    for survey in _PLACED:
        for row in db.session.execute(_of(survey).limit(limit)).mappings():
            yield RecordWithoutArea(survey, row["id"], row["author"], row["changed_at"], _about(survey, row))


def _of(survey: str) -> sa.Select[Any]:
    table = SURVEYS[survey].__table__
    references = [table.c[question.name] for question in _placing(survey)]
    query = sa.select(table.c.id, table.c.author, table.c.changed_at, *references)
    return query.where(table.c.area.is_(None), table.c.withdrawn.is_(sa.false())).order_by(table.c.changed_at)


def _about(survey: str, row: Any) -> tuple[str, str] | None:
    named = ((question.of or "", row[question.name]) for question in _placing(survey))
    return next((pair for pair in named if pair[1]), None)


def _placing(survey: str) -> list[Question]:
    """The questions whose answers say where a record belongs: a rule that it names is everywhere."""
    return [question for question in of_kind(survey, "reference") if question.of not in REFERENCE]

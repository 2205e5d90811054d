"""The state of many records at once, from the tables: who waits, for how long, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from fieldapp.db import db
from fieldapp.review.replies import is_answered, questions_replied
from fieldapp.review.status import OPEN, Facts, Status, status_from
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from fieldapp.surveys.decision import Decision

Query = TypeVar("Query", bound=sa.Select[*tuple[Any, ...]])
Areas = Collection[str] | None
"""Villages; None stands for all of them."""


class Standing(NamedTuple):
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


@cache
def last_decisions() -> sa.Subquery:
    """One row for each record decided about: the newest decision, in the order of stamps."""
    later = aliased(Decision)
    is_later = sa.tuple_(later.created_stamp, later.id) > sa.tuple_(Decision.created_stamp, Decision.id)
    replaced = sa.exists().where(later.subject == Decision.subject, sa.not_(later.withdrawn), is_later)
    columns = (Decision.id, Decision.subject, Decision.verdict, Decision.seen, Decision.pinned)
    return sa.select(*columns).where(sa.not_(Decision.withdrawn), sa.not_(replaced)).subquery()


Replied: TypeAlias = Mapping[str, set[str]]
"""The questions replied to, by the decision that asked; "" for a reply to the whole of it."""


def standings(survey: type[Record], areas: Areas, replied: Replied | None = None) -> Iterator[Standing]:
    """Every record of a survey within these areas, and where it stands; ``replied`` is :func:`replied_to`, if known."""
    last = last_decisions()
    query = sa.select(
        survey.id, survey.area, survey.changed_at, survey.version, survey.contested, survey.withdrawn,
        last.c.id.label("decision"), last.c.verdict, last.c.seen, last.c.pinned,
    ).outerjoin(last, last.c.subject == survey.id)  # fmt: skip
    if replied is None:
        replied = replied_to() if survey.reviewed else {}
    for row in db.session.execute(within(query, survey, areas)):
        yield Standing(survey.survey, row.id, row.area, row.changed_at, _status(survey, row, row, replied))


def waiting_in(surveys: Iterable[type[Record]], areas: Areas) -> Iterator[Standing]:
    """The records that a supervisor may have to look at: where nothing is approved, those in dispute."""
    replied = replied_to()
    for survey in surveys:
        yield from standings(survey, areas, replied) if survey.reviewed else _in_dispute(survey, areas)


def _in_dispute(survey: type[Record], areas: Areas) -> Iterator[Standing]:
    query = sa.select(survey.id, survey.area, survey.changed_at).where(survey.contested)
    for row in db.session.execute(within(query, survey, areas)):
        yield Standing(survey.survey, row.id, row.area, row.changed_at, "contested")


def replied_to() -> dict[str, set[str]]:
    """What was replied to the returns that are the last word about their records."""
    last = last_decisions()
    return questions_replied(sa.select(last.c.id).where(last.c.verdict == "return"))


def within(query: Query, survey: type[Record], areas: Areas) -> Query:
    """The query, limited to what lies in these areas."""
    return query if areas is None else query.where(survey.area.in_(areas))


def statuses(records: Iterable[Record]) -> dict[str, Status]:
    """The state of each of these records, by id."""
    found = {record.id: record for record in records}
    last = last_decisions()
    about = last.c.subject.in_(list(found))
    query = sa.select(last.c.id.label("decision"), last.c.subject, last.c.verdict, last.c.seen, last.c.pinned)
    decided = {row.subject: row for row in db.session.execute(query.where(about))}
    replied = questions_replied(sa.select(last.c.id).where(about))
    return {record.id: _status(type(record), record, decided.get(record.id), replied) for record in found.values()}


def status_of(record: Record) -> Status:
    """The state of one record."""
    return statuses([record])[record.id]


def _status(survey: type[Record], record: Any, decided: Any, replied: Replied) -> Status:
    facts = Facts(record.version, record.contested, record.withdrawn, reviewed=survey.reviewed)
    if decided is not None:
        answered = is_answered(decided.pinned, replied.get(decided.decision, ()))
        facts = replace(facts, verdict=decided.verdict, seen=decided.seen or (), answered=answered)
    return status_from(facts)


def approved(survey: type[Record], areas: Areas = None) -> set[str]:
    """The ids of the records whose approval holds for them as they stand."""
    return {one.id for one in standings(survey, areas) if one.status == "approved"}


def decisions_about(record: str) -> list[Decision]:
    """Every decision about a record, the newest first."""
    query = sa.select(Decision).where(Decision.subject == record, sa.not_(Decision.withdrawn))
    return list(db.session.scalars(query.order_by(Decision.created_stamp.desc(), Decision.id.desc())))

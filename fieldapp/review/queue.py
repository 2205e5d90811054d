"""What waits for a supervisor, in the legal order of priority and then by how long it has waited."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts import standing as kept
from fieldapp.facts.states import OPEN, Status
from fieldapp.review.standing import Areas, Standing, Tally, standing_of, within_areas
from fieldapp.review.urgency import Urgency


class Waiting(NamedTuple):
    """One record that waits, and its place in the order."""

    standing: Standing
    urgency: Urgency


def queue(
    areas: Areas,
    surveys: Collection[str] = (),
    statuses: Collection[Status] = OPEN,
    *,
    most: int | None = None,
    after: int = 0,
) -> list[Waiting]:
    """What waits within these areas: of these surveys (all, if none is named) in these states; ``most`` of them, after
    so many.

    The order is that of Circular 01/2022, art. 5, by the household concerned; within a rank the longest waiting first.
    """
    row = kept.Standing
    query = _waiting(sa.select(*kept.TOLD), areas, surveys, statuses).order_by(row.rank, row.since, row.record)
    found = db.session.execute(query.limit(most).offset(after))
    return [Waiting(standing_of(each), Urgency(each.rank)) for each in found]


def count_waiting(areas: Areas, surveys: Collection[str] = (), statuses: Collection[Status] = OPEN) -> int:
    """How long that queue is."""
    query = sa.select(sa.func.count()).select_from(kept.Standing)
    return db.session.scalar(_waiting(query, areas, surveys, statuses)) or 0


def _waiting(
    query: sa.Select[Any], areas: Areas, surveys: Collection[str], statuses: Collection[Status]
) -> sa.Select[Any]:
    row = kept.Standing
    query = within_areas(query.where(row.waits), areas)
    if surveys:
        query = query.where(row.survey.in_(surveys))
    return query if set(statuses) == set(OPEN) else query.where(row.status.in_(statuses))


def tally(areas: Areas) -> dict[str, Tally]:
    """How the records of each area stand, by village; "" holds those whose village is not known."""
    row = kept.Standing
    query = sa.select(row.area, row.status, sa.func.count(), sa.func.min(row.since)).group_by(row.area, row.status)
    by_area: dict[str, list[Tally]] = {}
    for area, status, count, oldest in db.session.execute(within_areas(query, areas)):
        counts: dict[Status, int] = {cast(Status, status): count}
        by_area.setdefault(area or "", []).append(Tally(counts, oldest if status in OPEN else None))
    return {area: together(found) for area, found in by_area.items()}


def together(tallies: Collection[Tally]) -> Tally:
    """Several tallies as one."""
    counts: dict[Status, int] = {}
    for tally in tallies:
        for status, count in tally.counts.items():
            counts[status] = counts.get(status, 0) + count
    return Tally(counts, min((tally.oldest for tally in tallies if tally.oldest), default=None))

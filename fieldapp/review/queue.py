"""What waits for a supervisor, in the legal order of priority and then by how long it has waited."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.review.standing import Areas, Standing, Tally, waiting_in
from fieldapp.review.status import OPEN, Status
from fieldapp.review.urgency import Urgency, urgencies
from fieldapp.surveys import SURVEYS, listed
from sync.statements import among


class Waiting(NamedTuple):
    """One record that waits, and its place in the order."""

    standing: Standing
    urgency: Urgency


def queue(areas: Areas, surveys: Collection[str] = (), statuses: Collection[Status] = OPEN) -> list[Waiting]:
    """What waits within these areas: of these surveys (all, if none is named) in these states.

    The order is that of Circular 01/2022, art. 5, by the household concerned; within a rank the longest waiting first.
    """
    wanted = [survey for survey in listed() if not surveys or survey.survey in surveys]
    found = [one for one in waiting_in(wanted, areas) if one.status in statuses]
    concerned = _households(found)
    ranks = urgencies(set(concerned.values()))
    waiting = [Waiting(one, ranks.get(household, Urgency())) for one, household in concerned.items()]
    return sorted(waiting, key=lambda each: (each.urgency.key, each.standing.changed_at, each.standing.id))


def _households(found: Collection[Standing]) -> dict[Standing, str]:
    """The household each record is about; "" while that is not known."""
    about: dict[str, str] = {}
    for survey in {one.survey for one in found} - {"household"}:
        model = SURVEYS[survey]
        household = getattr(model, "household")  # noqa: B009  a column of some surveys only
        some = among(db.session.connection(), model.__table__.c.id, [one.id for one in found if one.survey == survey])
        about |= {id: of or "" for id, of in db.session.execute(sa.select(model.id, household).where(some))}
    return {one: one.id if one.survey == "household" else about.get(one.id, "") for one in found}


def tally(areas: Areas) -> dict[str, Tally]:
    """How the records of each area stand, by village; "" holds those whose village is not known."""
    by_area: dict[str, list[Standing]] = {}
    for one in waiting_in(listed(), areas):
        by_area.setdefault(one.area or "", []).append(one)
    return {area: tally_of(found) for area, found in by_area.items()}


def tally_of(found: Collection[Standing]) -> Tally:
    """How these records stand."""
    counts: dict[Status, int] = {}
    for one in found:
        counts[one.status] = counts.get(one.status, 0) + 1
    return Tally(counts, min((one.changed_at for one in found if one.status in OPEN), default=None))


def together(tallies: Collection[Tally]) -> Tally:
    """Several tallies as one."""
    counts: dict[Status, int] = {}
    for tally in tallies:
        for status, count in tally.counts.items():
            counts[status] = counts.get(status, 0) + count
    return Tally(counts, min((tally.oldest for tally in tallies if tally.oldest), default=None))

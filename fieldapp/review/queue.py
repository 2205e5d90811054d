"""What waits for a supervisor, most urgent first or in another order: chosen, counted, and walked through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast, get_args

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts import doubtful
from fieldapp.facts import standing as kept
from fieldapp.facts.searching import households_spoken_of, unindexed
from fieldapp.facts.states import OPEN, Status
from fieldapp.facts.tables import HouseholdFact, HouseholdProgramme
from fieldapp.housing import order
from fieldapp.review.standing import Areas, Standing, Tally, standing_of, within_areas
from fieldapp.review.urgency import Urgency

Sort = Literal["priority", "age", "name", "village"]
SORTS: tuple[Sort, ...] = get_args(Sort)
CLASSES = (*order.CLASSES, order.LAST)
"""The classes of the legal order, and last whoever is in none of them."""


@dataclass(frozen=True)
class Choice:
    """What somebody wants to see of what waits, and in which order; nothing chosen is all that waits.

    ``status``: one state, also one in which nothing waits; ``main``: a class, as ``CLASSES`` has them;
    ``programme``: the code of one that may help the household; ``until``: only what was changed last before this
    moment, in UTC; ``words``: parts of the household's name as it is searched by; ``doubt``: what is odd about the
    household.
    """

    areas: Areas = None
    surveys: Collection[str] = ()
    status: Status | None = None
    main: str | None = None
    programme: str | None = None
    until: datetime | None = None
    words: Collection[str] = ()
    doubt: doubtful.Kind | None = None
    sort: Sort = "priority"


class Waiting(NamedTuple):
    """One record that waits, and its place in the order."""

    standing: Standing
    urgency: Urgency


class Beside(NamedTuple):
    """The records before and after one in the order chosen, by id."""

    before: str | None
    after: str | None


def queue(choice: Choice, *, most: int | None = None, after: int = 0) -> list[Waiting]:
    """What waits of what was chosen; ``most`` of them, after so many.

    The order of priority is that of Circular 01/2022, art. 5, by the household concerned; within a rank the longest
    waiting first.
    """
    query = _sorted(_chosen(sa.select(*kept.TOLD), choice), choice)
    found = list(db.session.execute(query.limit(most).offset(after)))
    if choice.sort == "name" and (most is None or len(found) < most):
        found += _nameless(choice, None if most is None else most - len(found), after)
    return [Waiting(standing_of(each), Urgency(each.rank)) for each in found]


def _nameless(choice: Choice, most: int | None, after: int) -> Sequence[sa.Row[Any]]:
    """Sorted by name, what is about a household that has not arrived yet comes last."""
    count = _chosen(sa.select(sa.func.count()).select_from(kept.Standing), choice)
    known = db.session.scalar(count.join(HouseholdFact, _OF_IT)) or 0
    lost = _chosen(sa.select(*kept.TOLD), choice).where(sa.not_(sa.exists().where(_OF_IT)))
    query = lost.order_by(kept.Standing.record).limit(most).offset(max(0, after - known))
    return db.session.execute(query).all()


def count_waiting(choice: Choice) -> int:
    """How long that queue is."""
    return db.session.scalar(_chosen(sa.select(sa.func.count()).select_from(kept.Standing), choice)) or 0


def beside(choice: Choice, record: str) -> Beside:
    """What stands before and after a record in this queue, also when it waits there no longer: where it would stand."""
    keys = _order(choice.sort)
    query = sa.select(*keys).outerjoin_from(kept.Standing, HouseholdFact, _OF_IT).where(kept.Standing.record == record)
    here = db.session.execute(query).one_or_none()
    if here is None or here[0] is None:  # its household has not arrived: it stands behind all names
        return Beside(None, None)
    place = sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(here, keys, strict=True)))
    ids = _sorted(_chosen(sa.select(kept.Standing.record), choice), choice).order_by(None)
    before = ids.where(keys[0] <= here[0], sa.tuple_(*keys) < place).order_by(*(key.desc() for key in keys))
    after = ids.where(keys[0] >= here[0], sa.tuple_(*keys) > place).order_by(*keys)
    return Beside(*(db.session.scalar(query.limit(1)) for query in (before, after)))


def _order(sort: Sort) -> tuple[sa.ColumnElement[Any], ...]:
    row = kept.Standing.__table__.c
    orders: dict[Sort, tuple[sa.ColumnElement[Any], ...]] = {
        "priority": (row.rank, row.since),
        "age": (row.since,),
        "name": (HouseholdFact.__table__.c.sort_key,),
        "village": (sa.func.coalesce(row.area, ""), row.rank, row.since),
    }
    return (*orders[sort], row.record)


def _chosen(query: sa.Select[Any], choice: Choice) -> sa.Select[Any]:
    row = kept.Standing
    query = within_areas(query, choice.areas)
    waits = choice.status in (None, *OPEN)
    query = query.where(row.waits if waits else sa.not_(row.waits))
    if choice.status:
        query = query.where(row.status == choice.status)
    if choice.surveys:
        query = query.where(row.survey.in_(choice.surveys))
    if choice.main:
        query = query.where(*_of_class(choice.main))
    if choice.programme:
        helped = HouseholdProgramme.met & (HouseholdProgramme.programme == choice.programme)
        query = query.where(row.household.in_(sa.select(HouseholdProgramme.household).where(helped)))
    if choice.doubt:
        query = query.where(row.household.in_(doubtful.households_with(choice.doubt)))
    if choice.until:
        query = query.where(row.since <= choice.until)
    if choice.words:
        query = query.where(row.household.in_(households_spoken_of(choice.words)))
    return query


def _of_class(main: str) -> tuple[sa.ColumnElement[bool], ...]:
    """A rank begins with its class and a dot; the class that is none comes behind all others."""
    rank = kept.Standing.rank
    return (rank >= main,) if main == order.LAST else (rank >= f"{main}.", rank < f"{main}/")


_OF_IT = HouseholdFact.household == kept.Standing.household


def _sorted(query: sa.Select[Any], choice: Choice) -> sa.Select[Any]:
    """In the order chosen; beside each record its household, where its name orders them: then by a walk through the
    names, never by a sort of all that waits. Those of a programme, or spoken of, are few enough to sort."""
    if choice.sort == "name":
        id = HouseholdFact.household if choice.programme or choice.words else unindexed(HouseholdFact.household)
        query = query.join(HouseholdFact, id == kept.Standing.household)
    return query.order_by(*_order(choice.sort))


def tally(areas: Areas) -> dict[str, Tally]:
    """How the records of each area stand, by village; "" holds those whose village is not known."""
    row = kept.Standing
    query = sa.select(row.area, row.status, sa.func.count(), sa.func.min(row.since)).group_by(row.area, row.status)
    counts: dict[str, dict[Status, int]] = defaultdict(dict)
    oldest: dict[str, datetime] = {}
    for area, status, count, since in db.session.execute(within_areas(query, areas)):
        counts[area or ""][cast(Status, status)] = count
        if status in OPEN:
            oldest[area or ""] = min(oldest.get(area or "", since), since)
    return {area: Tally(found, oldest.get(area)) for area, found in counts.items()}


def together(tallies: Collection[Tally]) -> Tally:
    """Several tallies as one."""
    counts: dict[Status, int] = {}
    for tally in tallies:
        for status, count in tally.counts.items():
            counts[status] = counts.get(status, 0) + count
    return Tally(counts, min((tally.oldest for tally in tallies if tally.oldest), default=None))

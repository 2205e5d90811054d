"""What waits for a supervisor, most urgent first or in another order: chosen, counted, and walked through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, cast, get_args

import sqlalchemy as sa

from fieldapp.db import Prepared, db
from fieldapp.facts import doubtful
from fieldapp.facts import standing as kept
from fieldapp.facts.searching import households_spoken_of, named, names_hold, unindexed, unindexed_moment
from fieldapp.facts.states import OPEN, Status
from fieldapp.facts.tables import HouseholdFact, HouseholdProgramme
from fieldapp.housing import order
from fieldapp.people import within_areas
from fieldapp.review.standing import AreaFilter, RecordStanding, Tally, standing_of
from fieldapp.review.urgency import Urgency
from fieldapp.surveys import SURVEYS
from sync.statements import among, among_texts, usually_sorted

Sort = Literal["priority", "age", "name", "village"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MANY = 2000
"""To find a page of those whom a programme may help, so many are gathered and sorted; of more, it is walked to."""
EVERYTHING = 2**31 - 1
"""More than there ever is."""
CLASSES = (*order.CLASSES, order.LAST)
"""The classes of the legal order, and last whoever is in none of them."""


@dataclass(frozen=True)
class QueueFilter:
    """What somebody wants to see of what waits, and in which order; nothing chosen is all that waits.

    ``status``: one state, also one in which nothing waits; ``main``: a class, as ``CLASSES`` has them;
    ``programme``: the code of one that may help the household; ``until``: only what was changed last before this
    moment, in UTC; ``words``: parts of the household's name as it is searched by; ``doubt``: what is odd about the
    household.
    """

    areas: AreaFilter = None
    surveys: Collection[str] = ()
    status: Status | None = None
    main: str | None = None
    programme: str | None = None
    until: datetime | None = None
    words: Sequence[str] = ()
    doubt: doubtful.FactDoubtKind | None = None
    sort: Sort = "priority"


class QueuedRecord(NamedTuple):
    """One record that waits, and its place in the order."""

    standing: RecordStanding
    urgency: Urgency


class Beside(NamedTuple):
    """The records before and after one in the order chosen, by id."""

    before: str | None
    after: str | None


def queue(choice: QueueFilter, *, most: int | None = None, after: int = 0) -> list[QueuedRecord]:
    """What waits of what was chosen; ``most`` of them, after so many.

    The order of priority is that of Circular 01/2022, art. 5, by the household concerned; within a rank the longest
    waiting first.
    """
    listed, areas = _prepared(_listed_far if after >= MANY else _listed, choice)
    found = listed.rows(**areas, most=EVERYTHING if most is None else most, after=after)
    if choice.sort == "name" and (most is None or len(found) < most):
        found += _nameless(choice, None if most is None else most - len(found), after)
    return [QueuedRecord(standing_of(each), Urgency(each.rank)) for each in found]


@lru_cache(maxsize=64)
def _listed(form: QueueFilter, limited: bool) -> Prepared:
    """What waits in its order: ``most`` of it, after so many."""
    return _list_of(form, limited)


@lru_cache(maxsize=64)
def _listed_far(form: QueueFilter, limited: bool) -> Prepared:
    """The same after many: in a few communes less waits than is met on a walk so far through all names."""
    return _list_of(form, limited, far=limited or form.areas is not None)


def _list_of(form: QueueFilter, limited: bool, far: bool = False) -> Prepared:
    query = _sorted(sa.select(*kept.TOLD), form, far=far)
    query = query.limit(sa.bindparam("most", type_=sa.Integer)).offset(sa.bindparam("after", type_=sa.Integer))
    return _limited(query, kept.Standing.__table__.c.area, limited)


def _nameless(choice: QueueFilter, most: int | None, after: int) -> Sequence[sa.Row[Any]]:
    """Sorted by name, what is about a household that has not arrived yet comes last."""
    count = _chosen(sa.select(sa.func.count()).select_from(kept.Standing), choice)
    known = db.session.scalar(count.join(HouseholdFact, _OF_IT)) or 0
    lost = _chosen(sa.select(*kept.TOLD), choice).where(sa.not_(sa.exists().where(_OF_IT)))
    query = lost.order_by(unindexed(kept.Standing.record)).limit(most).offset(max(0, after - known))
    return db.session.execute(query).all()


def count_queue(choice: QueueFilter) -> int:
    """How long that queue is; of what is odd no more is counted than :func:`fieldapp.facts.doubtful.counted` does."""
    if _is_tallied(choice):
        return _counted(choice)
    if choice.doubt:
        return doubtful.counted(_chosen(sa.select(kept.Standing.record), choice))
    count = sa.select(sa.func.count()).select_from(kept.Standing)
    return db.session.scalar(_those(count, choice) if choice.status else _chosen(count, choice)) or 0


def _is_tallied(choice: QueueFilter) -> bool:
    """Whether nothing narrows it but what is counted by beforehand."""
    return not (choice.main or choice.programme or choice.until or choice.words or choice.doubt)


def _counted(choice: QueueFilter) -> int:
    return int(_tallied_by(*_form(choice)).scalar(**_places(choice)) or 0)


def _prepared(make: Any, choice: QueueFilter) -> tuple[Any, dict[str, Any]]:
    """What ``make`` makes of this choice, and the values to ask it with: kept, where how it is best asked hangs neither
    on what was chosen nor on how much of it there is; made anew where it does."""
    if _is_tallied(choice) and choice.status is None:
        return make(*_form(choice)), _places(choice)
    return make.__wrapped__(choice, False), {}


def _form(choice: QueueFilter) -> tuple[QueueFilter, bool]:
    """What is asked, whoever asks: without the areas, and whether there are any. What is tallied has few forms."""
    form = replace(choice, areas=None, surveys=tuple(choice.surveys), words=tuple(choice.words))
    return form, choice.areas is not None


def _places(choice: QueueFilter) -> dict[str, Any]:
    """The values of a question about these areas."""
    return {} if choice.areas is None else {"areas": choice.areas}


@lru_cache(maxsize=64)
def _tallied_by(form: QueueFilter, limited: bool) -> Prepared:
    kept_count = TALLIED.c
    query = sa.select(sa.func.sum(kept_count.records))
    query = query.where(kept_count.status.in_(map(sa.literal, [form.status] if form.status else OPEN)))
    if form.surveys:
        query = query.where(kept_count.survey.in_(map(sa.literal, form.surveys)))
    return _limited(query, kept_count.area, limited)


def _limited(query: sa.Select[Any], column: sa.ColumnElement[Any], limited: bool) -> Prepared:
    """A query, limited to what lies in ``areas`` where it is to be."""
    return Prepared(lambda dialect: query.where(among_texts(dialect, column, "areas")) if limited else query)


def beside(choice: QueueFilter, record: str) -> Beside:
    """What stands before and after a record in this queue, also when it waits there no longer: where it would stand."""
    (here,) = _place_by(choice.sort).rows(record=record) or (None,)
    if here is None or here[0] is None:  # its household has not arrived: it stands behind all names
        return Beside(None, None)
    place = {f"at_{number}": value for number, value in enumerate(here)}
    ways, areas = _prepared(_ways, choice)
    return Beside(*(way.scalar(**place, **areas) for way in ways))


@cache
def _place_by(sort: Sort) -> Prepared:
    query = sa.select(*_order(sort)).outerjoin_from(kept.Standing, HouseholdFact, _OF_IT)
    return Prepared(lambda _dialect: query.where(kept.Standing.record == sa.bindparam("record")))


@lru_cache(maxsize=64)
def _ways(form: QueueFilter, limited: bool) -> tuple[Prepared, Prepared]:
    """What stands before a place (``at_0``, ``at_1`` …) and what after it, the nearest first."""
    keys = _order(form.sort)
    at = [sa.bindparam(f"at_{number}", type_=key.type) for number, key in enumerate(keys)]
    ids, row, place = _sorted(sa.select(kept.Standing.record), form).order_by(None), sa.tuple_(*keys), sa.tuple_(*at)
    before = ids.where(keys[0] <= at[0], row < place).order_by(*(key.desc() for key in keys))
    after = ids.where(keys[0] >= at[0], row > place).order_by(*keys)
    area = kept.Standing.__table__.c.area
    return _limited(before.limit(1), area, limited), _limited(after.limit(1), area, limited)


def _order(sort: Sort) -> tuple[sa.ColumnElement[Any], ...]:
    row = kept.Standing.__table__.c
    orders: dict[Sort, tuple[sa.ColumnElement[Any], ...]] = {
        "priority": (row.rank, row.since),
        "age": (row.since,),
        "name": (HouseholdFact.__table__.c.sort_key,),
        "village": (row.area, row.rank, row.since),
    }
    return (*orders[sort], row.record)


def _chosen(query: sa.Select[Any], choice: QueueFilter, *, walked: bool = False) -> sa.Select[Any]:
    """``walked``: one after the other is looked at in an order until there are enough; they are not gathered first."""
    waits = unindexed_moment(kept.Standing.waits) if choice.programme and not walked else kept.Standing.waits
    query = query.where(waits if choice.status in (None, *OPEN) else sa.not_(waits))
    return _those(query, choice, walked=walked)


def _those(query: sa.Select[Any], choice: QueueFilter, *, walked: bool = False) -> sa.Select[Any]:
    """The same where a state says whether something waits."""
    row = kept.Standing
    helped = choice.programme if not walked else None  # who is lead to what was chosen: far more waits, or lies there
    query = within_areas(query, unindexed(row.area) if helped else row.area, choice.areas)
    if choice.status:
        query = query.where(row.status == choice.status)
    if choice.surveys or choice.status:  # both: there is an index of states by survey
        query = query.where(row.survey.in_(choice.surveys or SURVEYS.keys()))
    if choice.main:
        query = query.where(*_of_class(choice.main))
    if helped:
        here = within_areas(_all_helped(helped), HouseholdProgramme.area, choice.areas)
        query = query.where(row.household.in_(here))
    elif choice.programme:
        query = query.where(_helped(choice.programme))
    if choice.doubt:
        query = query.where(doubtful.odd(choice.doubt, row.household))
    if choice.until:
        query = query.where(row.since <= choice.until)
    if choice.words:
        many = walked and not _is_rare(choice.words)
        query = query.where(named(unindexed(row.household) if many else row.household, choice.words))
    return query


def _all_helped(programme: str) -> sa.Select[str]:
    one = HouseholdProgramme
    return sa.select(one.household).where(one.met & (one.programme == programme))


def _helped(programme: str) -> sa.ColumnElement[bool]:
    return _all_helped(programme).where(HouseholdProgramme.household == kept.Standing.household).exists()


def _are_few(programme: str) -> bool:
    """Whether a programme may help so few that to gather and sort them is less than to look for them among all."""
    some = _all_helped(programme).limit(MANY).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) < MANY


def _is_rare(words: Sequence[str]) -> bool:
    """The same of a name."""
    return len(households_spoken_of(words)) < MANY


def _of_class(main: str) -> tuple[sa.ColumnElement[bool], ...]:
    """A rank begins with its class and a dot; the class that is none comes behind all others."""
    rank = kept.Standing.rank
    return (rank >= main,) if main == order.LAST else (rank >= f"{main}.", rank < f"{main}/")


TALLIED: Any = kept.StandingTally.__table__
_OF_IT = HouseholdFact.household == kept.Standing.household


def _sorted(query: sa.Select[Any], choice: QueueFilter, *, far: bool = False) -> sa.Select[Any]:
    """What was chosen, in its order; beside each record its household, where its name orders them: then by a walk
    through the names, on which those asked for are met, never by a sort of all that waits. The few of a small
    programme, in a rare state, that are odd, of a name that few bear or of a class in a few communes are gathered and
    sorted, and so is what lies far down in the list of a few communes (``far``)."""
    rare = choice.status is not None and _is_tallied(choice) and _counted(choice) < MANY
    few = _are_few(choice.programme) if choice.programme else rare
    if choice.sort != "name":
        return _chosen(query, choice, walked=not few).order_by(*_order(choice.sort))
    called = bool(choice.words) and _is_rare(choice.words)
    odd = choice.doubt is not None and doubtful.are_few(choice.doubt)
    here = far or odd or (choice.main is not None and choice.areas is not None)
    id = HouseholdFact.household if few or called or here else unindexed(HouseholdFact.household)
    query = _chosen(query, choice if called else replace(choice, words=()), walked=not few)
    about = unindexed(kept.Standing.household) if far else kept.Standing.household
    query = query.join(HouseholdFact, id == about)
    name, record = _order(choice.sort)
    order = (unindexed(name), record) if here else (name, record)
    return query.where(*([] if called else names_hold(choice.words))).order_by(*order)


def tally(areas: AreaFilter) -> dict[str, Tally]:
    """How the records of each area stand, by village; "" holds those whose village is not known."""
    counts: dict[str, dict[Status, int]] = defaultdict(dict)
    oldest: dict[str, datetime] = {}
    for area, status, count, since in db.session.execute(_tallied(areas)).all():
        counts[area][cast(Status, status)] = int(count)
        if since is not None:
            oldest[area] = min(oldest.get(area, since), since)
    return {area: Tally(found, oldest.get(area)) for area, found in counts.items()}


def _tallied(areas: AreaFilter) -> sa.Select[Any]:
    """Village, state, how many records, and since when of what waits: an index tells the first of each."""
    row, kept_count = kept.Standing, TALLIED.c
    each = sa.select(kept_count.area, kept_count.status, sa.func.sum(kept_count.records).label("records"))
    if areas is not None:
        each = each.where(among(db.session.connection(), kept_count.area, areas))
    some = each.group_by(kept_count.area, kept_count.status).subquery()
    here, state = (usually_sorted(db.session.connection(), each) for each in (some.c.area, some.c.status))
    first = sa.select(sa.func.min(row.since)).where(row.area == here, row.status == state)
    since = sa.case((some.c.status.in_(OPEN), first.scalar_subquery()))
    return sa.select(some.c.area, some.c.status, some.c.records, since)


def together(tallies: Collection[Tally]) -> Tally:
    """Several tallies as one."""
    counts: dict[Status, int] = {}
    for tally in tallies:
        for status, count in tally.counts.items():
            counts[status] = counts.get(status, 0) + count
    return Tally(counts, min((tally.oldest for tally in tallies if tally.oldest), default=None))

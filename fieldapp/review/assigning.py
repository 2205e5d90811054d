"""Who visits whom, and by when: given, given to somebody else, ended; and how much each person has to do.

A visit that somebody is to make is done when a survey or a progress visit of its household tells of a later day, or was
written since on the same one. Nobody has to say so; the tablet finds the same (``records/assigned.js``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from fieldapp import intake
from fieldapp.db import Prepared, db
from fieldapp.intake import Receipt
from fieldapp.intake.merging import kept_of
from fieldapp.people import Account
from fieldapp.people.looked_after import LookedAfter
from fieldapp.people.rights import FILLING, RULING, Rights
from fieldapp.problems import DayNeeded, DayPast, NotTheirVillages, NoVisitor
from fieldapp.review.standing import AreaFilter
from fieldapp.surveys import Assignment, Household, HousingNeed, ProgressVisit
from fieldapp.surveys.assignment import OPEN
from sync.statements import among, among_texts

NAMESPACE = UUID("2a4b3c0c-3c76-5d3b-8f0e-5d3a6b8f9d11")
"""Two people who give away one household speak of one record."""
DONE, TAKEN_BACK = "xong", "thoi"
ENDS = (DONE, TAKEN_BACK)
VISITING = FILLING - RULING
MOST = 200
"""So many households are given away at once."""


@dataclass(frozen=True)
class VisitFilter:
    """What somebody wants to see of the visits that are still to be made; ``late``: only those whose day is past."""

    areas: AreaFilter = None
    person: str = ""
    late: bool = False


class Load(NamedTuple):
    """What one person has to do: visits still to be made, those of them that are late, and the day of the next one."""

    person: str
    open: int
    late: int
    next: str


def assignment_id(household: str) -> str:
    """The record that says who is to visit a household."""
    return str(uuid5(NAMESPACE, household))


def assignments_of(households: Collection[str]) -> dict[str, Assignment]:
    """Of these households those that somebody was to visit, each with what was said last."""
    return {row.household or "": row for row in _said_of.scalars(households=households)}


def is_open() -> sa.ColumnElement[bool]:
    """Whether a visit is still to be made."""
    waits = sa.and_(Assignment.state == OPEN, sa.not_(Assignment.withdrawn))
    return sa.and_(waits, *(sa.not_(_tells(survey)) for survey in (HousingNeed, ProgressVisit)))


def _tells(survey: type[HousingNeed] | type[ProgressVisit]) -> sa.ColumnElement[bool]:
    """Whether a record of the household tells of a visit since."""
    same_day = sa.and_(survey.visited_on == Assignment.given_on, survey.changed_at > Assignment.changed_at)
    since = sa.or_(survey.visited_on > Assignment.given_on, same_day)
    return sa.exists().where(survey.household == Assignment.household, sa.not_(survey.withdrawn), since)


def open_among(households: Collection[str]) -> dict[str, Assignment]:
    """Of these households those that somebody is still to visit."""
    return {row.household or "": row for row in _open_of.scalars(households=households)}


def _among(dialect: sa.Dialect, which: sa.ColumnElement[bool]) -> sa.Select[Assignment]:
    about = among_texts(dialect, Assignment.__table__.c.household, "households")
    return sa.select(Assignment).where(which, about).order_by(Assignment.changed_stamp)


_said_of = Prepared(lambda dialect: _among(dialect, sa.not_(Assignment.withdrawn)))
_open_of = Prepared(lambda dialect: _among(dialect, is_open()))


def listed(choice: VisitFilter, today: date, *, most: int, after: int = 0) -> list[Assignment]:
    """The visits still to be made that were chosen, the earliest day first."""
    query = _chosen(sa.select(Assignment), choice, today)
    query = query.order_by(Assignment.due_on, Assignment.area, Assignment.id)
    return list(db.session.scalars(query.limit(most).offset(after)))


def count(choice: VisitFilter, today: date) -> int:
    """How many they are."""
    return db.session.scalar(_chosen(sa.select(sa.func.count()).select_from(Assignment), choice, today)) or 0


def loads(areas: AreaFilter, today: date) -> list[Load]:
    """Of everybody who has visits to make in these areas how many, who has most that are late first."""
    late = sa.func.count().filter(Assignment.due_on < today.isoformat())
    query = sa.select(Assignment.person, sa.func.count(), late, sa.func.min(Assignment.due_on))
    found = db.session.execute(_chosen(query, VisitFilter(areas), today).group_by(Assignment.person))
    rows = [Load(person or "", total, past, day or "") for person, total, past, day in found]
    return sorted(rows, key=lambda row: (-row.late, -row.open, row.person))


def _chosen(query: Any, choice: VisitFilter, today: date) -> Any:
    query = query.where(is_open())
    if choice.areas is not None:
        query = query.where(among(db.session.connection(), Assignment.__table__.c.area, choice.areas))
    if choice.person:
        query = query.where(Assignment.person == choice.person)
    return query.where(Assignment.due_on < today.isoformat()) if choice.late else query


def visitors(villages: Collection[str | None]) -> list[Account]:
    """Whoever fills in forms and looks after all of these villages, by name; also who signs in elsewhere only."""
    lists, wanted = LookedAfter(), {village or "" for village in villages}
    able = sa.or_(Account.active, Account.password_hash == "")
    query = sa.select(Account).options(selectinload(Account.grants)).where(Account.role.in_(VISITING), able)
    found = [
        account
        for account in db.session.scalars(query.order_by(Account.name, Account.id))
        if Rights(account.role, lists.areas(account)).sees_all(wanted)
    ]
    return found if villages else []


def give(
    homes: Sequence[Household], person: str, due_on: str | None, *, account: Account, today: date, note: str = ""
) -> Receipt:
    """Let one person visit these households by a day. What the person before has filled in and not sent yet counts as
    ever, whenever it arrives. The caller holds the writer's place and commits.

    :param due_on: the day, as ``2026-12-05``.
    :raises NoVisitor, NotTheirVillages, DayNeeded, DayPast: it cannot be meant.
    """
    if not person:
        raise NoVisitor()
    if person not in {each.id for each in visitors({home.area for home in homes})}:
        raise NotTheirVillages()
    if due_on is None or len(due_on) != len("2026-12-05"):
        raise DayNeeded()
    if due_on < today.isoformat():
        raise DayPast()
    said = {"person": person, "due_on": due_on, "note": note.strip() or None, "state": OPEN}
    known, open_now = assignments_of([home.id for home in homes]), open_among([home.id for home in homes])
    edits = []
    for home in homes:
        before, goes_on = known.get(home.id), open_now.get(home.id)
        given = goes_on.given_on if goes_on and goes_on.person == person else today.isoformat()
        record = before.id if before else assignment_id(home.id)
        edits.append((Assignment.survey, record, {"household": home.id, **said, "given_on": given}))
    return intake.save_all(edits, account=account)


def end(assignments: Collection[Assignment], state: str, *, account: Account) -> Receipt:
    """Say that these visits need not be made any more: they are done, or taken back."""
    return intake.save_all([(Assignment.survey, each.id, {"state": state}) for each in assignments], account=account)


def homes_of(records: Sequence[str], areas: AreaFilter) -> list[Household]:
    """These households as far as they lie in these areas; of a merged one that it is a part of, each once."""
    kept = kept_of(records)
    ids = dict.fromkeys(kept.get(record, record) for record in records)
    query = sa.select(Household).where(Household.id.in_(ids), sa.not_(Household.withdrawn))
    if areas is not None:
        query = query.where(among(db.session.connection(), Household.__table__.c.area, areas))
    return list(db.session.scalars(query.order_by(Household.area, Household.sort_key, Household.id)))

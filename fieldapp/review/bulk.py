"""Approving many records at once: those about which nothing is missing or odd, each at the version that was shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import db
from fieldapp.people import About, Account, rights_of
from fieldapp.problems import NotFound
from fieldapp.review.decisions import heads_of, said
from fieldapp.review.doubts import DoubtKind
from fieldapp.review.held import held_in
from fieldapp.review.looking import doubts_about
from fieldapp.review.queue import QueuedRecord, QueueFilter, queue
from fieldapp.review.standing import AreaFilter, statuses
from fieldapp.surveys import SURVEYS, Decision
from fieldapp.surveys.base import Record
from sync.statements import among

Why: TypeAlias = DoubtKind | Literal["contested", "asked", "held"]
"""Why a record is left out: a doubt, answers that differ, something decided before whose answer must be read, or a
change of it that is held."""
MOST = 100
"""So many are looked through at once: a person must be able to read what she approves."""


@dataclass
class Sorted:
    """What of the queue can be approved in one go, in its order, and what is left out, by the reason."""

    ready: list[Record] = field(default_factory=list)
    left: dict[Why, list[Record]] = field(default_factory=dict)


class Done(NamedTuple):
    """What became of it: the batch of the decisions, and how many were approved and left out."""

    batch: int
    approved: int
    left: int


class Undone(NamedTuple):
    """How many approvals were taken back, and how many stay because somebody has touched them since."""

    taken_back: int
    stay: int


def sort_out(choice: QueueFilter, today: date) -> Sorted:
    """What can be approved of the first records of a queue."""
    waiting = queue(choice if choice.status == "waiting" else replace(choice, status=None), most=MOST)
    return _sorted(_records(waiting), choice.areas, today)


def _records(waiting: Sequence[QueuedRecord]) -> list[Record]:
    found: dict[str, Record] = {}
    for name in {one.standing.survey for one in waiting}:
        survey = SURVEYS[name]
        ids = [one.standing.id for one in waiting if one.standing.survey == name]
        found |= {record.id: record for record in db.session.scalars(sa.select(survey).where(survey.id.in_(ids)))}
    return [found[one.standing.id] for one in waiting]


def _sorted(records: Sequence[Record], areas: AreaFilter, today: date) -> Sorted:
    found, states, doubts = Sorted(), statuses(records), doubts_about(records, today)
    held = {each.record for each in held_in(areas)}
    for record in records:
        reasons: list[Why] = [doubt.kind for doubt in doubts[record.id]]
        if record.id in held:
            reasons.insert(0, "held")
        if states[record.id] != "waiting":
            reasons.insert(0, "contested" if states[record.id] == "contested" else "asked")
        for why in reasons:
            found.left.setdefault(why, []).append(record)
        if not reasons:
            found.ready.append(record)
    return found


def approve_all(shown: Mapping[str, str], *, account: Account, today: date) -> Done:
    """Approve these records in one go, each pinned to the version that was shown. What has changed since, or has come
    to be odd, is left out. The caller holds the writer's place and commits.

    :param shown: the version of each that was shown, by id.
    """
    rights = rights_of(account)
    same = [record for record in _of(shown) if record.version == shown[record.id]]
    allowed = [record for record in same if rights.may("approve", About(record.reviewed, "", {record.area or ""}))]
    ready = _sorted(allowed, rights.areas, today).ready
    receipt = intake.save_all([said(record, "approve", heads_of(record)) for record in ready], account=account)
    return Done(receipt.batch, len(ready), len(shown) - len(ready))


def _of(ids: Collection[str]) -> list[Record]:
    there = intake.journal().whereabouts(ids)
    return [
        record
        for survey in {survey for survey, _area in there.values()} & SURVEYS.keys()
        for record in db.session.scalars(sa.select(SURVEYS[survey]).where(SURVEYS[survey].id.in_(ids)))
    ]


def undo(batch: int, *, account: Account) -> Undone:
    """Take those approvals of one go back that still hold and that nobody has decided about since. The caller holds the
    writer's place and commits.

    :raises NotFound: it is no approval of many by this person.
    """
    decisions = approvals_in(batch, account)
    records = {record.id: record for record in records_of(decisions)}
    holding = _holding(decisions, records.values())
    edits = [said(records[each.subject or ""], "reopen", each.seen or ()) for each in holding]
    intake.save_all(edits, account=account)
    return Undone(len(edits), len(decisions) - len(edits))


def records_of(decisions: Iterable[Decision]) -> list[Record]:
    """The records that these decisions are about."""
    return _of([each.subject for each in decisions if each.subject])


def approvals_in(batch: int, account: Account) -> list[Decision]:
    """The approvals that this person gave in one go.

    :raises NotFound: there is no such batch of theirs.
    """
    row = intake.journal().batch(batch)
    if row is None or row.kind != "office" or row.author != account.id:
        raise NotFound()
    changes = [result.change for result in intake.journal().entries(batch)]
    ids = [change.record for change in changes if change and change.answers.get("verdict") == "approve"]
    query = sa.select(Decision).where(among(db.session.connection(), Decision.__table__.c.id, ids))
    found = list(db.session.scalars(query)) if ids else []
    if not found:
        raise NotFound()
    return found


def _holding(decisions: Iterable[Decision], records: Iterable[Record]) -> list[Decision]:
    """Those that are still the last word about a record that stands as it was approved."""
    approved = {id for id, status in statuses(records).items() if status == "approved"}
    last = _last_about(approved)
    return [each for each in decisions if each.subject in approved and last.get(each.subject or "") == each.id]


def _last_about(subjects: Collection[str]) -> dict[str, str]:
    """The last decision about each of these records."""
    column = Decision.__table__.c.subject
    query = sa.select(Decision.subject, Decision.id).where(
        among(db.session.connection(), column, subjects), sa.not_(Decision.withdrawn)
    )
    ordered = query.order_by(Decision.created_stamp, Decision.id)
    return {subject or "": id for subject, id in db.session.execute(ordered)}

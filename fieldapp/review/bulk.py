"""Approving many records at once: those about which nothing is missing or odd, each at the version that was shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import db
from fieldapp.facts.case_story import GIVEN_UP
from fieldapp.facts.pinned import short_hash
from fieldapp.facts.tables import CaseFact
from fieldapp.people import About, Account, rights_of
from fieldapp.problems import NotFound
from fieldapp.review.decisions import heads_of, said
from fieldapp.review.doubts import DoubtKind
from fieldapp.review.held import records_held
from fieldapp.review.looking import doubts_about
from fieldapp.review.queue import QueuedRecord, QueueFilter, queue
from fieldapp.review.standing import statuses
from fieldapp.surveys import SURVEYS, Decision, Household, SupportCase
from fieldapp.surveys.base import Record
from sync.statements import among

Why: TypeAlias = DoubtKind | Literal["contested", "asked", "held", "household"]
"""Why a record is left out: a doubt, answers that differ, something decided before whose answer must be read, a change
of it that is held, or its household that is withdrawn, in dispute or not here yet."""
_HOME: Any = Household.__table__
MOST = 100
"""So many are looked through at once: a person must be able to read what she approves."""


@dataclass
class Sorted:
    """What of the queue can be approved in one go, in its order, and what is left out, by the reason."""

    ready: list[Record] = field(default_factory=list)
    left: dict[Why, list[Record]] = field(default_factory=dict)


class Done(NamedTuple):
    """What became of it: the batch of the decisions (0: there is none), how many were approved, how many were already,
    and how many were left out. Where all were approved by one go of the same person, sent twice, it is that batch."""

    batch: int
    approved: int
    already: int
    left: int


class Undone(NamedTuple):
    """How many approvals were taken back, and how many stay because somebody has touched them since."""

    taken_back: int
    stay: int


def sort_out(choice: QueueFilter, today: date) -> Sorted:
    """What can be approved of the first records of a queue."""
    waiting = queue(choice if choice.status == "waiting" else replace(choice, status=None), most=MOST)
    return _sorted(_records(waiting), today)


def _records(waiting: Sequence[QueuedRecord]) -> list[Record]:
    found: dict[str, Record] = {}
    for name in {one.standing.survey for one in waiting}:
        survey = SURVEYS[name]
        ids = [one.standing.id for one in waiting if one.standing.survey == name]
        found |= {record.id: record for record in db.session.scalars(sa.select(survey).where(survey.id.in_(ids)))}
    return [found[one.standing.id] for one in waiting]


def _sorted(records: Sequence[Record], today: date) -> Sorted:
    found, states, doubts = Sorted(), statuses(records), doubts_about(records, today)
    held, homes = records_held([record.id for record in records]), _homes(records)
    for record in records:
        reasons: list[Why] = [doubt.kind for doubt in doubts[record.id]]
        if not isinstance(record, Household) and not _stands(homes.get(_home_of(record))):
            reasons.insert(0, "household")
        if record.id in held:
            reasons.insert(0, "held")
        if states[record.id] != "waiting":
            reasons.insert(0, "contested" if states[record.id] == "contested" else "asked")
        for why in reasons:
            found.left.setdefault(why, []).append(record)
        if not reasons:
            found.ready.append(record)
    return found


def _homes(records: Iterable[Record]) -> dict[str, Household]:
    """The households that these records are about, by id."""
    ids = {_home_of(record) for record in records}
    found = db.session.scalars(sa.select(Household).where(among(db.session.connection(), _HOME.c.id, ids)))
    return {home.id: home for home in found}


def _home_of(record: Record) -> str:
    return record.id if isinstance(record, Household) else getattr(record, "household", None) or ""


def _stands(home: Household | None) -> bool:
    return home is not None and not home.withdrawn and not home.contested


def pins(records: Sequence[Record]) -> dict[str, str]:
    """What stands for each record as a page shows it, by id: its version, its village, its household's version, and the
    last decision about it."""
    last, homes = _last_about([record.id for record in records]), _homes(records)
    return {record.id: short_hash(" ".join(_shown(record, last, homes))) for record in records}


def _shown(record: Record, last: Mapping[str, str], homes: Mapping[str, Household]) -> Sequence[str]:
    home = homes.get(_home_of(record))
    return record.version, record.area or "", home.version if home else "", last.get(record.id, "")


def approve_all(shown: Mapping[str, str], *, account: Account, today: date) -> Done:
    """Approve these records in one go, each pinned to the version that was shown. What has changed since, was decided
    about, or has come to be odd, is left out. The caller holds the writer's place and commits.

    :param shown: what stood for each as it was shown, by id, as of :func:`pins`.
    """
    rights, there = rights_of(account), _of(shown)
    now = pins(there)
    allowed = [
        record
        for record in there
        if now[record.id] == shown[record.id] and rights.may("approve", About(record.reviewed, "", {record.area or ""}))
    ]
    ready = _sorted(allowed, today).ready
    receipt = intake.save_all([said(record, "approve", heads_of(record)) for record in ready], account=account)
    others = [one for one in there if one not in ready and rights.sees(one.area)]
    already = [id for id, status in statuses(others).items() if status == "approved"]
    batch = receipt.batch if ready else _go_of(already, account)
    return Done(batch, len(ready), len(already), len(shown) - len(ready) - len(already))


def _go_of(approved: Collection[str], account: Account) -> int:
    """The batch in which this person gave all of these approvals; 0 where there is no such one."""
    last = _last_about(approved)
    batches = {entry.batch for entry in intake.journal().of_records(last.values()) if entry.change.author == account.id}
    return batches.pop() if len(batches) == 1 else 0


def _of(ids: Collection[str]) -> list[Record]:
    there = intake.journal().whereabouts(ids)
    return [
        record
        for survey in {survey for survey, _area in there.values()} & SURVEYS.keys()
        for record in db.session.scalars(sa.select(SURVEYS[survey]).where(SURVEYS[survey].id.in_(ids)))
    ]


def undo(batch: int, *, account: Account) -> Undone:
    """Take those approvals of one go back that still hold, as long as nobody has built on them: decided about the
    record since, begun a case from it, or taken it to where this person has no say. The caller holds the writer's place
    and commits.

    :raises NotFound: it is no approval of many by this person.
    """
    decisions = approvals_in(batch, account)
    records = {record.id: record for record in records_of(decisions)}
    holding = _holding(batch, decisions, _reopenable(records.values(), account))
    edits = [said(records[each.subject or ""], "reopen", each.seen or ()) for each in holding]
    intake.save_all(edits, account=account)
    return Undone(len(edits), len(decisions) - len(edits))


def _reopenable(records: Collection[Record], account: Account) -> list[Record]:
    rights, needed = rights_of(account), _with_a_case({record.id for record in records})
    return [
        record
        for record in records
        if record.id not in needed and rights.may("reopen", About(record.reviewed, "", {record.area or ""}))
    ]


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


def _holding(batch: int, decisions: Iterable[Decision], records: Iterable[Record]) -> list[Decision]:
    """Those that are still the only word since about a record that stands as it was approved."""
    approved = {id for id, status in statuses(records).items() if status == "approved"}
    since = _decided_since(batch, approved)
    return [each for each in decisions if each.subject in approved - since]


def _decided_since(batch: int, subjects: Collection[str]) -> set[str]:
    """About which of these records a decision has come after this batch, wherever and whenever it was made."""
    about = {id: subject for subject, ids in _decisions_about(subjects).items() for id in ids}
    return {about[entry.change.record] for entry in intake.journal().of_records(about) if entry.batch > batch}


def _with_a_case(needs: Collection[str]) -> set[str]:
    """Those of these records from which a case was begun that goes on."""
    case = SupportCase.__table__
    query = sa.select(case.c.need).join(CaseFact, CaseFact.record == case.c.id)
    query = query.where(among(db.session.connection(), case.c.need, needs), CaseFact.state.not_in(GIVEN_UP))
    return set(db.session.scalars(query))


def _last_about(subjects: Collection[str]) -> dict[str, str]:
    """The last decision about each of these records."""
    return {subject: ids[-1] for subject, ids in _decisions_about(subjects).items()}


def _decisions_about(subjects: Collection[str]) -> dict[str, list[str]]:
    """Every decision about each of these records, the oldest first."""
    column = Decision.__table__.c.subject
    query = sa.select(Decision.subject, Decision.id).where(
        among(db.session.connection(), column, subjects), sa.not_(Decision.withdrawn)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for subject, id in db.session.execute(query.order_by(Decision.created_stamp, Decision.id)):
        found[subject or ""].append(id)
    return found

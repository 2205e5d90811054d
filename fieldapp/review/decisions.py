"""Deciding about a record. A decision names the exact heads it saw, and so holds for one version only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypedDict

from fieldapp import intake
from fieldapp.db import db
from fieldapp.facts.states import DecisionVerdict
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.problems import ChangedMeanwhile, ReasonNeeded, RefusalNeedsReason, UnknownVerdict
from fieldapp.reference.current import rules_version
from fieldapp.review.money_out import must_leave_no_money
from fieldapp.review.standing import decisions_about
from fieldapp.surveys import Decision
from fieldapp.surveys.base import Record
from sync import WITHDRAWN, new_record_id
from sync.fold import version_of


class Pin(TypedDict):
    """A comment pinned to one question."""

    question: str
    text: str


VERDICTS: tuple[DecisionVerdict, ...] = ("approve", "return", "refuse", "reopen")


def decide(
    record: Record,
    verdict: str,
    *,
    account: Account,
    seen: Collection[str],
    comment: str = "",
    pinned: Sequence[Pin] = (),
) -> Receipt:
    """Approve a record, return it, refuse it, or take it up again. The caller holds the writer's place and commits.

    :param seen: the ids of all heads of the record as the person saw it.
    :raises ChangedMeanwhile: the record is no longer what the person saw.
    :raises ReasonNeeded, RefusalNeedsReason: a return or a refusal that does not say why.
    """
    must_be_current(record, verdict, seen)
    if verdict == "return" and not (comment.strip() or pinned):
        raise ReasonNeeded()
    if verdict == "refuse" and not comment.strip():
        raise RefusalNeedsReason()
    return intake.save(*said(record, verdict, seen, comment, pinned), account=account, is_new=True)


def said(
    record: Record, verdict: str, seen: Collection[str], comment: str = "", pinned: Sequence[Pin] = ()
) -> tuple[str, str, dict[str, Any]]:
    """A decision as an edit of its own record: survey, new record, answers."""
    answers = {
        "subject": record.id,
        "subject_survey": record.survey,
        "verdict": verdict,
        "comment": comment.strip() or None,
        "pinned": [dict(pin) for pin in pinned] or None,
        "seen": sorted(set(seen)),
        "rules": rules_version(db.session()) or None,
    }
    return "decision", new_record_id(), {name: value for name, value in answers.items() if value is not None}


def must_be_current(record: Record, verdict: str, seen: Collection[str]) -> None:
    """Pass only for a decision that there is, about the record as it stands.

    :raises UnknownVerdict, ChangedMeanwhile: otherwise.
    """
    if verdict not in VERDICTS:
        raise UnknownVerdict()
    if version_of(seen) != record.version:
        raise ChangedMeanwhile()


def unseen_decision(record: Record, known: str | None) -> Decision | None:
    """The last decision about a record, where it is another than the one that a person knew of (None: of none)."""
    last = next(iter(decisions_about(record.id)), None)
    return last if last is not None and last.id != known else None


def withdraw(record: Record, gone: bool, *, account: Account, seen: Collection[str]) -> Receipt:
    """Take a record back, or bring it back: a double entry, a household that moved away. Nothing is ever erased.

    :raises ChangedMeanwhile: the record is no longer what the person saw.
    :raises MoneyIsOut, CaseHasMoney: money is out for it, or for a case of it.
    """
    if version_of(seen) != record.version:
        raise ChangedMeanwhile()
    if gone:
        must_leave_no_money(record)
    return intake.save(record.survey, record.id, {WITHDRAWN: gone}, account=account)


def heads_of(record: Record) -> list[str]:
    """The ids of all heads of a record: what a decision about it names as seen."""
    return sorted({head for heads in record.heads.values() for head in heads})

"""What is replied to a return where nothing has to be corrected: the record waits again once all was answered."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import Prepared
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.problems import ChangedMeanwhile, ReplyNeeded
from fieldapp.surveys import Decision, Reply
from fieldapp.surveys.base import Record
from sync import new_record_id


def replies_about(record: str) -> list[Reply]:
    """Every reply about a record, the oldest first."""
    return _about.scalars(record=record)


_about = Prepared(
    lambda _dialect: (
        sa.select(Reply)
        .where(Reply.subject == sa.bindparam("record"), sa.not_(Reply.withdrawn))
        .order_by(Reply.created_at, Reply.created_stamp)
    )
)


def reply(record: Record, decision: Decision, text: str, *, account: Account, question: str = "") -> Receipt:
    """Reply to a decision, or to the comment it pins to a question. The caller holds the writer's place and commits.

    :raises ReplyNeeded: nothing was written.
    :raises ChangedMeanwhile: the decision is about another record, or pins nothing to this question.
    """
    if not text.strip():
        raise ReplyNeeded()
    pinned = {pin["question"] for pin in decision.pinned or ()}
    if decision.subject != record.id or (question and question not in pinned):
        raise ChangedMeanwhile()
    answers = {
        "subject": record.id,
        "subject_survey": record.survey,
        "decision": decision.id,
        **({"question": question} if question else {}),
        "text": text.strip(),
    }
    return intake.save("reply", new_record_id(), answers, account=account, is_new=True)

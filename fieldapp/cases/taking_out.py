"""A payment that is in no sum is taken out singly, and counted again: by a ruling, as it stays what was entered."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import intake, naming
from fieldapp.db import db
from fieldapp.facts.tables import StrayPayment
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.problems import PaymentCounts, PaymentRuled
from fieldapp.surveys import Payment
from fieldapp.surveys.payment import UNSUMMED
from sync.journal import Entry

_PAYMENT: Any = Payment.__table__
_STRAY: Any = StrayPayment.__table__


class PaymentFate(NamedTuple):
    """``said``: the changes of a payment; ``ruled``: what administrators said of those, both in order of arrival;
    ``out``: it was taken out; ``aside``: it counts in no sum, or not in all, and can be."""

    said: list[Entry]
    ruled: list[Entry]
    out: bool
    aside: bool


def fate_of(record: str) -> PaymentFate | None:
    """What became of a payment; None where there is none of this id."""
    said = [each for each in intake.journal().history(record) if each.change.survey == Payment.survey]
    if not said:
        return None
    ruled = intake.journal().rulings_about([each.change.id for each in said])
    is_out = db.session.get(Payment, record) is None and any(each.ruling == "exclude" for each in said)
    return PaymentFate(said, ruled, is_out, _is_aside(record))


def _is_aside(record: str) -> bool:
    stray = sa.exists().where(_STRAY.c.payment == record)
    query = sa.select(_PAYMENT.c.id).where(_PAYMENT.c.id == record, ~_PAYMENT.c.withdrawn, sa.or_(UNSUMMED, stray))
    return db.session.scalar(query) is not None


def is_taken_out(record: str) -> bool:
    """Whether a record is a payment that was taken out."""
    fate = fate_of(record)
    return fate is not None and fate.out


def decide(record: str, fate: PaymentFate, *, out: bool, account: Account) -> None:
    """Take a payment out, or count it again. The caller holds the writer's place and commits.

    :raises PaymentRuled: somebody else has done so.
    :raises PaymentCounts: it is in all sums: a counter-entry takes it back.
    """
    if fate.out is out:
        raise PaymentRuled(name=_by_whom(fate), what=told(out))
    if out and not fate.aside:
        raise PaymentCounts()
    intake.rule([each.change.id for each in fate.said], "exclude" if out else "include", account=account)


def _by_whom(fate: PaymentFate) -> str:
    author = fate.ruled[-1].change.author if fate.ruled else ""
    return naming.author(naming.people([author]), author)


def told(out: bool) -> str:
    """What was decided, in words."""
    return _("it was taken out") if out else _("it counts again")

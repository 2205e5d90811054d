"""One payment of an approved amount, with its voucher. Never altered: a counter-entry corrects it."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, long_text, money, one_of, photo, reference, text

PAID, BACK = "chi", "but_toan_dao"
PAYMENT = {"entry": [PAID]}
COUNTER = {"entry": [BACK]}


UNSUMMED = sa.text('("case" IS NULL OR fund_source IS NULL OR amount IS NULL OR paid_on IS NULL)')
"""That a payment does not say all by which it is summed up: no form lets it, but a file or another version may."""


class Payment(Record, Base):
    """Money that went to a household, or with ``entry`` a counter-entry, what of a payment does not count."""

    __tablename__ = survey = "payment"
    title = _l("Payment")
    plural = _l("Payments")
    reviewed = False
    kept_by = "pay"
    stands = True
    named_by = ("voucher", "paid_on")
    searched_by = ("voucher",)
    sections = (
        Section(_l("The payment"), "household"),
        Section(_l("Voucher and receiver"), "voucher"),
    )

    household = reference(_l("Household"), of="household", required=True)
    case = reference(_l("Support case"), of="support_case", required=True)
    entry = one_of(
        _l("What is entered?"),
        "payment_entry",
        short=_l("Kind of entry"),
        required=True,
        hint=_l("A payment is never altered: what was entered wrongly is taken back by a counter-entry."),
    )
    corrects = reference(_l("Payment it corrects"), of="payment", asked_if=COUNTER)
    tranche = one_of(_l("Tranche"), "tranche", required=True, asked_if=PAYMENT)
    fund_source = one_of(_l("Fund source"), "paid_source", required=True)
    amount = money(_l("Amount"), required=True, min=1, max=1_000_000_000)
    paid_on = date(_l("Day of the payment"), required=True, not_after="today", not_before="2015-01-01")

    voucher = text(_l("Number of the voucher"), short=_l("Voucher"), longest=60, required=True)
    photo_voucher = photo(_l("Photo of the voucher"), at_most=3)
    receiver = text(_l("Who received the money?"), short=_l("Receiver"), longest=80, required=True, asked_if=PAYMENT)
    relation = one_of(
        _l("Relation to the head of the household"),
        "receiver_relation",
        short=_l("Relation"),
        required=True,
        asked_if=PAYMENT,
    )
    reason = long_text(_l("Why is it corrected?"), short=_l("Reason"), longest=500, required=True, asked_if=COUNTER)
    remarks = long_text(_l("Remarks"))

    __table_args__ = (
        sa.Index("ix_payment_month", "paid_on", "fund_source", "entry", "amount", "withdrawn", "case"),
        sa.Index("ix_payment_unsummed", "id", sqlite_where=UNSUMMED, postgresql_where=UNSUMMED),
    )

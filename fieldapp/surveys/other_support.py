"""What a household was given beside housing: the policies the provincial report counts too."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import integer, long_text, money, one_of, reference, text, year


class OtherSupport(Record, Base):
    """One kind of support a household got in one year: so many persons, times or million đồng of it. Another office
    decided it, so nobody here approves it."""

    __tablename__ = survey = "other_support"
    title = _l("Other support")
    plural = _l("Other support")
    FORM_VERSION = 2
    reviewed = False
    named_by = ("policy", "year")
    sections = (Section(_l("The support"), "household"),)

    household = reference(_l("Household"), of="household", required=True)
    policy = one_of(_l("What was it for?"), "policy", short=_l("Policy"), required=True)
    policy_other = text(
        _l("Which other policy?"), short=_l("Other policy"), required=True, asked_if={"policy": ["khac"]}
    )
    year = year(_l("Year of the support"), short=_l("Year"), required=True, not_before="2010", not_after="today")
    period = one_of(_l("Of the calendar year or the school year?"), "support_period", short=_l("Kind of year"))
    quantity = integer(
        _l("How many persons, times or households got it?"),
        short=_l("Quantity"),
        required=True,
        min=1,
        max=100_000,
        usual=(None, 60),
        hint=_l("As the list of the office counts it: 3 pupils, 12 times, 1 household; or the million đồng of a loan."),
    )
    unit = one_of(_l("What is counted?"), "support_unit", short=_l("Unit"), required=True)
    member = reference(
        _l("Which member of the household got it?"),
        short=_l("Member"),
        of="household_member",
        hint=_l("Only where it is one person who is on the list of members."),
    )
    amount = money(
        _l("Amount of the support"),
        short=_l("Amount"),
        usual=(None, 200_000_000),
        hint=_l("Leave empty what is not money, such as a health insurance card."),
    )
    source = one_of(_l("Who paid for it?"), "support_source", short=_l("Source"), required=True)
    source_other = text(
        _l("Which other source?"), short=_l("Other source"), required=True, asked_if={"source": ["khac"]}
    )
    remarks = long_text(_l("Remarks"))

    __table_args__ = (
        sa.Index(
            "ix_other_support_counted", "year", "policy", "unit", "source", "withdrawn", "area", "quantity", "amount"
        ),
    )

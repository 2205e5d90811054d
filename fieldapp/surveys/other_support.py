"""What a household was given beside housing: the policies the provincial report counts too."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import long_text, money, one_of, reference, text, year


class OtherSupport(Record, Base):
    """One kind of support a household got in one year. Another office decided it, so nobody here approves it."""

    __tablename__ = survey = "other_support"
    title = _l("Other support")
    plural = _l("Other support")
    reviewed = False
    named_by = ("policy", "year")
    sections = (Section(_l("The support"), "household"),)

    household = reference(_l("Household"), of="household", required=True)
    policy = one_of(_l("What was it for?"), "policy", short=_l("Policy"), required=True)
    policy_other = text(
        _l("Which other policy?"), short=_l("Other policy"), required=True, asked_if={"policy": ["khac"]}
    )
    year = year(_l("Year of the support"), short=_l("Year"), required=True, not_before="2010", not_after="today")
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

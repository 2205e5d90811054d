"""One household on a list: its number, the vote of the village on it, what was objected and what became of that."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import integer, long_text, one_of, reference

TAKEN_OFF = "rut_khoi"
OFF = {"outcome": [TAKEN_OFF]}


class ListLine(Record, Base):
    """One line; filled in on the page of the list."""

    __tablename__ = survey = "list_line"
    title = _l("Vote on a household")
    plural = _l("Votes on households")
    reviewed = False
    listed = False
    carried = True
    named_by = ("number",)
    sections = (
        Section(_l("The vote"), "household", _l("Read out the name and what is proposed, then count the hands.")),
    )

    household = reference(_l("Household"), of="household", required=True)
    of_list = reference(_l("List"), of="support_list", required=True)
    case = reference(_l("Support case"), of="support_case", required=True)
    number = integer(_l("Number on the list"), short=_l("No."), min=1, max=5000, required=True)
    agreed = integer(
        _l("How many of those present agree?"),
        short=_l("Agreed"),
        min=0,
        max=2000,
        hint=_l("More than half of those present must agree, or the household is not put forward."),
    )
    objections = long_text(_l("What was objected?"), short=_l("Objections"), longest=1000)
    outcome = one_of(_l("What became of the objections?"), "objection_outcome", short=_l("What became of them"))
    outcome_note = long_text(
        _l("Why is the household taken off?"), short=_l("Reason"), longest=1000, required=True, asked_if=OFF
    )

"""An allocation: what a source gives to a programme for a year, in the whole province or in one place."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import money, one_of, reference, text, year
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on


class Budget(Reference, Base):
    """What a place is given counts towards what the larger place was given, it does not come on top of it."""

    __tablename__ = survey = "budget"
    title = _l("Allocation")
    plural = _l("Budget")
    named_by = ("budget_year", "fund_source")
    key = ("programme", "budget_year", "fund_source", "place", "from_on")
    sections = (Section(_l("The allocation"), "programme"),)

    programme = reference(_l("Programme"), of="programme", required=True)
    budget_year = year(_l("Year of the money"), required=True, not_before="2010")
    fund_source = one_of(_l("Fund source"), "paid_source", required=True)
    place = text(
        _l("Place"),
        longest=40,
        hint=_l(
            "Code and year of a commune or a district, such as 02155@2025; empty for the whole province. "
            "The amount of a larger place includes those of the places in it."
        ),
    )
    amount = money(_l("Amount"), required=True, max=10_000_000_000_000)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    note = note()

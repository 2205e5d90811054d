"""An office that issues paper: its name as printed, the line above it, and what it issues."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import many_of, one_of, text
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on


class Office(Reference, Base):
    """The head of a paper is that of the office which makes it, on the day on which it is made."""

    __tablename__ = survey = "office"
    title = _l("Office")
    plural = _l("Offices")
    named_by = ("name",)
    key = ("code",)
    sections = (Section(_l("The office"), "code"),)

    code = text(_l("Code"), longest=40, required=True)
    name = text(_l("Name as printed"), longest=120, required=True)
    above = text(_l("Line above the name"), longest=120, hint=_l("The body it belongs to; empty if none is printed."))
    level = one_of(_l("Level"), "office_level", required=True)
    place = text(
        _l("Place"), longest=40, hint=_l("Code and year, such as 02155@2025; empty for an office of the province.")
    )
    seat = text(_l("Place named before the date"), longest=60)
    papers = many_of(_l("Papers it issues"), "paper")
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    note = note()

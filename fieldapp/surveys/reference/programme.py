"""A source of support: since when, until when, by which document."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import date, one_of, text
from fieldapp.surveys.reference.base import Reference, legal_basis, note, verified


class Programme(Reference, Base):
    """Not yet open, open or ended on the day asked about; while it is not open it makes nobody eligible."""

    __tablename__ = survey = "programme"
    title = _l("Programme")
    plural = _l("Programmes")
    named_by = ("name",)
    key = ("code",)
    sections = (Section(_l("The programme"), "code"),)

    code = text(_l("Code"), longest=40, required=True)
    name = text(_l("Name of the programme"), longest=200, required=True)
    opens_on = date(_l("First day"), required=True)
    ends_on = date(_l("Last day"), hint=_l("Empty while no end is known."), not_before="opens_on")
    own_order = one_of(
        _l("In which order households are helped"), "rule_order", short=_l("Order of support"), required=True
    )
    legal_basis = legal_basis()
    verified = verified()
    note = note()

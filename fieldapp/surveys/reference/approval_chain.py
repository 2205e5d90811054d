"""Who approves one after the other, from one day to another: village, commune, district until 30/6/2025, province."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import integer, one_of
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on, verified


class ApprovalChain(Reference, Base):
    """One step of the chain."""

    __tablename__ = survey = "approval_chain"
    title = _l("Step of approval")
    plural = _l("Chain of approval")
    named_by = ("level",)
    key = ("step", "from_on")
    sections = (Section(_l("The step"), "step"),)

    step = integer(_l("Step"), min=1, max=20, required=True)
    level = one_of(_l("Level"), "office_level", required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    verified = verified()
    note = note()

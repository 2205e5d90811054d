"""What a programme pays for a house, from one day to another."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import money, one_of, reference
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on, verified


class ProgrammeNorm(Reference, Base):
    """An amount, and what it is: at most from the central budget, at least, or for each house."""

    __tablename__ = survey = "programme_norm"
    title = _l("Amount of support")
    plural = _l("Amounts of support")
    named_by = ("need_type",)
    key = ("programme", "need_type", "from_on")
    sections = (Section(_l("The amount"), "programme"),)

    programme = reference(_l("Programme"), of="programme", required=True)
    need_type = one_of(_l("For what"), "need_type", required=True)
    amount = money(_l("Amount"), required=True, max=1_000_000_000)
    meaning = one_of(_l("What the amount is"), "norm_meaning", short=_l("Meaning"), required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    verified = verified()
    note = note()

"""A number of the law that is used beside the criteria of a programme."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import decimal, one_of
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on, verified


class Threshold(Reference, Base):
    """A number, since when, and by which document."""

    __tablename__ = survey = "threshold"
    title = _l("Threshold")
    plural = _l("Thresholds")
    named_by = ("code",)
    key = ("code", "from_on")
    sections = (Section(_l("The threshold"), "code"),)

    code = one_of(_l("Which threshold"), "threshold", required=True)
    number = decimal(_l("Number"), min=0, max=1_000_000_000, required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    verified = verified()
    note = note()

"""What a person said about two entries of households: that they are one household, or two. Kept in offices, never by a
form."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import one_of, reference


class Pairing(Record, Base):
    """Two entries compared. Where they are ``same``, ``other`` is a part of ``household``: all that was said about it
    counts for that one, see :mod:`fieldapp.intake.merging`. ``open`` takes back what was said before."""

    __tablename__ = survey = "pairing"
    title = _l("Comparison of two households")
    plural = _l("Comparisons of households")
    reviewed = False
    listed = False
    kept_by = "merge"
    named_by = ("verdict",)
    sections = (Section(_l("Comparison of two households"), "household"),)

    household = reference(_l("Household that is kept"), of="household", required=True)
    other = reference(_l("The other household"), of="household", required=True)
    verdict = one_of(_l("What was found"), "pair_verdict", required=True)

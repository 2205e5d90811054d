"""What a place is by decision, from one day to another: a poor district, of zone I to III, extremely difficult."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import one_of, text
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on, verified


class PlaceStatus(Reference, Base):
    """``place`` is a code with its year, ``060@2023``, or a village, ``2023.01930.003``."""

    __tablename__ = survey = "place_status"
    title = _l("Status of a place")
    plural = _l("Statuses of places")
    named_by = ("place",)
    key = ("place", "status", "from_on")
    sections = (Section(_l("The status"), "place"),)

    place = text(
        _l("Place"),
        longest=40,
        required=True,
        hint=_l("Code and year, such as 060@2023 or 02155@2025, or a village such as 2023.01930.003."),
    )
    status = one_of(_l("Status"), "place_status", required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    verified = verified()
    note = note()

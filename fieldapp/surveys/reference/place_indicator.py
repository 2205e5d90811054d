"""What is known of a place that no household says: how many communes have a health station, who has a smartphone."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import date, decimal, one_of, rule, text
from fieldapp.surveys.reference.base import Reference, note


class PlaceIndicator(Reference, Base):
    """One value of an indicator, a place and a year or day: two offices that enter it apart see that they differ.

    ``value`` is out of ``denominator`` where there is one. Supervisors keep them too, at the desk; what a tablet sends
    is judged as any rule is.
    """

    __tablename__ = survey = "place_indicator"
    title = _l("Indicator of a place")
    plural = _l("Indicators of places")
    named_by = ("indicator", "period")
    key = ("indicator", "place", "period")
    sections = (Section(_l("The indicator"), "indicator"),)

    indicator = one_of(_l("Indicator"), "indicator", required=True)
    place = text(
        _l("Place"),
        longest=40,
        hint=_l("Code and year of a commune or a district, such as 02155@2025; empty for the whole province."),
    )
    period = date(_l("Year or day it is of"), short=_l("Time"), year_alone=True, required=True, not_before="2000")
    unit = one_of(_l("What is counted?"), "indicator_unit", short=_l("Unit"), required=True)
    denominator = decimal(
        _l("Out of how many?"),
        short=_l("Out of"),
        min=0,
        max=1_000_000_000_000,
        hint=_l("Such as 108, of 106 communes out of 108; empty where the value is a percentage or stands alone."),
    )
    value = decimal(
        _l("Value"),
        required=True,
        min=0,
        max=1_000_000_000_000,
        at_most="denominator",
        rules=[rule("max", 100, when={"unit": ["phan_tram"]})],
    )
    source = text(
        _l("Source"), longest=300, required=True, hint=_l("The paper, the office or the survey that says so.")
    )
    note = note()

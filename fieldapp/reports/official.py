"""What surrounds the figures of an official table: issuer, national motto, scope, unit, signatures."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TypedDict

from fieldapp.i18n import _, ngettext
from fieldapp.places.models import Place
from fieldapp.reports.geography import Geography
from fieldapp.reports.issuer import Issuer
from fieldapp.reports.numbers import place_and_date
from fieldapp.reports.table import Signature


class Frame(TypedDict):
    """The parts of a :class:`~fieldapp.reports.table.Table` that every report shares."""

    issuer: tuple[str, ...]
    motto: tuple[str, str]
    place_and_date: str
    unit: str
    place_heading: str
    ordinal_heading: str
    signatures: tuple[Signature, ...]
    made_on: date
    as_of: date
    as_of_line: str


def frame(made_by: Issuer, made_on: date, as_of: date | None = None) -> Frame:
    """The official surroundings of a report. ``as_of``: the day its figures are of, where it is not that of today."""
    day = as_of or made_on
    return {
        "issuer": made_by.lines,
        "motto": (_("SOCIALIST REPUBLIC OF VIET NAM"), _("Independence - Freedom - Happiness")),
        "place_and_date": place_and_date(made_by.seat, made_on),
        "unit": _("Unit: household"),
        "place_heading": _("Place"),
        "ordinal_heading": _("No."),
        "signatures": (
            Signature(_("PREPARED BY"), _("(signature, full name)")),
            made_by.signature,
        ),
        "made_on": made_on,
        "as_of": day,
        "as_of_line": _("(figures as of %(day)s)", day=day.strftime("%d/%m/%Y")),
    }


def scope(geography: Geography, villages: Collection[str], everything: bool, within: Place | None) -> str:
    """Which places are counted, and in which list of places they are named."""
    year = geography.vintage
    if within:
        return _("Counted: %(place)s; places as listed in %(year)s", place=within.name, year=year)
    if everything:
        return _("Counted: the whole province; places as listed in %(year)s", year=year)
    return ngettext(
        "Counted: your area of %(n)s village; places as listed in %(year)s",
        "Counted: your area of %(n)s villages; places as listed in %(year)s",
        len(villages),
        year=year,
    )

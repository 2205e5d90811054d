"""The figures of the province as a conference tells them, each with the way to what stands behind it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import sqlalchemy as sa
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people
from fieldapp.db import db
from fieldapp.i18n import language
from fieldapp.people import Areas
from fieldapp.places import Place, vintage_on
from fieldapp.problems import NotFound
from fieldapp.reports import province
from fieldapp.reports.province import Figure, Province
from fieldapp.reports.scope import vintages
from fieldapp.surveys import choices
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.figures.dashboard import as_of

FIRST = 2021
"""The year with which the programmes of these years begin."""


@signed_in("report")
def page() -> ResponseReturnValue:
    """The figures up to a day, from the year asked for."""
    day = asked_day()
    first = asked.query.number("first", FIRST, least=2000, most=day.year) or FIRST
    found = _built(my_areas(), day, min(first, day.year), language(), *as_of())
    return render_template(
        "figures/province.html",
        found=found,
        day=day,
        first=first,
        years=[(str(year), str(year)) for year in range(2015, today().year + 1)],
        address=lambda figure: _address(figure, day),
        may_keep=people.may(me(), "keep_indicator"),
    )


@lru_cache(maxsize=8)
def _built(areas: Areas, day: date, first: int, language: str, *_as_of: object) -> Province:
    return province.build(db.session(), areas, day, first)


def asked_day() -> date:
    """The day asked about; today where none is, or one that is still to come."""
    day = asked.query.day("day")
    return min(date.fromisoformat(day), today()) if day else today()


def _address(figure: Figure, day: date) -> str | None:
    """Where what stands behind a figure is listed, for whom that may be shown."""
    if not people.may(me(), "see"):
        return None
    match figure.to:
        case "report":
            return url_for("reports.behind", **figure.asked)
        case "budget":
            return url_for("cases.money", **figure.asked)
        case "statuses":
            return url_for("figures.statuses", day=day.isoformat(), **figure.asked)
        case "indicator":
            return url_for("figures.indicator", record_id=figure.asked["record"])
    return None


@signed_in("report")
def statuses(status: str) -> ResponseReturnValue:
    """The places that had a status on a day."""
    if choices.choice("place_status", status) is None:
        raise NotFound()
    day = asked_day()
    vintage = vintage_on(vintages(db.session()), day)
    codes = province.with_status(db.session(), status, vintage, day)
    query = sa.select(Place).where(Place.vintage == vintage, Place.code.in_(codes)).order_by(Place.code)
    return render_template(
        "figures/statuses.html",
        title=choices.label("place_status", status, language()),
        places=list(db.session.scalars(query)),
        names={place.code: place.name for place in db.session.scalars(sa.select(Place).filter_by(vintage=vintage))},
        day=day,
    )

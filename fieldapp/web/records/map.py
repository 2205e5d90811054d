"""The map of the households a person may see: points without any tiles, each leading to its record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts.tables import HouseholdFact
from fieldapp.review import STATUSES, Areas, Status
from fieldapp.surveys import Household
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from sync.statements import among

bp = Blueprint("map", __name__)


@bp.get("/map")
@signed_in("see")
def page() -> ResponseReturnValue:
    """The map; the list says the same in words."""
    return render_template(
        "records/map.html",
        communes=[(commune.code, commune.name) for commune in shown.communes()],
        statuses=[(status, review.label(status)) for status in SHOWN],
    )


SHOWN: tuple[Status, ...] = tuple(status for status in STATUSES if status not in ("recorded", "withdrawn"))
"""What a household or its survey can be on the map."""


@bp.get("/map/points")
@signed_in("see")
def points() -> ResponseReturnValue:
    """Households with a position: ``{"points": [[lat, lon, name, state, id]…], "places": [[lat, lon, name]…]}``.

    A place stands in the midst of its households.
    """
    areas: Areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    found: list[list[Any]] = []
    by_commune: dict[str, list[tuple[float, float]]] = {}
    for id, name, area, status, lat, lon in db.session.execute(_located(areas)):
        if where := shown.gazetteer().get(area or ""):
            found.append([lat, lon, name or "", status, id])
            by_commune.setdefault(where.commune.bare_name, []).append((lat, lon))
    largest_first = sorted(by_commune.items(), key=lambda item: -len(item[1]))
    return jsonify({"points": found, "places": [[*_middle(ats), name] for name, ats in largest_first]})


def _located(areas: Areas) -> sa.Select[*tuple[Any, ...]]:
    """The households with a position; the state of each is that of its survey that counts, or else its own."""
    fact, name = HouseholdFact, Household.head_name
    query = sa.select(fact.household, name, fact.area, fact.status, fact.lat, fact.lon)
    query = query.join(Household, Household.id == fact.household).where(sa.not_(fact.withdrawn), fact.lat.is_not(None))
    return query if areas is None else query.where(among(db.session.connection(), fact.__table__.c.area, areas))


def _middle(ats: list[tuple[float, float]]) -> tuple[float, float]:
    """A point in the midst of others; one wrong position does not move it."""
    lats, lons = sorted(lat for lat, _lon in ats), sorted(lon for _lat, lon in ats)
    return lats[len(lats) // 2], lons[len(lons) // 2]

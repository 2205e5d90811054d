"""The map of the households a person may see: points without any tiles, each leading to its record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts.counting import needs_that_count
from fieldapp.review import STATUSES, Areas, Status
from fieldapp.surveys import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in

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
    states = _states(areas)
    found: list[list[str]] = []
    by_commune: dict[str, list[tuple[float, float]]] = {}
    for id, name, area, at in db.session.execute(_located(areas)):
        if at and (where := shown.gazetteer().get(area or "")):
            found.append([at["lat"], at["lon"], name or "", states.get(id, ""), id])
            by_commune.setdefault(where.commune.bare_name, []).append((float(at["lat"]), float(at["lon"])))
    largest_first = sorted(by_commune.items(), key=lambda item: -len(item[1]))
    return jsonify({"points": found, "places": [[*_middle(ats), name] for name, ats in largest_first]})


def _located(areas: Areas) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(Household.id, Household.head_name, Household.area, Household.location)
    return review.within(query, Household, areas).where(sa.not_(Household.withdrawn), Household.location.is_not(None))


def _states(areas: Areas) -> dict[str, Status]:
    """The state of the housing need of each household that counts; of the household itself where it has none."""
    states = {one.id: one.status for one in review.standings(Household, areas)}
    of_needs = {one.id: one.status for one in review.standings(HousingNeed, areas)}
    counting = needs_that_count(None if areas is None else states)
    return states | {household: of_needs[need["id"]] for household, need in counting.items() if need["id"] in of_needs}


def _middle(ats: list[tuple[float, float]]) -> tuple[float, float]:
    """A point in the midst of others; one wrong position does not move it."""
    lats, lons = sorted(lat for lat, _lon in ats), sorted(lon for _lat, lon in ats)
    return lats[len(lats) // 2], lons[len(lons) // 2]

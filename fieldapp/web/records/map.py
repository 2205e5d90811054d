"""The map of the households a person may see, without any tiles.

Each is a point that leads to its record; of more than can be told apart, a grid says how many there are in each square.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from flask import Blueprint, jsonify, render_template, send_file
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.facts.tables import HouseholdFact, HouseholdProgramme
from fieldapp.places import borders as borders_
from fieldapp.reference.current import current_rules
from fieldapp.review import STATUSES, AreaFilter, Status
from fieldapp.surveys import Household
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.review.queue import class_in_words
from sync.statements import among

bp = Blueprint("map", __name__)

SHOWN: tuple[Status, ...] = tuple(status for status in STATUSES if status not in ("recorded", "withdrawn"))
"""What a household or its survey can be on the map."""
MOST = 2000
"""So many households are drawn one by one."""
SQUARES = 10
"""So many squares stand beside each other on the longer side of what is looked at, unless the asker says ``across``."""
SIDES = ("south", "west", "north", "east")
PROVINCE = 1.4
"""Degrees from one end of the province to the other, where nobody says what is looked at."""
FILTERS = ("commune", "status", "programme", "class")
A_DAY = 24 * 3600
AnyQuery: TypeAlias = sa.Select[Any]
FACT = HouseholdFact


@bp.get("/map")
@signed_in("see")
def page() -> ResponseReturnValue:
    """The map; the table and the list say the same in words."""
    return render_template(
        "records/map.html",
        communes=shown.communes_to_choose(),
        statuses=[(status, review.label(status)) for status in SHOWN],
        programmes=[(each.code, each.name) for each in current_rules(db.session()).programmes],
        classes=[(main, class_in_words(main)) for main in review.CLASSES],
        kept=asked.query.kept(*FILTERS),
        own_borders=borders_.file_of(settings().instance) != borders_.PACKAGED,
    )


@bp.get("/map/borders")
@signed_in("see")
def borders() -> ResponseReturnValue:
    """The borders of the communes as GeoJSON: those of the province where it has put its own file, or the packaged."""
    return send_file(borders_.file_of(settings().instance), mimetype="application/geo+json", max_age=A_DAY)


@bp.get("/map/points")
@signed_in("see")
def points() -> ResponseReturnValue:
    """Households with a position, within the bounds asked for (``south``, ``west``, ``north``, ``east``)::

        {"points": [[lat, lon, name, state, id]…], "squares": [[lat, lon, count]…],
         "count": n, "places": [[lat, lon, name, count, code]…]}

    Either points or squares: of more than ``MOST`` households each square of a grid says how many it holds. ``count``
    and ``places`` are of the whole area, and told where no bounds are asked for. A place stands in the midst of its
    households.
    """
    areas: AreaFilter = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    located = _located(areas)
    if sides := _sides():
        here = _within(located, sides)
        few = len(db.session.execute(here(FACT.household).limit(MOST + 1)).all()) <= MOST
        parts = [] if few else _parts(here, _degree(max(sides.north - sides.south, sides.east - sides.west)))
        return jsonify({"points": _points(here) if few else [], "squares": _squares(parts)})
    parts = _parts(located, _degree(PROVINCE), by_village=True)
    few = sum(part.households for part in parts) <= MOST
    places = _places(parts)
    told = {"count": sum(place.households for place in places), "places": [place.told for place in places]}
    return jsonify({**told, "points": _points(located) if few else [], "squares": [] if few else _squares(parts)})


class Square(NamedTuple):
    """What is looked at, in degrees."""

    south: float
    west: float
    north: float
    east: float


def _sides() -> Square | None:
    try:
        south, west, north, east = (float(asked.query.text(side)) for side in SIDES)
    except ValueError:
        return None
    return Square(south, west, north, east) if south < north and west < east else None


class _Located:
    """The households with a position that were asked for; called with columns it is the query of them."""

    def __init__(self, *where: sa.ColumnElement[bool]) -> None:
        self.where = where

    def __call__(self, *columns: Any) -> AnyQuery:
        return sa.select(*columns).select_from(FACT).where(*self.where)


def _located(areas: AreaFilter) -> _Located:
    """The state of each is that of its survey that counts, or else its own."""
    where = [sa.not_(FACT.withdrawn), FACT.lat.is_not(None)]
    if areas is not None:
        where.append(among(db.session.connection(), FACT.__table__.c.area, areas))
    if status := asked.query.one_of("status", SHOWN):
        where.append(FACT.status == status)
    if main := asked.query.one_of("class", review.CLASSES):
        where.append(FACT.main.is_(None) if main == review.CLASSES[-1] else FACT.main == main)
    if programme := asked.query.text("programme"):
        one = HouseholdProgramme
        where.append(FACT.household.in_(sa.select(one.household).where(one.met.is_(True), one.programme == programme)))
    return _Located(*where)


def _within(located: _Located, sides: Square) -> _Located:
    inside = (FACT.lat.between(sides.south, sides.north), FACT.lon.between(sides.west, sides.east))
    return _Located(*located.where, *inside)


def _points(here: _Located) -> list[list[Any]]:
    query = here(FACT.lat, FACT.lon, Household.head_name, FACT.status, FACT.household, FACT.area)
    rows: Any = db.session.execute(query.join(Household, Household.id == FACT.household))
    known = shown.gazetteer()
    return [[lat, lon, name or "", status, id] for lat, lon, name, status, id, area in rows if area in known]


class _Part(NamedTuple):
    """Households of one village, where that was asked, in one square of the grid: how many, and the midst of them."""

    area: str | None
    square: tuple[int, int]
    households: int
    lat: float
    lon: float


def _degree(longest: float) -> int:
    """How many squares of the grid stand beside each other on one degree: a power of two, so that the grid stays where
    it is when somebody moves."""
    across = asked.query.number("across", SQUARES, least=2, most=1000) or SQUARES
    return int(2 ** max(0, math.floor(math.log2(across / longest))))


def _parts(here: _Located, a_degree: int, *, by_village: bool = False) -> list[_Part]:
    """The squares of the grid, each as it is or divided by the village: one walk tells of both."""
    square = (sa.cast(FACT.lat * a_degree, sa.Integer), sa.cast(FACT.lon * a_degree, sa.Integer))
    area = (FACT.area,) if by_village else ()
    query = here(*area, *square, sa.func.count(), sa.func.avg(FACT.lat), sa.func.avg(FACT.lon))
    rows: Any = db.session.execute(query.group_by(*area, *square))
    return [_Part(row[0] if by_village else None, (row[-5], row[-4]), *row[-3:]) for row in rows]


def _squares(parts: list[_Part]) -> list[list[Any]]:
    """How many there are in each square of the grid, in the midst of them."""
    found: dict[tuple[int, int], list[_Part]] = defaultdict(list)
    for part in parts:
        found[part.square].append(part)
    return [_midst(some) for some in found.values()]


def _midst(parts: list[_Part]) -> list[Any]:
    """The middle of all households of these parts, and how many they are."""
    count = sum(part.households for part in parts)
    lat, lon = (
        sum(part.households * at for part, at in zip(parts, ats, strict=True)) / count
        for ats in ([part.lat for part in parts], [part.lon for part in parts])
    )
    return [round(lat, 5), round(lon, 5), count]


class _Place(NamedTuple):
    """A commune of today, with how many of its households have a position."""

    lat: float
    lon: float
    name: str
    households: int
    code: str

    @property
    def told(self) -> list[Any]:
        return [round(self.lat, 5), round(self.lon, 5), *self[2:]]


def _places(parts: list[_Part]) -> list[_Place]:
    """The communes, that of most households first. Each stands in the midst of the middles of its villages: one wrong
    position does not move it."""
    villages: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        villages[part.area or ""].append(part)
    by_commune: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    names: dict[str, str] = {}
    for area, some in villages.items():
        if where := shown.gazetteer().get(area):
            key = shown.commune_key(where.commune)
            names[key] = where.commune.bare_name
            lat, lon, count = _midst(some)
            by_commune[key].append((lat, lon, count))
    found = [
        _Place(*_middle([(lat, lon) for lat, lon, _n in some]), names[code], sum(n for *_at, n in some), code)
        for code, some in by_commune.items()
    ]
    return sorted(found, key=lambda place: -place.households)


def _middle(ats: list[tuple[float, float]]) -> tuple[float, float]:
    """A point in the midst of others; one wrong position does not move it."""
    lats, lons = sorted(lat for lat, _lon in ats), sorted(lon for _lat, lon in ats)
    return lats[len(lats) // 2], lons[len(lons) // 2]

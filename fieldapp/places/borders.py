"""The borders of the communes of today, roughly drawn: those that a province has put into its instance, or ours."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

Ring: TypeAlias = Sequence[Sequence[float]]
"""The points of a closed line, longitude before latitude."""
PACKAGED = Path(__file__).parent / "data" / "communes_2025.geojson"
OWN = "borders.geojson"
M_PER_DEGREE = 111_195
STEPS = 15
"""So many places a side are tried for the midst of a commune."""


def file_of(instance: Path) -> Path:
    """The file of the borders that this node goes by."""
    own = instance / OWN
    return own if own.exists() else PACKAGED


def read(file: Path) -> Iterator[tuple[str, list[Ring]]]:
    """The code of each commune of the file with its rings; nothing of a file that is no GeoJSON."""
    try:
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
    except (ValueError, KeyError, TypeError):
        return
    for feature in features:
        code, shape = feature.get("properties", {}).get("code"), feature.get("geometry") or {}
        polygons: Any = {"Polygon": [shape.get("coordinates")], "MultiPolygon": shape.get("coordinates")}
        rings = [ring for polygon in polygons.get(shape.get("type"), []) for ring in polygon or []]
        if code and rings:
            yield str(code), rings


def metres_outside(file: Path, commune: str, lat: float, lon: float) -> float:
    """How far beyond the border of a commune, by its code, a position lies: 0 inside, and where the file has none."""
    rings = _kept(file, file.stat().st_mtime_ns).get(commune, [])
    if not rings or sum(_crossings(ring, lat, lon) for ring in rings) % 2:
        return 0
    return min(_away(begin, end, lat, lon) for ring in rings for begin, end in pairwise(ring))


def midst(file: Path, commune: str) -> tuple[float, float] | None:
    """About where a commune is furthest from its border, latitude first; None where the file has none."""
    rings = _kept(file, file.stat().st_mtime_ns).get(commune, [])
    if not rings:
        return None
    lons, lats = zip(*(point[:2] for ring in rings for point in ring), strict=True)
    steps = [(step + 0.5) / STEPS for step in range(STEPS)]
    spots = [(_between(lats, y), _between(lons, x)) for y in steps for x in steps]
    inside = [spot for spot in spots if sum(_crossings(ring, *spot) for ring in rings) % 2]
    return max(inside, key=lambda spot: min(_away(*piece, *spot) for ring in rings for piece in pairwise(ring)))


def _between(values: Sequence[float], share: float) -> float:
    return min(values) + share * (max(values) - min(values))


@lru_cache(maxsize=4)
def _kept(file: Path, _changed: int) -> dict[str, list[Ring]]:
    return dict(read(file))


def _crossings(ring: Ring, lat: float, lon: float) -> int:
    """How often a line from the position to the east crosses the ring: an odd number of times from inside."""
    return sum(
        (south > lat) != (north > lat) and lon < (east - west) * (lat - south) / (north - south) + west
        for (west, south, *_), (east, north, *_) in pairwise(ring)
    )


def _away(begin: Sequence[float], end: Sequence[float], lat: float, lon: float) -> float:
    """Metres from a position to a piece of a border."""
    wide = math.cos(math.radians(lat))
    (ax, ay), (bx, by) = (((point[0] - lon) * wide, point[1] - lat) for point in (begin, end))
    dx, dy = bx - ax, by - ay
    along = 0.0 if dx == dy == 0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
    return math.hypot(ax + along * dx, ay + along * dy) * M_PER_DEGREE

"""The borders of the communes of today, roughly drawn: those that a province has put into its instance, or ours."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

Ring: TypeAlias = Sequence[Sequence[float]]
"""The points of a closed line, longitude before latitude."""
Piece: TypeAlias = tuple[Sequence[float], Sequence[float]]
"""Of such a line, from one of its points to the next."""
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
    return _away(_pieces(rings), lat, lon)


def midst(file: Path, commune: str) -> tuple[float, float] | None:
    """About where a commune is furthest from its border, latitude first; None where the file has none."""
    rings = _kept(file, file.stat().st_mtime_ns).get(commune, [])
    if not rings:
        return None
    lons, lats = zip(*(point[:2] for ring in rings for point in ring), strict=True)
    steps = [(step + 0.5) / STEPS for step in range(STEPS)]
    spots = [(_between(lats, y), _between(lons, x)) for y in steps for x in steps]
    inside = [spot for spot in spots if sum(_crossings(ring, *spot) for ring in rings) % 2]
    return max(inside, key=lambda spot: _away(_pieces(rings), *spot))


def _pieces(rings: Iterable[Ring]) -> Iterator[Piece]:
    return (piece for ring in rings for piece in pairwise(ring))


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


def _away(pieces: Iterable[Piece], lat: float, lon: float) -> float:
    """Metres from a position to the nearest of some pieces of a border."""
    wide = math.cos(math.radians(lat))
    return M_PER_DEGREE * math.sqrt(min(_squared(piece, lat, lon, wide) for piece in pieces))


def _squared(piece: Piece, lat: float, lon: float, wide: float) -> float:
    """The square of how far a piece is, in degrees of latitude; a degree of longitude is ``wide`` of these."""
    (begin_lon, begin_lat, *_), (end_lon, end_lat, *_) = piece
    ax, ay = (begin_lon - lon) * wide, begin_lat - lat
    dx, dy = (end_lon - begin_lon) * wide, end_lat - begin_lat
    along, long = -(ax * dx + ay * dy), dx * dx + dy * dy
    if along > 0:
        share = along / long if along < long else 1.0
        ax, ay = ax + share * dx, ay + share * dy
    return ax * ax + ay * ay

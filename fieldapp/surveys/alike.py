"""Households that look like one another; ``static/app/twins/duplicates.js`` is the same.

Nobody is refused for it: a person compares, and decides. Names repeat in a village, so that a name alone is no
likeness; a year of birth, a telephone or a place beside it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fieldapp.vietnamese import search_key

AnyRow = TypeVar("AnyRow")

NEAR_M = 60
"""Metres between two positions that may be one house."""
DEGREE_M = 111_195
"""Metres of a degree of latitude, and of longitude at the equator."""
COUNTS = {
    "citizen_id": 10, "nearly_id": 2, "name": 3, "nearly_name": 3, "year": 3, "phone": 3, "near": 3, "village": 1,
    "other_year": -1, "other_id": -1,
}  # fmt: skip
"""What each likeness counts, and what speaks against it."""
LIKELY = 6
"""From here on a person is asked."""
MOST = 3


@dataclass(frozen=True)
class Traits:
    """What of a household is compared. ``names`` are search keys; ``year`` of birth, ``citizen_id``, ``phone`` and
    ``area`` are "" where they are not known; ``point`` is latitude and longitude."""

    names: tuple[str, ...]
    year: str
    citizen_id: str
    phone: str
    area: str
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Likeness:
    """How much two households are alike: words of :data:`COUNTS`, and the metres between them where both are known."""

    points: int
    what: tuple[str, ...]
    metres: float | None


def traits(answers: Mapping[str, Any]) -> Traits:
    """What is compared of a household with these answers."""
    names = (search_key(answers.get(name) or "") for name in ("head_name", "other_name"))
    at = answers.get("location")
    return Traits(
        names=tuple(name for name in names if name),
        year=(answers.get("birth_date") or "")[:4],
        citizen_id=answers.get("citizen_id") or "",
        phone=answers.get("phone") or "",
        area=answers.get("village") or "",
        point=(float(at["lat"]), float(at["lon"])) if at else None,
    )


def likeness(one: Traits, other: Traits) -> Likeness:
    """How much two households are alike."""
    metres = distance(one.point, other.point) if one.point and other.point else None
    ids = one.citizen_id, other.citizen_id
    found = {
        "citizen_id": bool(ids[0]) and ids[0] == ids[1],
        "nearly_id": all(ids) and ids[0] != ids[1] and _one_slip(*ids),
        "name": bool(set(one.names) & set(other.names)),
        "year": bool(one.year) and one.year == other.year,
        "phone": bool(one.phone) and one.phone == other.phone,
        "near": metres is not None and metres <= NEAR_M,
        "village": bool(one.area) and one.area == other.area,
        "other_year": bool(one.year and other.year) and one.year != other.year,
    }
    found["other_id"] = all(ids) and ids[0] != ids[1] and not found["nearly_id"]
    beside = found["village"] or found["near"] or found["phone"]
    found["nearly_name"] = not found["name"] and found["year"] and beside and _nearly(one.names, other.names)
    what = tuple(word for word in COUNTS if found[word])
    is_about = found["citizen_id"] or found["name"] or found["nearly_name"]
    return Likeness(sum(COUNTS[word] for word in what) if is_about else 0, what, metres)


def likely(one: Traits, rows: Iterable[AnyRow], traits_of: Callable[[AnyRow], Traits]) -> list[tuple[AnyRow, Likeness]]:
    """The rows most like a household, the likeliest first."""
    found = [(row, likeness(one, traits_of(row))) for row in rows]
    return sorted((each for each in found if each[1].points >= LIKELY), key=lambda each: -each[1].points)[:MOST]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points, latitude and longitude each; on a plane, which a commune is."""
    middle = math.radians((one[0] + other[0]) / 2)
    return math.hypot((other[1] - one[1]) * DEGREE_M * math.cos(middle), (other[0] - one[0]) * DEGREE_M)


def _nearly(names: Iterable[str], others: Iterable[str]) -> bool:
    compared = list(others)
    return any(_one_slip(name, other) for name in names for other in compared)


def _one_slip(one: str, other: str) -> bool:
    """Whether two texts differ by one letter: changed, left out or put in; or by two neighbours that changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    if rest[:2] == others[:2][::-1] and rest[2:] == others[2:]:
        return True
    return any(a == b for a, b in ((rest[1:], others[1:]), (rest, others[1:]), (rest[1:], others)))

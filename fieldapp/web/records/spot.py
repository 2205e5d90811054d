"""Where the house of a record stands: its position, and the nearest houses of the village."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import naming
from fieldapp.db import Prepared
from fieldapp.surveys import Household
from fieldapp.surveys.alike import distance
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.web import shown

NEAREST = 3
"""So many neighbours are told with their distance."""


class Neighbour(NamedTuple):
    """Another household of the village, and how many metres away its house is."""

    id: str
    name: str
    metres: int


class Spot(NamedTuple):
    """A position, and those of the other households of the village, to be seen in relation to them."""

    lat: str
    lon: str
    accuracy: int | None
    text: str
    others: list[list[str]]
    nearest: list[Neighbour]


def spot_of(record: Record, known: dict[str, Question], answers: dict[str, Any]) -> Spot | None:
    for name, question in known.items():
        value = answers[name] if question.kind == "point" else None
        if value:
            text, others = shown.answer(question, value), _neighbours(record)
            nearest = _nearest((float(value["lat"]), float(value["lon"])), others)
            places = [[at["lat"], at["lon"]] for _id, _name, at in others]
            return Spot(value["lat"], value["lon"], value["accuracy_m"], text, places, nearest)
    return None


def _neighbours(record: Record) -> list[tuple[str, str, dict[str, str]]]:
    """Of the other households of the village that have a position: id, name and position."""
    about = shown.household_id(record)
    return [(id, name or "", at) for id, name, at in _in_village.rows(area=record.area) if at and id != about]


_in_village = Prepared(
    lambda _dialect: (
        sa.select(Household.id, Household.head_name, Household.location)
        .where(Household.area == sa.bindparam("area"), Household.location.is_not(None), sa.not_(Household.withdrawn))
        .limit(300)
    )
)


def _nearest(here: tuple[float, float], others: Sequence[tuple[str, str, dict[str, str]]]) -> list[Neighbour]:
    """The houses next to this one, the nearest first."""
    away = [
        Neighbour(id, naming.household(name), round(distance(here, (float(at["lat"]), float(at["lon"])))))
        for id, name, at in others
    ]
    return sorted(away, key=lambda each: each.metres)[:NEAREST]

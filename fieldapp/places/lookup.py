"""Places and villages by code and by name; where a village lies is told by :mod:`fieldapp.places.gazetteer`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from fieldapp.db import db
from fieldapp.places.gazetteer import Gazetteer
from fieldapp.places.models import COMMUNE, DISTRICT, Place, Village
from fieldapp.vietnamese import search_key

PlaceOrVillage = TypeVar("PlaceOrVillage", Place, Village)


def place(vintage: int, code: str) -> Place | None:
    """The place of this code in this vintage."""
    return Gazetteer(db.session()).everywhere.get((vintage, code))


def districts(vintage: int) -> list[Place]:
    """The districts of a vintage in official order; none from 2025 on."""
    return _of_level(vintage, DISTRICT)


def communes(vintage: int, parent_code: str | None = None) -> list[Place]:
    """The communes of a vintage in official order; those of one district or province if asked."""
    return [found for found in _of_level(vintage, COMMUNE) if parent_code in (None, found.parent_code)]


def _of_level(vintage: int, levels: Collection[str]) -> list[Place]:
    query = sa.select(Place).where(Place.vintage == vintage, Place.level.in_(levels))
    return list(db.session.scalars(query.order_by(Place.code)))


def village_name(village: str) -> str:
    """The name of a village; its id where the name is not known here yet."""
    found = db.session.get(Village, village)
    return found.name if found else village


def search_villages(text: str, within: Collection[str] | None = None, limit: int = 20) -> list[Village]:
    """Villages whose name holds the words typed, accents or not; those starting with them first.

    :param within: only these village ids (what the asker may see); None for all.
    """
    query = _matching(sa.select(Village), Village.search_key, text)
    if within is not None:
        query = query.where(Village.id.in_(within))
    key = search_key(text)
    starts = sa.case((Village.search_key.startswith(key, autoescape=True), 0), else_=1)
    return list(db.session.scalars(query.order_by(starts, Village.search_key, Village.id).limit(limit)))


def search_places(text: str, vintage: int | None = None, limit: int = 20) -> list[Place]:
    """Places (of one vintage if told) whose name holds the words typed, accents or not: "si binh" finds Sĩ Bình."""
    query = _matching(sa.select(Place), Place.search_key, text)
    if vintage is not None:
        query = query.where(Place.vintage == vintage)
    return list(db.session.scalars(query.order_by(Place.search_key, Place.vintage, Place.code).limit(limit)))


def _matching(
    query: sa.Select[PlaceOrVillage], column: InstrumentedAttribute[str], text: str
) -> sa.Select[PlaceOrVillage]:
    for word in search_key(text).split():
        query = query.where(column.contains(word, autoescape=True))
    return query

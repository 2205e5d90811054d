"""Where a village lies and what it is called, even one that only a batch file has told of yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp import places
from fieldapp.db import db
from fieldapp.nodes import directory
from fieldapp.places import Place, PlaceMapping, village_id

_AREA = re.compile(r"(\d{4})\.(\d{5})\.\d{3}")


def commune_of(area: str) -> Place | None:
    """The commune people know the village by today; that in which it was first listed, where it was split since."""
    parts = _AREA.fullmatch(area)
    if parts is None:
        return None
    vintage, newest = int(parts[1]), places.newest_vintage()
    moved = sa.select(PlaceMapping.to_code).where(
        PlaceMapping.from_vintage == vintage,
        PlaceMapping.from_code == parts[2],
        PlaceMapping.to_vintage == newest,
        PlaceMapping.whole,
    )
    code = db.session.scalar(moved)
    return (places.place(newest, code) if code else None) or places.place(vintage, parts[2])


def names_of(area: str) -> frozenset[str]:
    """All by which a village may be chosen: its id, its commune's code of today, and each code with its vintage."""
    parts, now = _AREA.fullmatch(area), commune_of(area)
    if parts is None or now is None:
        return frozenset([area])
    return frozenset([area, now.code, f"{now.code}@{now.vintage}", f"{parts[2]}@{parts[1]}"])


def villages_told(names: Mapping[str, Any]) -> dict[str, str]:
    """The names of villages by their ids, of what a directory says."""
    listed = directory.read(names).villages
    return {village_id(vintage, code, number): name for vintage, code, number, name in listed}


def line(area: str, told: Mapping[str, str]) -> str:
    """``Thôn Nà Vài, Xã Ba Bể``; empty while no village is known. ``told``: names this node may not know yet."""
    if not area:
        return ""
    known, commune = places.village_name(area), commune_of(area)
    village = told.get(area, area) if known == area else known
    return ", ".join([village, commune.name] if commune else [village])

"""Official lists into tables. Importing twice is importing once; a row that a newer list changes is changed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.places.models import COMMUNE, LEVELS, Place, PlaceMapping, Village, village_id
from fieldapp.problems import NotAPlaceList, UnknownPlace
from fieldapp.vietnamese import clean, search_key

DATA = Path(__file__).parent / "data"
PLACE_LISTS = {2023: DATA / "bac_kan_2023.csv", 2025: DATA / "thai_nguyen_2025.csv"}
MAPPING = DATA / "mapping_2025.csv"


class Imported(NamedTuple):
    """What an import did, in rows."""

    new: int
    changed: int
    same: int

    @property
    def total(self) -> int:
        return self.new + self.changed + self.same

    def __add__(self, other: tuple[int, ...]) -> Imported:  # type: ignore[override]
        return Imported(*(mine + yours for mine, yours in zip(self, other, strict=True)))


def import_packaged() -> Imported:
    """The lists that come with the app: Bắc Kạn 2023, Thái Nguyên 2025, and what became of each commune."""
    lists = [import_places(path, vintage) for vintage, path in PLACE_LISTS.items()]
    return sum(lists, import_mapping(MAPPING, 2023, 2025))


def import_places(path: Path, vintage: int) -> Imported:
    """A list of places of one vintage, from a CSV with ``code, name, level, parent_code``.

    :raises NotAPlaceList: a column is missing, a level unknown, or a parent not in the list.
    """
    rows = _read(path, {"code", "name", "level", "parent_code"})
    codes = {row["code"] for row in rows}
    for number, row in enumerate(rows, start=2):
        if row["level"] not in LEVELS or (row["parent_code"] and row["parent_code"] not in codes):
            raise NotAPlaceList(file=path.name, line=number)
    return _merge(Place, [_place(row, vintage) for row in rows])


def _place(row: dict[str, str], vintage: int) -> dict[str, Any]:
    name = clean(row["name"])
    return {
        "vintage": vintage,
        "code": row["code"],
        "name": name,
        "level": row["level"],
        "parent_code": row["parent_code"] or None,
        "search_key": search_key(name),
    }


def import_mapping(path: Path, from_vintage: int, to_vintage: int) -> Imported:
    """What became of each commune, from a CSV with ``old_commune_code, new_commune_code, whole_or_part``.

    :raises NotAPlaceList: a column is missing, or a row says neither whole nor part.
    """
    rows = _read(path, {"old_commune_code", "new_commune_code", "whole_or_part"})
    for number, row in enumerate(rows, start=2):
        if row["whole_or_part"] not in ("whole", "part"):
            raise NotAPlaceList(file=path.name, line=number)
    return _merge(
        PlaceMapping,
        [
            {
                "from_vintage": from_vintage,
                "from_code": row["old_commune_code"],
                "to_vintage": to_vintage,
                "to_code": row["new_commune_code"],
                "whole": row["whole_or_part"] == "whole",
            }
            for row in rows
        ],
    )


def import_villages(villages: Iterable[tuple[int, str, int, str]]) -> Imported:
    """Villages as (vintage, commune code, number, name).

    :raises UnknownPlace: the commune is not in the list of that vintage.
    """
    found = list(villages)
    known = {
        (row.vintage, row.code)
        for row in db.session.execute(sa.select(Place.vintage, Place.code).where(Place.level.in_(COMMUNE)))
    }
    for vintage, code, _number, _name in found:
        if (vintage, code) not in known:
            raise UnknownPlace(code=code, vintage=vintage)
    return _merge(Village, [_village(*village) for village in found])


def add_village(vintage: int, commune_code: str, name: str) -> Village:
    """A village nobody listed yet, under the next free number of its commune.

    :raises UnknownPlace: the commune is not in the list of that vintage.
    """
    taken = sa.select(sa.func.max(Village.number)).where(
        Village.vintage == vintage, Village.commune_code == commune_code
    )
    number = (db.session.scalar(taken) or 0) + 1
    import_villages([(vintage, commune_code, number, name)])
    return db.session.get_one(Village, village_id(vintage, commune_code, number))


def _village(vintage: int, commune_code: str, number: int, name: str) -> dict[str, Any]:
    name = clean(name)
    return {
        "id": village_id(vintage, commune_code, number),
        "name": name,
        "vintage": vintage,
        "commune_code": commune_code,
        "number": number,
        "search_key": search_key(name),
    }


def _read(path: Path, needed: set[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAPlaceList(file=path.name, line=0) from error
    if not rows or not needed <= rows[0].keys():
        raise NotAPlaceList(file=path.name, line=1)
    short = next((line for line, row in enumerate(rows, start=2) if any(row[key] is None for key in needed)), None)
    if short is not None:
        raise NotAPlaceList(file=path.name, line=short)
    return rows


def _merge(table: type[Place] | type[PlaceMapping] | type[Village], rows: Sequence[dict[str, Any]]) -> Imported:
    """Insert what is new, update what differs, leave the rest."""
    keys = [column.name for column in table.__table__.primary_key]
    held = {tuple(getattr(row, key) for key in keys): row for row in db.session.scalars(sa.select(table))}
    fresh: list[dict[str, Any]] = []
    changed = 0
    for row in rows:
        old = held.get(tuple(row[key] for key in keys))
        if old is None:
            fresh.append(row)
        elif any(getattr(old, name) != value for name, value in row.items()):
            changed += 1
            for name, value in row.items():
                setattr(old, name, value)
    if fresh:
        db.session.execute(sa.insert(table), fresh)
    db.session.flush()
    return Imported(len(fresh), changed, len(rows) - len(fresh) - changed)

"""Official lists into tables. Importing twice is importing once; a row that a newer list changes is changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.places.asking import PlaceListDraft, draft_mapping, draft_places
from fieldapp.places.models import COMMUNE, Place, PlaceImport, PlaceListVersion, PlaceMapping, Village, village_id
from fieldapp.problems import UnknownPlace
from fieldapp.vietnamese import clean, search_key
from sync.statements import replace

DATA = Path(__file__).parent / "data"
PLACE_LISTS = {2023: DATA / "bac_kan_2023.csv", 2025: DATA / "thai_nguyen_2025.csv"}
MAPPING = DATA / "mapping_2025.csv"
_VERSIONS: Any = PlaceListVersion.__table__


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
    """A list of places of one vintage, from a CSV with ``code, name, level, parent_code``, whatever is asked about it.

    :raises Problem: it cannot be read, or cannot be meant.
    """
    return _merge(Place, draft_places(path, vintage).rows)


def import_mapping(path: Path, from_vintage: int, to_vintage: int) -> Imported:
    """What became of each commune, from a CSV with ``old_commune_code, new_commune_code, whole_or_part``.

    :raises Problem: it cannot be read, or cannot be meant.
    """
    return _merge(PlaceMapping, draft_mapping(path, from_vintage, to_vintage).rows)


def tell_lists() -> dict[str, list[list[Any]]]:
    """The lists of places this node holds, and what became of each commune, as :func:`learn_lists` takes them."""
    columns = (Place.vintage, Place.code, Place.name, Place.level, Place.parent_code)
    row = PlaceMapping
    became = (row.from_vintage, row.from_code, row.to_vintage, row.to_code, row.whole)
    found = {"places": sa.select(*columns).order_by(*columns[:2]), "became": sa.select(*became).order_by(*became[:4])}
    return {name: [list(each) for each in db.session.execute(query)] for name, query in found.items()}


def learn_lists(
    found: Iterable[tuple[int, str, str, str, str | None]],
    became: Iterable[tuple[int, str, int, str, bool]],
    *,
    renew: bool,
) -> None:
    """Take over the lists of another node; unless ``renew``, only those of years of which there is none here."""
    here = frozenset() if renew else frozenset(db.session.scalars(sa.select(Place.vintage).distinct()))
    names = ("vintage", "code", "name", "level", "parent_code", "search_key")
    rows = [(*each, search_key(each[2])) for each in found if each[0] not in here]
    _merge(Place, [dict(zip(names, row, strict=True)) for row in rows])
    ways = ("from_vintage", "from_code", "to_vintage", "to_code", "whole")
    _merge(PlaceMapping, [dict(zip(ways, each, strict=True)) for each in became if each[2] not in here])


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


TABLES: dict[str, type[Place] | type[PlaceMapping] | type[Village]] = {
    "places": Place,
    "villages": Village,
    "mapping": PlaceMapping,
}


def foresee(draft: PlaceListDraft) -> Imported:
    """What taking this list would do, in rows; nothing is changed."""
    fresh, changed = _differing(TABLES[draft.kind], draft.rows)
    return Imported(len(fresh), len(changed), len(draft.rows) - len(fresh) - len(changed))


def take(draft: PlaceListDraft, author: str | None, now: datetime) -> PlaceImport:
    """Take a list, and keep what it replaced, so that it can be undone. ``author``: an account id; ``now`` UTC."""
    table = TABLES[draft.kind]
    fresh, changed = _differing(table, draft.rows)
    kept = PlaceImport(
        at=now.replace(tzinfo=None),
        author=author,
        kind=draft.kind,
        file=draft.file[:200],
        vintage=draft.vintage,
        to_vintage=draft.to_vintage,
        added=fresh,
        before=[{name: getattr(old, name) for name in row} for old, row in changed],
        after=[row for _old, row in changed],
    )
    db.session.add(kept)
    _merge(table, draft.rows)
    return kept


def taken() -> list[PlaceImport]:
    """The imports that can be undone, the newest first."""
    return list(db.session.scalars(sa.select(PlaceImport).order_by(PlaceImport.id.desc())))


def note_changed(table: type[Any]) -> None:
    """Rows of this table of places have changed: whoever has read them reads them again."""
    replace(db.session.connection(), _VERSIONS, [(table.__tablename__, secrets.token_hex(8))])


def _differing(
    table: type[Any], rows: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[tuple[Any, dict[str, Any]]]]:
    """Of these rows the ones that are new, and those that differ from what is held, each beside that."""
    keys = [column.name for column in table.__table__.primary_key]
    present = {tuple(getattr(row, key) for key in keys): row for row in db.session.scalars(sa.select(table))}
    found = [(present.get(tuple(row[key] for key in keys)), row) for row in rows]
    fresh = [row for old, row in found if old is None]
    changed = [(old, row) for old, row in found if old and any(getattr(old, name) != row[name] for name in row)]
    return fresh, changed


def _merge(table: type[Any], rows: Sequence[dict[str, Any]]) -> Imported:
    """Insert what is new, update what differs, leave the rest."""
    fresh, changed = _differing(table, rows)
    for old, row in changed:
        for name, value in row.items():
            setattr(old, name, value)
    if fresh:
        db.session.execute(sa.insert(table), fresh)
    db.session.flush()
    if fresh or changed:
        note_changed(table)
    return Imported(len(fresh), len(changed), len(rows) - len(fresh) - len(changed))

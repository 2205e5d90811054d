"""From a village up to its commune and district of any vintage, and from any place down to its villages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from fieldapp.db import db
from fieldapp.places.models import COMMUNE, DISTRICT, Place, PlaceMapping, Village
from fieldapp.vietnamese import search_key
from sync.tables import Ready, among_texts, texts

Row = TypeVar("Row", Place, Village)


def place(vintage: int, code: str) -> Place | None:
    """The place of this code in this vintage."""
    return db.session.get(Place, (vintage, code))


def newest_vintage() -> int:
    """The year of the newest list of places held; 2025 where there is none yet."""
    return db.session.scalar(sa.select(sa.func.max(Place.vintage))) or 2025


def districts(vintage: int) -> list[Place]:
    """The districts of a vintage in official order; none from 2025 on."""
    return _of_level(vintage, DISTRICT)


def communes(vintage: int, parent_code: str | None = None) -> list[Place]:
    """The communes of a vintage in official order; those of one district or province if asked."""
    return [found for found in _of_level(vintage, COMMUNE) if parent_code in (None, found.parent_code)]


def _of_level(vintage: int, levels: Collection[str]) -> list[Place]:
    query = sa.select(Place).where(Place.vintage == vintage, Place.level.in_(levels))
    return list(db.session.scalars(query.order_by(Place.code)))


def villages_of(vintage: int, code: str) -> list[str]:
    """The ids of the villages in a province, district or commune of any vintage; a village's own id gives itself.

    A village counts in a place of another vintage where its commune went there whole. Sorted; empty if unknown.
    """
    return sorted(villages_of_all([(vintage, code)]))


def villages_of_all(named: Iterable[tuple[int, str]]) -> set[str]:
    """The ids of the villages in any of these places (vintage, code), as :func:`villages_of`; asked for together."""
    codes: dict[int, list[str]] = defaultdict(list)
    own: list[str] = []
    for vintage, code in named:
        (own if "." in code else codes[vintage]).append(code)
    asked = [_inside(vintage, some) for vintage, some in codes.items()]
    if own:
        asked.append(sa.select(Village.id).where(Village.id.in_(own)))
    return {village for query in asked for village in db.session.scalars(query)}


def _inside(vintage: int, codes: Collection[str]) -> sa.Select[str]:
    inside = _communes_under(vintage, codes)
    native = sa.and_(Village.vintage == vintage, Village.commune_code.in_(inside))
    moved = sa.exists().where(
        PlaceMapping.from_vintage == Village.vintage,
        PlaceMapping.from_code == Village.commune_code,
        PlaceMapping.to_vintage == vintage,
        PlaceMapping.to_code.in_(inside),
        PlaceMapping.whole,
    )
    return sa.select(Village.id).where(native | moved)


def villages_inside(named: sa.CTE) -> list[sa.Select[str]]:
    """The same for many places at once (``vintage``, ``code``), as parts of a statement: each gives some of the ids."""
    above = sa.alias(Place.__table__)
    of_each = sa.select(Place.vintage, Place.code)
    itself = of_each.join(named, sa.and_(Place.vintage == named.c.vintage, Place.code == named.c.code))
    below = of_each.join(named, sa.and_(Place.vintage == named.c.vintage, Place.parent_code == named.c.code))
    two_below = of_each.join(above, sa.and_(Place.vintage == above.c.vintage, Place.parent_code == above.c.code)).join(
        named, sa.and_(above.c.vintage == named.c.vintage, above.c.parent_code == named.c.code)
    )
    inside = sa.union(itself, below, two_below).cte("inside")
    came = sa.and_(
        PlaceMapping.to_vintage == inside.c.vintage, PlaceMapping.to_code == inside.c.code, PlaceMapping.whole
    )
    was = sa.and_(Village.vintage == PlaceMapping.from_vintage, Village.commune_code == PlaceMapping.from_code)
    here = sa.and_(Village.vintage == inside.c.vintage, Village.commune_code == inside.c.code)
    native = sa.select(Village.id).join(inside, here)
    return [native, sa.select(Village.id).join(PlaceMapping, was).join(inside, came)]


def _communes_under(vintage: int, codes: Collection[str]) -> sa.Select[str]:
    of_this = sa.select(Place.code).where(Place.vintage == vintage)
    children = of_this.where(Place.parent_code.in_(codes))
    grandchildren = of_this.where(Place.parent_code.in_(children))
    return of_this.where(sa.or_(Place.code.in_(codes), Place.code.in_(children), Place.code.in_(grandchildren)))


def commune_of(village: str, vintage: int) -> Place | None:
    """The commune a village (by id) lies in, in a vintage; None where its commune was split or the village is unknown.

    Backwards (a village first listed in 2025, asked for 2023) only where a single old commune went into the new one.
    """
    found = db.session.get(Village, village)
    if found is None:
        return None
    if found.vintage == vintage:
        return place(vintage, found.commune_code)
    return _only(_later(found, vintage)) or _only(_earlier(found, vintage))


def _later(village: Village, vintage: int) -> list[Place]:
    query = sa.select(Place).join(
        PlaceMapping,
        sa.and_(Place.vintage == PlaceMapping.to_vintage, Place.code == PlaceMapping.to_code),
    )
    return list(
        db.session.scalars(
            query.where(
                PlaceMapping.from_vintage == village.vintage,
                PlaceMapping.from_code == village.commune_code,
                PlaceMapping.to_vintage == vintage,
                PlaceMapping.whole,
            )
        )
    )


def _earlier(village: Village, vintage: int) -> list[Place]:
    query = sa.select(Place).join(
        PlaceMapping,
        sa.and_(Place.vintage == PlaceMapping.from_vintage, Place.code == PlaceMapping.from_code),
    )
    return list(
        db.session.scalars(
            query.where(
                PlaceMapping.to_vintage == village.vintage,
                PlaceMapping.to_code == village.commune_code,
                PlaceMapping.from_vintage == vintage,
            )
        )
    )


def _only(found: list[Place]) -> Place | None:
    return found[0] if len(found) == 1 else None


def district_of(village: str, vintage: int = 2023) -> Place | None:
    """The district a village lay in; None where the vintage has no districts or the village is unknown."""
    commune = commune_of(village, vintage)
    above = place(vintage, commune.parent_code) if commune and commune.parent_code else None
    return above if above and above.is_district else None


def village_name(village: str) -> str:
    """The name of a village; its id where the name is not known here yet."""
    found = db.session.get(Village, village)
    return found.name if found else village


def with_communes(villages: Collection[str], vintage: int | None = None) -> list[tuple[Village, Place]]:
    """Villages with the commune people know them by today (the newest vintage unless told), by commune and name.

    Where the newer list cannot place a village, its commune of the vintage it was first listed in is given.
    """
    wanted = list(db.session.scalars(sa.select(Village).where(Village.id.in_(villages))))
    year = vintage or newest_vintage()
    placed = _places_of_communes({(village.vintage, village.commune_code) for village in wanted}, year)
    pairs = [(village, placed[village.vintage, village.commune_code]) for village in wanted]
    return sorted(pairs, key=lambda pair: (pair[1].code, pair[0].id))


def told(villages: Collection[str]) -> list[tuple[str, str, str]]:
    """The same of the newest vintage as names: the id of a village, its name, that of its commune."""
    connection = db.session.connection()
    rows = _told(connection, villages=texts(connection, villages))
    found = {row.id: (row.now_code or row.own_code, row.id, row.name, row.now or row.own) for row in rows}
    return [(id, name, commune) for _code, id, name, commune in sorted(found.values())]


def _ask_names(dialect: sa.Dialect) -> sa.Select[Any]:
    own, now, newest = sa.alias(Place.__table__), sa.alias(Place.__table__), sa.select(sa.func.max(Place.vintage))
    moved = sa.and_(
        PlaceMapping.from_vintage == Village.vintage,
        PlaceMapping.from_code == Village.commune_code,
        PlaceMapping.to_vintage == newest.scalar_subquery(),
        PlaceMapping.whole,
    )
    known = sa.and_(own.c.vintage == Village.vintage, own.c.code == Village.commune_code)
    renamed = sa.and_(now.c.vintage == PlaceMapping.to_vintage, now.c.code == PlaceMapping.to_code)
    places = sa.join(Village, own, known).outerjoin(PlaceMapping, moved).outerjoin(now, renamed)
    names = [
        own.c.code.label("own_code"),
        own.c.name.label("own"),
        now.c.code.label("now_code"),
        now.c.name.label("now"),
    ]
    query = sa.select(Village.id, Village.name, *names).select_from(places)
    return query.where(among_texts(dialect, Village.__table__.c.id, "villages"))


_told = Ready(_ask_names)


def _places_of_communes(listed: Collection[tuple[int, str]], vintage: int) -> dict[tuple[int, str], Place]:
    moved = sa.select(PlaceMapping).where(
        PlaceMapping.to_vintage == vintage, PlaceMapping.whole, _coded(PlaceMapping.from_code, listed)
    )
    now = {(row.from_vintage, row.from_code): (row.to_vintage, row.to_code) for row in db.session.scalars(moved)}
    known = db.session.scalars(sa.select(Place).where(_coded(Place.code, [*listed, *now.values()])))
    places = {(found.vintage, found.code): found for found in known}
    return {key: places.get(now.get(key, key)) or places[key] for key in listed}


def _coded(column: InstrumentedAttribute[str], listed: Collection[tuple[int, str]]) -> sa.ColumnElement[bool]:
    """Whether a place has the code of one of these; of which vintage is seen when it is there."""
    return column.in_(sorted({code for _vintage, code in listed}))


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


def _matching(query: sa.Select[Row], column: InstrumentedAttribute[str], text: str) -> sa.Select[Row]:
    for word in search_key(text).split():
        query = query.where(column.contains(word, autoescape=True))
    return query

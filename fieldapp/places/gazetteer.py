"""In which commune of which vintage a village lies: the one answer, for pages, reports, exports, grants and the wire.

A village lies where its list says. In another vintage it lies where its commune went whole, or, back in time, in the
one commune that its own was made of; where its commune was split, or made of several, that vintage cannot say. What was
reorganised more than once is followed step by step.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.places.models import Place, PlaceListVersion, PlaceMapping, Village
from sync.statements import Ready, among_texts, texts

Key = tuple[int, str]
"""A place: its vintage and code."""

_AREA = re.compile(r"(\d{4})\.(\d{5})\.\d{3}")


@cache
def onward() -> sa.Select[int, str, int, str]:
    """For each commune of an older vintage the one that it went into whole, in each later vintage: ``vintage``,
    ``code``, ``to_vintage``, ``to_code``."""
    row, other = PlaceMapping, aliased(PlaceMapping)
    same = sa.and_(other.from_vintage == row.from_vintage, other.from_code == row.from_code)
    twice = sa.exists().where(same, other.to_vintage == row.to_vintage, other.to_code != row.to_code, other.whole)
    columns = (row.from_vintage.label("vintage"), row.from_code.label("code"), row.to_vintage, row.to_code)
    return _step_by_step(sa.select(*columns).where(row.whole, sa.not_(twice)))


@cache
def back() -> sa.Select[int, str, int, str]:
    """For each commune of a newer vintage that was made of one alone, whole or part of it, that one; as ``onward``."""
    row, other = PlaceMapping, aliased(PlaceMapping)
    same = sa.and_(other.to_vintage == row.to_vintage, other.to_code == row.to_code)
    several = sa.exists().where(same, other.from_vintage == row.from_vintage, other.from_code != row.from_code)
    columns = (
        row.to_vintage.label("vintage"),
        row.to_code.label("code"),
        row.from_vintage.label("to_vintage"),
        row.from_code.label("to_code"),
    )
    return _step_by_step(sa.select(*columns).where(sa.not_(several)))


@cache
def pieces() -> sa.Select[int, str, int, str]:
    """Whatever went anywhere, whole or in part; as ``onward``."""
    row = PlaceMapping
    columns = (row.from_vintage.label("vintage"), row.from_code.label("code"), row.to_vintage, row.to_code)
    return _step_by_step(sa.select(*columns))


def _step_by_step(step: sa.Select[int, str, int, str]) -> sa.Select[int, str, int, str]:
    """The steps, and where several of them lead one after the other: from 2023 to 2025, and on from there."""
    one = step.cte()
    so_far = sa.select(one).cte(recursive=True)
    onward = sa.and_(one.c.vintage == so_far.c.to_vintage, one.c.code == so_far.c.to_code)
    further = sa.select(so_far.c.vintage, so_far.c.code, one.c.to_vintage, one.c.to_code).join_from(so_far, one, onward)
    whole = so_far.union(further)
    return sa.select(whole.c.vintage, whole.c.code, whole.c.to_vintage, whole.c.to_code)


def moves() -> sa.Subquery:
    """Both: the commune that each is in any other vintage, as far as that can be said."""
    return sa.union_all(onward(), back()).subquery("moves")


class Lists:
    """The lists as they were read, each row as an object that belongs to no session."""

    def __init__(self, found: Iterable[Sequence[Any]], known: Iterable[Sequence[Any]]) -> None:
        everywhere = (Place(**dict(zip(_PLACE, row, strict=True))) for row in found)
        self.everywhere: dict[Key, Place] = {(place.vintage, place.code): place for place in everywhere}
        self.villages: dict[str, Village] = {row[0]: Village(**dict(zip(_VILLAGE, row, strict=True))) for row in known}
        self.moved: dict[int, Mapping[Key, str]] = {}
        self.known: dict[int, dict[str, tuple[Village, Place]]] = {}
        self.inside: dict[int, dict[Key, frozenset[str]]] = {}
        self.lying: dict[int, dict[str, frozenset[str]]] = {}
        self.over: dict[int, dict[Key, list[str]]] = {}
        self.placed: dict[int, dict[str, tuple[Place, Place | None]]] = {}
        self.granted: dict[frozenset[Key], frozenset[str]] = {}
        """Villages inside what somebody was granted; :mod:`fieldapp.people.rights` finds and keeps them."""

    @cached_property
    def newest(self) -> int:
        """The year of the newest list of places held; 2025 where there is none yet."""
        return max((vintage for vintage, _code in self.everywhere), default=2025)


_PLACE, _VILLAGE = ([column.name for column in model.__table__.columns] for model in (Place, Village))


def _whole(model: type[Place | Village]) -> Ready:
    return Ready(lambda _dialect: sa.select(model.__table__))


_found, _known = _whole(Place), _whole(Village)
_versions = Ready(lambda _dialect: sa.select(PlaceListVersion.__table__))
_held: dict[frozenset[tuple[str, ...]], Lists] = {}
AT_HAND = 4
"""So many states of the lists stay at hand: a process meets more than one only where they change."""


def current_lists(session: Session) -> Lists:
    """The lists this node holds, as the transaction of the moment sees them: whether they are those that this process
    has read is asked once in each that only reads."""
    connection, transaction = session.connection(), session.get_transaction()
    if connection.get_execution_options().get("writes"):
        return _read(connection)
    if session.info.get("lists of", (None,))[0] is not transaction:
        session.info["lists of"] = transaction, _read(connection)
    return session.info["lists of"][1]  # type: ignore[no-any-return]  # a session keeps anything


def _read(connection: sa.Connection) -> Lists:
    return lists_of(connection, _versions(connection))


def lists_of(connection: sa.Connection, told: Iterable[Sequence[str]]) -> Lists:
    """The lists of these versions, each the name of its table and its version, as they were just read."""
    versions = frozenset(map(tuple, told)) or frozenset([(str(connection.engine.url),)])
    found = _held.get(versions)
    if found is None:
        found = _held[versions] = Lists(_found(connection), _known(connection))
        for old in list(_held)[:-AT_HAND]:
            _held.pop(old, None)
    return found


class Gazetteer:
    """The answer for every village at once, read when it is first asked: 1,300 villages are few."""

    def __init__(self, session: Session, vintage: int | None = None, lists: Lists | None = None) -> None:
        """``vintage``: the one asked about; the newest unless told. ``lists``: where they are at hand already."""
        self._session = session
        self._lists = lists or current_lists(session)
        self.vintage = vintage or self._lists.newest

    def by_year(self) -> dict[int, Gazetteer]:
        """The answer for each year of which there is a list."""
        years = {year for year, _code in self.everywhere}
        return {year: Gazetteer(self._session, year, self._lists) for year in years}

    @property
    def everywhere(self) -> dict[Key, Place]:
        """The places of every vintage."""
        return self._lists.everywhere

    @property
    def villages(self) -> dict[str, Village]:
        """Every village by its id."""
        return self._lists.villages

    @cached_property
    def _moved(self) -> Mapping[Key, str]:
        moved = self._lists.moved
        if self.vintage not in moved:
            moved[self.vintage] = _moved_to(self._session, self.vintage)
        return moved[self.vintage]

    def commune(self, village: str) -> Place | None:
        """The commune of a village in this vintage; None where that cannot be said, or the village is unknown."""
        found = self.villages.get(village)
        return self._of(found.vintage, found.commune_code) if found else None

    @property
    def placed(self) -> Mapping[str, tuple[Place, Place | None]]:
        """Every village that this vintage can place, with its commune and its district there, in the order of the
        official codes."""
        placed = self._lists.placed
        if self.vintage not in placed:
            found = ((at, self.above(at), id) for id in self.villages if (at := self.commune(id)))
            ordered = sorted(found, key=lambda one: (one[1].code if one[1] else "", one[0].code, one[2]))
            placed[self.vintage] = {id: (commune, district) for commune, district, id in ordered}
        return placed[self.vintage]

    def known(self, village: str) -> Place | None:
        """As ``commune``; where this vintage cannot say, the commune the village was first listed in."""
        found = self.villages.get(village)
        return self.commune(village) or (self.everywhere.get((found.vintage, found.commune_code)) if found else None)

    @property
    def all_known(self) -> Mapping[str, tuple[Village, Place]]:
        """Every village, with the commune people know it by in this vintage, by commune and id."""
        known = self._lists.known
        if self.vintage not in known:
            pairs = [(village, at) for id, village in self.villages.items() if (at := self.known(id))]
            pairs.sort(key=lambda pair: (pair[1].code, pair[0].id))
            known[self.vintage] = {village.id: (village, commune) for village, commune in pairs}
        return known[self.vintage]

    def inside(self, place: Place | None) -> frozenset[str]:
        """The villages that people know by this commune, or by one of this district, in this vintage."""
        inside = self._lists.inside
        if self.vintage not in inside:
            inside[self.vintage] = self._by_place()
        return inside[self.vintage].get((place.vintage, place.code), frozenset()) if place else frozenset()

    def _by_place(self) -> dict[Key, frozenset[str]]:
        found: dict[Key, set[str]] = defaultdict(set)
        for village, (_village, commune) in self.all_known.items():
            for place in (commune, self.above(commune)):
                if place is not None:
                    found[place.vintage, place.code].add(village)
        return {key: frozenset(villages) for key, villages in found.items()}

    def lying_in(self, code: str) -> frozenset[str]:
        """The villages of a commune, district or province of this vintage, as :func:`villages_of` finds them."""
        lying = self._lists.lying
        if self.vintage not in lying:
            found: dict[str, set[str]] = defaultdict(set)
            for village, (commune, _district) in self.placed.items():
                for place in self._upwards(commune):
                    found[place.code].add(village)
            lying[self.vintage] = {code: frozenset(villages) for code, villages in found.items()}
        return lying[self.vintage].get(code, frozenset())

    def _upwards(self, place: Place | None) -> Iterator[Place]:
        """A place and those that it lies in, the smallest first."""
        while place is not None:
            yield place
            place = self.everywhere.get((place.vintage, place.parent_code or ""))

    @property
    def taken_over(self) -> Mapping[Key, list[str]]:
        """Of each commune of an older list the commune of this one, by its code, that it went into whole; of each
        district those that its communes did. Those that went apart are not there."""
        over = self._lists.over
        if self.vintage not in over:
            found: dict[Key, set[str]] = defaultdict(set)
            for key in filter(lambda key: key[0] < self.vintage, self._moved):
                district = self.above(self.everywhere.get(key))
                for place in (key, (district.vintage, district.code) if district else key):
                    found[place].add(self._moved[key])
            over[self.vintage] = {key: sorted(codes) for key, codes in found.items()}
        return over[self.vintage]

    @property
    def led_from(self) -> set[int]:
        """The years of the lists from which something leads to this one."""
        return {vintage for vintage, _code in self.taken_over}

    def above(self, commune: Place | None) -> Place | None:
        """The district of a commune, where its vintage has districts."""
        found = self.everywhere.get((commune.vintage, commune.parent_code or "")) if commune else None
        return found if found and found.is_district else None

    def _of(self, vintage: int, code: str) -> Place | None:
        there = code if vintage == self.vintage else self._moved.get((vintage, code))
        return self.everywhere.get((self.vintage, there or ""))


def newest_vintage(session: Session | None = None) -> int:
    """The year of the newest list of places held; 2025 where there is none yet."""
    return (session or db.session()).scalar(sa.select(sa.func.max(Place.vintage))) or 2025


def _moved_to(session: Session, vintage: int) -> dict[Key, str]:
    all_ = moves()
    query = sa.select(all_.c.vintage, all_.c.code, all_.c.to_code).where(all_.c.to_vintage == vintage)
    return {(row.vintage, row.code): row.to_code for row in session.execute(query)}


def commune_of(village: str, vintage: int) -> Place | None:
    """The commune a village (by id) lies in, in a vintage; None where that cannot be said or the village is unknown."""
    found = db.session.get(Village, village)
    return _commune((found.vintage, found.commune_code), vintage) if found else None


def _commune(listed: Key, vintage: int) -> Place | None:
    code = listed[1] if listed[0] == vintage else db.session.scalar(_one(listed, vintage))
    return db.session.get(Place, (vintage, code)) if code else None


def _one(listed: Key, vintage: int) -> sa.Select[str]:
    all_ = moves()
    here = sa.and_(all_.c.vintage == listed[0], all_.c.code == listed[1])
    return sa.select(all_.c.to_code).where(here, all_.c.to_vintage == vintage)


def known_commune(village: str) -> Place | None:
    """The commune people know a village by today: that of the newest vintage, or else the one it was first listed in.

    The id alone says where: the village may be on a list that is not here.
    """
    parts = _AREA.fullmatch(village)
    if parts is None:
        return None
    listed = int(parts[1]), parts[2]
    return _commune(listed, newest_vintage()) or db.session.get(Place, listed)


def district_of(village: str, vintage: int = 2023) -> Place | None:
    """The district a village lay in; None where the vintage has no districts or the village is unknown."""
    commune = commune_of(village, vintage)
    above = db.session.get(Place, (vintage, commune.parent_code)) if commune and commune.parent_code else None
    return above if above and above.is_district else None


def with_communes(villages: Collection[str], vintage: int | None = None) -> list[tuple[Village, Place]]:
    """Villages with the commune people know them by today (the newest vintage unless told), by commune and name.

    Where that vintage cannot say, the commune of the vintage a village was first listed in is given.
    """
    known, wanted = Gazetteer(db.session(), vintage).all_known, frozenset(villages)
    return [pair for village, pair in known.items() if village in wanted]


def told(villages: Collection[str]) -> list[tuple[str, str, str]]:
    """The same of the newest vintage as names: the id of a village, its name, that of its commune. Where merged
    communes each had one of this name, the commune it was first listed in is said too: nobody could tell them apart.
    """
    connection = db.session.connection()
    rows = {row.id: row for row in _told(connection, villages=texts(connection, villages))}
    often = Counter((row.name, row.now or row.own) for row in rows.values())
    ordered = sorted(rows.values(), key=lambda row: (row.now_code or row.own_code, row.id))
    return [(row.id, _apart(row, often[row.name, row.now or row.own]), row.now or row.own) for row in ordered]


def _apart(row: Any, often: int) -> str:
    return str(row.name) if often == 1 else _("%(place)s (before: %(commune)s)", place=row.name, commune=row.own)


def _ask_names(dialect: sa.Dialect) -> sa.Select[Any]:
    own, now, newest = sa.alias(Place.__table__), sa.alias(Place.__table__), sa.select(sa.func.max(Place.vintage))
    all_ = onward().subquery()  # nothing goes back to the newest
    moved = sa.and_(
        all_.c.vintage == Village.vintage,
        all_.c.code == Village.commune_code,
        all_.c.to_vintage == newest.scalar_subquery(),
    )
    known = sa.and_(own.c.vintage == Village.vintage, own.c.code == Village.commune_code)
    renamed = sa.and_(now.c.vintage == all_.c.to_vintage, now.c.code == all_.c.to_code)
    places = sa.join(Village, own, known).outerjoin(all_, moved).outerjoin(now, renamed)
    names = [
        own.c.code.label("own_code"),
        own.c.name.label("own"),
        now.c.code.label("now_code"),
        now.c.name.label("now"),
    ]
    query = sa.select(Village.id, Village.name, *names).select_from(places)
    return query.where(among_texts(dialect, Village.__table__.c.id, "villages"))


_told = Ready(_ask_names)


def villages_of(vintage: int, code: str) -> list[str]:
    """The ids of the villages in a province, district or commune of any vintage; a village's own id gives itself.
    Sorted; empty if unknown."""
    return sorted(villages_of_all([(vintage, code)]))


def villages_of_all(named: Iterable[Key]) -> set[str]:
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
    inside, all_ = _communes_under(vintage, codes), moves()
    native = sa.and_(Village.vintage == vintage, Village.commune_code.in_(inside))
    moved = sa.exists().where(
        all_.c.vintage == Village.vintage,
        all_.c.code == Village.commune_code,
        all_.c.to_vintage == vintage,
        all_.c.to_code.in_(inside),
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
    here = sa.and_(Village.vintage == inside.c.vintage, Village.commune_code == inside.c.code)
    native = sa.select(Village.id).join(inside, here)
    return [native, *(_through(moved.subquery(), inside) for moved in (onward(), back()))]


def _through(moved: sa.Subquery, inside: sa.CTE) -> sa.Select[str]:
    was = sa.and_(Village.vintage == moved.c.vintage, Village.commune_code == moved.c.code)
    came = sa.and_(moved.c.to_vintage == inside.c.vintage, moved.c.to_code == inside.c.code)
    return sa.select(Village.id).join(moved, was).join(inside, came)


def _communes_under(vintage: int, codes: Collection[str]) -> sa.Select[str]:
    of_this = sa.select(Place.code).where(Place.vintage == vintage)
    children = of_this.where(Place.parent_code.in_(codes))
    grandchildren = of_this.where(Place.parent_code.in_(children))
    return of_this.where(sa.or_(Place.code.in_(codes), Place.code.in_(children), Place.code.in_(grandchildren)))

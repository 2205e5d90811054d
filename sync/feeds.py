"""Feeds: which changes those who may see an area get, in which order, and what leaves their sight.

A record is in one area at a time. When it moves, or something of it counts no more, it is evicted from the feed of the
area it was in, and all of it that counts is fed anew; what was fed before ``since`` is never handed out again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sync.change import RULING, Change
from sync.entries import AreaOf, Page
from sync.statements import Ready, among, among_texts, insert, texts
from sync.tables import FOLDED, change, feed, greatest, record_area

PAGE_BYTES = 512 * 1024
SurveyArea = tuple[str, str]
"""The survey of a record and its area, "" where that is not known yet."""
EVERYWHERE = frozenset({"**"})
"""All areas there are, as areas: what counts in any of them, where None is all that ever came. No area is named so."""


@dataclass(slots=True)
class _Filling:
    after: int
    changes: list[str] = field(default_factory=list)
    evicted: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

    def is_full(self, row: Any, limit: int, most_bytes: int) -> bool:
        if len(self.changes) + len(self.evicted) >= limit:
            return True
        if row.text is None:
            return False
        # A record never is in a page both as evicted and with changes, so the order within a page does not matter.
        return (self.bytes > 0 and self.bytes + len(row.text) > most_bytes) or row.record in self.evicted

    def take(self, row: Any) -> None:
        self.after = row.position
        if row.text is None:
            self.evicted.append(row.evicted)
            return
        self.changes.append(row.text)
        self.bytes += len(row.text)
        if row.ahead:
            self.ahead.append(row.id)
        if row.held:
            self.held[row.id] = row.held


def page(
    connection: sa.Connection, query: sa.Select[Any], after: int, limit: int, most_bytes: int = PAGE_BYTES
) -> Page:
    """The first rows of a feed: at most ``limit``, and few enough to send at once."""
    filling, more = _Filling(after), False
    for row in connection.execute(query.limit(limit + 1)):
        if more := filling.is_full(row, limit, most_bytes):
            break
        filling.take(row)
    return Page(filling.changes, filling.evicted, filling.ahead, filling.after, more, filling.held)


def whole(after: int) -> sa.Select[Any]:
    """All changes, whatever their standing, in order of arrival."""
    columns = (change.c.id, change.c.record, change.c.text, change.c.ahead, change.c.held)
    query = sa.select(change.c.n.label("position"), *columns)
    return query.where(change.c.n > after).order_by(change.c.n)


def of_areas(areas: Collection[str], after: int) -> sa.Select[Any]:
    """The changes that count and the evictions of some areas."""
    current = sa.and_(record_area.c.area == feed.c.area, feed.c.pos > record_area.c.since, FOLDED)
    nothing_held = sa.null().label("held")  # what is fed to an area counts: it is not held, or was released
    columns = (feed.c.evicted, change.c.id, change.c.record, change.c.text, change.c.ahead, nothing_held)
    return (
        sa.select(feed.c.pos.label("position"), *columns)
        .outerjoin(change, change.c.n == feed.c.n)
        .outerjoin(record_area, record_area.c.record == change.c.record)
        .where(within(feed.c.area, areas), feed.c.pos > after, sa.or_(feed.c.n.is_(None), current))
        .order_by(feed.c.pos)
    )


def within(column: sa.ColumnElement[Any], areas: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether an area is one of these."""
    return sa.true() if areas == EVERYWHERE else column.in_(sorted(areas))


def end(connection: sa.Connection) -> int:
    """The last position that was given."""
    return int(_end(connection).scalar_one())


def end_of(connection: sa.Connection, area: str) -> int:
    """The last position that was given in one area."""
    return int(_end_of(connection, area=area).scalar_one())


_end = Ready(lambda _: sa.select(sa.func.coalesce(sa.func.max(feed.c.pos), 0)))
_end_of = Ready(
    lambda _: sa.select(sa.func.coalesce(sa.func.max(feed.c.pos), 0)).where(
        feed.c.area == sa.bindparam("area", type_=feed.c.area.type)
    )
)


def areas_of(connection: sa.Connection, records: Collection[str]) -> dict[str, str]:
    """The areas of records; those never heard of are left out."""
    return {record: area for record, (_survey, area) in whereabouts(connection, records).items()}


def whereabouts(connection: sa.Connection, records: Collection[str]) -> dict[str, SurveyArea]:
    """The survey and the area of records; those never heard of are left out."""
    if not records:
        return {}
    rows = _whereabouts(connection, records=texts(connection, records))
    return {row.record: (row.survey, row.area) for row in rows}


def _ask(dialect: sa.Dialect) -> sa.Select[tuple[str, str, str]]:
    query = sa.select(record_area.c.record, record_area.c.survey, record_area.c.area)
    return query.where(among_texts(dialect, record_area.c.record, "records"))


_whereabouts = Ready(_ask)


class Whereabouts:
    """Where records are, each looked up once while nobody else can move it: by who holds the lock, until the end of the
    transaction in which it began to :meth:`remember`."""

    MOST = 20_000
    """So many are remembered at once."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._known: dict[str, SurveyArea | None] = {}
        self._during: sa.RootTransaction | None = None

    def remember(self) -> None:
        """From here on, and only what is looked up or noted from here on."""
        self._known, self._during = {}, self._connection.get_transaction()

    def of(self, records: Collection[str]) -> dict[str, SurveyArea]:
        """The survey and the area of records; those never heard of are left out."""
        if self._during is None or self._connection.get_transaction() is not self._during:
            return whereabouts(self._connection, records)
        lacking = [record for record in records if record not in self._known]
        found = whereabouts(self._connection, lacking)
        self._keep({record: found.get(record) for record in lacking}, records)
        return {record: where for record in records if (where := self._known[record]) is not None}

    def note(self, found: Mapping[str, SurveyArea]) -> None:
        """They are there now."""
        if self._during is not None:
            self._keep(found, found)

    def _keep(self, found: Mapping[str, SurveyArea | None], needed: Collection[str]) -> None:
        if len(self._known) + len(found) > self.MOST:
            self._known = {record: self._known[record] for record in needed if record in self._known}
        self._known.update(found)


def add(
    connection: sa.Connection,
    fresh: Iterable[Change],
    counting: Sequence[tuple[int, Change]],
    place: AreaOf,
    known: Whereabouts,
    fed_until: int,
) -> set[str]:
    """Feed changes just stored; ``counting``: those that count, with their positions in the journal; ``fed_until``: the
    last position given. Returns the records that were never heard of before."""
    surveys = {each.record: each.survey for each in fresh if each.survey != RULING}
    areas = {record: area for record, (_survey, area) in known.of(surveys).items()}
    new = {record: "" for record in surveys if record not in areas}
    for _n, each in counting:
        if new.get(each.record) == "":
            new[each.record] = place(each)
    insert(connection, record_area, [(record, surveys[record], area, 0) for record, area in new.items()])
    known.note({record: (surveys[record], area) for record, area in new.items()})
    areas.update(new)
    fed = [(n, area) for n, each in counting if (area := areas.get(each.record))]
    insert(connection, feed, [(fed_until + i, area, n, None) for i, (n, area) in enumerate(fed, 1)])
    return set(new)


def move(connection: sa.Connection, areas: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Give records their areas; those never heard of, and those that are there already (``known``), are left alone."""
    moved = {record: areas[record] for record, area in known.items() if areas[record] != area}
    _start_anew(connection, known, moved)


def refresh(connection: sa.Connection, records: Collection[str]) -> None:
    """Feed anew all that counts of these records, to where they are."""
    known = {record: area for record, area in areas_of(connection, records).items() if area}
    _start_anew(connection, known, known)


def _start_anew(connection: sa.Connection, known: Mapping[str, str], areas: Mapping[str, str]) -> None:
    if not areas:
        return
    pos = greatest(connection, feed.c.pos)
    left = [record for record in areas if known[record]]
    rows: list[tuple[int, str, int | None, str | None]]
    rows = [(pos + i, known[record], None, record) for i, record in enumerate(left, 1)]
    pos += len(rows)
    settle = record_area.update().where(record_area.c.record == sa.bindparam("moved"))
    settle = settle.values(area=sa.bindparam("to"), since=pos)
    connection.execute(settle, [{"moved": record, "to": area} for record, area in areas.items()])
    placed = [record for record, area in areas.items() if area]
    rows += [(pos + i, areas[record], n, None) for i, (record, n) in enumerate(_numbers(connection, placed), 1)]
    insert(connection, feed, rows)


def _numbers(connection: sa.Connection, records: Collection[str]) -> Iterable[Any]:
    query = sa.select(change.c.record, change.c.n).where(among(connection, change.c.record, records), FOLDED)
    return connection.execute(query.order_by(change.c.n)) if records else ()

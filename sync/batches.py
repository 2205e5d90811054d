"""Batches: what came in together, from whom, and what became of it. An undone batch is one of which nothing counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sync.change import read_back
from sync.entries import BatchRow, Result
from sync.statements import Ready
from sync.tables import batch, batch_entry, change, quarantine


@dataclass
class Coming:
    """A batch that is coming in: it is written down with the first of its texts, and brought up to date with more.

    ``number``: None until then. ``counts``: how many texts got which verdict; ``first``: of its changes in the journal.
    """

    kind: str
    received_at: int
    who: Mapping[str, str | None]
    number: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    first: int | None = None


def coming(connection: sa.Connection, number: int) -> Coming:
    """A :class:`Coming` for a batch that has begun already."""
    row = connection.execute(sa.select(batch).where(batch.c.id == number)).one()
    return Coming(row.kind, row.received_at, {}, number, dict(row.counts), row.first)


def begin(connection: sa.Connection, each: Coming) -> int:
    """Write down a batch that has not begun yet; its number."""
    return note(connection, each, (), (1, 0)) if each.number is None else each.number


def note(connection: sa.Connection, each: Coming, verdicts: Iterable[str], brought: tuple[int, int]) -> int:
    """Write down what has become of more texts of a batch, and which numbers of the journal they have (first, last; no
    number is between them if nothing was new). Returns the number of the batch."""
    for verdict in verdicts:
        each.counts[verdict] = each.counts.get(verdict, 0) + 1
    last = brought[1] if brought[1] >= brought[0] else None
    if each.first is None and last is not None:
        each.first = brought[0]
    told = {"counts": json.dumps(each.counts), "first": each.first, "last": last}
    if each.number is None:
        begun = {name: each.who.get(name) for name in _WHO}
        each.number = int(
            _begin(connection, kind=each.kind, received_at=each.received_at, **begun, **told).scalar_one()
        )
    else:
        _go_on(connection, number=each.number, **told)
    return each.number


_WHO = ("device", "author", "from_node", "file_hash")


def _named(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name, type_=batch.c[name].type) for name in names}


_begin = Ready(
    lambda _: (
        batch.insert().values(**_named("kind", "received_at", *_WHO, "counts", "first", "last")).returning(batch.c.id)
    )
)
_go_on = Ready(
    lambda _: (
        batch.update()
        .where(batch.c.id == sa.bindparam("number", type_=batch.c.id.type))
        .values(
            {
                **_named("counts", "first"),
                "last": sa.func.coalesce(sa.bindparam("last", type_=batch.c.last.type), batch.c.last),
            }
        )
    )
)


def listed(
    connection: sa.Connection, limit: int, before: int | None = None, kinds: Collection[str] | None = None
) -> list[BatchRow]:
    """The latest first; ``before`` a number, and of some kinds only, if told."""
    query = _with_undone().order_by(batch.c.id.desc()).limit(limit)
    if kinds is not None:
        query = query.where(batch.c.kind.in_(sorted(kinds)))
    if before is not None:
        query = query.where(batch.c.id < before)
    return [_told(row) for row in connection.execute(query)]


def one(connection: sa.Connection, number: int) -> BatchRow | None:
    """The batch of this number."""
    row = connection.execute(_with_undone().where(batch.c.id == number)).one_or_none()
    return _told(row) if row else None


def inside(connection: sa.Connection, number: int) -> sa.ColumnElement[bool]:
    """Whether a change was brought by this batch."""
    row = connection.execute(sa.select(batch.c.first, batch.c.last).where(batch.c.id == number)).one_or_none()
    if row is None or row.first is None:
        return change.c.n < 0
    return sa.and_(change.c.n.between(row.first, row.last), change.c.batch == number)


def ids(connection: sa.Connection, number: int) -> list[str]:
    """The changes it brought, in order of arrival."""
    query = sa.select(change.c.id).where(inside(connection, number)).order_by(change.c.n)
    return list(connection.execute(query).scalars())


def others(
    connection: sa.Connection, number: int, where: sa.ColumnElement[bool] | None = None, limit: int | None = None
) -> list[Result]:
    """What became of its texts that were known already, or not readable; ``where``: only of some of them."""
    query = sa.select(batch_entry, change.c.text).outerjoin(change, change.c.id == batch_entry.c.id)
    wanted = sa.and_(batch_entry.c.batch == number, sa.true() if where is None else where)
    rows = connection.execute(query.where(wanted).order_by(batch_entry.c.i).limit(limit))
    return [Result(r.id, r.verdict, r.reason, read_back(r.id, r.text) if r.text else None) for r in rows]


def quarantined(connection: sa.Connection, number: int) -> list[tuple[str, str, bytes]]:
    """(id, reason, bytes) of its texts that are no changes."""
    query = sa.select(quarantine.c.id, quarantine.c.reason, quarantine.c.bytes).where(quarantine.c.batch == number)
    return [(row.id, row.reason, row.bytes) for row in connection.execute(query)]


def _with_undone() -> sa.Select[Any]:
    """Batches, and of each whether it brought anything and none of that counts."""
    own = sa.and_(change.c.n.between(batch.c.first, batch.c.last), change.c.batch == batch.c.id)
    some, alive = (sa.select(change.c.n).where(own, *more).correlate(batch) for more in ((), (_COUNTS,)))
    return sa.select(batch, sa.and_(some.exists(), ~alive.exists()).label("undone"))


_COUNTS = change.c.excluded.is_(sa.false())


def _told(row: Any) -> BatchRow:
    return BatchRow(
        row.id,
        row.kind,
        row.device,
        row.author,
        row.from_node,
        row.file_hash,
        row.received_at,
        row.counts,
        bool(row.undone),
    )

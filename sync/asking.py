"""What the journal is asked about changes, records, batches and peers. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from sync import batches
from sync.change import read_back
from sync.entries import BatchRow, Entry, Result, verdict_of
from sync.statements import Ready, among
from sync.tables import FOLDED, batch, batch_entry, chain, change, node, peer_cursor, quarantine, record_area, ruling

_AT_ONCE = 500


class Stopped(NamedTuple):
    """A change that did not count at once, or counts no more: why it was held, its ruling, whether it is excluded."""

    id: str
    record: str
    held: str | None
    ruled: str | None
    excluded: bool


class Asking:
    """The half of a journal that answers: each question is one statement, whatever the number of ids."""

    connection: sa.Connection

    def known(self, ids: Collection[str]) -> set[str]:
        """Those of these changes that are here."""
        return set(self.connection.scalars(sa.select(change.c.id).where(among(self.connection, change.c.id, ids))))

    def unreleased(self, ids: Collection[str]) -> dict[str, str]:
        """Those of these changes that are held, or were refused, and why they were held."""
        if not ids:
            return {}
        still = sa.and_(change.c.held.is_not(None), change.c.ruled.is_distinct_from("release"))
        query = sa.select(change.c.id, change.c.held).where(among(self.connection, change.c.id, ids), still)
        return {row.id: row.held for row in self.connection.execute(query)}

    def excluded(self, ids: Collection[str]) -> int:
        """How many of these changes are of a batch that was undone."""
        some = among(self.connection, change.c.id, ids)
        query = sa.select(sa.func.count()).where(some, change.c.excluded.is_(sa.true()))
        return self.connection.execute(query).scalar_one() if ids else 0

    def last_stamp_of_others(self) -> str | None:
        """The greatest stamp among the last thousand changes, of those that others made and that were not ahead of this
        machine's clock when they came: those made here tell nothing of it."""
        last = (
            sa.select(change.c.stamp, change.c.device, change.c.ahead)
            .order_by(change.c.n.desc())
            .limit(1000)
            .subquery()
        )
        of_others = last.c.device.not_in(sa.select(node.c.device))
        return self.connection.execute(sa.select(sa.func.max(last.c.stamp)).where(~last.c.ahead, of_others)).scalar()

    # --- of records ---------------------------------------------------------------------------------------------

    def history(self, record: str) -> list[Entry]:
        """Every change of a record, in order of arrival, whatever its standing."""
        return [_entry(row) for row in _history(self.connection, record=record)]

    def these(self, ids: Collection[str]) -> list[Entry]:
        """Those of these changes that are here, counting or not, in the order of their arrival."""
        return self._entries(among(self.connection, change.c.id, ids)) if ids else []

    def of_records(self, records: Collection[str]) -> list[Entry]:
        """All that was said of these records, counting or not, in the order of its arrival."""
        return self._entries(among(self.connection, change.c.record, records)) if records else []

    def entry(self, id: str) -> Entry | None:
        """A change by its id; None if it is not here."""
        return next(iter(self._entries(change.c.id == id)), None)

    def all_records(self) -> list[tuple[str, str]]:
        """(record, survey) of every record of which a change ever came, except rulings."""
        rows = self.connection.execute(
            sa.select(record_area.c.record, record_area.c.survey).order_by(record_area.c.record)
        )
        return [(row.record, row.survey) for row in rows]

    def survey_of(self, record: str) -> str | None:
        """The survey of a record, None where nothing of it ever came."""
        row = _survey(self.connection, record=record).one_or_none()
        return row.survey if row else None

    def held(self, limit: int | None = None, *, after: str = "", areas: Collection[str] | None = None) -> list[Entry]:
        """The changes that wait for an admin, in order of arrival: of records of all areas, or of these; from the one
        on that arrived after the change ``after``, which may be decided about since."""
        before = sa.select(change.c.n).where(change.c.id == after).scalar_subquery()
        later = [change.c.n > before] if after else []
        return self._entries(sa.and_(*self._waiting(areas), *later), limit)

    def count_held(self, areas: Collection[str] | None = None) -> int:
        """How many changes wait for an admin, of records of all areas or of these."""
        query = sa.select(sa.func.count()).select_from(change).where(*self._waiting(areas))
        return self.connection.scalar(query) or 0

    def waiting(self, ids: Collection[str]) -> set[str]:
        """Those of these changes that wait for an admin."""
        some = among(self.connection, change.c.id, ids)
        return set(self.connection.scalars(sa.select(change.c.id).where(some, _waits())))

    def records_held(self, records: Collection[str]) -> set[str]:
        """Those of these records of which a change waits for an admin."""
        some = among(self.connection, change.c.record, records)
        return set(self.connection.scalars(sa.select(change.c.record).where(some, _waits())))

    def _waiting(self, areas: Collection[str] | None) -> Iterator[sa.ColumnElement[bool]]:
        yield _waits()
        if areas is not None:
            here = among(self.connection, record_area.c.area, areas)
            yield sa.exists().where(record_area.c.record == change.c.record, here)

    def _entries(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Entry]:
        return [_entry(row) for row in self.connection.execute(_arrived(where).limit(limit))]

    def rulings_about(self, ids: Collection[str]) -> list[Entry]:
        """The rulings about any of these changes, in order of arrival, whether they count or another came after."""
        said = sa.select(ruling.c.ruling).where(among(self.connection, ruling.c.about, ids))
        return self._entries(change.c.id.in_(said))

    # --- of devices ---------------------------------------------------------------------------------------------

    def texts_of(self, devices: Collection[str]) -> Iterator[str]:
        """All that these devices made, in the order in which they made it; few at a time are in memory."""
        query = sa.select(change.c.text).where(among(self.connection, change.c.device, devices))
        ordered = query.order_by(change.c.seq, change.c.n)
        yield from self.connection.execute(ordered, execution_options={"yield_per": _AT_ONCE}).scalars()

    def stopped_of(self, devices: Collection[str]) -> list[Stopped]:
        """Of what these devices made: what does not count, and what was held before it did."""
        stopped = sa.or_(change.c.held.is_not(None), FOLDED.is_distinct_from(True))
        query = _stopped().where(among(self.connection, change.c.device, devices), stopped)
        return [Stopped._make(row) for row in self.connection.execute(query)]

    def is_mentioned(self, text: str, devices: Collection[str]) -> bool:
        """Whether any change of these devices has this text in it."""
        theirs = among(self.connection, change.c.device, devices)
        query = sa.select(change.c.n).where(theirs, change.c.text.contains(text)).limit(1)
        return self.connection.scalar(query) is not None

    # --- of batches and peers -----------------------------------------------------------------------------------

    def batches(
        self, limit: int = 50, before: int | None = None, kinds: Collection[str] | None = None
    ) -> list[BatchRow]:
        """The latest batches first; ``before`` a number, for the next page; of some kinds only, if told."""
        return batches.listed(self.connection, limit, before, kinds)

    def batch(self, id: int) -> BatchRow | None:
        """A batch by its number; None if there is none."""
        return batches.one(self.connection, id)

    def entries(self, batch: int, limit: int | None = None) -> list[Result]:
        """What became of the texts of a batch: first the changes it brought, then what was known or not readable.
        ``limit``: so many, those before all others that are held or not readable.
        """
        inside = batches.inside(self.connection, batch)
        if limit is None:
            return self._brought(inside) + batches.others(self.connection, batch)
        held, known = change.c.held.is_not(None), batch_entry.c.verdict == "duplicate"
        found = self._brought(sa.and_(inside, held), limit)
        found += batches.others(self.connection, batch, ~known, limit - len(found))
        found += self._brought(sa.and_(inside, ~held), limit - len(found))
        return found + batches.others(self.connection, batch, known, limit - len(found))

    def _brought(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Result]:
        return [Result(each.change.id, each.verdict, each.held, each.change) for each in self._entries(where, limit)]

    def changes_of_batch(self, batch: int) -> list[str]:
        """The ids of the changes a batch brought, in order of arrival: exclude them to undo it, include to redo."""
        return batches.ids(self.connection, batch)

    def quarantined(self, batch: int) -> list[tuple[str, str, bytes]]:
        """(id, reason, bytes) of what a batch brought that is no change."""
        return batches.quarantined(self.connection, batch)

    def batch_of_file(self, file_hash: str) -> int | None:
        """The number of the batch that a file came in as; None if it never did."""
        return self.connection.execute(sa.select(batch.c.id).where(batch.c.file_hash == file_hash)).scalar()

    def held_of_batch(self, number: int, most: int) -> list[Stopped]:
        """The first changes of a batch that wait for a ruling."""
        return self._of_batch(number, sa.and_(change.c.held.is_not(None), change.c.ruled.is_(None)), most)

    def refused_of_batch(self, number: int, most: int) -> list[Stopped]:
        """The first changes of a batch that were refused by a ruling."""
        return self._of_batch(number, change.c.ruled == "refuse", most)

    def _of_batch(self, number: int, which: sa.ColumnElement[bool], most: int) -> list[Stopped]:
        query = _stopped().where(change.c.batch == number, which, change.c.excluded.is_(sa.false()))
        return [Stopped._make(row) for row in self.connection.execute(query.order_by(change.c.n).limit(most))]

    def unreadable_of_batch(self, number: int, most: int) -> list[tuple[str, str]]:
        """(id, why) of the first texts of a batch that could not be read."""
        query = sa.select(quarantine.c.id, quarantine.c.reason).where(quarantine.c.batch == number).limit(most)
        return [(row.id, row.reason) for row in self.connection.execute(query)]

    def pushed_to(self, peer: str) -> tuple[str, int] | None:
        """(its epoch, how far this node's changes were sent) in the last exchange with another node by wire."""
        query = sa.select(peer_cursor.c.epoch, peer_cursor.c.pushed).where(peer_cursor.c.node == peer)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else (row.epoch, row.pushed)

    def made_elsewhere_since(self, position: int, than: str | None, most: int) -> int:
        """How many changes after a position did not come from a node, counted up to ``most``."""
        query = sa.select(change.c.n).join(batch, batch.c.id == change.c.batch)
        wanted = query.where(change.c.n > position, batch.c.from_node.is_distinct_from(than)).limit(most)
        return self.connection.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0


def _waits() -> sa.ColumnElement[bool]:
    """Whether a change waits for an admin."""
    return sa.and_(change.c.held.is_not(None), change.c.ruled.is_(None), change.c.excluded.is_(sa.false()))


def _stopped() -> sa.Select[tuple[str, str, str | None, str | None, bool]]:
    return sa.select(change.c.id, change.c.record, change.c.held, change.c.ruled, change.c.excluded)


def beside(other: sa.FromClause, device: sa.ColumnElement[str]) -> tuple[sa.FromClause, list[sa.ColumnElement[object]]]:
    """For a statement about devices: their table, joined with what is known here of their chains and of this node.

    :returns: what to select from, and the columns ``acked``, ``top``, ``node``, ``epoch`` and ``signs``.
    """
    joined = sa.outerjoin(other, chain, chain.c.device == device).outerjoin(node, sa.true())
    return joined, [chain.c.acked, chain.c.top, node.c.node, node.c.epoch, node.c.device.label("signs")]


def _arrived(where: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """These changes with their batches, in the order of their arrival."""
    query = sa.select(change, batch.c.received_at).join(batch, batch.c.id == change.c.batch)
    return query.where(where).order_by(change.c.n)


def _entry(row: Any) -> Entry:
    return Entry(
        read_back(row.id, row.text),
        row.received_at,
        row.batch,
        verdict_of(row.held, bool(row.ahead)),
        row.held,
        "exclude" if row.excluded else row.ruled,
        bool(row.ahead),
    )


_history = Ready(lambda _dialect: _arrived(change.c.record == sa.bindparam("record")))
_survey = Ready(lambda _dialect: sa.select(record_area.c.survey).where(record_area.c.record == sa.bindparam("record")))

"""What the journal is asked about changes and batches. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import sqlalchemy as sa

from sync.statements import among
from sync.tables import FOLDED, batch, chain, change, node, peer_cursor, quarantine

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

    def greatest_stamp(self) -> str | None:
        """The greatest stamp of those that were not ahead of this machine's clock when they came."""
        return self.connection.execute(sa.select(sa.func.max(change.c.stamp)).where(~change.c.ahead)).scalar()

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


def _stopped() -> sa.Select[tuple[str, str, str | None, str | None, bool]]:
    return sa.select(change.c.id, change.c.record, change.c.held, change.c.ruled, change.c.excluded)


def beside(other: sa.FromClause, device: sa.ColumnElement[str]) -> tuple[sa.FromClause, list[sa.ColumnElement[object]]]:
    """For a statement about devices: their table, joined with what is known here of their chains and of this node.

    :returns: what to select from, and the columns ``acked``, ``top``, ``node``, ``epoch`` and ``signs``.
    """
    joined = sa.outerjoin(other, chain, chain.c.device == device).outerjoin(node, sa.true())
    return joined, [chain.c.acked, chain.c.top, node.c.node, node.c.epoch, node.c.device.label("signs")]

"""Nodes for the tests: a real journal each, in a database of its own, on SQLite or on PostgreSQL."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from sync import Change, Journal, Result, State, decode
from sync.journal import Page, metadata
from sync.tables import batch, change, greatest, node
from tests.postgres import Server

ALL = 100_000
OPEN = "household"
EMPTY = b""
"""The image of a database without rows."""


class Store(Protocol):
    """Where the databases of nodes are: one each, opened from an image and gone when closed."""

    def open(self, image: bytes) -> sa.Connection:
        """A connection to a database of its own, each statement its own transaction."""

    def image(self, connection: sa.Connection) -> bytes:
        """All that is in a database; equal for equal content."""

    def close(self, connection: sa.Connection) -> None:
        """Forget a database."""


class InMemory:
    """SQLite databases in memory, which are copied in a moment."""

    def __init__(self) -> None:
        self._next = EMPTY
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        metadata.create_all(engine)
        self._blank = bytes(engine.raw_connection().driver_connection.serialize())  # type: ignore[union-attr]
        self._engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=sa.NullPool)

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:", isolation_level=None)
        database.deserialize(self._next or self._blank)
        return database

    def open(self, image: bytes) -> sa.Connection:
        self._next = image
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def image(self, connection: sa.Connection) -> bytes:
        raw: Any = connection.connection.driver_connection
        return bytes(raw.serialize())

    def close(self, connection: sa.Connection) -> None:
        connection.close()


class OnServer:
    """PostgreSQL databases, kept open and used again once they are empty."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._template = self._next = server.create()
        self._engine = sa.create_engine("postgresql+psycopg://", creator=self._connect, poolclass=sa.NullPool)
        metadata.create_all(self._engine)
        self._free: list[sa.Connection] = []
        self._used: list[sa.Connection] = []

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._server.address(self._next))

    def open(self, image: bytes) -> sa.Connection:
        connection = self._free.pop() if self._free else self._another()
        self._used.append(connection)
        if image:
            for table, rows in pickle.loads(image).items():
                if rows:
                    connection.execute(metadata.tables[table].insert(), rows)
            connection.exec_driver_sql(f"SELECT setval('batch_id_seq', {greatest(connection, batch.c.id) + 1}, false)")
        return connection

    def _another(self) -> sa.Connection:
        self._next = self._server.create(self._template)
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def image(self, connection: sa.Connection) -> bytes:
        tables = metadata.sorted_tables
        read = {each.name: connection.execute(sa.select(each).order_by(*each.primary_key)) for each in tables}
        return pickle.dumps({name: [dict(row) for row in rows.mappings()] for name, rows in read.items()})

    def close(self, connection: sa.Connection) -> None:
        self._used.remove(connection)
        connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
        self._free.append(connection)

    def close_all(self) -> None:
        """For after a test, which may leave its nodes as they are."""
        for connection in list(self._used):
            self.close(connection)

    def stop(self) -> None:
        for connection in (*self._used, *self._free):
            connection.close()


IN_MEMORY = InMemory()
stores: list[Store] = [IN_MEMORY]
"""The last one is where new nodes have their databases."""


class Node:
    """A journal with the few things that tests do to it."""

    def __init__(self, name: str, now: Callable[[], int], image: bytes = EMPTY) -> None:
        self.name = name
        self.now = now
        self.store = stores[-1]
        self.connection = self.store.open(image)
        self.journal = Journal(self.connection, now)
        self.identity = self.journal.identity()
        if image is EMPTY:
            self._call_it(f"{int.from_bytes(name.encode()):016x}"[-16:])

    def _call_it(self, id: str) -> None:
        """Ids drawn at random would make each run a run of its own."""
        self.connection.execute(node.update().values(node=id, device=id))
        self.identity = self.journal.identity()

    def close(self) -> None:
        self.store.close(self.connection)

    def backup(self) -> bytes:
        """The database as bytes."""
        return self.store.image(self.connection)

    def edit(self, record: str, answers: dict[str, Any], **how: Any) -> Change | None:
        """An edit made here; None if it would say nothing."""
        text = self.journal.compose(OPEN, record, answers, author=self.name, form_version=1, **how)
        if text is None:
            return None
        self.put([text])
        return decode(text)

    def put(
        self,
        texts: Iterable[str],
        *,
        judge: Callable[[Change], str | None] = lambda _: None,
        ahead: Collection[str] = (),
        trusting: bool = False,
        from_node: str | None = None,
        kind: str = "wire",
    ) -> list[Result]:
        """Texts come in."""
        number = self.journal.open_batch(kind, from_node=from_node)
        return self.journal.append(texts, batch=number, judge=judge, ahead=ahead, trusting=trusting)

    def everything(self) -> Page:
        """All that is here, on one page."""
        page = self.journal.feed(None, 0, ALL)
        assert not page.more
        return page

    def ids(self) -> set[str]:
        return set(self.connection.execute(sa.select(change.c.id)).scalars())

    def changes(self) -> list[Change]:
        return [decode(text) for text in self.everything().changes]

    def states(self) -> dict[str, State]:
        return self.journal.states([record for record, _ in self.journal.all_records()])

    def state(self, record: str) -> State:
        found = self.journal.state(record)
        assert found is not None
        return found

"""Nodes for the tests: a real journal each, on an SQLite database in memory that is copied in a moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from typing import Any

import sqlalchemy as sa

from sync import Change, Journal, Result, State, decode
from sync.journal import Page, metadata
from sync.tables import change, node

ALL = 100_000
OPEN = "household"


def _image() -> bytes:
    """An empty database with all tables, as bytes."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    return bytes(engine.raw_connection().driver_connection.serialize())  # type: ignore[union-attr]


EMPTY = _image()
_image_to_open = EMPTY


def _connect() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.deserialize(_image_to_open)
    return database


_ENGINE = sa.create_engine("sqlite://", creator=_connect, poolclass=sa.NullPool)


def open_database(image: bytes = EMPTY) -> sa.Connection:
    """A connection to a database of its own, each statement its own transaction."""
    global _image_to_open
    _image_to_open = image
    return _ENGINE.connect().execution_options(isolation_level="AUTOCOMMIT")


class Node:
    """A journal with the few things that tests do to it."""

    def __init__(self, name: str, now: Callable[[], int], image: bytes = EMPTY) -> None:
        self.name = name
        self.now = now
        self.connection = open_database(image)
        self.journal = Journal(self.connection, now)
        self.identity = self.journal.identity()
        if image is EMPTY:
            self._call_it(f"{int.from_bytes(name.encode()):016x}"[-16:])

    def _call_it(self, id: str) -> None:
        """Ids drawn at random would make each run a run of its own."""
        self.connection.execute(node.update().values(node=id, device=id))
        self.identity = self.journal.identity()

    def close(self) -> None:
        self.connection.close()

    def backup(self) -> bytes:
        """The database as bytes."""
        raw: Any = self.connection.connection.driver_connection
        return bytes(raw.serialize())

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

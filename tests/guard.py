"""Every write of a page, of a device or of a command is refused unless its transaction was begun as a writer; and so is
slow work while one is open.

A transaction that reads first and writes later is refused half way by SQLite whenever another wrote in between, which
no test of one person at a time sees. So the whole suite looks: what breaks this rule fails, and fails the test even
where something catches it. And as everybody else who writes waits for a writer, hashing a password and decoding a
picture come before it. What the tests write with their own hands, outside a request or a command, is theirs.
"""

from __future__ import annotations

import re
import threading
import traceback
from typing import Any

import click
import flask
import sqlalchemy as sa
from argon2 import PasswordHasher

from fieldapp.photos import attachments
from sync.statements import heard

WRITES = re.compile(
    r"\b(?:(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE
)

broken: list[str] = []
"""What broke the rule, each with where it came from."""


class NotAWriter(Exception):
    """A write in a transaction that was not begun as a writer."""


class Dawdling(Exception):
    """Slow work in a transaction that was begun as a writer."""


class _Open(threading.local):
    """How many transactions of this thread are open that were begun as writers."""

    writers = 0


_open = _Open()


def begin_anew() -> None:
    """Forget what another test broke, and what it left open: a transaction that never came to begin has no end."""
    broken.clear()
    _open.writers = 0


def install() -> None:
    """Watch every engine of this process."""
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda connection, _cursor, *told: _look(connection, *told))
    heard.append(_look)
    sa.event.listen(sa.Engine, "begin", _begun)
    sa.event.listen(sa.Engine, "commit", _ended)
    sa.event.listen(sa.Engine, "rollback", _ended)
    look = attachments.look

    def looked(data: bytes) -> attachments.PhotoCheck:
        slow("decoding a picture")
        return look(data)

    attachments.look = looked


def _look(connection: sa.Connection, statement: str, *_rest: Any) -> None:
    if is_watched() and _is_shared(connection) and WRITES.search(statement) and not _is_writer(connection):
        raise _told(NotAWriter(f"{statement[:80]!r} at {_where()}"))


def _is_shared(connection: sa.Connection) -> bool:
    """Whether others write there too; what a preview works in, beside the database, is its own."""
    return connection.dialect.name == "postgresql" or str(connection.engine.url.database).endswith("fieldapp.db")


def _is_writer(connection: sa.Connection) -> bool:
    return bool(connection.get_execution_options().get("writes"))


def _begun(connection: sa.Connection) -> None:
    _open.writers += _is_writer(connection)


def _ended(connection: sa.Connection) -> None:
    _open.writers -= _is_writer(connection)


class Hasher(PasswordHasher):
    """Quick, for tests; but as the real one is slow, nobody may wait for it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)

    def hash(self, *args: Any, **kwargs: Any) -> str:
        slow("hashing a password")
        return super().hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        slow("checking a password")
        return super().verify(*args, **kwargs)


def slow(what: str) -> None:
    """Refuse slow work of a page, a device or a command while everybody else waits for it."""
    if is_watched() and _open.writers:
        raise _told(Dawdling(f"{what} at {_where()}"))


def _told(wrong: Exception) -> Exception:
    broken.append(f"{type(wrong).__name__}: {wrong}")
    return wrong


def is_watched() -> bool:
    """Whether a page, a device or a command is at work, and not a test itself."""
    return flask.has_request_context() or click.get_current_context(silent=True) is not None


def _where() -> str:
    """The places of this project on the way to the write, the nearest first."""
    ours = [frame for frame in traceback.extract_stack() if re.search(r"/(fieldapp|sync|migrations)/", frame.filename)]
    return " < ".join(f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno}" for f in reversed(ours[-6:]))

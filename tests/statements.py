"""Counts what is asked of the database: a measure that does not depend on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from sync.statements import heard


@contextmanager
def counted() -> Iterator[list[tuple[str, str]]]:
    """Collects the statements of the block and their parameters, without those that begin or end a transaction."""
    found: list[tuple[str, str]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append((statement, str(parameters)))

    def hear(connection: Any, statement: str, parameters: Any) -> None:
        note(connection, None, statement, parameters)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    heard.append(hear)
    try:
        yield found
    finally:
        heard.remove(hear)
        sa.event.remove(db.engine, "before_cursor_execute", note)

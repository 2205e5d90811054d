"""Counts what is asked of the database: a measure that does not depend on the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from sync.statements import heard

A_STEP = 10
"""So exact is the count of steps."""


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


@contextmanager
def steps() -> Iterator[list[int]]:
    """How many steps SQLite takes, in ``[0]``."""
    found = [0]

    def step() -> None:
        found[0] += A_STEP

    def listen(connection: Any, *_more: Any) -> None:
        connection.set_progress_handler(step, A_STEP)

    sa.event.listen(db.engine, "checkout", listen)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "checkout", listen)


@contextmanager
def worked() -> Iterator[list[int]]:
    """What the database does in a block, in ``[0]`` once that has ended: steps of SQLite, rows that PostgreSQL reads.
    What stands in the session before is given up."""
    db.session.rollback()
    with steps() if db.engine.dialect.name == "sqlite" else rows_read() as found:
        yield found


@contextmanager
def rows_read() -> Iterator[list[int]]:
    """How many rows PostgreSQL reads for the session, in ``[0]``."""
    read = sa.text("SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) FROM pg_stat_xact_user_tables")
    found = [-int(db.session.scalar(read))]
    yield found
    found[0] += int(db.session.scalar(read))


A_FEW = 5
"""Rooms that may each ask for themselves, in one request, what another has asked."""


def asked_again(asked: Iterable[tuple[str, str]], requests: int = 1) -> dict[tuple[str, str], int]:
    """What was asked more than a few times with the same values: lists of places, rules, whatever stays as it is while
    so many requests are answered; and how often."""
    return {each: times for each, times in Counter(asked).items() if times > A_FEW * requests}


A_LIST = 25
"""So often a page may ask one thing of other values: for each of a few kinds, or parts of itself."""


def asked_one_by_one(asked: Iterable[tuple[str, str]]) -> dict[str, int]:
    """What was asked again and again with other values, for each of a list: and how often."""
    return {each: times for each, times in Counter(statement for statement, _values in asked).items() if times > A_LIST}

"""Processes that write to one journal at once: ``python -m tests.sync.writers URL WRITERS BATCHES MODE``.

``MODE``: ``sound`` sends as many tablets do, ``sign`` edits as many processes of one node do. Or a mutant of these:
``serial`` gives positions from a plain sequence, without waiting for the writers before; ``unlocked`` signs without
waiting for whoever signs for the same device.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from sync import Journal, encode
from sync.node_state import NodeState, node_state
from sync.tables import change, feed

BATCH = 10
AREA = "north"
RECORD = "01990000-0000-7000-8000-000000000001"
SERIALS = ("change", "feed")


@contextmanager
def opened(url: str, begin: str = "BEGIN IMMEDIATE") -> Iterator[sa.Engine]:
    """A database; on SQLite every transaction waits its turn as a writer from its begin, or as ``begin`` says."""
    made = sa.create_engine(url)
    if made.dialect.name == "sqlite":
        sa.event.listen(made, "connect", _careful)
        sa.event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
    try:
        yield made
    finally:
        made.dispose()


def _careful(raw: Any, _: Any) -> None:
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "busy_timeout=20000"):
        raw.execute(f"PRAGMA {pragma}")


def write(url: str, writer: int, batches: int) -> None:
    """One device sends its changes, batch by batch; each is stored, placed and then worked on a little longer."""
    device, dice = f"{writer:016x}", random.Random(writer)
    with opened(url) as database:
        for first in range(1, batches * BATCH, BATCH):
            texts = [_text(device, seq) for seq in range(first, first + BATCH)]
            with database.begin() as connection:
                journal = Journal(connection)
                results = journal.append(texts, batch=journal.open_batch("wire", device=device), judge=lambda _: None)
                assert {each.verdict for each in results} == {"stored"}
                journal.place_all({each.change.record: AREA for each in results if each.change})
                time.sleep(dice.random() * 0.01)


def _text(device: str, seq: int) -> str:
    return encode(
        survey="household",
        record=f"01990000-0000-7000-{device[-4:]}-{seq:012x}",
        answers={"n": seq},
        base={},
        stamp=f"{1_700_000_000_000 + seq:012x}-000000-{device}",
        device=device,
        seq=seq,
        prev=None,
        author="lan",
        form_version=1,
        made_at={"wall": "2023-11-14T22:13:20.000Z"},
    )


def sign(url: str, writer: int, edits: int) -> None:
    """One of many processes of a node in whose name people edit."""
    with opened(url) as database:
        for n in range(edits):
            with database.begin() as connection:
                journal, answers = Journal(connection), {"n": f"{writer} {n}"}
                text = journal.compose("household", RECORD, answers, author=f"{writer}", form_version=1)
                assert text is not None
                journal.append([text], batch=journal.open_batch("office"), judge=lambda _: None)


def _slowly(**parts: Any) -> str:
    """Put a change into words; meanwhile another could take the same seq."""
    time.sleep(0.003)
    return encode(**parts)


def _take_a_number(connection: sa.Connection, column: sa.ColumnElement[Any]) -> int:
    """The first of a thousand numbers that are nobody else's."""
    name = column.table.name
    return int(connection.exec_driver_sql(f"SELECT nextval('{name}_serial')").scalar_one())


def _with_numbers_taken(connection: sa.Connection, devices: Collection[str]) -> NodeState | None:
    """Where everything stands, but for the numbers."""
    found = node_state(connection, devices)
    taken = {name: _take_a_number(connection, column) for name, column in (("last", change.c.n), ("fed", feed.c.pos))}
    return replace(found, **taken) if found else None


def _no_lock(_: sa.Connection) -> None:
    """Nobody waits."""


def _leave_the_clock(*_: Any) -> None:
    """Whoever moves the clock waits for whoever has moved it before: that must not help a mutant."""


def _set_up(mode: str) -> None:
    if mode in ("sign", "unlocked"):
        patch("sync.composing.encode", _slowly).start()
    if mode in ("serial", "unlocked"):
        patch("sync.journal.lock", _no_lock).start()
        patch("sync.composing.lock", _no_lock).start()
    if mode == "serial":
        patch("sync.journal.node_state", _with_numbers_taken).start()
        patch("sync.feeds.greatest", _take_a_number).start()
        patch("sync.appending._follow_clock", _leave_the_clock).start()


WORK: dict[str, Callable[[str, int, int], None]] = {"sound": write, "serial": write, "sign": sign, "unlocked": sign}


def main(url: str, writers: int, times: int, mode: str) -> int:
    """Run that many writers at once; the number that failed."""
    _set_up(mode)
    context = multiprocessing.get_context("fork" if sys.platform != "win32" else None)
    running = [context.Process(target=WORK[mode], args=(url, number, times)) for number in range(1, writers + 1)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return sum(each.exitcode != 0 for each in running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))

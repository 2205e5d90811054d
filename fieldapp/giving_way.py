"""A thread that writes a large file lets the requests of other threads go first.

Python runs one thread of a process at a time: beside a file of a hundred thousand rows every page would take more than
twice as long. So the writer of such a file stops at the next row, or piece of the file, while other requests run; where
some always run, it gets a short turn now and then.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeVar, cast

T = TypeVar("T")

SHORT, USUAL = 0.0001, sys.getswitchinterval()
"""So many seconds a thread that wants to run waits for another, beside long work and else: a request that arrives goes
through three threads before anybody knows of it."""
PATIENCE, TURN = 0.1, 0.02
"""So many seconds others go first, and so long a turn is where there is no end to them."""
PAUSE = 0.004
"""So many seconds nobody else is at work before long work goes on: who has read a page asks for what belongs to it."""


class Room:
    """The requests that are worked on in this process, but for those that give way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mine = threading.local()
        self.at_work, self._long = 0, 0

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around the work for one request."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @contextmanager
    def long_work(self) -> Iterator[None]:
        """Around work for a request that gives way to all others; nobody gives way to it."""
        self._mine.gives_way, self._mine.turn_ends = True, 0.0
        self._count(-1, long=1)
        try:
            yield
        finally:
            self._count(1, long=-1)
            self._mine.gives_way = False

    def one_by_one(self, rows: Iterable[T]) -> Iterable[T]:
        """The rows of long work, each when there is room for it; those of other work as they are."""
        return self._in_turn(rows) if getattr(self._mine, "gives_way", False) else rows

    def _in_turn(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.step_aside()
            yield row

    def into(self, file: BinaryIO) -> BinaryIO:
        """The same file, for long work to write into: each piece when there is room for it."""
        return cast(BinaryIO, _GivesWay(self, file))

    def step_aside(self) -> None:
        """Between two pieces of work: others go first where this is long work, and where it has no turn just now."""
        mine = self._mine
        if self.at_work > 0 and getattr(mine, "gives_way", False) and time.monotonic() >= mine.turn_ends:
            mine.turn_ends = self._let_others_go_first()

    def _let_others_go_first(self) -> float:
        """Wait without looking now and then: each look would stop whoever is at work for a moment."""
        until = time.monotonic() + PATIENCE
        with self._changed:
            while (left := until - time.monotonic()) > 0:
                self._changed.wait_for(lambda: self.at_work <= 0, left)
                if not self._changed.wait_for(lambda: self.at_work > 0, min(PAUSE, left)):
                    return 0.0
        return time.monotonic() + TURN

    def _count(self, by: int, long: int = 0) -> None:
        with self._changed:
            self.at_work += by
            self._changed.notify_all()
            self._long += long
            if long:
                sys.setswitchinterval(SHORT if self._long else USUAL)


class _GivesWay:
    """A file. What writes into it may be a library, which asks nobody between one piece and the next."""

    def __init__(self, room: Room, file: BinaryIO) -> None:
        self._room, self._file = room, file

    def write(self, piece: bytes) -> int:
        self._room.step_aside()
        return self._file.write(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


room = Room()
"""That of this process."""

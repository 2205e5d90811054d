"""A thread that writes a large file lets the requests of other threads go first.

Python runs one thread of a process at a time: beside a file of a hundred thousand rows every page would take more than
twice as long. So the writer of such a file stops at the next row while other requests run; where some always run, it
gets a short turn now and then.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

SOON = 0.001
"""So many seconds until it is looked again whether others are at work."""
SHORT, USUAL = 0.0005, sys.getswitchinterval()
"""So many seconds a thread that wants to run waits for another, beside long work and else: a request that arrives goes
through three threads before anybody knows of it."""
PATIENCE, TURN = 0.1, 0.02
"""So many seconds others go first, and so long a turn is where there is no end to them."""


class Room:
    """The requests that are worked on in this process, but for those that give way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
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
        self._mine.gives_way = True
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
        turn_ends = 0.0
        for row in rows:
            if self.at_work > 0 and time.monotonic() >= turn_ends:
                turn_ends = self._let_others_go_first()
            yield row

    def _let_others_go_first(self) -> float:
        until = time.monotonic() + PATIENCE
        while self.at_work > 0 and (now := time.monotonic()) < until:
            time.sleep(min(SOON, until - now))
        return time.monotonic() + TURN if self.at_work > 0 else 0.0

    def _count(self, by: int, long: int = 0) -> None:
        with self._lock:
            self.at_work += by
            self._long += long
            if long:
                sys.setswitchinterval(SHORT if self._long else USUAL)


room = Room()
"""That of this process."""

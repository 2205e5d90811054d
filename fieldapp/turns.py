"""Whose turn it is to write to an SQLite database: first come, first served.

SQLite has no queue. Whoever finds another writing tries again now and then, ever more seldom, and who happens to come
at the right moment goes first: among many some wait a hundred times as long as others. So the threads of a process
stand in a line, and the first of each process passes a turnstile of two locked files: ``next`` is held while waiting
for ``now``, so that a process that has just written cannot overtake one that waits. The system takes both away from a
process that ends, however it ends. Where there can be no such files, SQLite's own lock is all there is, as before.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from fieldapp.instance import at_work

SOON, LATER = 0.0003, 0.005
"""How often, in seconds, the first of a process looks whether it is let through: at first, and after ``A_WHILE``."""
A_WHILE = 0.1


class TooLong(Exception):
    """Those before took longer than one was ready to wait."""


class Turnstile:
    """The two files that let one process at a time through."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._opener = 0

    def enter(self, until: float) -> None:
        """Come through, at the latest at a time of ``time.monotonic``.

        :raises TooLong: others were still there.
        """
        if not self._is_there():
            return
        self._pass("next", until)
        try:
            self._pass("now", until)
        finally:
            at_work.give_back(self._files["next"])

    def leave(self) -> None:
        """Let another through."""
        if self._files and self._opener == os.getpid():
            at_work.give_back(self._files["now"])

    def _pass(self, name: str, until: float) -> None:
        came = time.monotonic()
        while not at_work.take(self._files[name]):
            now = time.monotonic()
            if now > until:
                raise TooLong()
            time.sleep(SOON if now - came < A_WHILE else LATER)

    def _is_there(self) -> bool:
        """Whether the files are open, by this process itself: one that was forked shares the locks of its parent."""
        if self._opener != os.getpid():
            self._files, self._opener = {}, os.getpid()
            with suppress(OSError):  # a full disk, or one that is only read
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._files = {name: at_work.opened(self._folder / name) for name in ("next", "now")}
        return bool(self._files)


class Queue:
    """The threads of this process that want to write, in the order in which they came."""

    def __init__(self, turnstile: Turnstile) -> None:
        self._turnstile = turnstile
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def enter(self, patience: float) -> None:
        """Wait for one's turn, for so many seconds at most. Whoever has it must :meth:`leave`, whatever happens.

        :raises TooLong: it did not come.
        """
        until = time.monotonic() + patience
        self._stand(patience)
        try:
            self._turnstile.enter(until)
        except BaseException:
            self._go_on()
            raise

    def leave(self) -> None:
        """It is the next one's turn."""
        self._turnstile.leave()
        self._go_on()

    def _stand(self, patience: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        if not called.acquire(timeout=patience) and not self._was_called(called):
            raise TooLong()

    def _was_called(self, called: threading.Lock) -> bool:
        """Whether the turn came at the last moment; otherwise one stands in the line no more."""
        with self._guard:
            if called not in self._waiting:
                return True
            self._waiting.remove(called)
            return False

    def _go_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

"""A slow tablet: every process of a browser, with all its threads, is stopped five sixths of the time. Linux only."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

RUN_S = 0.004
"""So long it runs at a time; what is measured is a whole number of such turns."""


class Throttle:
    """The processes of the browser whose profile is in a folder. Used as ``with throttle:``, and again."""

    def __init__(self, profile: Path, times: float) -> None:
        self.profile, self.times = str(profile), times
        self._on = False
        self._first: set[int] = set()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Throttle:
        self._on = True
        self._first = {pid for pid in _all() if self._is_first(pid)}
        if not self._first:
            raise SystemExit("the processes of the browser are not to be seen: this needs Linux, with /proc")
        self._thread = threading.Thread(target=self._turns, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._on = False
        if self._thread:
            self._thread.join()
        _tell(_family(self._first), signal.SIGCONT)

    def adjust(self, too_slow: float) -> None:
        """It was so many times slower than it should be: stop it for less from now on, by half of that."""
        self.times /= too_slow**0.5

    def _is_first(self, pid: int) -> bool:
        program, *arguments = _command(pid)
        return "chrom" in program and f"--user-data-dir={self.profile}" in arguments

    def _turns(self) -> None:
        """A page may begin a process of its own: they are looked for in every stop."""
        family, began = _family(self._first), time.perf_counter()
        while self._on:
            _tell(family, signal.SIGSTOP)
            stopped = time.perf_counter()
            family = _family(self._first)
            _tell(family, signal.SIGSTOP)
            time.sleep(max(0.0, stopped + (stopped - began) * (self.times - 1) - time.perf_counter()))
            _tell(family, signal.SIGCONT)
            began = time.perf_counter()
            time.sleep(RUN_S)


def _tell(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def _all() -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*")]


def _family(first: Iterable[int]) -> list[int]:
    """These processes, and all that they have started."""
    found = list(first)
    for pid in found:
        found += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    """Whatever thread of the process started them."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return [""]

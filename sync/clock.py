"""A hybrid logical clock: real time where it can be trusted, and an order that no wrong clock can upset.

A stamp is ``{milliseconds:012x}-{counter:06x}-{device}``: fixed width, lowercase, so that comparing the text as bytes
compares the stamps. A device id is 16 lowercase hex digits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

MAX_AHEAD_MS = 300_000
"""A stamp further ahead of a node's own time than this is believed by nobody."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  in UTC, as all moments here
_LAST_COUNTER = 0xFFFFFF
_LAST_MOMENT = 253_402_214_400_000  # a day before the year 10,000, so that every time zone can tell it


def wall_ms() -> int:
    """The wall clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def stamp_of(millis: int, counter: int, device: str) -> str:
    """The stamp of a reading."""
    return f"{millis:012x}-{counter:06x}-{device}"


def millis_of(stamp: str) -> int:
    """The milliseconds since 1970 that a stamp claims."""
    return int(stamp[:12], 16)


def moment_of(stamp: str) -> datetime:
    """The moment that a stamp claims, in UTC without a zone; one beyond all calendars is brought within their reach."""
    return moment_at(millis_of(stamp))


def moment_at(millis: int) -> datetime:
    """Milliseconds since 1970, whoever tells them, as UTC without a zone; brought within the reach of calendars."""
    return _EPOCH + timedelta(milliseconds=min(max(millis, 0), _LAST_MOMENT))


class Clock:
    """Gives stamps that only grow, however the wall clock jumps and whatever stamps arrive from elsewhere."""

    def __init__(
        self, device: str, now: Callable[[], int], last: str | None = None, max_ahead_ms: int = MAX_AHEAD_MS
    ) -> None:
        """``last`` is the greatest stamp of an earlier run, from which this one goes on."""
        self.device = device
        self.now = now
        self.max_ahead_ms = max_ahead_ms
        self._millis = millis_of(last) if last else 0
        self._counter = int(last[13:19], 16) if last else 0

    @property
    def last(self) -> str:
        """The greatest stamp given or seen; keep it for the next run."""
        return stamp_of(self._millis, self._counter, self.device)

    @property
    def limit(self) -> str:
        """Every stamp of which the text is above this is too far ahead."""
        return stamp_of(self.now() + self.max_ahead_ms, _LAST_COUNTER, "g")

    def tick(self) -> str:
        """A new stamp, above every stamp given or followed before."""
        now = self.now()
        if now > self._millis:
            self._millis, self._counter = now, 0
        elif self._counter < _LAST_COUNTER:
            self._counter += 1
        else:
            self._millis, self._counter = self._millis + 1, 0
        return self.last

    def see(self, stamp: str) -> bool:
        """Follow a stamp from elsewhere. False, and the clock stays where it was, if it is too far ahead."""
        if stamp > self.limit:
            return False
        millis, counter = millis_of(stamp), int(stamp[13:19], 16)
        self._millis, self._counter = max((self._millis, self._counter), (millis, counter))
        return True

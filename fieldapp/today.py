"""What time it is, and which day that is in Việt Nam, wherever the machine stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

AHEAD = timedelta(hours=7)
"""So far the clocks of Việt Nam are ahead of UTC, all year."""
LAST_MOMENT = datetime(9999, 12, 31, 16, 59)  # noqa: DTZ001  as the tables keep time: UTC without a zone


_another: ContextVar[date | None] = ContextVar("another_day", default=None)


@contextmanager
def as_on(day: date) -> Iterator[None]:
    """Let what follows be worked out as on another day; only in this thread."""
    token = _another.set(day)
    try:
        yield
    finally:
        _another.reset(token)


def now() -> datetime:
    """This moment as the tables keep it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """The day it is in Việt Nam, or the other one that it is to be."""
    return _another.get() or local_day(now())


def end_of(day: date) -> int:
    """The last millisecond of a day in Việt Nam, since 1970."""
    after = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - AHEAD
    return int(after.timestamp() * 1000) - 1


def clock(at: datetime | None) -> str:
    """A moment in UTC for people: ``05/02/2026 14:30``, as the clocks of Việt Nam show it; empty for none."""
    return f"{local(at):%d/%m/%Y %H:%M}" if at else ""


def stamp(at: datetime) -> str:
    """A moment in UTC for programs: ``2026-08-01T07:30:00+07:00``, the time of Việt Nam."""
    return f"{local(at).isoformat(timespec='seconds')}+07:00"


def local(at: datetime) -> datetime:
    """A moment in UTC as the clocks of Việt Nam show it; the last moment of the calendar is its end."""
    return min(at.replace(tzinfo=None), LAST_MOMENT) + AHEAD


def as_moment(at: datetime | str) -> datetime:
    """A moment as the driver of a database gives it: SQLite's as text."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def local_day(at: datetime) -> date:
    """The day that it was in Việt Nam at a moment in UTC, which from 17:00 on is the next one."""
    return local(at).date()

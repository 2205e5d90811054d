"""What time it is, and which day that is in Việt Nam, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

AHEAD = timedelta(hours=7)
"""So far the clocks of Việt Nam are ahead of UTC, all year."""
LAST_MOMENT = datetime(9999, 12, 31, 16, 59)  # noqa: DTZ001  as the tables keep time: UTC without a zone


def now() -> datetime:
    """This moment as the tables keep it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """The day it is in Việt Nam."""
    return local(now()).date()


def local(at: datetime) -> datetime:
    """A moment in UTC as the clocks of Việt Nam show it; the last moment of the calendar is its end."""
    return min(at.replace(tzinfo=None), LAST_MOMENT) + AHEAD

"""Which day it is in Việt Nam, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))


def today() -> date:
    """The date a report made now should carry."""
    return datetime.now(UTC).astimezone(VIETNAM).date()

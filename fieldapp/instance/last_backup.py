"""When the last backup was made of an instance."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.files import write_over

FILE = "backed-up"
OLD = timedelta(days=7)
"""A backup of longer ago than this is told as too old."""


def note(instance: Path, made_at: datetime) -> None:
    """Store that a backup was made now. On a full disk nothing is stored, and nothing is raised."""
    with suppress(OSError):
        write_over(instance / FILE, made_at.isoformat().encode())


def last(instance: Path) -> datetime | None:
    """When the last backup was made; None if never, as far as is known."""
    try:
        return datetime.fromisoformat((instance / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def is_old(made_at: datetime | None) -> bool:
    """Whether it is time for another one: a backup that was never made is as good as none."""
    return made_at is None or datetime.now(UTC) - made_at > OLD

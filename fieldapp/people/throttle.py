"""Slow guessing: a few failed tries, then a wait. Kept in the database, so it holds across processes and restarts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from fieldapp.db import begin_writing, db
from fieldapp.people.models import Attempt
from fieldapp.people.when import utc
from fieldapp.problems import TooManyAttempts

TURNS = 0x646F6F72
"""The locks of doors, apart from all others of the database."""


@dataclass(frozen=True)
class Door:
    """How many failed tries a door allows within a window; then it stays shut until the oldest of them is past."""

    name: str
    tries: int
    window: timedelta

    def knock(self, who: str, now: datetime) -> None:
        """Count a try, and commit it, before its secret is looked at: tries made side by side all count, one by one.

        Commits what was begun before.

        :raises TooManyAttempts: with ``wait``, in minutes.
        """
        at, key = utc(now), self._key(who)
        _take_turns(key)
        recent = list(db.session.scalars(self._tries(key, at).order_by(Attempt.at.desc()).limit(self.tries)))
        if len(recent) == self.tries:
            raise TooManyAttempts(wait=_minutes(recent[-1] + self.window - at))
        db.session.execute(sa.delete(Attempt).where(Attempt.at <= at - self.window, Attempt.key == key))
        db.session.add(Attempt(key=key, at=at))
        db.session.commit()

    def open(self, who: str) -> None:
        """Forget the failed tries: the right secret was shown."""
        db.session.execute(sa.delete(Attempt).where(Attempt.key == self._key(who)))

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"[:120]

    def _tries(self, key: str, at: datetime) -> sa.Select[datetime]:
        return sa.select(Attempt.at).where(Attempt.key == key, Attempt.at > at - self.window)


def _take_turns(key: str) -> None:
    """Whoever knocks at the same door now waits until this try is counted."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        begin_writing()
    else:
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(TURNS, sa.func.hashtext(key))))


def _minutes(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds() / 60))

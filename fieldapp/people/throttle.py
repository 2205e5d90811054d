"""Slow guessing: a few failed tries, then a wait. Kept in the database, so it holds across processes and restarts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from fieldapp.db import briefly, db
from fieldapp.people.models import Attempt
from fieldapp.people.when import utc
from fieldapp.problems import Problem, TooManyAttempts

TURNS = 0x646F6F72
"""The locks of doors, apart from all others of the database."""


@dataclass(frozen=True)
class Door:
    """How many failed tries a door allows within a window; then it stays shut until the oldest of them is past."""

    name: str
    tries: int
    window: timedelta

    @contextmanager
    def knock(self, who: str, now: datetime) -> Iterator[None]:
        """Count a try, and commit it, before its secret is looked at: tries made side by side all count, one by one.

        Commits what was begun before. What is a :class:`Problem` inside is a failed try; any other failure is ours,
        and the try is not counted.

        :raises TooManyAttempts: with ``wait``, in minutes.
        """
        db.session.commit()
        number = briefly(lambda connection: self._count(connection, self._key(who), utc(now)))
        try:
            yield
        except Problem:
            raise
        except BaseException:
            with suppress(sa.exc.SQLAlchemyError):
                briefly(lambda connection: connection.execute(sa.delete(Attempt).where(Attempt.id == number)))
            raise

    def _count(self, connection: sa.Connection, key: str, at: datetime) -> int:
        _take_turns(connection, key)
        tries = sa.select(Attempt.at).where(Attempt.key == key, Attempt.at > at - self.window)
        recent = list(connection.scalars(tries.order_by(Attempt.at.desc()).limit(self.tries)))
        if len(recent) == self.tries:
            raise TooManyAttempts(wait=_minutes(recent[-1] + self.window - at))
        connection.execute(sa.delete(Attempt).where(Attempt.at <= at - self.window, Attempt.key == key))
        return connection.scalars(sa.insert(Attempt).values(key=key, at=at).returning(Attempt.id)).one()

    def forget(self, who: str) -> sa.Delete:
        """The statement by which the failed tries are forgotten: the right secret was shown."""
        return sa.delete(Attempt).where(Attempt.key == self._key(who))

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"[:120]


def _take_turns(connection: sa.Connection, key: str) -> None:
    """Whoever knocks at the same door now waits until this try is counted. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURNS, sa.func.hashtext(key))))


def _minutes(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds() / 60))

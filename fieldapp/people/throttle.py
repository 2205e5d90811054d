"""Slow guessing: a few failed tries, then waits that grow. Kept in the database, so it holds across processes and
restarts. A stranger slows down only himself: tries are counted for whom they are made at *and* where they come from."""

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
"""The advisory locks of the throttle, apart from all others of the database."""
WINDOW = timedelta(hours=1)
"""So long a failed try counts; then its row is swept away."""
UNDECIDED = timedelta(minutes=1)
"""So long a try counts of which nobody knows how it ended: the server stopped meanwhile."""
FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=15)
MANY = 20
"""So many failed tries of one address, at whatever names, and it is guessing: from then on a name has one try there."""


@dataclass(frozen=True)
class Throttle:
    """How many failed tries cost nothing; each further one doubles the wait before the next."""

    name: str
    tries: int

    @contextmanager
    def attempt(self, who: str, now: datetime, address: str = "") -> Iterator[None]:
        """Count a try, and commit it, before its secret is looked at: tries made side by side all count, one by one.

        Commits what was begun before, and undoes what a failed try began. What is a :class:`Problem` inside is a
        failed try; any other failure is ours, and the try is not counted.

        :param who: who is to be let in, and where the try comes from: what is failed there is held against nobody else.
        :param address: whose tries at all names are counted together; "" for none.
        :raises TooManyAttempts: with ``wait``, in minutes.
        """
        db.session.commit()
        number = briefly(lambda connection: self._count(connection, self._key(who), address, utc(now)))
        this = Attempt.id == number
        try:
            yield
        except Problem:
            db.session.rollback()
            briefly(lambda connection: connection.execute(sa.update(Attempt).where(this).values(failed=True)))
            raise
        except BaseException:
            with suppress(sa.exc.SQLAlchemyError):
                db.session.rollback()
                briefly(lambda connection: connection.execute(sa.delete(Attempt).where(this)))
            raise

    def _count(self, connection: sa.Connection, key: str, address: str, at: datetime) -> int:
        _take_turns(connection, key)
        connection.execute(sa.delete(Attempt).where(Attempt.at <= at - WINDOW))
        failed, last = _failed(connection, Attempt.key == key, at)
        there = _failed(connection, Attempt.address == address, at)[0] if address else 0
        wait = self._wait(failed, there)
        if wait and last is not None and last + wait > at:
            raise TooManyAttempts(wait=_minutes(last + wait - at))
        row = sa.insert(Attempt).values(key=key, address=address, at=at, failed=False)
        return connection.scalars(row.returning(Attempt.id)).one()

    def _wait(self, failed: int, there: int) -> timedelta:
        """How long after the last of so many failed tries, with so many from the same address at all names."""
        free = self.tries if there < MANY else 1
        steps = failed - free + there // MANY
        return min(FIRST * 2 ** min(steps, 10), LONGEST) if failed >= free else timedelta()

    def forget(self, who: str) -> sa.Delete:
        """The statement by which the failed tries are forgotten: the right secret was shown."""
        return sa.delete(Attempt).where(Attempt.key == self._key(who))

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"[:120]


def _failed(connection: sa.Connection, whose: sa.ColumnElement[bool], at: datetime) -> tuple[int, datetime | None]:
    """How many tries failed, or are not decided yet, and when the last of them was made."""
    counts = sa.or_(Attempt.failed, Attempt.at > at - UNDECIDED)
    query = sa.select(sa.func.count(), sa.func.max(Attempt.at)).where(whose, counts)
    found = connection.execute(query).one()
    return found[0], found[1]


def _take_turns(connection: sa.Connection, key: str) -> None:
    """Whoever tries the same name or address now waits until this try is counted. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURNS, sa.func.hashtext(key))))


def _minutes(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds() / 60))

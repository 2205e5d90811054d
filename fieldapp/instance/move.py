"""A whole instance into another database: from the file in its folder into PostgreSQL, or back.

All goes into one transaction on the far side, so that a move which breaks off leaves nothing there. The tables are made
by the same migrations as anywhere; then table after table is copied in portions, and read again. The node stays who it
is, with its epoch: nothing is lost by a move, and every position means what it meant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import command

from fieldapp.config import Config
from fieldapp.db import alembic_config, db
from fieldapp.instance import moved
from fieldapp.instance.far_side import DatabaseRow, FarSide, asked_of, far_side
from fieldapp.problems import (
    BadAddressToMoveTo,
    BadDatabaseAddress,
    DatabaseUsedByOthers,
    NoDriver,
    NotTheSameAfterMove,
)
from fieldapp.tables import METADATA

TO_FILE = "sqlite"
"""What is typed instead of an address for the file in the instance."""
AT_ONCE = 1000
"""So many rows are in memory at a time."""
JOURNAL = "change"
OTHERS = """
SELECT count(*), pg_stat_clear_snapshot() FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
PATIENCE = 50
"""So often it is looked, ten times a second, whether who was in the database of before has left it."""
_SUM = 2**128
Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class MoveResult:
    """How much was moved, a digest of the journal (32 hex digits, the same of both databases), where the data of before
    are kept, and what to write so that those of now are served."""

    tables: int
    rows: int
    changes: int
    digest: str
    kept: str
    setting: str


@dataclass
class TableSum:
    """How many rows a table has, and a sum over all of them that does not depend on their order."""

    rows: int = 0
    sum: int = 0

    def add(self, rows: Sequence[DatabaseRow]) -> None:
        """Count some more. A value is told as Python tells it, which both databases give alike."""
        self.rows += len(rows)
        for row in rows:
            digest = blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self.sum = (self.sum + int.from_bytes(digest, "big")) % _SUM


def move(config: Config, address: str, copying: Advance, comparing: Advance) -> MoveResult:
    """Put all data of this instance into an empty database. The one of before stays as it was, and whoever asks it from
    then on is told where its data are.

    :param address: of a PostgreSQL, or ``sqlite`` for the file in the instance.
    :param copying: told how many rows of how many are copied, and ``comparing`` how many were read again.
    :raises BadAddressToMoveTo, NotEmptyToMoveTo, NotUtf8, NoDriver: nothing can be moved there.
    :raises DatabaseUsedByOthers: somebody else works in the database of before.
    :raises RowNotTaken, NotTheSameAfterMove: a value does not go in there, or does not come out again as it is here.
    :raises Problem: the other database is away, closed, or without room. Nothing stays there in any of these cases.
    """
    target = _target(config, address)
    with _near_side() as near, far_side(target) as far, moved.noting(config, target):
        with asked_of(target):
            command.upgrade(_on(far.connection), "head")
        tallies = _copy(near, far, copying)
        _compare(far, tallies, comparing)
        far.finish()
    journal, rows = tallies[JOURNAL], sum(tally.rows for tally in tallies.values())
    kept, setting = moved.shown(config), moved.setting(target)
    return MoveResult(len(tallies), rows, journal.rows, f"{journal.sum:032x}", kept, setting)


def _target(config: Config, address: str) -> Config:
    target = replace(config, database_url="" if address == TO_FILE else address)
    try:
        sa.create_engine(target.database)  # which connects to nothing yet
    except (BadDatabaseAddress, sa.exc.ArgumentError, ValueError):
        raise BadAddressToMoveTo() from None
    except ModuleNotFoundError:
        raise NoDriver() from None
    return target


def _on(connection: sa.Connection) -> Any:
    settings = alembic_config()
    settings.attributes["connection"] = connection
    return settings


@contextmanager
def _near_side() -> Iterator[sa.Connection]:
    """The database of before as of one moment, with nobody else in it."""
    db.session.remove()
    db.engine.dispose()  # what this process has open besides
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            _see_that_nobody_else_is_there(connection)
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def _see_that_nobody_else_is_there(connection: sa.Connection) -> None:
    for _look in range(PATIENCE):
        others = connection.exec_driver_sql(OTHERS).scalar_one()
        connection.rollback()
        if not others:
            return
        time.sleep(0.1)
    raise DatabaseUsedByOthers(database=connection.engine.url.database)


def _tables() -> list[sa.Table]:
    """All, each after those that it names."""
    return [table for metadata in METADATA for table in metadata.sorted_tables]


def _copy(near: sa.Connection, far: FarSide, advance: Advance) -> dict[str, TableSum]:
    """Every row; of each table what it was."""
    for table in reversed(_tables()):
        far.clear(table)
    whole = sum(_count(near, table) for table in _tables())
    done, tallies = 0, {table.name: TableSum() for table in _tables()}
    for table in _tables():
        for rows in _rows(near, table):
            far.put(table, rows)
            tallies[table.name].add(rows)
            done += len(rows)
            advance(done, whole)
        far.number_on(table)
    return tallies


def _compare(far: FarSide, tallies: dict[str, TableSum], advance: Advance) -> None:
    done, whole = 0, sum(tally.rows for tally in tallies.values())
    for table in _tables():
        found = TableSum()
        with asked_of(far.target):
            for rows in _rows(far.connection, table):
                found.add(rows)
                done += len(rows)
                advance(done, whole)
        if found != tallies[table.name]:
            raise NotTheSameAfterMove(table=table.name, there=moved.shown(far.target))


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[DatabaseRow]]:
    """All rows in portions, as they come, JSON as its text."""
    columns = [sa.cast(each, sa.Text) if isinstance(each.type, sa.JSON) else each for each in table.columns]
    yield from connection.execute(sa.select(*columns).execution_options(yield_per=AT_ONCE)).partitions()

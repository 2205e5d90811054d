"""The database that an instance is moved to: found empty, filled in one transaction, kept only when it is finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fieldapp import trouble
from fieldapp.config import Config
from fieldapp.instance import dump, moved
from fieldapp.problems import DiskFull, NoRoomFor, NotEmptyToMoveTo, NotUtf8, RowNotTaken
from sync.files import drafting
from sync.journal import Journal

DatabaseRow = Sequence[Any]


@contextmanager
def asked_of(target: Config) -> Iterator[None]:
    """What fails here is told of the database that is moved to.

    :raises NoRoomFor: its disk is full. :raises Problem: it is away, closed, or busy.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        known = trouble.of_database(error, sa.make_url(target.database))
        if isinstance(known, DiskFull):
            raise NoRoomFor(file=moved.shown(target)) from error
        raise (known or error) from error


def text_of_json(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    """The type of a column, where JSON is moved as the text it is: nothing and ``null`` stay two things."""
    return sa.Text() if isinstance(column.type, sa.JSON) else column.type


class FarSide:
    """A database that is being filled, in a transaction that ``finish`` ends."""

    def __init__(self, connection: sa.Connection, target: Config) -> None:
        self.connection, self.target = connection, target

    def clear(self, table: sa.Table) -> None:
        """Without what a migration has put in."""
        with asked_of(self.target):
            self.connection.execute(sa.delete(table))

    def put(self, table: sa.Table, rows: Sequence[DatabaseRow]) -> None:
        """Some rows, in the order of the columns, JSON as its text.

        :raises RowNotTaken: a value does not go into its column there.
        """
        try:
            with asked_of(self.target):
                self._put(table, rows)
        except (sa.exc.DataError, sa.exc.IntegrityError) as error:
            why = " ".join(str(error.orig).split())
            raise RowNotTaken(there=moved.shown(self.target), table=table.name, why=why) from error

    def _put(self, table: sa.Table, rows: Sequence[DatabaseRow]) -> None:
        names = [column.name for column in table.columns]
        twin = sa.table(table.name, *(sa.column(column.name, text_of_json(column)) for column in table.columns))
        self.connection.execute(sa.insert(twin), [dict(zip(names, row, strict=True)) for row in rows])

    def number_on(self, table: sa.Table) -> None:
        """Let the next number be the one after the greatest, which SQLite does by itself."""

    def finish(self) -> None:
        """Keep all of it."""
        with asked_of(self.target):
            self.connection.commit()


class FarFile(FarSide):
    """A file that takes its name when it is whole."""

    def finish(self) -> None:
        """Keep all of it."""
        super().finish()
        self.connection.close()
        Path(str(self.connection.engine.url.database)).replace(_file(self.target))


class FarPostgres(FarSide):
    """PostgreSQL, which takes rows by ``COPY``."""

    def _put(self, table: sa.Table, rows: Sequence[DatabaseRow]) -> None:
        quote = self.connection.dialect.identifier_preparer.quote
        statement = f"COPY {quote(table.name)} ({', '.join(quote(column.name) for column in table.columns)}) FROM STDIN"
        driver: Any = self.connection.connection
        with self._told_as_others(statement), driver.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def _told_as_others(self, statement: str) -> Iterator[None]:
        """``COPY`` is asked of the driver, and what fails in it is told as what fails in any other statement."""
        dialect = self.connection.dialect
        kind = dialect.loaded_dbapi.Error
        try:
            yield
        except kind as error:
            raise sa.exc.DBAPIError.instance(statement, None, error, kind, True, dialect=dialect) from error

    def number_on(self, table: sa.Table) -> None:
        """Let the next number be the one after the greatest."""
        number = table.autoincrement_column
        if number is None:
            return
        quoted = self.connection.dialect.identifier_preparer.quote(table.name)
        sequence, greatest = sa.func.pg_get_serial_sequence(quoted, number.name), sa.func.max(number)
        next_is = sa.func.setval(sequence, sa.func.coalesce(greatest, 1), greatest.is_not(None))
        with asked_of(self.target):
            self.connection.execute(sa.select(next_is))

    def finish(self) -> None:
        """Keep all of it, and let the database know how much there is of what, for its plans."""
        with asked_of(self.target):
            self.connection.exec_driver_sql("ANALYZE")
        super().finish()


@contextmanager
def far_side(target: Config) -> Iterator[FarSide]:
    """The database that is moved to, empty, in a transaction; without ``finish`` nothing of it stays.

    :raises NotEmptyToMoveTo, NotUtf8: nothing can be moved there.
    :raises Problem: it is away, or closed.
    """
    if target.on_sqlite:
        with _far_file(target) as far:
            yield far
        return
    with asked_of(target):
        connection = _connected(target.database, connect_timeout=10)
    with connection:
        with asked_of(target):
            Journal(connection).claim()  # who moves to the same place at the same time finds that it is not empty
            _see_that_it_is_fit(connection, moved.shown(target))
        yield FarPostgres(connection, target)


@contextmanager
def _far_file(target: Config) -> Iterator[FarSide]:
    if any(target.instance.glob(f"{_file(target).name}*")):
        raise NotEmptyToMoveTo(there=moved.shown(target))
    with drafting(target.instance) as draft, _connected(f"sqlite:///{draft}") as connection:
        yield FarFile(connection, target)


def _connected(address: str, **how: Any) -> sa.Connection:
    engine = sa.create_engine(address, poolclass=sa.NullPool, hide_parameters=True, connect_args=how)
    return engine.connect().execution_options(writes=True)


def _see_that_it_is_fit(connection: sa.Connection, there: str) -> None:
    if connection.exec_driver_sql(dump.TABLES).first():
        raise NotEmptyToMoveTo(there=there)
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise NotUtf8(there=there, encoding=encoding)


def _file(target: Config) -> Path:
    return target.instance / "fieldapp.db"

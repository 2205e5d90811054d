"""The few statements that SQLite and PostgreSQL say differently, and those that are put into words once. Any tables."""

from __future__ import annotations

import json
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import SQLCompiler


def among(connection: sa.Connection, column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    """``column IN values`` for any number of texts, as one parameter."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(values), postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(each.c.value))


def usually_sorted(connection: sa.Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text that PostgreSQL keeps sorted by its bytes, to be compared with one that is not: otherwise no index of the
    other answers, and every row is read for each."""
    return sa.collate(column, "default") if connection.dialect.name == "postgresql" else column


class Ready:
    """A statement that is put into words once for each database and then handed to the driver as it is: to build and
    compile one takes several times as long as to run it.

    ``make`` builds it for a dialect; its values are named by ``bindparam``. They go in and come out as the driver has
    them: a list of texts as :func:`texts` gives it, JSON as text.
    """

    def __init__(self, make: Callable[[sa.Dialect], sa.ClauseElement]) -> None:
        self._make = make
        self._words: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {}
        self._row: Callable[[Iterable[Any]], Any] | None = None

    def __call__(self, connection: sa.Connection, **values: Any) -> Rows:
        """Run it, and read all it gives."""
        words = self._words.get(connection.dialect.name) or self._put_into_words(connection.dialect)
        statement, order, own = words
        given = own | values
        told = tuple([given[name] for name in order]) if order else given
        if not goes_straight(connection):
            result = connection.exec_driver_sql(statement, told)
            return Rows(result.all() if result.returns_rows else ())
        cursor = straight(connection, statement, told)
        if cursor.description is None:
            return Rows()
        self._row = self._row or _row_of(cursor.description)
        return Rows(map(self._row, cursor.fetchall()))

    def _put_into_words(self, dialect: sa.Dialect) -> tuple[str, list[str] | None, dict[str, Any]]:
        compiled = self._make(dialect).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        words = str(compiled), compiled.positiontup, dict(compiled.params)
        self._words[dialect.name] = words
        return words


def _row_of(described: Iterable[Sequence[Any]]) -> Callable[[Iterable[Any]], Any]:
    """What makes a row with names of its values."""
    row = namedtuple("Row", [column[0] for column in described], rename=True)  # type: ignore[misc]  # known when it is asked
    return row._make


class Rows(list[Any]):
    """What a statement gave: rows whose values have names, as those of SQLAlchemy."""

    def one_or_none(self) -> Any:
        """The only row; None where there is none."""
        (row,) = self or (None,)
        return row

    def one(self) -> Any:
        """The only row."""
        (row,) = self
        return row

    def scalars(self) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in self]

    def scalar_one(self) -> Any:
        """The only value of the only row."""
        return self.one()[0]


def goes_straight(connection: sa.Connection) -> bool:
    """Whether a statement is handed to SQLite's own driver: what SQLAlchemy does around each takes several times as
    long as SQLite itself. A transaction must have begun, which is SQLAlchemy's to do."""
    return connection.dialect.driver == "pysqlite" and connection.in_transaction()


_json = msgspec.json.Encoder().encode
heard: list[Callable[[sa.Connection, str, Any], None]] = []
"""Told of each statement that goes straight to the driver, which SQLAlchemy's events do not see."""


def straight(connection: sa.Connection, statement: str, values: Any = (), *, many: bool = False) -> Any:
    """Hand a statement to SQLite's own driver, with values or with ``many`` rows of them; its cursor.

    :raises sqlalchemy.exc.DBAPIError: as SQLAlchemy would.
    """
    for hear in heard:
        hear(connection, statement, values)
    driver: Any = connection.connection.dbapi_connection
    try:
        return driver.executemany(statement, values) if many else driver.execute(statement, values)
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def among_texts(dialect: sa.Dialect, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """``column IN values``, for a statement that is :class:`Ready`: the values of the parameter are :func:`texts`."""
    if dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def for_each_text(
    dialect: sa.Dialect, query: sa.Select[Any], column: sa.ColumnElement[Any], name: str
) -> sa.Select[Any]:
    """``query`` of the rows in whose column any of the texts stands, as :func:`among_texts`; of a text given twice they
    come twice. In a statement of many such queries this is cheaper: SQLite makes a table of every list it looks in."""
    if dialect.name == "postgresql":
        return query.where(among_texts(dialect, column, name))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return query.select_from(each).where(column == each.c.value)


def texts(connection: sa.Connection, values: Collection[str]) -> Any:
    """Any number of texts as one parameter."""
    return list(values) if connection.dialect.name == "postgresql" else _json(list(values)).decode()


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert any number of rows, none included, each with the values of all columns in their order.

    They go to the driver as they are: to convert values of which none needs it costs more than the insert itself.
    """
    if rows:
        many(connection, _insertion(table, connection.dialect.paramstyle), rows)


def replace(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """As :func:`insert`; a row that is there already takes the new values."""
    if rows:
        many(connection, _replacement(table, connection.dialect.paramstyle), rows)


def add(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """As :func:`insert`; to a row that is there already the new values are added, column by column."""
    if rows:
        many(connection, _addition(table, connection.dialect.paramstyle), rows)


def many(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement in the driver's own words for each of these rows."""
    if goes_straight(connection):
        straight(connection, statement, rows, many=True)
    else:
        connection.exec_driver_sql(statement, list(rows))


@lru_cache(maxsize=64)
def _replacement(table: sa.Table, style: str) -> str:
    return _with_what_is_there(table, style, 'excluded."{name}"')


@lru_cache(maxsize=64)
def _addition(table: sa.Table, style: str) -> str:
    return _with_what_is_there(table, style, f'"{table.name}"."{{name}}" + excluded."{{name}}"')


def _with_what_is_there(table: sa.Table, style: str, value: str) -> str:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    told = ", ".join(f'"{name}" = {value.format(name=name)}' for name in others)
    return f"{_insertion(table, style)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {told}"


@lru_cache(maxsize=64)
def _insertion(table: sa.Table, style: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" if style == "qmark" else "%s" for _column in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  the names are of our own tables

"""The few statements that SQLite and PostgreSQL say differently, and those that are put into words once. Any tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import SQLCompiler


def among(connection: sa.Connection, column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    """``column IN values`` for any number of texts, as one parameter."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(values), postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(each.c.value))


class Ready:
    """A statement that is put into words once for each database and then handed to the driver as it is: to build and
    compile one takes several times as long as to run it.

    ``make`` builds it for a dialect; its values are named by ``bindparam``. They go in and come out as the driver has
    them: a list of texts as :func:`texts` gives it, JSON as text.
    """

    def __init__(self, make: Callable[[sa.Dialect], sa.ClauseElement]) -> None:
        self._make = make
        self._words: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {}

    def __call__(self, connection: sa.Connection, **values: Any) -> sa.CursorResult[Any]:
        """Run it."""
        words = self._words.get(connection.dialect.name) or self._put_into_words(connection.dialect)
        statement, order, own = words
        given = own | values
        return connection.exec_driver_sql(statement, tuple([given[name] for name in order]) if order else given)

    def _put_into_words(self, dialect: sa.Dialect) -> tuple[str, list[str] | None, dict[str, Any]]:
        compiled = self._make(dialect).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        words = str(compiled), compiled.positiontup, dict(compiled.params)
        self._words[dialect.name] = words
        return words


def among_texts(dialect: sa.Dialect, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """``column IN values``, for a statement that is :class:`Ready`: the values of the parameter are :func:`texts`."""
    if dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def texts(connection: sa.Connection, values: Collection[str]) -> Any:
    """Any number of texts as one parameter."""
    return list(values) if connection.dialect.name == "postgresql" else json.dumps(list(values))


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert any number of rows, none included, each with the values of all columns in their order.

    They go to the driver as they are: to convert values of which none needs it costs more than the insert itself.
    """
    if rows:
        connection.exec_driver_sql(_insertion(table, connection.dialect.paramstyle), list(rows))


def replace(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """As :func:`insert`; a row that is there already takes the new values."""
    if rows:
        connection.exec_driver_sql(_replacement(table, connection.dialect.paramstyle), list(rows))


@lru_cache(maxsize=64)
def _replacement(table: sa.Table, style: str) -> str:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    told = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    return f"{_insertion(table, style)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {told}"


@lru_cache(maxsize=64)
def _insertion(table: sa.Table, style: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" if style == "qmark" else "%s" for _column in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  the names are of our own tables

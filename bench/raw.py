"""The limit that work is held against: the rows it leaves, inserted with ``executemany`` and nothing else.

The tables and their indexes are those of the application's database, copied as SQLite tells them, and the connection
is the application's own, with its pragmas.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from fieldapp.db import db

Rows = dict[str, list[tuple[Any, ...]]]
JOURNAL = ("change",)
"""The table that is the journal; the others are worked out from it."""


def rows_since(before: Path, after: Path, only: Sequence[str] = ()) -> Rows:
    """The rows that were inserted into each table between two copies of a database, in the order they came."""
    with closing(sqlite3.connect(after)) as database:
        database.execute("ATTACH ? AS earlier", [str(before)])
        found = {table: _new_rows(database, table) for table in only or _tables(database)}
    return {table: rows for table, rows in found.items() if rows}


def _tables(database: sqlite3.Connection) -> list[str]:
    listed = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(listed)]


def _new_rows(database: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    without = database.execute("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", [table])
    if without.fetchone()[0]:
        return database.execute(f'SELECT * FROM "{table}" EXCEPT SELECT * FROM earlier."{table}"').fetchall()
    last = f'(SELECT coalesce(max(rowid), 0) FROM earlier."{table}")'
    return database.execute(f'SELECT * FROM "{table}" WHERE rowid > {last} ORDER BY rowid').fetchall()


def copy_schema(source: Path, target: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Make these tables with their indexes, empty."""
    told = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL"
    with closing(sqlite3.connect(source)) as database:
        for table in tables:
            for (statement,) in database.execute(f"{told} ORDER BY type DESC", [table]).fetchall():
                target.execute(statement)


def connection() -> sqlite3.Connection:
    """A connection as the application has it, to the database of the application of the moment."""
    plain = db.engine.raw_connection().driver_connection
    assert isinstance(plain, sqlite3.Connection)
    return plain


def insert(plain: sqlite3.Connection, rows: Rows) -> None:
    """All rows in one transaction, and not a statement more. What they refer to was not copied nor is looked for."""
    plain.execute("PRAGMA foreign_keys = OFF")
    plain.execute("BEGIN IMMEDIATE")
    for table, values in rows.items():
        plain.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(values[0]))})', values)
    plain.execute("COMMIT")

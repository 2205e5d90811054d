"""``session FILE NODE FOLDER``: the same edits as rows of one table, taken over by the session extension of SQLite."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from bench import raw
from bench.cost import seconds, tell
from bench.node import opened

TOGETHER = 500
"""So many edits a changeset: as many as a tablet sends at once, and each of another household, so that none is lost by
being put together with another."""
ROWS = "SELECT * FROM household ORDER BY id"


def main(file: Path, node: Path, folder: Path) -> None:
    texts = file.read_text("utf-8").splitlines()
    folder.mkdir()
    source, target = copy_of(node, folder / "source.db"), copy_of(node, folder / "target.db")
    changesets = list(made(source, texts))
    spent = seconds(lambda: apply(target, changesets))
    if list(source.execute(ROWS)) != list(target.execute(ROWS)):
        raise SystemExit("the second database is not as the first")
    tell({"seconds": spent, "bytes": sum(map(len, changesets))})


def copy_of(node: Path, path: Path) -> apsw.Connection:
    """The table of households, empty, with its columns and indexes and with the pragmas of the application."""
    database = apsw.Connection(str(path))
    with opened(node).app_context():
        own = raw.connection()
        for name in ("journal_mode", "synchronous"):
            database.execute(f"PRAGMA {name}={own.execute(f'PRAGMA {name}').fetchone()[0]}")
        names = [name for (name,) in own.execute("SELECT name FROM pragma_table_info('household') WHERE name <> 'id'")]
        database.execute(f"CREATE TABLE household(id TEXT NOT NULL PRIMARY KEY, {', '.join(names)})")
        for (index,) in own.execute("SELECT sql FROM sqlite_schema WHERE tbl_name = 'household' AND type = 'index'"):
            database.execute(index or "")
    return database


def made(database: apsw.Connection, texts: Sequence[str]) -> Iterator[bytes]:
    """Make the edits, and take them down."""
    for start in range(0, len(texts), TOGETHER):
        session = apsw.Session(database, "main")
        session.attach()
        with database:
            for text in texts[start : start + TOGETHER]:
                edit(database, json.loads(text))
        yield session.changeset()


def edit(database: apsw.Connection, change: dict[str, object]) -> None:
    answers = change["answers"]
    assert isinstance(answers, dict)
    values = {**answers, "changed_stamp": change["stamp"]}
    if change["base"]:
        names = ", ".join(f"{name} = ?" for name in values)
        database.execute(f"UPDATE household SET {names} WHERE id = ?", (*values.values(), change["record"]))
    else:
        values |= {"area": answers["village"], "author": change["author"], "created_stamp": change["stamp"]}
        places = ", ".join("?" * (len(values) + 1))
        statement = f"INSERT INTO household(id, {', '.join(values)}) VALUES ({places})"
        database.execute(statement, (change["record"], *values.values()))


def apply(database: apsw.Connection, changesets: Sequence[bytes]) -> None:
    """All of them in one transaction."""
    with database:
        for changeset in changesets:
            apsw.Changeset.apply(changeset, database)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))

"""``replay COPIES FOLDER``: what each copy of a database has more than the one before it, inserted raw, one by one."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from itertools import pairwise
from pathlib import Path

from bench import raw
from bench.cost import seconds, tell
from bench.node import database, opened


def main(copies: Path, folder: Path) -> None:
    files = sorted(copies.glob("*.db"))
    folder.mkdir()
    shutil.copyfile(files[0], database(folder))
    with opened(folder).app_context():
        plain = raw.connection()
        tell([replay(plain, before, after) for before, after in pairwise(files)])


def replay(plain: sqlite3.Connection, before: Path, after: Path) -> tuple[int, float]:
    """How many rows, and the seconds they took."""
    rows = raw.rows_since(before, after)
    return sum(map(len, rows.values())), seconds(lambda: raw.insert(plain, rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

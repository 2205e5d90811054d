"""``grow FOLDER SIZE…``: a journal grows through portions of 10,000 changes; at each size, what three of them cost.

Nothing is filled in sideways: the journal of two million is two hundred imports old, and every row and index of every
table is as large as it would be.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from bench import raw
from bench.cost import Cost, cost, median, tell
from bench.node import database, node, opened
from bench.season import PORTION, Season
from fieldapp import intake
from fieldapp.db import begin_writing, db

TABLE = raw.JOURNAL[0]
TIMES = 3


def main(folder: Path, sizes: Sequence[int]) -> None:
    node(folder / "grown")
    with opened(folder / "raw").app_context():
        plain = raw.connection()
        raw.copy_schema(database(folder / "grown"), plain, [TABLE])
    with opened(folder / "grown").app_context():
        tell(curve(sizes, Season(), lambda before: beside(database(folder / "grown"), plain, before)))


def curve(sizes: Sequence[int], season: Season, insert_beside: Callable[[int], Cost]) -> list[tuple[int, Cost, Cost]]:
    """(size, cost of an import, cost of the raw insert) of a portion at each size; medians of three."""
    imports, raws = {}, {}
    for size in range(0, sizes[-1] + TIMES * PORTION, PORTION):
        imports[size] = take_in(list(season.portion()))
        raws[size] = insert_beside(size)
    return [(size, around(size, imports), around(size, raws)) for size in sizes]


def around(size: int, costs: Mapping[int, Cost]) -> Cost:
    """The median of the three portions from a size on."""
    return median([costs[size + n * PORTION] for n in range(TIMES)])


def take_in(texts: list[str]) -> Cost:
    """Import a portion and commit it."""

    def work() -> None:
        begin_writing()
        receipt = intake.receive(texts, kind="file")
        if receipt.held:
            raise SystemExit(f"not all were stored: {receipt.held[0]}")
        db.session.commit()

    return cost(work)[0]


def beside(source: Path, plain: sqlite3.Connection, before: int) -> Cost:
    """Insert the rows of that portion raw, into a journal as large."""
    with closing(sqlite3.connect(source)) as grown:
        rows = grown.execute(f"SELECT * FROM {TABLE} WHERE rowid > ? ORDER BY rowid", [before]).fetchall()
    if len(rows) != PORTION:
        raise SystemExit(f"{len(rows)} rows came of {PORTION} changes")
    return cost(lambda: raw.insert(plain, {TABLE: rows}))[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])

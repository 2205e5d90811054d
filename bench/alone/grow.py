"""``grow FOLDER SIZE…``: a journal grows through portions of 10,000 changes; at each size, what three of them cost.

Nothing is filled in sideways: the journal of two million is two hundred imports old, and every row and index of every
table is as large as it would be.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from bench import raw
from bench.cost import seconds, tell
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


def curve(
    sizes: Sequence[int], season: Season, insert_beside: Callable[[int], float]
) -> list[tuple[int, float, float]]:
    """(size, seconds of an import, seconds of the raw insert) of a portion at each size; medians of three."""
    costs = {}
    for size in range(0, sizes[-1] + TIMES * PORTION, PORTION):
        costs[size] = (take_in(list(season.portion())), insert_beside(size))
    return [(size, *medians([costs[size + n * PORTION] for n in range(TIMES)])) for size in sizes]


def medians(costs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    imports, raws = zip(*costs, strict=True)
    return statistics.median(imports), statistics.median(raws)


def take_in(texts: list[str]) -> float:
    """Seconds to import a portion and commit it."""

    def work() -> None:
        begin_writing()
        receipt = intake.receive(texts, kind="file")
        if receipt.held:
            raise SystemExit(f"not all were stored: {receipt.held[0]}")
        db.session.commit()

    return seconds(work)


def beside(source: Path, plain: sqlite3.Connection, before: int) -> float:
    """Seconds to insert the rows of that portion raw, into a journal as large."""
    with closing(sqlite3.connect(source)) as grown:
        rows = grown.execute(f"SELECT * FROM {TABLE} WHERE rowid > ? ORDER BY rowid", [before]).fetchall()
    if len(rows) != PORTION:
        raise SystemExit(f"{len(rows)} rows came of {PORTION} changes")
    return seconds(lambda: raw.insert(plain, {TABLE: rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])

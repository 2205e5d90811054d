"""``insert_raw BEFORE AFTER FOLDER [TABLE…]``: the rows that AFTER has more than BEFORE, into a new database."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import raw
from bench.cost import cost, tell
from bench.node import opened


def main(before: Path, after: Path, folder: Path, tables: list[str]) -> None:
    rows = raw.rows_since(before, after, tables)
    with opened(folder).app_context():
        plain = raw.connection()
        raw.copy_schema(after, plain, rows)
        spent, _done = cost(lambda: raw.insert(plain, rows))
    tell(spent)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])

"""``make_file FOLDER COUNT``: a batch file from one node for another, and that other node."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from bench.cost import tell
from bench.node import node
from bench.season import changes
from fieldapp import batches, intake, nodes
from fieldapp.db import begin_writing, db

PORTION = 10_000


def main(folder: Path, count: int) -> None:
    giver, taker = node(folder / "giver"), node(folder / "taker")
    with taker.app_context():
        key = nodes.public_key()
    with giver.app_context():
        fill(changes(count))
        to, giver_key = nodes.trust("taker", key), nodes.public_key()
        batches.export(folder / "unfinished", to)
        db.session.commit()
    with taker.app_context():
        nodes.trust("giver", giver_key)
        db.session.commit()
    (folder / "unfinished").rename(folder / "batch.fab")
    tell((folder / "batch.fab").stat().st_size)


def fill(texts: Iterable[str]) -> None:
    """Put changes into the journal and nowhere else: enough for a node that only gives."""
    begin_writing()
    here, rest = intake.journal(), iter(texts)
    batch = here.open_batch("file")
    while some := list(islice(rest, PORTION)):
        here.append(some, batch=batch, judge=lambda _change: None)
    db.session.commit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""``make_sample FOLDER``: a batch file of records as the sample has them from one node for another, and that other."""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

from bench.cost import tell
from bench.node import node
from bench.tablet_province import COMMUNE, province
from fieldapp import batches, nodes
from fieldapp.db import db
from sync.tables import change


def main(folder: Path) -> None:
    giver, taker = province(folder / "giver", [COMMUNE]), node(folder / "taker")
    with taker.app_context():
        key = nodes.public_key()
    with giver.app_context():
        to, giver_key = nodes.trust("taker", key), nodes.public_key()
        batches.export(folder / "unfinished", to)
        count = db.session.scalar(sa.select(sa.func.count()).select_from(change))
        db.session.commit()
    with taker.app_context():
        nodes.trust("giver", giver_key)
        db.session.commit()
    (folder / "unfinished").rename(folder / "batch.fab")
    tell(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

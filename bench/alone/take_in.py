"""``take_in FOLDER FILE COUNT [without-facts | without-any]``: a node imports a batch file, twice; then the file
is only looked at.

Without facts neither those of households nor standings are worked out and kept, and without any nothing that follows
from the records, as which households look alike: which no node does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.cost import cost, peak_mb, seconds, tell
from bench.node import opened
from fieldapp import batches
from fieldapp.cli.background import make_ready
from fieldapp.facts import alike, cases, keeping
from fieldapp.intake import following


class Watch:
    """Notes when all changes were stored, and when all were folded: a change is half done when it is stored."""

    def __init__(self) -> None:
        self.start = self.stored = self.folded = time.perf_counter()

    def __call__(self, done: int, whole: int) -> None:
        self.folded = time.perf_counter()
        if done <= whole // 2:
            self.stored = self.folded

    def parts(self, checking: float, whole: float) -> dict[str, float]:
        """Seconds of each part of an import that took ``whole``, of which ``checking`` went into the file."""
        return {
            "opening and checking the file": checking,
            "judging and the journal": self.stored - self.start - checking,
            "folding and rows": self.folded - self.stored,
            "committing": whole - (self.folded - self.start),
        }


LEFT_OUT: dict[str, Sequence[following.FactKeeper]] = {
    "without-facts": (keeping,),
    "without-any": (keeping, cases, alike),
}


def main(folder: Path, file: Path, count: int, left_out: str = "") -> None:
    app = opened(folder)
    for facts in LEFT_OUT.get(left_out, ()):
        following.KEPT.remove(facts)
    make_ready(app)  # as a server is by the time somebody takes a file in
    with app.app_context():
        watch = Watch()
        first, parcel = cost(lambda: batches.take_in(file, progress=watch))
        peak = peak_mb()
        if parcel.counts != {"stored": count}:
            raise SystemExit(f"not all were stored: {parcel.counts}")
        second, again = cost(lambda: batches.take_in(file))
        if again.before is None:
            raise SystemExit("the second import was none")
        checking = seconds(lambda: batches.show(file))
    tell({"first": first, "second": second, "parts": watch.parts(checking, first.seconds), "peak_mb": peak})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])

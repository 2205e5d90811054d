"""``take_in FOLDER FILE COUNT``: a node imports a batch file, twice; then the file is only looked at."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.cost import cost, peak_mb, tell
from bench.node import opened
from fieldapp import nodes


def main(folder: Path, file: Path, count: int) -> None:
    with opened(folder).app_context():
        first, parcel = cost(lambda: nodes.take_in(file))
        peak = peak_mb()
        if parcel.counts != {"stored": count}:
            raise SystemExit(f"not all were stored: {parcel.counts}")
        second, again = cost(lambda: nodes.take_in(file))
        if again.before is None:
            raise SystemExit("the second import was none")
        looked, _shown = cost(lambda: nodes.show(file))
    tell({"first": first, "second": second, "looked": looked, "peak_mb": peak})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

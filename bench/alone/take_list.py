"""``take_list FOLDER FILE KIND take|look``: a node looks at a list of households or of other support, and takes it.

Its rows in doubt are answered all at once, as where a list names heads without a year.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import msgspec

from bench.cost import cost, peak_mb, tell
from bench.node import opened
from fieldapp import imports, people
from fieldapp.imports import ListImport, Plan


def main(folder: Path, file: Path, kind: str, what: str) -> None:
    with opened(folder).app_context():
        looked, each = cost(lambda: _looked(file, kind))
        told: dict[str, Any] = {"looked": looked, "new": each.counts.get("new", 0)}
        if what == "take":
            told["answered"], each = cost(lambda: imports.choose_all(each.id, "alike", "only"))
            told["new"] = each.counts.get("new", 0)
            told["taken"], _done = cost(lambda: imports.take(each.id, people.find_account("quan")))
        tell({**told, "peak_mb": peak_mb()})


def _looked(file: Path, kind: str) -> ListImport:
    def copy(to: Path) -> None:
        shutil.copyfile(file, to)

    each = imports.begin(imports.keep(copy), file.name, imports.kind_of(kind), people.find_account("quan").id)
    plan = msgspec.convert(each.plan, Plan)
    return imports.look(each.id, plan, day=each.day, sheet=each.sheet, header=each.header)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])

"""``make_texts FILE COUNT``: the same changes that a file of so many has, one a line."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.cost import tell
from bench.season import changes


def main(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{text}\n" for text in changes(count))
    tell(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""``python -m bench [CHANGES] [PART…]``: measures and prints; with ``--write``, into ``bench/README.md`` too."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import figures, growth
from bench.beside_files import beside_files
from bench.decisions import decisions
from bench.desk import desk
from bench.download import download
from bench.exports import files
from bench.figures import Section
from bench.imports import imports, of_the_sample
from bench.lists import lists
from bench.memory import memory
from bench.others import others
from bench.pages import pages
from bench.push import push
from bench.supporting import supporting
from bench.together import together
from bench.wire import wire

CHANGES = 200_000
MANY = 1_000_000
HOUSEHOLDS = 100_000

PARTS: dict[str, Callable[[Path, int | None], Section]] = {
    "imports": lambda folder, count: imports(folder, count or CHANGES),
    "sample": lambda folder, _count: of_the_sample(folder),
    "push": lambda folder, _count: push(folder),
    "growth": lambda folder, _count: growth.short(folder),
    "lists": lambda folder, _count: lists(folder),
    "others": lambda folder, _count: others(folder),
    "wire": lambda folder, _count: wire(folder),
    "together": lambda folder, _count: together(folder),
    "pages": lambda folder, _count: pages(folder),
    "download": lambda folder, _count: download(folder),
    "decisions": lambda folder, _count: decisions(folder),
    "files": lambda folder, _count: files(folder),
}
LONG: dict[str, Callable[[Path, int | None], Section]] = {
    "memory": lambda folder, count: memory(folder, count or MANY),
    "curve": lambda folder, _count: growth.long(folder),
    "desk": lambda folder, count: desk(folder, count or HOUSEHOLDS),
    "beside_files": lambda folder, count: beside_files(folder, count or HOUSEHOLDS),
    "supporting": lambda folder, count: supporting(folder, count or HOUSEHOLDS),
    "tablet": lambda folder, _count: _tablet(folder),
}
"""Only where they are asked for."""


def _tablet(folder: Path) -> Section:
    """It needs a browser, which nothing else here does."""
    from bench.tablet import tablet

    return tablet(folder)


def main() -> None:
    asked = _arguments()
    sections = []
    with _folder(asked.folder) as folder:
        for part in _parts(asked.what) or PARTS:
            section = (PARTS | LONG)[part](folder, _count(asked.what))
            print(f"# {section.title}", *section.lines(), sep="\n", flush=True)
            sections.append(section)
    if asked.write:
        figures.write(sections)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What things cost, beside limits.")
    some = f"how many changes in a file [{CHANGES}], and which of {', '.join(PARTS)} [all], {', '.join(LONG)}"
    parser.add_argument("what", nargs="*", help=some)
    parser.add_argument("--write", action="store_true", help="write what was measured into bench/README.md")
    parser.add_argument("--folder", type=Path, help="keep the files here, and take those that are here already")
    asked = parser.parse_args()
    if unknown := set(_parts(asked.what)) - PARTS.keys() - LONG.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return asked


def _parts(what: Sequence[str]) -> list[str]:
    return [each for each in what if not each.isdigit()]


def _count(what: Sequence[str]) -> int | None:
    return next((int(each) for each in what if each.isdigit()), None)


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    main()

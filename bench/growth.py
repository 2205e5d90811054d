"""What a change costs as the journal grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.cost import Cost, alone
from bench.figures import Figure, Section
from bench.season import PORTION

SHORT = (10_000, 50_000, 100_000, 200_000)
LONG = (10_000, 100_000, 500_000, 1_000_000, 2_000_000)
SAID = """Portions of {portion:,} changes, each a transaction of its own and the same work at every size: 2,000 new
households, and edits of these and of 1,000 drawn from all that are there. Beside each, the raw insert of its rows into
a journal as large. Medians of three portions."""


def growth(folder: Path, sizes: Sequence[int], title: str) -> Section:
    """A line for each size, and how flat that is."""
    told = alone("grow", folder / title.replace(" ", "-"), *sizes)
    curve = [(size, Cost(*imported), Cost(*inserted)) for size, imported, inserted in told]
    return Section(title, SAID.format(portion=PORTION), tuple(_figures(curve)))


def _figures(curve: Sequence[tuple[int, Cost, Cost]]) -> Iterator[Figure]:
    for size, imported, inserted in curve:
        yield f"import into a journal of {size:,}, µs per change", imported.seconds / PORTION * 1e6
        yield f"raw insert into a journal of {size:,}, µs per change", inserted.seconds / PORTION * 1e6
    (first, *before), (last, *after) = curve[0], curve[-1]
    for name, at_first, at_last in zip(("import", "raw insert"), before, after, strict=True):
        yield f"{name}, cost per change at {last:,} / at {first:,}", at_last.seconds / at_first.seconds
        yield f"{name}, the same by processor time", at_last.processor / at_first.processor


def short(folder: Path) -> Section:
    """Up to 200,000: a minute or less."""
    return growth(folder, SHORT, "Cost per change as the journal grows")


def long(folder: Path) -> Section:
    """Up to two million: several minutes, and 4 GB of disk."""
    return growth(folder, LONG, "Cost per change up to two million")

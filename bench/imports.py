"""A batch file end to end: decrypt, verify, judge, journal, fold, rows, areas, commit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.cost import Cost, alone, median
from bench.figures import Figure, Section
from bench.node import Post, database
from bench.raw import JOURNAL

SAID = """One file of {count:,} changes over {records:,} households, decrypted, verified, judged, put into the journal,
folded, written into rows, given areas and committed, once, beside `executemany` of the very rows of the journal it
leaves (same indexes, same pragmas, one transaction; the median of three). Each in a process of its own. The ceiling is
the ratio of an import that does nothing but insert every row it leaves: journal, heads, areas, states and rows."""


def imports(folder: Path, count: int) -> Section:
    """The import of a file beside the raw insert of what it leaves."""
    post = Post.made(folder, count)
    node = post.copy_of_taker(folder / "importing")
    took = alone("take_in", node, post.file, count)
    first, second = (Cost(*took[name]) for name in ("first", "second"))
    journal = raw(folder, post, node, JOURNAL)
    every = raw(folder, post, node, ())
    figures = (
        ("raw insert of the same rows, changes per second", count / journal.seconds),
        ("import of a batch file end to end, changes per second", count / first.seconds),
        ("import/raw ratio", journal.seconds / first.seconds),
        ("import/raw ratio, by processor time", journal.processor / first.processor),
        ("import/raw ratio, its ceiling", journal.seconds / every.seconds),
        ("import/raw ratio, against every row of every table it writes", every.seconds / first.seconds),
        *((f"{name}, share of the import", spent / first.seconds) for name, spent in took["parts"].items()),
        ("first/second import ratio", first.seconds / second.seconds),
        (f"import of {count:,} changes, peak MB", took["peak_mb"]),
    )
    return Section("Import of a batch file", SAID.format(count=count, records=count // 5), figures)


OF_SAMPLE = """One file of {count:,} changes as the sample has them, some twenty answers each with photos and positions:
a commune of 2,000 households with their needs, visits and decisions; imported end to end by a node that is ready for
its first page, beside the raw insert of every row it leaves. Each in a process of its own. Then the same import without
what follows from its records, which the bench alone can leave out: without the facts of households and the standings,
and without those of cases and which households look alike as well; the median of three each, by turns."""


def of_the_sample(folder: Path) -> Section:
    """The import of a file of whole questionnaires beside the raw insert of what it leaves."""
    post = Post.of_the_sample(folder)
    node = post.copy_of_taker(folder / "importing-sample")
    took = alone("take_in", node, post.file, post.count)
    first, every = Cost(*took["first"]), raw(folder, post, node, ())
    figures = (
        ("import of the sample's file, changes per second (at least 6,000)", post.count / first.seconds),
        ("the same by processor time", post.count / first.processor),
        ("import/raw ratio, against every row of every table it writes", every.seconds / first.seconds),
        *((f"{name}, share of the import", spent / first.seconds) for name, spent in took["parts"].items()),
        *_of_facts(folder, post),
    )
    return Section("Import of the sample's own file", OF_SAMPLE.format(count=post.count), figures)


def _of_facts(folder: Path, post: Post) -> Iterator[Figure]:
    """What an import costs with what follows from its records, as many times what it costs without."""
    costs: dict[str, list[Cost]] = {"": [], "without-facts": [], "without-any": []}
    for _turn in range(3):
        for left_out, taken in costs.items():
            node = post.copy_of_taker(folder / f"importing-{left_out or 'whole'}")
            taken.append(Cost(*alone("take_in", node, post.file, post.count, left_out)["first"]))
    whole, bare, barest = map(median, costs.values())
    yield "import with facts and standings/without (at most 1.25)", whole.seconds / bare.seconds
    yield "the same ratio by processor time", whole.processor / bare.processor
    yield "import with all that follows/without any", whole.seconds / barest.seconds
    yield "this ratio by processor time", whole.processor / barest.processor


def raw(folder: Path, post: Post, after: Path, tables: Sequence[str]) -> Cost:
    """The median of three inserts, each into a new database and in a process of its own."""
    return median(_raw(folder / f"raw-{n}", post, after, tables) for n in range(3))


def _raw(folder: Path, post: Post, after: Path, tables: Sequence[str]) -> Cost:
    shutil.rmtree(folder, ignore_errors=True)
    told: Any = alone("insert_raw", database(post.taker), database(after), folder, *tables)
    shutil.rmtree(folder)
    return Cost(*told)

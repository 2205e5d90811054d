"""How much memory a large import needs."""

from __future__ import annotations

from pathlib import Path

from bench.cost import Cost, alone
from bench.figures import Section
from bench.node import Post

SAID = """The peak resident memory (`getrusage`) of a process that imports a file and does nothing else. The file was
made by another one."""


def memory(folder: Path, count: int) -> Section:
    """Many changes in one file: the memory its import takes at most, and its pace."""
    post = Post.made(folder, count)
    took = alone("take_in", post.copy_of_taker(folder / "million"), post.file, count)
    figures = (
        (f"import of {count:,} changes, peak MB", took["peak_mb"]),
        (f"import of {count:,} changes, changes per second", count / Cost(*took["first"]).seconds),
    )
    return Section("A large file", SAID, figures)

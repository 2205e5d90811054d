"""The syntax trees of the source, for tests that read it."""

from __future__ import annotations

import ast
from pathlib import Path

TIMES = 20


def tree(source: str | Path) -> ast.Module:
    """The tree of a text, or of a file.

    CPython 3.11 counts how deep it is in one place for all threads: where another one formats the traceback of an error
    meanwhile, it takes the two for one and gives up. Then it is asked again.
    """
    text = source.read_text("utf-8") if isinstance(source, Path) else source
    for _time in range(TIMES):
        try:
            return ast.parse(text)
        except SystemError:
            continue
    return ast.parse(text)

"""What ``make test`` leaves to ``make test-all``: a claim that another test makes, asked once more in another way.

On the second database, at full length, of every page with every nonsense, in every language. Here is all of it: the
mark, how often to try what chance makes up, and what is left out of a run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

SOAK = "EX" in os.environ
ALL = SOAK or "ALL" in os.environ
LEFT = pytest.StashKey[int]()
"""How many tests a run leaves to ``make test-all``."""
EVERYTHING = pytest.StashKey[list[pytest.Item]]()
"""All that was found, what is left out too."""


def again(*values: Any, id: str | None = None) -> Any:
    """A case that asks again what the other cases of its test ask."""
    return pytest.param(*values, marks=pytest.mark.again, id=id)


def at_once(every: Iterable[Any], which: Callable[[Any], bool]) -> list[Any]:
    """The cases of a test: ``which`` are asked with every run, and the others ask again."""
    return [each if which(each) else again(each) for each in every]


def asked_by(test: str) -> pytest.MarkDecorator:
    """Of a whole test that asks again: which other makes the claim, ``"tests/sync/test_areas.py::test_…"``."""
    return pytest.mark.again(test)


def so_many(few: int, usual: int, full: int) -> int:
    """How often to try: with ``make test``, with ``make test-all``, and ``EX`` times as often with ``make soak``."""
    if SOAK:
        return int(os.environ["EX"]) * full
    return usual if ALL else few


def left_out(items: Iterable[pytest.Item], asked: Sequence[str], here: Path) -> list[pytest.Item]:
    """Those of these tests that a run leaves out: what asks again, unless it is asked for by its name. ``asked``: what
    pytest was called with, as seen from the folder ``here``."""
    names = [(here / file, name) for file, colons, name in (each.partition("::") for each in asked) if colons]
    return [
        item
        for item in items
        if item.get_closest_marker("again") and not any(_is_called(item, file, name) for file, name in names)
    ]


def _is_called(item: pytest.Item, file: Path, name: str) -> bool:
    own = item.nodeid.partition("::")[2]
    return item.path == file.resolve() and (own == name or own.startswith((f"{name}[", f"{name}::")))


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a run what it leaves to the other."""
    config.stash[EVERYTHING] = [*items]
    left = [] if ALL else left_out(items, config.args, config.invocation_params.dir)
    if left:
        gone = set(left)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=left)
    _tell(config, len(left))


def _tell(config: pytest.Config, left: int) -> None:
    config.stash[LEFT] = left
    if hasattr(config, "workeroutput"):
        config.workeroutput["left"] = left


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker has found the same tests."""
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if left := config.stash.get(LEFT, 0):
        terminalreporter.write_line(f"{left} tests ask again what others have asked: make test-all")

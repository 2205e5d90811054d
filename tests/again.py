"""What ``make test`` leaves to ``make test-all``, which a change has to pass before it lands.

What asks ``again``: a claim that another test makes, once more in another way: on the second database, at full length,
of every page with every nonsense, in every language. And each ``walk``: through a whole day, or an installation, which
no test makes quickly. Here is all of it: the marks, how often to try what chance makes up, and what is left out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

SOAK = "EX" in os.environ
ALL = SOAK or "ALL" in os.environ
LEFT = pytest.StashKey[dict[str, int]]()
"""How many tests a run leaves to ``make test-all``, by their mark."""
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


a_walk = pytest.mark.walk
"""Of a test that takes long, whose claim no quick one makes: a walk through a whole day, or an installation: several
people and machines, programs that begin or are killed, disks that are full, lines that break. ``tests/README.md`` names
each, and what is asked of the same thing with every run."""
LEFT_OUT = {
    "again": "tests ask again what others have asked",
    "walk": "walks take long",
}
"""What ``make test`` leaves out, by its mark, as the end of a run tells it."""
SHORT = 2.0
"""A walk that takes less than so many seconds need not be left out: the end of a whole run names it."""


def so_many(few: int, usual: int, full: int) -> int:
    """How often to try: with ``make test``, with ``make test-all``, and ``EX`` times as often with ``make soak``."""
    if SOAK:
        return int(os.environ["EX"]) * full
    return usual if ALL else few


def left_out(items: Iterable[pytest.Item], asked: Sequence[str], here: Path) -> list[pytest.Item]:
    """Those of these tests that a run leaves out: what asks again and what takes long, unless it is asked for by its
    name. ``asked``: what pytest was called with, as seen from the folder ``here``."""
    names = [(here / file, name) for file, colons, name in (each.partition("::") for each in asked) if colons]
    return [item for item in items if why_left(item) and not any(_is_called(item, file, name) for file, name in names)]


def why_left(item: pytest.Item) -> str:
    """The mark for which ``make test`` leaves a test out, or none."""
    return next((mark for mark in LEFT_OUT if item.get_closest_marker(mark)), "")


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
    _tell(config, Counter(map(why_left, left)))


def _tell(config: pytest.Config, left: dict[str, int]) -> None:
    config.stash[LEFT] = left
    if hasattr(config, "workeroutput"):
        config.workeroutput["left"] = dict(left)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker has found the same tests."""
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", {})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left = config.stash.get(LEFT, {})
    if told := [f"{left[mark]} {words}" for mark, words in LEFT_OUT.items() if left.get(mark)]:
        terminalreporter.write_line(f"{', '.join(told)}: make test-all")
    for name in short_walks(terminalreporter.stats.get("passed", [])):
        terminalreporter.write_line(f"a walk of less than {SHORT} s: {name}")


def short_walks(reports: Iterable[Any]) -> list[str]:
    """The walks of a run that took too little to be left out of another. What a fixture took counts as well."""
    took: Counter[str] = Counter()
    for each in reports:
        if "walk" in each.keywords:
            took[each.nodeid] += each.duration
    return sorted(name for name, seconds in took.items() if seconds < SHORT)

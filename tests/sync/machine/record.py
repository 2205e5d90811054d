"""Record histories anew, for the tablet's modules to live through: ``python -m tests.sync.machine.record``; minutes.

What is kept is how each tablet of each history lived, with the answers of a real server. Which rows follow from that,
and which requests must be made, the twin says when it is asked.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import zstandard
from playwright.sync_api import sync_playwright

from fieldapp.people import passwords
from tests import guard
from tests.browser import launch_options
from tests.sync.machine.lives import Life, retold
from tests.sync.machine.mission import Mission
from tests.sync.machine.modules import Lives, lives
from tests.sync.machine.mutants import MUTANTS
from tests.sync.machine.shortcuts import SHORTCUTS, Shortcut
from tests.sync.machine.walks import STEPS, step
from tests.sync.machine.world import World, province

FILE = Path(__file__).parents[2] / "cases" / "lives.json.zst"
HISTORIES = 60


class Recording(msgspec.Struct):
    """The lives of each history: those of its tablets; and by what shortcut which of them is seen to differ."""

    histories: list[list[Life]]
    catching: dict[str, tuple[int, int]] = {}


def recorded() -> Recording:
    """What is in the file."""
    return msgspec.json.decode(zstandard.decompress(FILE.read_bytes()), type=Recording)


def record(world: World) -> Iterator[list[Life]]:
    """Histories that are always the same: so many at random, then the shortest that show what a shortcut comes to."""
    kind = type("Mission", (Mission,), {"world": world, "held_back": [], "lives": []})
    for seed in range(HISTORIES):
        yield lived(kind(), partial(at_random, dice=random.Random(seed)))
    for history in dict.fromkeys(mutant.history for mutant in MUTANTS):
        yield lived(kind(), partial(to_the_end, history=history))


def at_random(mission: Mission, dice: random.Random) -> None:
    """As many steps as a walk has."""
    for _ in range(STEPS):
        step(mission, dice)


def to_the_end(mission: Mission, history: Callable[[Mission], None]) -> None:
    """A history, until nothing moves any more."""
    history(mission)
    mission.come_to_rest()


def lived(mission: Mission, history: Callable[[Mission], None]) -> list[Life]:
    """What tablets lived through in a history."""
    mission.start()
    history(mission)
    return mission.lived()


def caught(page: Lives, shortcut: Shortcut, histories: list[list[Life]]) -> tuple[int, int] | None:
    """Where the shortest life is that a shortcut makes another."""
    places = [(history, life) for history, all_lives in enumerate(histories) for life in range(len(all_lives))]
    places.sort(key=lambda place: len(histories[place[0]][place[1]]["steps"]))
    return next((p for p in places if page.live(retold(histories[p[0]][p[1]]), [shortcut.altered])), None)


def choose(histories: list[list[Life]]) -> dict[str, tuple[int, int]]:
    """For each shortcut the shortest life that catches it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        with lives(browser) as page:
            found = {shortcut.name: caught(page, shortcut, histories) for shortcut in SHORTCUTS}
        browser.close()
    return {name: place for name, place in found.items() if place}


def keep(recording: Recording) -> None:
    """Write the file."""
    FILE.write_bytes(zstandard.compress(msgspec.json.encode(recording), 19))


def main() -> None:
    """Record, and choose."""
    passwords._hasher = guard.Hasher()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, province(Path(folder) / "province") as world:
        histories = list(record(world))
    keep(Recording(histories))
    catching = choose(histories)
    keep(Recording(histories, catching))
    missing = [shortcut.name for shortcut in SHORTCUTS if shortcut.name not in catching]
    sys.stdout.write(f"{sum(map(len, histories))} lives, {FILE.stat().st_size} bytes; not caught: {missing}\n")


if __name__ == "__main__":
    main()

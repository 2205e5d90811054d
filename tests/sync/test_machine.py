"""Whole nodes, real HTTP, three tablets and everything that goes wrong: nothing is lost, and all tell the same.

The server of the province is on SQLite in one run, on PostgreSQL in the other. A few histories are told with every run
of the tests, the same each time, and a mutant of each thing that must hold is caught; ``make test-all`` tells more and
catches every mutant, ``make soak`` tells many, new every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test
from playwright.sync_api import Browser, Page

from tests.again import SOAK, asked_by, at_once, so_many
from tests.postgres import Server
from tests.sync.knowing import proof
from tests.sync.machine.lives import Life, retold
from tests.sync.machine.mission import Mission
from tests.sync.machine.modules import lives
from tests.sync.machine.mutants import MUTANTS, Mutant
from tests.sync.machine.walks import walk
from tests.sync.machine.world import World, province
from tests.sync.test_browser_agrees import page
from tests.sync.test_vectors import FOLD

__all__ = ["page"]

STEPS = 30
LIVES = 2


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One province at a time: each takes chance, time and the line of the whole process into its hands."""
    url = ""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.create())
    with province(tmp_path_factory.mktemp("province"), url) as made:
        yield made


ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("world", ["postgresql"], indirect=True)


def machine(world: World) -> type[Mission]:
    """The machine over a world of its own."""
    return type("Mission", (Mission,), {"world": world, "held_back": [], "lives": []})


@pytest.mark.long
@ON_SQLITE
def test_nothing_is_lost_and_all_tell_the_same(world: World, page: Page, browser: Browser) -> None:
    kind = machine(world)
    run_state_machine_as_test(kind, settings=proof(so_many(1, 2, 8), STEPS))
    for seed in range(so_many(1, 2, 4)):
        walk(kind, seed)
    check_in_browser(page, kind.held_back)
    check_lives(browser, kind.lives[-so_many(LIVES, LIVES, 12 * LIVES) :])


@asked_by("tests/sync/test_two_databases.py::test_nothing_is_lost_and_all_nodes_agree")
@ON_POSTGRESQL
def test_the_same_with_the_province_on_postgresql(world: World) -> None:
    kind = machine(world)
    run_state_machine_as_test(kind, settings=proof(so_many(1, 1, 3), STEPS))
    for seed in range(so_many(1, 1, 2)):
        walk(kind, seed)


def check_in_browser(page: Page, held_back: list[dict[str, Any]]) -> None:
    """What the tablets of all histories held at the end folds in the browser to what Python has folded."""
    assert held_back
    asked = [{"texts": each["held"]["changes"], **each["held"]} for each in held_back]
    for each, found in zip(held_back, page.evaluate(FOLD, asked), strict=True):
        assert {**found, "values": found["shown"]} | each["told"] == {**found, "values": found["shown"]}


def check_lives(browser: Browser, told: list[Life]) -> None:
    """So many tablets of these histories live in the browser as they did here; ``test_browser_lives`` has others."""
    with lives(browser) as there:
        for life in told:
            assert there.live(retold(life)) is None, life


LOSES_WORK = ("unsent_work_evicted", "same_epoch", "blind_edit", "shown_value_only", "held_is_known")
"""What would lose somebody's work: each is caught with every run, and the others ask the same of the proof."""
CASES = at_once(MUTANTS, lambda mutant: mutant.name in LOSES_WORK)


@ON_SQLITE
@pytest.mark.parametrize("mutant", CASES, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(mutant: Mutant, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if SOAK:  # where the engine is sound, the same history ends well
        tell(machine(world), mutant.history)
    mutant.apply(monkeypatch)
    with pytest.raises(AssertionError, match=mutant.caught):
        tell(machine(world), mutant.history)


def tell(kind: type[Mission], history: Callable[[Mission], None]) -> None:
    """A history, step by step, and what must hold at its end."""
    mission = kind()
    mission.start()
    history(mission)
    mission.teardown()

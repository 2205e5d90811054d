"""A real server is killed, as by ``kill -9``, between statements, before and after commits, and at any moment.

What it had acknowledged is there when it is started again; of a push or an import there is all or nothing; and what
was not acknowledged is sent again and is there once.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.again import SOAK, a_walk, again, so_many
from tests.postgres import Server
from tests.sync.machine.connected import NoNetwork
from tests.sync.machine.mission import HOUSES
from tests.sync.machine.outbox import MOST_CHANGES
from tests.sync.machine.tablet import Tablet
from tests.sync.machine.world import NORTH, World, province

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is copied as only Unix can")

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
PATIENCE = 2
"""Whoever asks after the death of a server waits in its queue, so many seconds."""

STATEMENTS = 70
"""Of a hello, two portions of a push and a pull there are about so many."""


class Mortal:
    """A server, an import or an exchange in a process that can be killed."""

    def __init__(self, world: World, site: str = "server") -> None:
        config = getattr(world, site).app.config["FIELDAPP"]
        command = [sys.executable, "-m", "tests.sync.machine.mortal", str(config.instance), config.database_url]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.child = 0
        self.url = f"http://127.0.0.1:{self._heard()}"

    def order(self, *words: object) -> str:
        assert self.process.stdin
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    @contextmanager
    def serving(self, at: int = 0, mutant: str = "sound") -> Iterator[None]:
        """A server that dies at a point, or at the latest when this is over."""
        self.child = int(self.order("serve", mutant, at))
        yield
        self.order("kill")

    def ended(self, *words: object) -> int:
        """How an order ended."""
        self.order(*words)
        return int(self.order("wait"))

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module", params=["sqlite", again("postgresql")])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Mortal]]:
    """A world, and its server as one that can be killed."""
    url = ""
    if request.param == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create())
    with province(tmp_path_factory.mktemp("province"), url) as world:
        mortal = Mortal(world)
        yield world, mortal
        mortal.close()


@pytest.fixture
def world(whole: tuple[World, Mortal]) -> World:
    """On its first day."""
    whole[0].begin()
    whole[0].client.timeout = httpx.Timeout(30)
    return whole[0]


@pytest.fixture
def mortal(whole: tuple[World, Mortal]) -> Mortal:
    return whole[1]


class Story:
    """An enumerator goes on working while the server dies again and again."""

    def __init__(self, world: World, mortal: Mortal, mutant: str = "sound") -> None:
        self.world, self.mortal, self.mutant = world, mortal, mutant
        self.tablet: Tablet = world.tablets[0]
        self.tablet.url = mortal.url
        self.made: list[str] = []

    def work(self) -> None:
        """Five edits: two portions."""
        for _ in range(5):
            self.world.time.millis += 1000
            number = len(self.made)
            draft = self.tablet.begin("household", HOUSES[number % 2], NORTH)
            made = self.tablet.finish(draft, {"village": NORTH, "members": number % 20})
            assert made is not None
            self.made.append(made.id)

    def die(self, at: int = 0, after: float = 0) -> None:
        """The server dies at a statement, or after some seconds."""
        self.work()
        before = self.world.server.ids()
        whole = self.whole_pushes(before)
        self.world.client.timeout = httpx.Timeout(PATIENCE)
        with self.mortal.serving(at, self.mutant):
            timer = threading.Timer(after or 60, self._kill)
            timer.start()
            with suppress(NoNetwork):
                self.tablet.sync()
            timer.cancel()
            timer.join()
        self.check(before, whole)

    def _kill(self) -> None:
        """From outside, whatever it is doing."""
        with suppress(ProcessLookupError):
            os.kill(self.mortal.child, signal.SIGKILL)

    def whole_pushes(self, before: set[str]) -> set[int]:
        """How many changes may be new on the server: those of so many whole portions of what waits on the tablet."""
        waiting = [row["id"] for row in self.tablet.store.all("changes") if not row["receipt"]]
        ends = [*range(0, len(waiting), MOST_CHANGES), len(waiting)]
        return {len(set(waiting[:end]) - before) for end in ends}

    def check(self, before: set[str], whole: set[int]) -> None:
        server = self.world.server
        told = {row["id"] for row in self.tablet.store.all("changes") if row["receipt"]}
        assert told <= server.ids(), "an acknowledged change is gone"
        fresh = len(server.ids() - before)
        assert fresh in whole, "a push was stored in part"
        assert server.rebuilt() == [], "what was stored was not folded"

    def end(self) -> None:
        self.world.client.timeout = httpx.Timeout(30)
        with self.mortal.serving():
            self.tablet.sync()
        assert self.world.server.ids() == set(self.made), "not everything is there"
        assert self.world.server.rebuilt() == []
        last = {HOUSES[number % 2]: number % 20 for number in range(len(self.made))}
        states = self.world.server.states()
        assert {record: states[record].values()["members"] for record in last} == last


def points(kills: int, last: int) -> list[int]:
    """Points to die at: spread over all there are, and not the same for every run of many."""
    dice = random.Random(None if SOAK else 1)
    return [dice.randrange(1 + last * n // kills, 2 + last * (n + 1) // kills) for n in range(kills)]


def test_what_a_killed_server_acknowledged_is_there_and_the_rest_is_there_once_sent_again(
    world: World, mortal: Mortal
) -> None:
    story = Story(world, mortal)
    for at in points(so_many(2, 2, 5), STATEMENTS):
        story.die(at)
    for delay in points(so_many(1, 1, 2), 60):
        story.die(after=delay / 1000)
    story.end()


@a_walk
@pytest.mark.parametrize("whole", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("mutant", "caught"),
    [("receipts-first", "acknowledged change is gone"), again("rows-later", "was not folded")],
)
def test_a_mutant_server_is_caught(world: World, mortal: Mortal, mutant: str, caught: str) -> None:
    story = Story(world, mortal, mutant)
    with pytest.raises(AssertionError, match=caught):
        die_often(story)


def die_often(story: Story) -> None:
    for at in points(40, STATEMENTS):
        story.die(at)


@a_walk
def test_an_import_that_is_killed_changed_nothing_and_is_done_again(world: World, mortal: Mortal) -> None:
    for number in range(6):
        world.laptop.save("household", HOUSES[number % 2], {"village": NORTH, "members": number})
    file, before = world.laptop.export(world.server, 0), world.server.ids()
    died = [mortal.ended("take", file, at) for at in points(so_many(2, 2, 4), 40)]
    assert died.count(KILLED) >= len(died) // 2
    assert world.server.ids() in (before, world.laptop.ids())
    assert world.server.rebuilt() == []
    assert mortal.ended("take", file, 0) == 0
    assert world.server.states() == world.laptop.states()
    assert world.server.rebuilt() == []


@a_walk
def test_a_laptop_that_is_killed_while_it_meets_the_province_goes_on_from_there(world: World) -> None:
    laptop = Mortal(world, "laptop")
    died: list[Any] = []
    for at in points(so_many(2, 2, 4), 90):
        world.laptop.save("household", HOUSES[0], {"village": NORTH, "members": at % 20})
        world.server.save("household", HOUSES[1], {"village": NORTH, "members": at % 20})
        died.append(laptop.ended("exchange", "server", at))
        assert world.laptop.rebuilt() == []
    assert died.count(KILLED) >= len(died) // 2
    assert laptop.ended("exchange", "server", 0) == 0
    laptop.close()
    assert world.server.ids() == world.laptop.ids()
    assert world.server.states() == world.laptop.states()

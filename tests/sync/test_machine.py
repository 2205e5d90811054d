"""Whole nodes, real HTTP, three tablets and everything that goes wrong: nothing is lost, and all tell the same.

The server of the province is on SQLite in one run, on PostgreSQL in the other. ``make soak`` tries much harder, with
histories that are new every time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.postgres import Server
from tests.sync.machine.mission import Mission
from tests.sync.machine.world import World, province

TIMES = int(os.environ.get("EX", "1"))


def proof(examples: int) -> settings:
    """Always the same histories, unless asked for more than usual."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize="EX" not in os.environ,
        print_blob=False,
    )


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with province(tmp_path_factory.mktemp("province")) as made:
        yield made


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[World]:
    name = postgres.create()
    with province(tmp_path_factory.mktemp("province"), postgres.url(name)) as made:
        yield made


def machine(world: World) -> type[Mission]:
    """The machine over a world of its own."""
    return type("Mission", (Mission,), {"world": world, "held_back": []})


def test_nothing_is_lost_and_all_tell_the_same(on_sqlite: World) -> None:
    run_state_machine_as_test(machine(on_sqlite), settings=proof(20))


def test_the_same_with_the_province_on_postgresql(on_postgresql: World) -> None:
    run_state_machine_as_test(machine(on_postgresql), settings=proof(8))

"""What the machine found once, each as the shortest story that shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.machine.mission import HOUSES
from tests.sync.machine.tablet import NoNetwork, Refused
from tests.sync.machine.world import FAR, NORTH, World, province


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with province(tmp_path_factory.mktemp("province")) as made:
        yield made


@pytest.fixture
def world(whole: World) -> World:
    whole.begin()
    return whole


def test_a_change_that_is_held_is_not_said_to_be_taken_when_it_is_sent_again(world: World) -> None:
    an = world.tablets[0]
    world.server.save("household", HOUSES[0], {"village": NORTH, "members": 3})
    an.sync()
    an.finish(an.begin("household", HOUSES[0], NORTH), {"members": 4})
    world.server.save("household", HOUSES[0], {"village": FAR})
    with world.line.failing("lost answer", 1), pytest.raises(NoNetwork):
        an.sync()
    an.sync()
    (row,) = an.store.all("changes")
    assert (row["receipt"]["verdict"], row["receipt"]["reason"]) == ("held", "outside_area")


def test_a_tablet_that_is_connected_again_offers_what_the_server_lost_when_it_was_put_back(world: World) -> None:
    yesterday = world.server.image()
    again = world.enrolled("an", world.tablet("an"))
    made = again.finish(again.begin("household", HOUSES[0], NORTH), {"village": NORTH, "members": 4})
    again.sync()
    world.server.restore(yesterday)
    with pytest.raises(Refused):
        again.sync()
    world.enrolled("an", again)
    again.sync()
    assert made is not None
    assert made.id in world.server.ids()

"""What the machine found once, each as the shortest story that shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.sync.machine.connected import NoNetwork, Refused
from tests.sync.machine.lives import retold
from tests.sync.machine.mission import GRANTS, HOUSES
from tests.sync.machine.modules import lives
from tests.sync.machine.world import COMMUNES, FAR, NORTH, SOUTH, World, province


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with province(tmp_path_factory.mktemp("province")) as made:
        yield made


@pytest.fixture
def world(whole: World) -> World:
    whole.begin()
    return whole


@pytest.fixture
def also_in_browser(world: World, browser: Browser) -> Iterator[None]:
    """What the first tablet lived through, the modules live through as well."""
    yield
    with lives(browser) as page:
        assert page.live(retold(world.tablets[0].life)) is None


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


@pytest.mark.usefixtures("also_in_browser")
def test_a_household_that_was_moved_by_mistake_stays_on_its_tablet_while_the_server_holds_that(world: World) -> None:
    an = world.tablets[0]
    an.finish(an.begin("household", HOUSES[0], NORTH), {"village": NORTH, "members": 3})
    an.sync()
    an.finish(an.begin("household", HOUSES[0], NORTH), {"village": FAR})
    an.sync()
    assert [row["receipt"]["verdict"] for row in an.store.all("changes")] == ["stored", "held"]
    assert world.server.areas()[HOUSES[0]] == NORTH
    an.sync()
    assert HOUSES[0] in an.store.rows["records"]


@pytest.mark.usefixtures("also_in_browser")
def test_what_lies_in_a_village_that_was_taken_away_goes_and_with_it_what_moved_there_and_counts(world: World) -> None:
    an = world.tablets[0]
    world.server.grant("an", GRANTS["both communes"](COMMUNES[0]))
    an.sync()
    for house, village in zip(HOUSES, (NORTH, SOUTH), strict=True):
        an.finish(an.begin("household", house, NORTH), {"village": village, "members": 3})
    an.sync()
    world.server.grant("an", GRANTS["its commune"](COMMUNES[0]))
    an.finish(an.begin("household", HOUSES[1], SOUTH), {"members": 4})
    an.sync()
    assert set(an.store.rows["records"]) == {HOUSES[0]}


@pytest.mark.usefixtures("also_in_browser")
def test_a_form_that_is_finished_with_nothing_changed_ends_and_the_next_is_saved(world: World) -> None:
    an = world.tablets[0]
    an.finish(an.begin("household", HOUSES[0], NORTH), {"village": NORTH, "members": 3})
    assert an.finish(an.open_form("household", HOUSES[0], NORTH), {"members": 3}) is None
    assert not an.store.all("drafts")
    assert an.finish(an.open_form("household", HOUSES[0], NORTH), {"members": 4}) is not None

"""A computer whose clock is wrong says so on every page, to whoever works at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from fieldapp import intake
from fieldapp.db import db
from fieldapp.instance import health
from fieldapp.nodes import Peer
from tests.conftest import Server, sit
from tests.nodes.conftest import Node

YEAR = 365 * 24 * 3_600_000
TELLS = "Đồng hồ của máy này"
real = time.time_ns


@contextmanager
def clock_off(by_ms: int) -> Iterator[None]:
    """What is recorded and asked meanwhile goes by a clock that is so many milliseconds ahead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.clock.time.time_ns", lambda: real() + by_ms * 1_000_000)
        yield


def told(node: Node, who: str = "binh", path: str = "/") -> str:
    """The notice on a page of theirs, a minute later; or nothing."""
    node.app.extensions["clock"] = (0.0, None)
    page = sit(node.app, who).get(path, follow_redirects=True).get_data(as_text=True)
    return next((line for line in page.splitlines() if TELLS in line), "")


@pytest.mark.parametrize("who", ["binh", "quan"])
def test_everybody_at_a_laptop_that_begins_in_another_year_is_told(joined: Node, who: str) -> None:
    assert not told(joined, who)
    with clock_off(-11 * YEAR):
        assert "còn dữ liệu mới nhất từ nơi khác" in told(joined, who)
    assert not told(joined, who)


def test_every_kind_of_page_tells_it_but_one_for_who_is_not_signed_in(joined: Node) -> None:
    record = joined.households()[0]
    paths = ["/", "/records/", f"/records/{record}", "/map", "/reports", "/nowhere"]
    with clock_off(-11 * YEAR):
        assert [path for path in paths if not told(joined, path=path)] == []
        assert TELLS not in joined.app.test_client().get("/sign-in").get_data(as_text=True)


def test_what_was_recorded_here_while_the_clock_was_ahead_tells_nothing_once_it_is_right(joined: Node) -> None:
    with clock_off(5 * YEAR):
        joined.edit(joined.households()[0], {"members": 7})
    assert not told(joined)


def test_a_laptop_that_was_told_so_by_the_server_tells_it_on_until_they_meet_again(joined: Node) -> None:
    with joined.inside():
        db.session.query(Peer).one().report = {"clock_ahead_ms": 3 * 3_600_000}
    assert "nhanh hơn đồng hồ của “tinh” 3 giờ" in told(joined)
    joined.sync()
    assert not told(joined)


def test_what_a_laptop_records_once_its_clock_was_put_right_is_told_by_the_true_time(
    joined: Node, province: Node
) -> None:
    """Its stamps stay ahead, for they only grow."""
    home, year = joined.households()[0], f"/{datetime.now(UTC).year + 5}"
    with clock_off(5 * YEAR):
        joined.edit(home, {"members": 7})
    told_before = drawn(joined, home).count(year)
    joined.edit(home, {"members": 8})
    joined.sync()
    for node in (joined, province):
        assert node.row(home).members == 8
        assert abs(node.row(home).changed_at - datetime.now(UTC).replace(tzinfo=None)) < timedelta(hours=1)
    assert drawn(joined, home).count(year) <= told_before


def drawn(node: Node, home: str) -> str:
    return sit(node.app, "quan").get(f"/records/{home}").get_data(as_text=True)


def test_of_two_who_answer_the_same_the_one_with_the_stuck_clock_is_not_shown_and_both_are_kept(
    joined: Node, province: Node
) -> None:
    home = joined.households()[0]
    with clock_off(5 * YEAR):
        joined.edit(home, {"phone": "0912 345 678"})
    joined.sync()
    province.edit(home, {"members": 5})
    joined.edit(home, {"members": 8})
    joined.sync()
    for node in (joined, province):
        assert node.row(home).members == 5
        assert "members" in node.row(home).conflicts


def clock_said(node: Node) -> health.Check:
    with node.inside():
        return next(each for each in health.examine() if each.name == "clock")


def test_doctor_tells_of_a_clock_that_was_ahead_once_and_what_it_says_ends_it(
    joined: Node, laptop: Node, province: Node, server: Server
) -> None:
    assert clock_said(joined).state == "ok"
    home = joined.households()[0]
    with clock_off(5 * YEAR):
        joined.edit(home, {"members": 7})
    said = clock_said(joined)
    assert (said.state, "fieldapp node join" in said.says) == ("warning", True)
    joined.sync()
    laptop.join(server.url, province.code())
    laptop.sync()
    assert laptop.row(home).members == 7
    assert clock_said(laptop).state == "ok"
    laptop.edit(home, {"members": 8})
    with laptop.inside():
        assert not intake.journal().is_stuck_ahead()

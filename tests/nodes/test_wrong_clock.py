"""A computer whose clock is wrong says so on every page, to whoever works at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fieldapp.db import db
from fieldapp.nodes import Peer
from tests.conftest import sit
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

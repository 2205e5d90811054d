"""Whoever writes a large file gives way to all who wait for a page of the same process, and still comes to its end."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from fieldapp import giving_way
from fieldapp.giving_way import PATIENCE, SOON, TURN, Room
from fieldapp.giving_way import room as of_this_process
from fieldapp.serving import _work

ROWS = list(range(40))


class Clock:
    """Time that passes only when somebody sleeps, and a little whenever somebody looks."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def monotonic(self) -> float:
        self.now += SOON / 10
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(giving_way, "time", found)
    return found


def test_no_row_is_worked_on_while_another_request_is(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    room, got = Room(), list[int]()
    other = room.working()

    def leave_after_three(seconds: float) -> None:
        assert got == ROWS[:10], "nothing was done meanwhile"
        clock.slept.append(seconds)
        if len(clock.slept) == 3:
            other.__exit__(None, None, None)

    monkeypatch.setattr(clock, "sleep", leave_after_three)
    with room.working(), room.long_work():
        for row in room.one_by_one(ROWS):
            got.append(row)
            if row == 9:
                other.__enter__()
    assert got == ROWS
    assert len(clock.slept) == 3


def test_where_others_are_always_at_work_there_is_a_turn_all_the_same(clock: Clock) -> None:
    room, many = Room(), range(1000)
    with room.working(), room.working(), room.long_work():
        assert list(room.one_by_one(many)) == list(many)
    turns = clock.now / (PATIENCE + TURN)
    assert 1 < turns < len(many) / 10
    assert sum(clock.slept) >= (turns - 1) * PATIENCE


def test_two_files_at_once_do_not_wait_for_each_other_and_short_work_waits_for_nobody(clock: Clock) -> None:
    room = Room()
    with room.working(), room.long_work(), room.working():
        with room.long_work():
            assert list(room.one_by_one(ROWS)) == ROWS
        assert room.one_by_one(ROWS) is ROWS
    assert (clock.slept, room.at_work) == ([], 0)


def test_beside_long_work_threads_change_over_quickly_and_afterwards_as_before() -> None:
    room, usual = Room(), sys.getswitchinterval()
    with room.long_work():
        with room.long_work():
            assert sys.getswitchinterval() < usual / 5
        assert sys.getswitchinterval() < usual / 5
    assert sys.getswitchinterval() == usual


def test_the_server_counts_the_requests_it_works_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr("fieldapp.serving.answer_of", lambda *_asked: seen.append(of_this_process.at_work))
    _work(None, {})  # type: ignore[arg-type]
    assert (seen, of_this_process.at_work) == ([1], 0)


@pytest.mark.parametrize("path", ["records/household.csv", "records/household.xlsx", "everything.db"])
def test_files_of_records_are_such_work_and_no_other_request_is(
    as_: Callable[[str], FlaskClient], clock: Clock, path: str
) -> None:
    quan = as_("quan")
    with of_this_process.working():  # as the server does around it
        assert quan.get(f"/reports/{path}").status_code == 200
        assert clock.slept == []
        with of_this_process.working():
            assert quan.get(f"/reports/{path}").status_code == 200
            assert clock.slept != []
            before = len(clock.slept)
            assert quan.get("/records/").status_code == 200
    assert len(clock.slept) == before

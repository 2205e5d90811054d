"""Whoever writes a large file gives way to all who wait for a page of the same process, and still comes to its end."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod
from typing import Any
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import giving_way
from fieldapp.db import db
from fieldapp.giving_way import PATIENCE, PAUSE, TURN, Room
from fieldapp.giving_way import room as of_this_process
from fieldapp.serving import Served
from fieldapp.surveys import Household

ROWS = list(range(40))


class Clock:
    """Time that passes only when somebody waits for it, and a little whenever somebody looks."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, list[float]()
        self.meanwhile: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        self.now += TURN / 100
        return self.now

    def wait_for(self, holds: Callable[[], bool], seconds: float) -> bool:
        self.meanwhile()
        if not holds():
            self.now += seconds
        self.waited.append(seconds)
        return holds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(giving_way, "time", found)
    monkeypatch.setattr(threading.Condition, "wait_for", partialmethod(_waits, found))
    return found


def _waits(_condition: threading.Condition, clock: Clock, holds: Callable[[], bool], seconds: float) -> bool:
    return clock.wait_for(holds, seconds)


def test_no_row_is_worked_on_while_another_request_is(clock: Clock) -> None:
    room, got = Room(), list[int]()
    other = room.working()

    def leave() -> None:
        assert got == ROWS[:10], "nothing was done meanwhile"
        other.__exit__(None, None, None)
        clock.meanwhile = lambda: None

    clock.meanwhile = leave
    with room.working(), room.long_work():
        for row in room.one_by_one(ROWS):
            got.append(row)
            if row == 9:
                other.__enter__()
    assert got == ROWS
    assert clock.waited == [pytest.approx(PATIENCE, rel=0.1), PAUSE]


def test_who_asks_for_one_page_after_the_other_finds_no_long_work_between_them(clock: Clock) -> None:
    room, got, asked = Room(), list[int](), iter(range(6))
    other = [room.working()]

    def come_and_go() -> None:
        assert got == []
        if room.at_work:
            other.pop().__exit__(None, None, None)
        elif next(asked, None) is not None:
            other.append(room.working())
            other[0].__enter__()

    clock.meanwhile = come_and_go
    other[0].__enter__()
    with room.working(), room.long_work():
        for row in room.one_by_one(ROWS):
            clock.meanwhile = lambda: None
            got.append(row)
    assert got == ROWS
    assert next(asked, None) is None


def test_whoever_waits_for_others_goes_on_when_the_last_of_them_is_done() -> None:
    room, waits = Room(), threading.Event()
    first, second = room.working(), room.working()

    def write() -> list[int]:
        with room.working(), room.long_work():
            waits.set()
            return list(room.one_by_one(ROWS))

    first.__enter__()
    second.__enter__()
    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(write)
        waits.wait()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        assert written.result() == ROWS


def test_where_others_are_always_at_work_there_is_a_turn_all_the_same(clock: Clock) -> None:
    room, many = Room(), range(1000)
    with room.working(), room.working(), room.long_work():
        assert list(room.one_by_one(many)) == list(many)
    turns = clock.waited.count(PAUSE)
    assert 1 < turns < len(many) / 10
    assert turns * PATIENCE <= clock.now <= (turns + 1) * (PATIENCE + TURN)


def test_two_files_at_once_do_not_wait_for_each_other_and_short_work_waits_for_nobody(clock: Clock) -> None:
    room = Room()
    with room.working(), room.long_work(), room.working():
        with room.long_work():
            assert list(room.one_by_one(ROWS)) == ROWS
        assert room.one_by_one(ROWS) is ROWS
    assert (clock.waited, room.at_work) == ([], 0)


def test_beside_long_work_threads_change_over_quickly_and_afterwards_as_before() -> None:
    room, usual = Room(), sys.getswitchinterval()
    with room.long_work():
        with room.long_work():
            assert sys.getswitchinterval() < usual / 5
        assert sys.getswitchinterval() < usual / 5
    assert sys.getswitchinterval() == usual


def test_the_server_counts_the_requests_it_works_on_from_when_they_wait_for_a_thread() -> None:
    seen, both_wait = list[int](), threading.Event()

    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        both_wait.wait()
        seen.append(of_this_process.at_work)
        start_response("200 OK", [])
        return [b""]

    async def one_waits_for_the_other() -> None:
        served = Served(app)
        served.threads = ThreadPoolExecutor(1)
        asked = [asyncio.create_task(served._answer(Mock(), {})) for _request in range(2)]
        await asyncio.sleep(0)
        both_wait.set()
        await asyncio.gather(*asked)

    with ThreadPoolExecutor(1) as apart:  # a loop may run in this thread already: that of a browser
        apart.submit(asyncio.run, one_waits_for_the_other()).result()
    assert (seen[0], of_this_process.at_work) == (2, 0)


@pytest.mark.parametrize("path", ["records/household.csv", "records/household.xlsx", "everything.db"])
def test_files_of_records_are_such_work_and_no_other_request_is(
    as_: Callable[[str], FlaskClient], clock: Clock, path: str
) -> None:
    quan = as_("quan")
    with of_this_process.working():  # as the server does around it
        assert quan.get(f"/reports/{path}").status_code == 200
        assert clock.waited == []
        with of_this_process.working():
            assert quan.get(f"/reports/{path}").status_code == 200
            assert clock.waited != []
            before = len(clock.waited)
            assert quan.get("/records/").status_code == 200
    assert len(clock.waited) == before


@pytest.mark.parametrize("path", ["household.csv", "household.xlsx"])
def test_others_may_go_first_before_each_record_is_read_and_before_it_is_written(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    with app.app_context():
        households = db.session.scalar(sa.select(sa.func.count()).select_from(Household))
    quan, looked = as_("quan"), list[Room]()
    monkeypatch.setattr(Room, "step_aside", lambda room: looked.append(room))
    assert quan.get(f"/reports/records/{path}").status_code == 200
    assert households is not None
    assert len(looked) >= 2 * households

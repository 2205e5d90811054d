"""Who writes is served in the order of coming, by threads and by processes, and whoever ends lets the next one in."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp.db import begin_writing, briefly, db
from fieldapp.instance import at_work
from fieldapp.turns import Queue, TooLong, Turnstile
from tests.wire_client import Tablet, code

__all__ = ["code"]

PATIENCE = 60.0
"""More than anything here takes."""
HOLDER = """
import sys, time
from pathlib import Path
from fieldapp.turns import Turnstile
Turnstile(Path(sys.argv[1])).enter(time.monotonic() + 60)
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(Turnstile(tmp_path))


def until(done: Callable[[], bool]) -> None:
    """Look until it is so; a test that looks in vain fails."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


def test_threads_are_served_in_the_order_in_which_they_came(queue: Queue) -> None:
    served: list[int] = []

    def write(number: int) -> None:
        queue.enter(PATIENCE)
        served.append(number)
        queue.leave()

    queue.enter(PATIENCE)
    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        until(lambda number=number: len(queue._waiting) == number)  # type: ignore[misc]
    queue.leave()
    for thread in threads:
        thread.join()
    assert served == list(range(12))


def test_a_process_that_has_just_written_does_not_overtake_one_that_waits(tmp_path: Path) -> None:
    busy, patient, served = Turnstile(tmp_path), Turnstile(tmp_path), list[str]()

    def wait() -> None:
        patient.enter(time.monotonic() + PATIENCE)
        served.append("the one that waited")
        patient.leave()

    busy.enter(time.monotonic() + PATIENCE)
    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: is_held(tmp_path / "next"))
    busy.leave()
    busy.enter(time.monotonic() + PATIENCE)
    served.append("the one that wrote before")
    busy.leave()
    waiting.join()
    assert served == ["the one that waited", "the one that wrote before"]


def is_held(path: Path) -> bool:
    file = at_work.opened(path)
    held = not at_work.take(file)
    os.close(file)
    return held


def test_a_process_that_is_killed_while_it_writes_lets_the_next_one_in(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        queue = Queue(Turnstile(tmp_path))
        with pytest.raises(TooLong):
            queue.enter(0)
        holder.kill()
    queue.enter(PATIENCE)
    queue.leave()


def test_who_gives_up_waiting_is_passed_over_and_harms_nobody(queue: Queue) -> None:
    queue.enter(PATIENCE)
    with pytest.raises(TooLong):
        queue.enter(0)
    queue.leave()
    queue.enter(0)


def fail_in_the_middle() -> None:
    with pytest.raises(ZeroDivisionError):
        briefly(lambda _connection: 1 // 0)


def lose_the_connection() -> None:
    begin_writing()
    db.session.connection().invalidate()
    db.session.remove()


def leave_it_lying() -> None:
    connection = db.engine.connect().execution_options(writes=True)
    connection.begin()
    del connection
    gc.collect()


def end_well() -> None:
    begin_writing()
    db.session.commit()


def leave_a_statement_half_read() -> None:
    begin_writing()
    rows = iter(db.session.execute(sa.text("SELECT 1 UNION SELECT 2")))
    next(rows)
    db.session.remove()


@pytest.mark.parametrize(
    "end", [end_well, fail_in_the_middle, lose_the_connection, leave_it_lying, leave_a_statement_half_read]
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::sqlalchemy.exc.SAWarning")
def test_however_a_writer_ends_the_next_one_comes_in_at_once(context: Flask, end: Callable[[], None]) -> None:
    end()
    db.session.remove()
    briefly(lambda _connection: None, patience_ms=0)


def test_who_waits_too_long_is_told_to_come_again(
    client: FlaskClient, code: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = Tablet(client, code)
    text = tablet.household()
    monkeypatch.setattr("fieldapp.db.PATIENCE_MS", 1)
    with app.app_context(), db.engine.connect().execution_options(writes=True) as other, other.begin():
        told = client.post("/sync/v1/push", json={"changes": [text]}, headers=tablet.auth)
    assert (told.status_code, told.get_json()["error"]["code"]) == (503, "database_busy")
    assert [each["verdict"] for each in tablet.push(text)] == ["stored"]

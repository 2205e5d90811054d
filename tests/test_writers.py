"""Who writes begins as a writer, late and briefly; and who only reads is stopped by nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.db import begin_writing, briefly, db
from fieldapp.people import Device
from tests import guard
from tests.conftest import PASSWORD
from tests.postgres import ON_EACH_DATABASE
from tests.wire_client import Tablet


@pytest.fixture
def tablet(client: FlaskClient) -> Tablet:
    """A tablet of Lan that has been here a moment ago."""
    with client.application.app_context():
        begin_writing()
        code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    made = Tablet(client, code)
    made.get("hello?said=0")
    return made


@contextmanager
def refusing_to_write(app: Flask) -> Iterator[list[str]]:
    """Every connection reads only, as on a disk that is full; yields the writing that was tried."""
    tried: list[str] = []

    def read_only(connection: sa.Connection) -> None:
        word = "PRAGMA query_only=ON" if connection.dialect.name == "sqlite" else "SET TRANSACTION READ ONLY"
        connection.exec_driver_sql(word)

    def refused(context: Any) -> None:
        tried.append(context.statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "begin", read_only)
    sa.event.listen(engine, "handle_error", refused)
    yield tried
    sa.event.remove(engine, "begin", read_only)
    sa.event.remove(engine, "handle_error", refused)
    engine.dispose()  # SQLite's connections keep what they were told


def row(app: Flask, tablet: Tablet) -> Device:
    with app.app_context():
        db.session.remove()
        return db.session.get_one(Device, tablet.device)


@ON_EACH_DATABASE
def test_a_tablet_that_only_asks_is_answered_by_a_server_that_can_write_nothing(app: Flask, tablet: Tablet) -> None:
    area = tablet.areas[0]["id"]
    with refusing_to_write(app) as tried:
        for path in (
            "hello?said=0",
            f"pull?area={area}",
            f"snapshot?area={area}",
            "counts",
            f"blob/{'a' * 64}/missing",
        ):
            tablet.get(path)
    assert tried == []


@ON_EACH_DATABASE
def test_that_a_contact_cannot_be_noted_is_no_failure(app: Flask, tablet: Tablet) -> None:
    with refusing_to_write(app) as tried:
        assert tablet.get("hello?said=7")["acked_seq"] == 0
    assert len(tried) == 1
    tablet.get("hello?said=7")
    assert row(app, tablet).report["said"] == 7


def test_a_contact_is_noted_while_another_writes_or_left_out_and_nobody_waits_for_it(
    app: Flask, tablet: Tablet
) -> None:
    with app.app_context():
        begin_writing()
        assert tablet.get("hello?said=7")["acked_seq"] == 0
        db.session.rollback()


def test_contact_is_noted_once_a_minute_and_news_at_once() -> None:
    now = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)
    device = Device(report={"said": 3, "pending": 1}, last_seen_at=now.replace(tzinfo=None))
    soon, later = now + timedelta(seconds=59), now + timedelta(seconds=60)
    assert not people.is_news(device, soon, {"said": 3, "pending": 2})
    assert people.is_news(device, later, {"said": 3, "pending": 2})
    assert people.is_news(device, soon, {"said": 4, "pending": 2})
    assert people.is_news(device, soon, {"said": 3, "losses": [{"at": "2026-08-01T07:00:00"}]})


@ON_EACH_DATABASE
def test_what_is_written_briefly_is_done_again_after_others_were_in_the_way(app: Flask) -> None:
    said: list[str] = []

    def work(connection: sa.Connection) -> str:
        said.append("try")
        if len(said) < 3:
            raise busy(connection)
        return "done"

    with app.app_context():
        assert briefly(work) == "done"
        with pytest.raises(sa.exc.DBAPIError):
            briefly(lambda connection: (_ for _ in ()).throw(busy(connection)))
    assert len(said) == 3


def busy(connection: sa.Connection) -> sa.exc.DBAPIError:
    """What the driver of this database says when another was quicker."""
    if connection.dialect.name == "sqlite":
        return sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))
    original = Exception("deadlock detected")
    original.sqlstate = "40P01"  # type: ignore[attr-defined]
    return sa.exc.OperationalError("UPDATE", {}, original)


@ON_EACH_DATABASE
def test_a_failure_of_ours_never_counts_as_a_wrong_password(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)
    with app.app_context():
        with monkeypatch.context() as broken:
            broken.setattr("fieldapp.people.passwords.matches", lambda *_: 1 / 0)
            for _time in range(20):
                with pytest.raises(ZeroDivisionError):
                    people.sign_in("lan", PASSWORD, now)
        account, _session = people.sign_in("lan", PASSWORD, now)
        assert account.username == "lan"
        db.session.remove()


def test_people_who_sign_in_at_the_same_moment_all_get_in_while_another_saves(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    names = ["lan", "binh", "quan", "dung"] * 3
    start = Barrier(len(names) + 1)

    def enter(name: str) -> int:
        start.wait()
        return app.test_client().post("/sign-in", data={"username": name, "password": PASSWORD}).status_code

    def save() -> None:
        start.wait()
        for _time in range(20):
            with app.app_context():
                begin_writing()
                people.find_account("lan").name += "."
                db.session.commit()
                db.session.remove()

    with ThreadPoolExecutor(len(names) + 1) as pool:
        saved = pool.submit(save)
        assert list(pool.map(enter, names)) == [302] * len(names)
        saved.result()


@pytest.mark.parametrize("how", ["reads first", "hashes meanwhile"])
def test_the_guard_finds_who_writes_without_having_begun_so_and_who_dawdles(app: Flask, how: str) -> None:
    @app.get("/wrong")
    def wrong() -> str:
        lan = people.find_account("lan")
        if how == "hashes meanwhile":
            begin_writing()
            people.hash_password(PASSWORD)
        lan.language = "en"
        db.session.commit()
        return "done"

    assert app.test_client().get("/wrong").status_code == 500
    assert len(guard.broken) == 1
    guard.broken.clear()

"""Tables of counts are as long as their rows need, whatever was imported."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp.cli import background
from fieldapp.db import begin_writing, db
from fieldapp.facts import closing_up, keeping
from tests.postgres import ON_EACH_DATABASE

TABLE = "households_by_author"
LOOKS = 40


def size() -> int:
    return int(db.session.execute(sa.text(f"SELECT pg_relation_size('{TABLE}')")).scalar_one())


def counts() -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.session.execute(sa.text(f"SELECT * FROM {TABLE} ORDER BY area, author"))]


def _is_closed_up(app: Flask, loose: int) -> bool:
    """After a few looks at the most: what somebody holds open on this server is left to the next one."""
    for _look in range(LOOKS):
        background.close_up(app)
        if size() * 10 < loose:
            return True
        db.session.rollback()
        time.sleep(1)
    return False


def _told() -> list[tuple[object, ...]]:
    """What is known of the table and who is on this server, for the one who reads why it failed."""
    known = sa.text(f"SELECT reltuples, relpages FROM pg_class WHERE relname = '{TABLE}'")
    others = sa.text("SELECT datname, state, wait_event, backend_xmin, left(query, 80) FROM pg_stat_activity")
    return [tuple(row) for question in (known, others) for row in db.session.execute(question)]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_table_of_counts_that_many_changes_made_loose_is_closed_up_and_counts_the_same(
    context: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(closing_up, "SMALL", 20_000)
    before = counts()
    begin_writing()
    for _change in range(200):
        db.session.execute(sa.text(f"UPDATE {TABLE} SET households = households"))
    db.session.commit()
    db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).exec_driver_sql("ANALYZE")
    db.session.rollback()
    loose = size()
    db.session.rollback()
    assert _is_closed_up(context, loose), ("as long as a table that was never changed", _told(), caplog.messages)
    assert (counts(), keeping.miscounted()) == (before, [])
    db.session.rollback()
    assert closing_up.close_up() == [], "and is left alone then"


@ON_EACH_DATABASE
def test_what_is_not_loose_is_left_alone(context: Flask) -> None:
    assert closing_up.close_up() == []

"""Tables of counts are as long as their rows need, whatever was imported."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp.cli import background
from fieldapp.db import begin_writing, db
from fieldapp.facts import closing_up, keeping
from fieldapp.facts.tables import COUNTED_CASE
from tests.postgres import ON_EACH_DATABASE

LOOKS = 40


def size(table: str) -> int:
    return int(db.session.execute(sa.text(f"SELECT pg_relation_size('{table}')")).scalar_one())


def rows(table: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in db.session.execute(sa.text(f"SELECT * FROM {table}")))


def _is_closed_up(app: Flask, table: str, loose: int) -> bool:
    """After a few looks at the most: what somebody holds open on this server is left to the next one."""
    for _look in range(LOOKS):
        background.close_up(app)
        if size(table) * 10 < loose:
            return True
        db.session.rollback()
        time.sleep(1)
    return False


def _told(table: str) -> list[tuple[object, ...]]:
    """What is known of the table and who is on this server, for the one who reads why it failed."""
    known = sa.text(f"SELECT reltuples, relpages FROM pg_class WHERE relname = '{table}'")
    others = sa.text("SELECT datname, state, wait_event, backend_xmin, left(query, 80) FROM pg_stat_activity")
    return [tuple(row) for question in (known, others) for row in db.session.execute(question)]


def _case(number: int) -> dict[str, object]:
    columns = COUNTED_CASE.columns
    return {column.name: 1 if isinstance(column.type, sa.BigInteger) else str(number) for column in columns}


@pytest.mark.parametrize(("table", "column"), [("households_by_author", "households"), ("counted_case", "figures")])
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_table_of_counts_that_many_changes_made_loose_is_closed_up_and_counts_the_same(
    context: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, table: str, column: str
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(closing_up, "SMALL", 20_000)
    begin_writing()
    db.session.execute(sa.insert(COUNTED_CASE), [_case(number) for number in range(20)])
    before = rows(table)
    for _change in range(200):
        db.session.execute(sa.text(f"UPDATE {table} SET {column} = {column}"))
    db.session.commit()
    db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).exec_driver_sql("ANALYZE")
    db.session.rollback()
    loose = size(table)
    db.session.rollback()
    assert _is_closed_up(context, table, loose), (
        "as long as a table that was never changed",
        _told(table),
        caplog.messages,
    )
    assert (rows(table), keeping.miscounted()) == (before, [])
    db.session.rollback()
    assert closing_up.close_up() == [], "and is left alone then"


@ON_EACH_DATABASE
def test_what_is_not_loose_is_left_alone(context: Flask) -> None:
    assert closing_up.close_up() == []

"""Tables of counts are as long as their rows need, whatever was imported."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp.cli import background
from fieldapp.db import begin_writing, db
from fieldapp.facts import closing_up, keeping
from tests.postgres import ON_EACH_DATABASE

TABLE = "households_by_author"


def size() -> int:
    return int(db.session.execute(sa.text(f"SELECT pg_relation_size('{TABLE}')")).scalar_one())


def counts() -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.session.execute(sa.text(f"SELECT * FROM {TABLE} ORDER BY area, author"))]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_table_of_counts_that_many_changes_made_loose_is_closed_up_and_counts_the_same(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    background.close_up(context)
    assert size() * 10 < loose, "as long as a table that was never changed"
    assert (counts(), keeping.miscounted()) == (before, [])
    db.session.rollback()
    assert closing_up.close_up() == [], "and is left alone then"


@ON_EACH_DATABASE
def test_what_is_not_loose_is_left_alone(context: Flask) -> None:
    assert closing_up.close_up() == []

"""What PostgreSQL is told, so that it plans as a page needs it."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp.db import db
from fieldapp.facts.searching import usual
from fieldapp.facts.standing import Standing

MANY = 300
ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@ON_POSTGRESQL
def test_what_nearly_every_row_fits_is_not_taken_for_rare(context: Flask) -> None:
    """A list is then walked in its order, instead of all of it being gathered and sorted for its first page."""
    row = Standing.__table__
    told = {"survey": "housing_need", "status": "waiting", "waits": True, "since": datetime(2026, 8, 1), "rank": ""}
    db.session.execute(sa.insert(row), [{"record": str(n), "area": "", **told} for n in range(MANY)])
    db.session.execute(sa.text("ANALYZE standing"))
    fitting = sa.select(row.c.record).where(usual(row.c.survey) == "housing_need", usual(row.c.status) == "waiting")
    words = fitting.compile(db.engine, compile_kwargs={"literal_binds": True})
    (plan,) = db.session.scalar(sa.text(f"EXPLAIN (FORMAT JSON) {words}"))
    assert plan["Plan"]["Plan Rows"] > MANY / 2


@ON_POSTGRESQL
def test_every_connection_weighs_an_index_as_near_as_a_walk_and_keeps_to_one_processor(context: Flask) -> None:
    for connection in (db.engine.connect(), db.engine.connect()):
        with connection:
            settings = ("random_page_cost", "max_parallel_workers_per_gather")
            assert [connection.scalar(sa.text(f"SHOW {name}")) for name in settings] == ["1.1", "0"]

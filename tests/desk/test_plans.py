"""On PostgreSQL no page of the desk reads a whole table for each row of another: asked of the planner, not in time.

It is asked while it must not read whole tables or join by hashes where an index would do. What it still reads whole for
each row, no index answers: one that sorts by bytes, say, beside a text that does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench.season import Season
from fieldapp import people
from fieldapp.db import db
from fieldapp.people import Grant
from fieldapp.places import Village
from tests.again import asked_by
from tests.desk.test_growth import fill, pages, reader

LARGE = {
    "change", "record_area", "standing", "household_fact", "household_programme", "case_fact", "case_money",
    "household", "housing_need", "progress_visit", "support_case", "decision", "payment", "photo_use",
}  # fmt: skip
"""The tables that grow with the households."""
ENOUGH = 200
"""So many households that an index is worth it."""


@contextmanager
def heard() -> Iterator[dict[str, Any]]:
    """The statements of the block, each with the values of one time."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            found[statement] = values

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def read_whole_for_each(node: Mapping[str, Any], again: bool = False) -> Iterator[str]:
    """The large tables that a plan reads for each row of something else from end to end: themselves, or an index."""
    if again and node.get("Relation Name") in LARGE and "=" not in node.get("Index Cond", node.get("Recheck Cond", "")):
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from read_whole_for_each(part, again or _is_asked_for_each_row(node, part))


def _is_asked_for_each_row(node: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    """Whether a part of a plan is gone through again for each row of another part of this node. What a node hashes, it
    has gone through once."""
    if part["Parent Relationship"] == "SubPlan":
        return not any(f"hashed {part['Subplan Name']}" in str(told) for name, told in node.items() if name != "Plans")
    return node["Node Type"] == "Nested Loop" and part["Parent Relationship"] == "Inner"


@asked_by(
    "tests/desk/test_growth.py::test_no_page_of_the_desk_takes_more_steps_or_asks_more_often_in_a_province_ten_times_as_large"
)
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_on_postgresql_no_page_of_the_desk_reads_a_whole_table_for_each_row_of_another(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        people.find_account("binh").grants = [Grant(vintage=2023, code="06")]
        season = Season(author=people.find_account("quan").id, villages=list(db.session.scalars(sa.select(Village.id))))
        db.session.commit()
    fill(app, season, ENOUGH)
    asked: dict[str, tuple[str, Any]] = {}
    clients = {who: as_(who) for who in ("binh", "dung", "quan")}
    for address in pages(app):
        with app.app_context(), heard() as found:
            clients[reader(address)].get(address).get_data()
        asked |= {statement: (address, values) for statement, values in found.items() if statement not in asked}
    wrong = []
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        for way in ("seqscan", "hashjoin", "mergejoin", "material"):
            connection.exec_driver_sql(f"SET enable_{way} = off")
        for statement, (address, values) in asked.items():
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            wrong += [
                f"{address} reads {table} again and again: {statement}"
                for table in read_whole_for_each(plan[0]["Plan"])
            ]
    assert len(asked) > 100
    assert not wrong, "\n\n".join(wrong)

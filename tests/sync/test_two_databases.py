"""What the journal's promises rest on where SQLite and PostgreSQL could differ."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from sync import WITHDRAWN
from sync.journal import Journal, metadata
from sync.statements import among
from sync.tables import change
from tests.postgres import Server
from tests.sync.nodes import Node
from tests.sync.test_properties import PROOF, ByCursor, Mission
from tests.sync.test_stories import HOUSE, OTHER, node, wrote

ON_BOTH = pytest.mark.parametrize("each_database", ["sqlite", "postgresql"], indirect=True)
"""Each time: here the two do differently."""

# A Vietnamese dictionary has a before B before đ, and looks at hyphens last.
TEXTS = ["b", "B", "a", "A", "á", "đ", "d", "z", "0", "a-b", "ab", "-", "_", "a b"]


@pytest.fixture
def server() -> Node:
    return node("server")


@pytest.mark.usefixtures("on_postgresql")
@pytest.mark.parametrize("machine", [Mission, ByCursor], ids=lambda machine: machine.__name__)
def test_nothing_is_lost_and_all_nodes_agree(machine: type[Mission]) -> None:
    run_state_machine_as_test(machine, settings=settings(PROOF, max_examples=3, stateful_step_count=30))


@pytest.mark.usefixtures("each_database")
@ON_BOTH
@pytest.mark.parametrize("column", ["stamp", "id", "record"])
def test_stamps_and_ids_compare_as_bytes(server: Node, column: str) -> None:
    rows = [{**_row(n), column: text} for n, text in enumerate(TEXTS)]
    server.connection.execute(change.insert(), rows)
    found = list(server.connection.execute(sa.select(change.c[column]).order_by(change.c[column])).scalars())
    assert found == sorted(TEXTS, key=str.encode)
    assert server.connection.execute(sa.select(sa.func.max(change.c[column]))).scalar_one() == found[-1]
    above = server.connection.execute(sa.select(change.c[column]).where(change.c[column] > "a")).scalars()
    assert set(above) == {text for text in TEXTS if text.encode() > b"a"}


def _row(n: int) -> dict[str, object]:
    known = {"n": n, "id": str(n), "record": "r", "device": "d", "seq": n, "prev": None, "stamp": "s", "batch": 1}
    return {**known, "held": None, "ruled": None, "excluded": False, "ahead": False, "text": ""}


def test_the_database_of_these_tests_would_compare_otherwise(postgres: Server) -> None:
    if not postgres.sorts:
        pytest.skip("before PostgreSQL 15 a database sorts by the system's locales, and this one sorts by none")
    database = sa.create_engine(postgres.url("postgres"), poolclass=sa.NullPool)
    listed = sa.values(sa.column("text", sa.Text), name="listed").data([(text,) for text in TEXTS])
    with database.connect() as connection:
        found = list(connection.execute(sa.select(listed.c.text).order_by(listed.c.text)).scalars())
    assert found != sorted(TEXTS, key=str.encode)


@pytest.mark.usefixtures("each_database")
@ON_BOTH
def test_any_number_of_ids_is_one_parameter(server: Node) -> None:
    made = [wrote(server.edit(HOUSE, {"n": n})).id for n in range(3)]
    asked = [*made, *(f"{n:032x}" for n in range(70_000)), 'a "quoted" one', "đ"]
    query = sa.select(change.c.id).where(among(server.connection, change.c.id, asked))
    assert set(server.connection.execute(query).scalars()) == set(made)


@pytest.mark.usefixtures("each_database")
@ON_BOTH
def test_a_backup_is_the_whole_node(server: Node) -> None:
    wrote(server.edit(HOUSE, {"n": 1}))
    server.journal.place(HOUSE, "north")
    wrote(server.edit(OTHER, {"n": 1})), wrote(server.edit(OTHER, {WITHDRAWN: True}))
    server.put(["{"])
    copy = node("copy", image=server.backup())
    assert copy.backup() == server.backup()
    wrote(copy.edit(HOUSE, {"n": 2}))
    assert [row.id for row in copy.journal.batches()] == [5, 4, 3, 2, 1]


def test_two_who_meet_a_new_node_first_draw_one_identity(postgres: Server) -> None:
    database = sa.create_engine(postgres.url(postgres.create()), poolclass=sa.NullPool)
    metadata.create_all(database)
    with database.connect() as one, database.connect() as other, ThreadPoolExecutor() as pool:
        drawn = Journal(one).identity()
        meanwhile = pool.submit(Journal(other).identity)
        with pytest.raises(TimeoutError):
            meanwhile.result(timeout=0.1)
        one.commit()
        assert meanwhile.result(timeout=10) == drawn

"""How often the wire asks the database: no figure of this depends on how quick the machine is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import people, places
from fieldapp.db import AtHand, db
from fieldapp.intake import areas
from fieldapp.people import Grant
from fieldapp.surveys import questions
from sync import new_record_id
from tests.desk.test_growth import MORE, SMALL, fill, grow, villages_of
from tests.guard import WRITES
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.statements import counted, steps
from tests.wire_client import Tablet, code

__all__ = ["code"]

TRANSACTIONS = 2
"""A push reads who is there, and then writes."""
HELLO, PUSH = 3, 14 + 4 + 4 + 4
"""At most so many statements; four of a push are for where its records stand, four for what follows about their
households and cases, four for what is counted of these. On PostgreSQL to take the writer's turn is one too, which is
not counted here."""
TYPED = {
    "text": "Nhà ông Páo",
    "long_text": "Mái dột",
    "integer": 3,
    "yes_no": True,
    "decimal": "31.5",
    "money": 40_000_000,
}


@pytest.fixture
def tablet(client: FlaskClient, code: str) -> Tablet:
    made = Tablet(client, code)
    made.push(made.household())
    made.get("hello?said=1")
    return made


def need(tablet: Tablet, household: str) -> str:
    """A record of 40 answers about a household."""
    kinds = {name: question.kind for name, question in questions("housing_need").items()}
    answers = {name: TYPED[kind] for name, kind in kinds.items() if kind in TYPED}
    filled = dict(list(answers.items())[:39])
    return tablet.change("housing_need", new_record_id(tablet.millis), {**filled, "household": household})


@AGAIN_ON_POSTGRESQL
def test_a_hello_asks_three_times_and_writes_nothing(tablet: Tablet, app: Flask) -> None:
    with app.app_context(), counted() as asked:
        told = tablet.get("hello?said=1")
    assert told["areas"]
    assert len(asked) <= HELLO, asked
    assert not any(WRITES.search(statement) for statement, _values in asked)


@ON_EACH_DATABASE
def test_who_names_a_record_is_found_in_indexes_without_a_list_made_for_each_of_them(app: Flask) -> None:
    """Twenty-five questions name records; a table made for each, and thrown away, took half of a push."""
    with app.app_context(), counted() as asked:
        areas.about(["none"])
        if (connection := db.session.connection()).dialect.name == "sqlite":
            [(statement, _values)] = asked
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("[]",) * statement.count("?")).all()
            steps = [row.detail for row in plan]
            assert len([step for step in steps if "USING INDEX" in step]) >= 24
            assert not [step for step in steps if "LIST" in step]
            assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL" not in step]


ALIKE = 6
"""So many tell which households look like one, or are one; of other records it is one, whether theirs is merged."""


def assert_few(asked: list[tuple[str, str]], more: int = 1) -> None:
    """They are as few as they may be."""
    counting = [statement for statement, _values in asked if "pg_advisory_xact_lock" not in statement]
    assert len(counting) <= PUSH + more, counting


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("many", [1, 50])
def test_a_push_asks_as_often_for_fifty_records_as_for_one(tablet: Tablet, app: Flask, many: int) -> None:
    texts = [tablet.household(f"Nông Thị {n}") for n in range(many)]
    with app.app_context(), counted() as asked:
        assert {each["verdict"] for each in tablet.push(*texts)} == {"stored"}
    assert_few(asked, ALIKE)


@AGAIN_ON_POSTGRESQL
def test_a_push_of_forty_answers_about_a_household_asks_no_oftener(tablet: Tablet, app: Flask) -> None:
    household = tablet.household()
    tablet.push(household)
    text = need(tablet, json.loads(household)["record"])
    with app.app_context(), counted() as asked:
        assert [each["verdict"] for each in tablet.push(text)] == ["stored"], text
    assert_few(asked)


def test_hello_a_push_and_a_pull_take_no_more_steps_in_a_province_ten_times_as_large(
    app: Flask, tablet: Tablet
) -> None:
    """What a tablet waits for hangs on what it sends and on its villages, never on what others have."""
    fill(app, villages_of(app, 1), SMALL)

    def cost() -> dict[str, int]:
        household = tablet.household()
        text = need(tablet, json.loads(household)["record"])
        asked = {
            "hello": lambda: tablet.get("hello?said=1"),
            "push of a household": lambda: tablet.push(household),
            "push of its need": lambda: tablet.push(text),
            "pull": lambda: tablet.get(f"pull?area={tablet.areas[-1]['id']}&after=0"),
        }
        found = {}
        for what, ask in asked.items():
            with app.app_context(), steps() as taken:
                ask()
            found[what] = taken[0]
        return found

    cost()  # what is made once is made
    before = cost()
    grow(app)
    cost()
    more = {what: taken - before[what] for what, taken in cost().items()}
    assert not {what: steps for what, steps in more.items() if steps > MORE}, "a step for each household added"


BY_ANOTHER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from fieldapp import create_app, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.people import Grant, models
app = create_app(Config(instance=Path(sys.argv[1]), database_url=sys.argv[2]))
print("ready", flush=True)
for what in sys.stdin:
    with app.app_context():
        begin_writing()
        device, lan = people.find_device(sys.argv[3]), people.find_account("lan")
        exec(what)
        db.session.commit()
        db.session.remove()
    print("done", flush=True)
"""


@AGAIN_ON_POSTGRESQL
def test_a_push_looks_up_once_a_transaction_which_engine_it_is_of(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    household = tablet.household()
    tablet.push(household)
    bind, looked = AtHand.get_bind, list[object]()
    monkeypatch.setattr(AtHand, "get_bind", lambda session, *a, **k: looked.append(session) or bind(session, *a, **k))
    tablet.push(need(tablet, json.loads(household)["record"]))
    assert 1 <= len(looked) <= TRANSACTIONS


@pytest.fixture
def elsewhere(app: Flask, tablet: Tablet) -> Iterator[Callable[[str], None]]:
    """Do something in another process."""
    config = app.config["FIELDAPP"]
    command = [sys.executable, "-c", BY_ANOTHER, str(config.instance), config.database_url, tablet.device]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "ready\n"

        def do(what: str) -> None:
            print(what, file=other.stdin, flush=True)
            assert other.stdout
            assert other.stdout.readline() == "done\n"

        yield do
        other.stdin.close()


@AGAIN_ON_POSTGRESQL
def test_what_another_process_changes_of_rights_holds_from_the_very_next_request(
    tablet: Tablet, app: Flask, elsewhere: Callable[[str], None]
) -> None:
    lost = tablet.areas[0]["id"]
    elsewhere(f"lan.grants = [each for each in lan.grants if each.code != {lost!r}]")
    assert lost not in [each["id"] for each in tablet.get("hello")["areas"]]
    assert [each["verdict"] for each in tablet.push(tablet.household(village=lost))] == ["held"]
    elsewhere(f"lan.grants = [*lan.grants, Grant(vintage={lost[:4]}, code={lost!r})]")
    assert [each["verdict"] for each in tablet.push(tablet.household(village=lost))] == ["stored"]
    elsewhere("people.revoke(device, datetime.now(UTC))")
    assert tablet.client.get("/sync/v1/hello", headers=tablet.auth).status_code == 401
    late = tablet.client.post("/sync/v1/push", json={"changes": [tablet.household()]}, headers=tablet.auth)
    assert late.status_code == 401


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("grant", [(2023, "01864"), (2025, "01933"), (2023, "060"), (2023, "06"), (2023, "nowhere")])
def test_what_an_account_is_granted_is_found_in_one_statement_as_place_by_place(
    context: Flask, grant: tuple[int, str]
) -> None:
    lan = people.find_account("lan")
    lan.grants = [Grant(vintage=grant[0], code=grant[1]), Grant(vintage=2023, code="2023.01930.002")]
    found = places.place(*grant)
    expected = {*places.villages_of(*grant), *places.villages_of(2023, "2023.01930.002")}
    is_province = found is not None and found.level == "tinh"
    assert people.areas_of(lan) == (None if is_province else expected)
    db.session.rollback()

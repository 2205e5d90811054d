"""How often the desk asks the database: what was read once for a page is not read again for it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

import fieldapp
from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Household
from fieldapp.web.records import finding
from tests.desk.conftest import Desk
from tests.statements import counted

SURVEYS = ("household", "housing_need", "progress_visit", "household_member")


def path_of(desk: Desk, what: str) -> str:
    if what not in SURVEYS:
        return what
    states = ("waiting", "approved", "recorded")
    return f"/records/{next(found[0] for state in states if (found := desk.all(what, state)))}"


@pytest.mark.parametrize("what", [*SURVEYS, "/review", "/review/next"])
def test_a_page_asks_nothing_twice(desk: Desk, as_: Callable[[str], Any], what: str) -> None:
    binh, path = as_("binh"), path_of(desk, what)
    with desk.app.app_context(), counted() as asked:
        assert binh.get(path).status_code in (200, 302)
    assert asked
    assert {each: times for each, times in Counter(asked).items() if times > 1} == {}


def test_a_decision_asks_little(desk: Desk, decide: Callable[..., Any]) -> None:
    need = desk.one("housing_need", "waiting")
    heads = desk.heads("housing_need", need)
    with desk.app.app_context(), counted() as asked:
        assert decide(need, "approve", seen=heads, decided="").status_code == 302
    assert (
        len(asked) <= 30 + 6 + 3
    )  # six for what follows about the household, three read the places, one what others decided
    assert {each: times for each, times in Counter(asked).items() if times > 1} == {}
    assert not [each for each, _values in asked if "change.text" in each]  # its record was drawn just now


def test_the_page_of_a_record_asks_little(desk: Desk, as_: Callable[[str], Any]) -> None:
    binh, path = as_("binh"), path_of(desk, "housing_need")
    with desk.app.app_context(), counted() as asked:
        binh.get(path)
    assert len(asked) <= 34  # two of them find the other records that name its photos


@contextmanager
def put_together(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where the application has put a query together in the block; what SQLAlchemy does by itself is not counted."""
    found: list[str] = []

    def watched(begin: Callable[..., None]) -> Callable[..., None]:
        def note(self: Any, *columns: Any, **more: Any) -> None:
            callers = (frame for frame in inspect.stack(0)[1:] if "sqlalchemy" not in frame.filename)
            asker, direct = next(callers), inspect.stack(0)[2:4]
            if any(frame.filename == asker.filename for frame in direct):
                found.append(f"{asker.filename}:{asker.lineno}")
            begin(self, *columns, **more)

        return note

    with monkeypatch.context() as patch:
        for kind in (sa.Select, sa.CompoundSelect):
            patch.setattr(kind, "__init__", watched(kind.__init__))
        yield found


@pytest.mark.parametrize("what", [*SURVEYS, "/review/next", "/records/{}?queue=1"])
def test_a_page_that_was_shown_before_puts_no_query_together(
    desk: Desk, as_: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """To put one together takes several times as long as to ask it, and the supervisor waits for each."""
    binh, path = as_("binh"), path_of(desk, what).format(desk.one("household", "waiting"))
    binh.get(path)
    with put_together(monkeypatch) as found:
        assert binh.get(path).status_code in (200, 302)
    assert found == []


def test_a_decision_puts_no_query_together(
    desk: Desk, as_: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    binh = as_("binh")
    for need in desk.all("housing_need", "waiting")[:2]:
        sent = {"verdict": "approve", "seen": " ".join(desk.heads("housing_need", need)), "decided": ""}
        with put_together(monkeypatch) as found:
            assert binh.post(f"/records/{need}/decisions", data=sent).status_code == 302
    assert found == []


def test_what_was_read_of_a_record_before_it_was_written_is_read_anew(desk: Desk) -> None:
    with desk.inside():
        begin_writing()
        record = db.session.scalars(sa.select(Household).limit(1)).one()
        members = (record.members or 0) + 1
        intake.save("household", record.id, {"members": members}, account=people.find_account("quan"))
        assert db.session.get_one(Household, record.id).members == members


def plans_of(asked: list[tuple[str, str]], of: str) -> list[list[str]]:
    """How SQLite goes about each of these statements that holds a text."""
    run = db.session.connection().exec_driver_sql
    some = [(statement, ast.literal_eval(values)) for statement, values in asked if of in statement]
    return [[row.detail for row in run(f"EXPLAIN QUERY PLAN {each}", values)] for each, values in some]


@pytest.mark.parametrize("sort", ["name", "changed", "village", "since", "age", "priority"])
@pytest.mark.parametrize("path", ["/records/?", "/records/?survey=housing_need", "/review?", "/cases/?"])
def test_a_page_of_a_name_walks_through_the_names_alone_and_once(
    desk: Desk, as_: Callable[[str], Any], path: str, sort: str
) -> None:
    with desk.app.app_context(), counted() as asked:
        page = as_("binh" if path == "/review?" else "quan").get(f"{path}&sort={sort}&q=thi")
        assert page.status_code == 200
    with desk.inside():
        (plan,) = plans_of(asked, "instr(")
    walks = [step for step in plan if step.startswith("SCAN household_fact")]
    assert walks == ["SCAN household_fact USING COVERING INDEX ix_household_fact_name"]


@pytest.mark.parametrize("doubt", ["no_position", "sound_house", "case"])
def test_the_few_that_are_odd_are_found_before_they_are_sorted_by_name(
    desk: Desk, as_: Callable[[str], Any], doubt: str
) -> None:
    """To walk through all names for a few of them took four times as long as any page may."""
    with desk.app.app_context(), counted() as asked:
        assert as_("binh").get(f"/review?sort=name&doubt={doubt}").status_code == 200
    with desk.inside():
        plans = plans_of(asked, "sort_key")
    assert plans
    assert not any("ix_household_fact_name" in step for plan in plans for step in plan)


def test_far_down_the_names_of_a_few_communes_only_their_households_are_looked_at(
    desk: Desk, as_: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["fieldapp.review.queue"], "MANY", 0)
    with desk.app.app_context(), counted() as asked:
        assert as_("binh").get("/review?sort=name").status_code == 200
    with desk.inside():
        (plan,) = plans_of(asked, "ORDER BY household_fact.sort_key")
    assert not any(step.startswith("SCAN household_fact") for step in plan)


@pytest.mark.parametrize("only", ["programme={programme}", "only=doubted", "only=settle", "state=proposed"])
@pytest.mark.parametrize("sort", ["name", "since", "village"])
def test_no_list_of_cases_reads_the_row_of_each_case_on_the_way(
    desk: Desk, as_: Callable[[str], Any], sort: str, only: str
) -> None:
    address = only.format(programme=id_of_code("programme", "gnbv_2022"))
    with desk.app.app_context(), counted() as asked:
        assert as_("quan").get(f"/cases/?sort={sort}&{address}").status_code == 200
    with desk.inside():
        plans = plans_of(asked, "ORDER BY case_fact.")
    walks = [step for plan in plans for step in plan if step.startswith("SCAN case_fact")]
    assert not [step for step in walks if "COVERING" not in step and "ix_case_fact_odd" not in step]


def test_the_home_of_who_enters_records_reads_as_many_of_them_as_it_shows(
    desk: Desk, as_: Callable[[str], Any]
) -> None:
    lan = as_("lan")
    with desk.app.app_context(), counted() as asked:
        assert lan.get("/").status_code == 200
    with desk.inside():
        plans = plans_of(asked, "standing.author")
    whole = [each for each, _values in asked if "heads" in each and "LIMIT" not in each and ".id IN (" not in each]
    assert not whole
    assert len(plans) == 3
    assert all("ix_standing_author" in plan[0] for plan in plans)


@pytest.mark.parametrize("survey", ["household", "housing_need", "progress_visit"])
def test_what_changed_last_in_a_state_that_many_are_in_is_met_on_a_walk_and_not_sorted(
    desk: Desk, as_: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, survey: str
) -> None:
    monkeypatch.setattr(finding, "MANY", 0)
    with desk.app.app_context(), counted() as asked:
        assert as_("quan").get(f"/records/?survey={survey}&sort=changed&status=waiting").status_code == 200
    with desk.inside():
        (plan,) = plans_of(asked, "changed_at DESC")
    assert f"SCAN {survey} USING INDEX ix_{survey}_changed_at" in plan
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan)


def test_the_likeliest_pairs_of_the_province_are_met_on_a_walk_and_not_sorted(
    desk: Desk, as_: Callable[[str], Any]
) -> None:
    with desk.app.app_context(), counted() as asked:
        assert as_("quan").get("/pairs").status_code == 200
    with desk.inside():
        (plan,) = plans_of(asked, "alike_pair.points DESC")
    assert plan == ["SCAN alike_pair USING INDEX ix_alike_pair_likeliest"]


def test_the_macros_that_pages_share_are_made_once_and_not_for_each_import() -> None:
    """Only the header says who is signed in, and only its page draws it."""
    with_context = 'import "macros/ui.html" as ui with context'
    templates = Path(fieldapp.__file__).parent / "templates"
    assert [path.name for path in templates.rglob("*.html") if with_context in path.read_text()] == ["base.html"]


def test_the_page_of_what_waits_for_its_subject_asks_as_often_for_many(desk: Desk, as_: Callable[[str], Any]) -> None:
    quan, asked = as_("quan"), []
    for _turn in range(2):
        for _record in range(4):
            about = {"subject": str(uuid4()), "subject_survey": "housing_need", "verdict": "approve"}
            desk.save("decision", str(uuid4()), about, "binh")
        with desk.app.app_context(), counted() as found:
            told = quan.get("/admin/held").get_data(as_text=True)
        asked.append(len(found))
    assert told.count(str(about["subject"])) == 1
    assert asked[1] <= asked[0]

"""A list of records says one number: its pages, its files, the tally of states and the feed hold the same records.

With what is withdrawn, in dispute, moved, merged into another household, without a household or a village.
"""

from __future__ import annotations

import base64
import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import people, review
from fieldapp.db import begin_writing, db
from fieldapp.facts.standing import StandingTally
from fieldapp.people import tokens
from fieldapp.review import STATUSES, pairs
from fieldapp.surveys import SURVEYS, Household, listed
from fieldapp.taken_out import TakenOut
from fieldapp.today import now, today
from fieldapp.web.review.chosen_queue import DOUBTS
from tests.again import again, at_once, so_many
from tests.pages import check_page
from tests.reports.conftest import FAR
from tests.support.conftest import HERE, Cases

Visitors = Callable[[str], FlaskClient]
NEXT = "2023.01924.001"
NOBODY = "01a22eae-8707-7beb-b399-9ff71e585200"
WORDS = ("gop", "ly thi", "VĂN", "khong co ai")
Choice = dict[str, str]
SURVEYED = ["household", "housing_need", "progress_visit"]


@pytest.fixture
def odd(support: Cases) -> Cases:
    """Needs and visits in every odd way, beside those of the sample."""

    def home(village: str | None, name: str) -> str:
        return support.save("household", {"village": village, "head_name": name, "poverty_class": "ngheo"})

    def need(household: str) -> str:
        said = {"household": household, "visited_on": "2026-06-01", "need_type": "xay_moi"}
        return support.save("housing_need", said)

    gone, one, other, moved = (home(HERE, f"Lý Thị {name}") for name in ("Rút", "Gộp", "Gộp", "Chuyển"))
    needs = {name: need(name) for name in (gone, one, other, moved, NOBODY, home(None, "Không Thôn"))}
    case = support.case(need(home(HERE, "Hoàng Văn Thăm")))
    visits = [support.visit(case, f"2023-0{month}-20", step) for month, step in ((6, "1"), (7, "2"), (8, "3"))]
    support.save("progress_visit", {"household": NOBODY, "visited_on": "2026-06-01"})
    disputed = need(home(NEXT, "Ma Văn Tranh"))
    for survey, record in (("housing_need", needs[gone]), ("household", gone), ("progress_visit", visits[0])):
        withdraw(support, survey, record)
    for survey, record, name, values in (
        ("housing_need", disputed, "labour_days", (3, 4)),
        ("progress_visit", visits[1], "visited_on", ("2023-07-21", "2023-07-22")),
    ):
        for value in values:
            support.apart(survey, {name: value}, record, "quan")
    support.save("household", {"village": FAR}, moved)
    merge(support, one, other)
    return support


def withdraw(support: Cases, survey: str, record: str) -> None:
    with support.inside():
        begin_writing()
        found = db.session.get_one(SURVEYS[survey], record)
        review.withdraw(found, True, account=people.find_account("binh"), seen=review.heads_of(found))
        db.session.commit()


def merge(support: Cases, one: str, other: str) -> None:
    with support.inside():
        begin_writing()
        both = (db.session.get_one(Household, each) for each in (one, other))
        pairs.say(*both, "same", account=people.find_account("quan"), seen=())
        db.session.commit()


def choices(client: FlaskClient, lang: str) -> list[Choice]:
    """Every filter of a list alone, and of states with communes, doubts and words."""
    page = check_page(client.get("/records/").get_data(as_text=True), lang)
    communes = [each.get("value", "") for each in page.all(".//select[@name='commune']/option")]
    each = [
        [{"commune": one} for one in communes if one],
        [{"doubt": one} for one in DOUBTS],
        [{"q": one} for one in WORDS],
    ]
    states = [{"status": one} for one in STATUSES]
    together = [{**one, **state} for one in itertools.chain(*each) for state in states[: so_many(1, 3, 9)]]
    return [{}, *itertools.chain(*each), *states, *together]


def listed_ids(client: FlaskClient, survey: str, choice: Choice) -> tuple[int, list[str]]:
    """The number that the list says, and the records on its pages."""
    address, found = f"/records/?{urlencode({'survey': survey, **choice})}", list[str]()
    for number in itertools.count(1):
        text = client.get(f"{address}&page={number}").get_data(as_text=True)
        found += re.findall(r'class="row-name" href="/records/([0-9a-f-]{36})"', text)
        if f"page={number + 1}" not in text:
            break
    [said] = re.findall(r'data-live="count">\s*([\d.]+)', text)
    return int(said.replace(".", "")), found


def in_file(client: FlaskClient, survey: str, form: str, choice: Choice) -> bytes:
    answer = client.get(f"/reports/records/{survey}.{form}?{urlencode(choice)}")
    assert answer.status_code == 200, (survey, form, choice)
    return answer.get_data()


def held_in_files(client: FlaskClient, survey: str, choice: Choice) -> tuple[list[str], int, int]:
    """The records of the map file, and how many lines the table and the workbook have."""
    features = json.loads(in_file(client, survey, "geojson", choice))["features"]
    lines = list(csv.reader(io.StringIO(in_file(client, survey, "csv", choice).decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(in_file(client, survey, "xlsx", choice)), read_only=True)
    rows = sum(1 for _row in book.worksheets[0].iter_rows(values_only=True))
    return [each["id"] for each in features], len(lines) - 1, rows - 1


@pytest.mark.parametrize(("who", "lang"), [("quan", "vi"), again("binh", "en")])
@pytest.mark.parametrize("survey", at_once([each.survey for each in listed()], SURVEYED.__contains__))
def test_the_number_of_a_list_is_that_of_its_pages_and_of_every_file_narrowed_in_the_same_way(
    odd: Cases, as_: Visitors, who: str, lang: str, survey: str
) -> None:
    client = as_(who)
    client.set_cookie("lang", lang)
    for choice in choices(client, lang):
        said, ids = listed_ids(client, survey, choice)
        assert len(ids) == len(set(ids)) == said, choice
        on_map, lines, rows = held_in_files(client, survey, choice)
        assert (sorted(on_map), lines, rows) == (sorted(ids), said, said), choice


@pytest.mark.parametrize("survey", SURVEYED)
def test_the_feed_and_the_tally_hold_in_each_state_and_commune_what_the_list_holds(
    odd: Cases, as_: Visitors, survey: str
) -> None:
    quan, program = as_("quan"), Program(odd)
    states: Counter[str] = Counter()
    for state in ("", *STATUSES):
        said, ids = listed_ids(quan, survey, {"status": state} if state else {})
        states[state] = said
        rows = program.json(f"records/{survey}", **({"state": state} if state else {}))
        assert sorted(row["id"] for row in rows) == sorted(ids), state
        assert {row["_state"] for row in rows} <= ({state} if state else set(STATUSES))
        found = program.odata(survey, f"_state eq '{state}'" if state else "")
        assert sorted(row["id"] for row in found) == sorted(ids), state
    assert states[""] == sum(states[state] for state in STATUSES), "each record stands in one state"
    with odd.inside():
        kept = StandingTally
        query = sa.select(kept.status, sa.func.sum(kept.records)).where(kept.survey == survey).group_by(kept.status)
        told = {status: int(number) for status, number in db.session.execute(query) if number}
    assert told == {state: number for state, number in states.items() if state and number}
    for code in ("01930", "01924"):
        rows = program.json(f"records/{survey}", area=f"{code}@2023")
        inside = {row["id"] for row in rows}
        assert all(row["area"].startswith(f"2023.{code}.") for row in rows)
        assert inside <= set(listed_ids(quan, survey, {"commune": "01933"})[1])


def test_a_file_that_is_narrowed_is_told_so_in_the_log_and_no_list_narrows_what_has_none(
    support: Cases, as_: Visitors
) -> None:
    in_file(as_("binh"), "housing_need", "csv", {"status": "approved"})
    with support.inside():
        last = db.session.scalars(sa.select(TakenOut).order_by(TakenOut.id.desc())).first()
        assert last is not None
        assert (last.what, last.asked) == ("housing_need", "status=approved")
    assert as_("binh").get("/reports/records/decision.csv?status=approved").status_code == 404


@pytest.mark.parametrize("who", ["lan", "binh"])
def test_only_who_may_take_records_away_is_offered_the_list_as_a_file(support: Cases, as_: Visitors, who: str) -> None:
    page = check_page(as_(who).get("/records/?status=approved&q=a").get_data(as_text=True), "vi")
    links = [each.get("href", "") for each in page.all(".//a[@download]")]
    assert len(links) == (4 if who == "binh" else 0)
    for link in links:
        assert "status=approved" in link
        assert as_(who).get(link).status_code == 200


class Program:
    """A program with a token for all records."""

    def __init__(self, support: Cases) -> None:
        self.client = support.app.test_client()
        with support.inside():
            begin_writing()
            said = {"exact": False, "ends_on": date(2099, 1, 1), "today": today(), "now": now()}
            _token, self.token = tokens.make(people.find_account("quan"), "Thử", ["records"], [(2023, "06")], **said)
            db.session.commit()

    def json(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The rows at an address of ``/api/v1``; there are fewer than a page holds."""
        shown = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.get(f"/api/v1/{path}", query_string={**query, "limit": 1000}, headers=shown).get_json()
        assert answer["next"] is None
        return list(answer["rows"])

    def odata(self, feed: str, filter_: str) -> list[dict[str, Any]]:
        """The rows of an entity set."""
        shown = {"Authorization": f"Basic {base64.b64encode(f'ai:{self.token}'.encode()).decode()}"}
        query = {"$filter": filter_} if filter_ else {}
        return list(self.client.get(f"/api/odata/{feed}", query_string=query, headers=shown).get_json()["value"])

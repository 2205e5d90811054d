"""Every number of every report is the list behind it, however it is cut and whatever narrows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import people, reports
from fieldapp.db import db
from fieldapp.i18n import speaking
from fieldapp.reports import kept_counts
from fieldapp.reports.of_cases import line_of
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Table
from fieldapp.today import today
from sync import WITHDRAWN
from tests.again import ALL, SOAK
from tests.pages import check_page, words
from tests.statements import counted
from tests.support.conftest import Cases

MONEY = {"source": "nstw", "since": "2022-01-01", "until": "2023-12-31", "group": "hai_ctmtqg"}
EVERY, COLUMNS = (1, 1) if SOAK else (8, 3) if ALL else (16, 6)
"""Every sixteenth line of a table, of each cut other ones, with every run of the tests, and every sixth column of a
page; twice as many with ``make test-all``, and all of them with ``make soak``."""


@pytest.fixture
def inside(support: Cases) -> Iterator[Flask]:
    """Eleven cases beside the tiny province, a house that was measured among them, and a poor district."""
    case = support.case(target_group="hai_ctmtqg", meeting_on="2023-03-01", posted_from="2023-03-05")
    house = {"floor_hard": True, "frame_hard": True, "roof_hard": True, "lasts_20_years": True}
    done = {
        "started_on": "2023-05-02",
        "completed_on": "2024-01-10",
        "finished_area_m2": "36.5",
        "accepted_on": "2024-01-12",
    }
    support.visit(case, "2024-02-01", "5", **house, **done)
    support.pay(case, 40, voucher="PC900")
    poor = {"place": "060@2023", "status": "poor_district", "from_on": "2021-01-01"}
    support.save("place_status", poor)
    with support.inside(), speaking("vi"):
        yield support.app


def built(name: str, options: Options, areas: frozenset[str] | None = None) -> Table:
    return reports.find(name).build(db.session(), options, areas, today())


def cuts_of(name: str) -> list[Options]:
    cuts = reports.find(name).cuts or ("commune",)
    return [Options(by=by, vintage=2023 if by == "district" else 2025) for by in cuts]


def some_of(cuts: list[Options], number: int) -> list[Options]:
    """Two cuts of a report, of the next one other ones; all of them with ``make soak``."""
    return cuts if SOAK else [cuts[number % len(cuts)], cuts[(number + len(cuts) // 2) % len(cuts)]]


def unlike(
    name: str, options: Options, areas: frozenset[str] | None = None, start: int = 0
) -> tuple[int, list[object]]:
    """How many numbers the total and every so many of the lines of a table have, and those which the list behind does
    not come to.
    """
    report, table, seen, wrong = reports.find(name), built(name, options, areas), 0, []
    assert report.counted is not None
    total = [row for row in table.rows if row.level == "total"]
    for row in [*total, *(row for row in table.rows[start % EVERY :: EVERY] if row.level != "total")]:
        for column, value in zip(table.columns, row.values, strict=True):
            if value and column.rate is None:
                found = report.counted.behind(db.session(), options, areas, today(), line_of(row), column.key)
                count, amount = found.number(db.session())
                seen += 1
                if value != (amount if found.is_money else count):
                    wrong.append((options, row.name, column.key, value, count, amount))
    return seen, wrong


def test_every_number_of_every_report_is_what_the_list_behind_it_counts_or_adds_up(inside: Flask) -> None:
    for name in reports.REPORTS:
        seen = 0
        for start, options in enumerate(cuts_of(name)):
            some, wrong = unlike(name, options, start=start)
            assert wrong == []
            seen += some
        assert seen > 5, name


def test_every_number_within_an_area_and_whatever_narrows_it_is_the_list_behind_it(inside: Flask) -> None:
    areas = people.areas_of(people.find_account("binh"))
    for number, name in enumerate(reports.REPORTS):
        for options in some_of(cuts_of(name), number):
            within = replace(options, within="061" if options.vintage == 2023 else "")
            assert unlike(name, within, areas, number)[1] == []
            if reports.find(name).of_cases:
                assert unlike(name, replace(options, **MONEY), start=number)[1] == []


@pytest.mark.parametrize("by", ["ethnic", "author", "commune", "status"])
def test_what_was_counted_of_households_beforehand_is_what_their_records_count(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    here = people.areas_of(people.find_account("binh"))
    with counted() as asked:
        beforehand = [built("reconciliation", Options(by=by), areas).rows for areas in (None, here)]
    read = [statement for statement, _values in asked if "household_fact JOIN household" in statement]
    assert all("citizen_id" in statement for statement in read), "only who has the number of another is looked for"
    monkeypatch.setattr(kept_counts, "tell_apart", lambda *_asked: False)
    assert beforehand == [built("reconciliation", Options(by=by), areas).rows for areas in (None, here)]
    assert len(beforehand[0]) > 2


def test_every_cut_of_a_report_has_the_same_total_and_what_divides_it_adds_up(inside: Flask) -> None:
    """Old districts and new communes, ethnic groups and statuses: all of the same data."""
    for name, report in reports.REPORTS.items():
        tables = [built(name, options) for options in cuts_of(name)]
        assert len({table.total.values for table in tables}) == 1, name
        for table in tables if report.by_place else ():
            by = table.parameters["by"]
            items = [row for row in table.rows if row.level == "item"]
            groups = len({row.code.split("/")[0] for row in items}) if by == "status" else 1
            for place, column in enumerate(table.columns):
                if column.rate is None and by != "source":
                    parts = sum(int(row.values[place] or 0) for row in items)  # type: ignore[arg-type]
                    assert parts == groups * int(table.total.values[place] or 0), (name, by, column.key)  # type: ignore[arg-type]


def test_no_percentage_says_more_than_the_whole_and_of_counts_no_part_is_more(inside: Flask) -> None:
    for name, report in reports.REPORTS.items():
        for table in (built(name, options) for options in cuts_of(name)):
            for column in (each for each in table.columns if each.rate):
                assert report.counted is not None
                part, whole = column.rate or ("", "")
                counts = not report.counted.leaves(part)[0].is_money
                for row in table.rows:
                    values = dict(zip((each.key for each in table.columns), row.values, strict=True))
                    rate = values[column.key]
                    assert rate is None or 0 <= rate <= 1
                    fits = values[part] <= values[whole]  # type: ignore[operator]
                    assert fits or rate is None, (name, row.name)
                    assert fits or not counts or not report.of_cases, (name, row.name)


def test_the_measured_house_and_its_papers_are_counted(inside: Flask) -> None:
    quality, dossier = (built(name, Options()).totals() for name in ("quality", "dossier"))
    assert {key: quality[key] for key in ("large", "small", "hard", "good", "unmeasured")} == {
        "large": 1, "small": 0, "hard": 1, "good": 1, "unmeasured": 2,
    }  # fmt: skip
    assert {key: dossier[key] for key in ("met", "posted", "minutes", "no_minutes")} == {
        "met": 1, "posted": 1, "minutes": 1, "no_minutes": 2,
    }  # fmt: skip
    lines = {row.code: row.values[0] for row in built("approvals", Options(by="group")).rows}
    assert lines["hai_ctmtqg"] == 1


def test_a_citizen_number_of_two_households_is_told_until_one_of_them_is_withdrawn(support: Cases) -> None:
    homes = [support.save("household", {"head_name": "Lý A", "citizen_id": "006090000123"}) for _each in range(2)]
    with support.inside():
        assert built("reconciliation", Options()).totals()["twice"] == 2
    support.save("household", {WITHDRAWN: True}, homes[0])
    with support.inside():
        assert built("reconciliation", Options()).totals()["twice"] == 0


def test_each_link_of_a_page_leads_to_a_list_that_says_the_number(
    inside: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    """Of one line of every report: the total, with all that narrows it in the address. Every third column of it, of
    the next report other ones: what a list counts is asked of all of them above.
    """
    admin = as_("quan")
    for start, (name, report) in enumerate(reports.REPORTS.items()):
        asked = "since=2022-01-01&until=2024-12-31&by=ethnic" if report.of_cases else "vintage=2023"
        page = check_page(admin.get(f"/reports/{name}?{asked}").get_data(as_text=True), "vi")
        total = next(row for row in page.all(".//tbody/tr") if row.get("class") == "line-total")
        cells = [(link.get("href") or "", words(link)) for link in total.iter("a")]
        assert cells, name
        for href, number in cells[start % COLUMNS :: COLUMNS]:
            answer = admin.get(href)
            assert answer.status_code == 200
            behind = check_page(answer.get_data(as_text=True), "vi")
            assert "%" in number or number in behind.text, href
            if report.of_cases:
                assert parse_qs(urlsplit(href).query)["until"] == ["2024-12-31"]


def test_a_list_behind_a_number_reads_a_day_however_people_type_it_and_tells_what_is_none(
    inside: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    admin, told = as_("quan"), {}
    for since in ("2022-03-04", "4/3/2022", "04.03.2022"):
        answer = admin.get("/cases/", query_string={"report": "disbursement", "column": "paid", "since": since})
        assert answer.status_code == 200
        told[since] = words(check_page(answer.get_data(as_text=True), "vi").find(".//h1"))
    assert len(set(told.values())) == 1
    assert admin.get("/cases/?report=disbursement&column=paid&since=34/13/2022").status_code == 400

"""The reports of support cases: sums that agree however they are cut, and behind each number its own cases."""

from __future__ import annotations

import ast
import csv
import io
import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask, url_for
from flask.testing import FlaskClient

from fieldapp import people, reports
from fieldapp.db import alembic_config, begin_writing, db, upgrade
from fieldapp.facts import cases
from fieldapp.facts.case_figures import FIGURES
from fieldapp.facts.tables import CASE_FIGURES, CASE_SUMS, CaseFact
from fieldapp.i18n import speaking
from fieldapp.problems import NoSuchChoice
from fieldapp.reports import kept_counts
from fieldapp.reports.case_tables import CASE_REPORTS, SOURCES
from fieldapp.reports.numbers import show
from fieldapp.reports.of_cases import OF_MONEY
from fieldapp.reports.overview import OVERVIEW
from fieldapp.reports.scope import Options
from fieldapp.reports.subjects import CASES
from fieldapp.reports.table import Column, Table
from fieldapp.surveys import choices
from fieldapp.today import today
from fieldapp.web.reports import table as pages
from tests.again import ALL, SOAK, so_many
from tests.pages import Page, check_page, words
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.statements import counted
from tests.support.conftest import MILLION, Cases

NAMES = [one.name for one in CASE_REPORTS]
CUTS = [("district", "2023"), ("commune", "2023"), ("village", "2023"), ("commune", "2025"), ("village", "2025")]
Visitors = Callable[[str], FlaskClient]
EVERY = 1 if SOAK else 3 if ALL else 12
"""Every sixth question or column of a report, of the next report other ones; every third with ``make test-all``, all of
them with ``make soak``."""


@pytest.fixture
def inside(support: Cases) -> Iterator[Flask]:
    with support.inside():
        yield support.app


def table(
    name: str, by: str = "commune", vintage: str = "2025", areas: frozenset[str] | None = None, **only: str
) -> Table:
    with speaking("vi"):
        year = int(only.pop("year", 0))
        options = Options.read(db.session(), by, vintage, year=year, **only)
        return reports.find(name).build(db.session(), options, areas, today())


def test_old_districts_and_new_communes_have_the_same_total_and_every_cut_adds_up(inside: Flask) -> None:
    for name in NAMES:
        whole = table(name).total.values
        for by, vintage in CUTS:
            found = table(name, by, vintage)
            assert found.total.values == whole, (name, by)
            for place, column in enumerate(found.columns):
                if column.rate is None:
                    items = [row.values[place] for row in found.rows if row.level == "item"]
                    assert sum(items) == found.total.values[place]  # type: ignore[arg-type]
    assert sum(bool(row.values[0]) for row in table("proposals", "district", "2023").rows[1:]) == 2


def test_what_was_counted_beforehand_is_what_the_cases_themselves_count(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(CASE_FIGURES) == sorted([*FIGURES, *CASE_SUMS])
    here = people.rights_of(people.find_account("binh")).areas
    begin_writing()
    db.session.execute(sa.update(CaseFact).where(CaseFact.state == "started").values(year=2025, target_group=None))
    cases.all_made()
    asked: list[dict[str, Any]] = [
        {}, {"by": "programme"}, {"by": "status"}, {"year": "2026"}, {"programme": "gnbv_2022"},
        {"areas": here}, {"by": "village", "within": "01930", "vintage": "2023"},
        {"by": "group"}, {"group": "nguoi_co_cong"}, {"by": "ethnic"}, {"by": "ethnic", "year": "2026"},
        {"by": "ethnic", "areas": here}, {"by": "group", "areas": here}, {"year": "2025"},
        {"by": "source"}, {"by": "source", "source": "nstw", "areas": here}, {"source": "nstw"},
        {"source": "nsdp_tinh", "by": "ethnic"}, {"source": "quy_nguoi_ngheo", "by": "village", "year": "2026"},
    ]  # fmt: skip
    pairs = [(name, each) for row, name in enumerate([*NAMES, "overview"]) for each in asked[row % EVERY :: EVERY]]
    beforehand = [table(name, **each).rows for name, each in pairs]
    monkeypatch.setattr(kept_counts, "tell_apart", lambda *_asked: False)
    for (name, each), rows in zip(pairs, beforehand, strict=True):
        assert rows == table(name, **each).rows, (name, each)


@pytest.mark.parametrize("number", range(so_many(1, 2, 4)))
def test_the_cases_of_any_days_are_counted_as_each_is_by_itself(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Of every report some questions, drawn by lot: a period, which may be open or empty, lines, what narrows it."""
    here, drawn = people.rights_of(people.find_account("binh")).areas, random.Random(number)
    found = [(name, _drawn(drawn, here)) for name in [*NAMES, "overview"] for _each in range(so_many(2, 6, 6))]
    beforehand = [table(name, **each).rows for name, each in found]
    assert sum(any(rows[0].values) for rows in beforehand) > len(found) / 4
    with counted() as asked:
        table("overview", since="2023-01-01", by="village")
    assert not any("FROM case_fact" in statement for statement, _values in asked)
    monkeypatch.setattr(kept_counts, "tell_apart", lambda *_asked: False)
    for (name, each), rows in zip(found, beforehand, strict=True):
        assert rows == table(name, **each).rows, (name, each)


@pytest.mark.parametrize("by", ["village", "ethnic", "status"])
def test_cases_since_the_first_of_january_are_not_counted_one_by_one(inside: Flask, by: str) -> None:
    with counted() as asked:
        rows = table("overview", by, since="2023-01-01", until="2024-12-31").rows
    assert any(rows[0].values)
    assert not any("counted_case" in statement or "counted_money" in statement for statement, _values in asked)


def _drawn(drawn: random.Random, here: frozenset[str] | None) -> dict[str, Any]:
    usual = [f"{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}" for _day in "12"]
    days = [f"{drawn.choice([2022, 2023, 2024])}-{drawn.choice([day, day, '01-01', '12-31'])}" for day in usual]
    period = drawn.choice([{"since": min(days), "until": max(days)}, {"since": days[0]}, {"until": days[0]}])
    more: list[dict[str, Any]] = [
        {}, {}, {"source": "nstw"}, {"programme": "gnbv_2022"}, {"year": "2023"}, {"areas": here},
        {"group": "nguoi_co_cong"}, {"within": "01930"},
    ]  # fmt: skip
    return {"by": drawn.choice(OF_MONEY), "vintage": "2023", **period, **drawn.choice(more)}


@AGAIN_ON_POSTGRESQL
def test_an_upgrade_keeps_as_what_each_case_counts(support: Cases) -> None:
    with support.inside():
        db.session.remove()
        command.downgrade(alembic_config(), "0044")
    upgrade(support.app)
    with support.inside():
        assert cases.miscounted() == []


@ON_EACH_DATABASE
@pytest.mark.parametrize("only", [{}, {"since": "2022-01-01"}, {"source": "nstw"}])
def test_what_was_counted_beforehand_is_read_as_whole_numbers(inside: Flask, only: dict[str, str]) -> None:
    values = [value for row in table("overview", "village", **only).rows for value in row.values]
    assert {type(value) for value in values if value is not None} <= {int, Fraction}


@pytest.mark.parametrize("only", [{}, {"since": "2022-01-01"}])
def test_a_table_whose_groups_divide_the_same_whole_counts_it_once(inside: Flask, only: dict[str, str]) -> None:
    asked = {}
    for by in ("commune", "status"):
        with counted() as told:
            table("overview", by, **only)
        asked[by] = [
            statement
            for statement, _values in told
            if re.search("_by_village|_by_ethnic_group|counted_case", statement)
        ]
    assert asked["commune"]
    assert len(asked["status"]) == len(asked["commune"])


def test_the_figures_are_those_of_the_ten_cases(inside: Flask) -> None:
    wanted = {
        "proposals": {"cases": 10, "cases_repair": 2, "decided": 7, "refused": 1, "proposed": 1, "on_commune_list": 1},
        "approvals": {"decided": 7, "decided_repair": 1, "approved": 327 * MILLION, "approved_nsdp": 7 * MILLION},
        "progress": {
            "decided": 7,
            "idle_new": 2,
            "new_2": 1,
            "new_3": 1,
            "complete_new": 2,
            "repair_2": 1,
            "blocked": 1,
        },
        "disbursement": {"decided": 7, "unpaid": 4, "in_part": 2, "in_full": 1, "paid": 128 * MILLION},
        "funding": {"approved": 327 * MILLION, "paid_nstw": 128 * MILLION, "paid_nhcsxh": 0},
        "results": {"complete": 2, "complete_new": 2, "settled": 1, "approved": 107 * MILLION, "paid": 40 * MILLION},
        "not-started": {
            "idle": 2,
            "late": 1,
            "blocked": 1,
            "because_thieu_doi_ung": 1,
            "because_vat_lieu": 1,
            "refused": 1,
        },
    }
    for name, figures in wanted.items():
        totals = table(name).totals()
        assert {key: totals[key] for key in figures} == figures, name
    assert show(table("disbursement").totals()["paid_rate"]) == "39,1%"


def test_a_case_stands_in_one_column_of_those_that_divide_the_whole(inside: Flask) -> None:
    states, late = table("proposals").totals(), table("not-started").totals()
    now = ("proposed", "on_village_list", "on_commune_list", "returned", "blocked", "decided", "refused", "withdrawn")
    assert states["cases"] == sum(states[key] or 0 for key in now)
    assert late["idle"] == sum(value or 0 for key, value in late.items() if key.startswith("because_"))
    assert table("approvals").totals()["approved"] == table("disbursement").totals()["approved"]


def test_a_programme_and_a_year_limit_a_report_and_its_paper_says_so(inside: Flask) -> None:
    assert table("approvals", programme="dtts_2021").totals()["decided"] == 1
    assert table("approvals", year="2022").totals()["decided"] == 1
    assert table("proposals", year="2022").totals()["cases"] == 1
    assert [table("results", year=year).totals()["complete"] for year in ("2023", "2024")] == [0, 2]
    found = table("approvals", programme="dtts_2021", year="2023")
    assert found.totals()["decided"] == 1
    assert found.scope.endswith("năm quyết định: 2023")
    with pytest.raises(NoSuchChoice):
        table("approvals", programme="khong_co")


def test_a_percentage_that_cannot_be_is_a_dash_and_what_was_overpaid_is_told(inside: Flask) -> None:
    rate = Column("rate", ("",), rate=("part", "whole"))
    assert [show(rate.value({"part": part, "whole": whole})) for part, whole in ((1, 0), (204, 10), (-1, 2))] == [
        "–"
    ] * 3
    assert "1 hồ sơ" in " ".join(table("disbursement").notes)
    far = next(row for row in table("disbursement", "district", "2023").rows if row.code == "064")
    assert [column.key for column in table("disbursement").columns][-1] == "paid_rate"
    assert show(far.values[-1]) == "56,1%"


def test_a_case_without_a_village_is_in_the_total_of_whoever_sees_all_and_of_nobody_else(support: Cases) -> None:
    with support.inside():
        own = people.areas_of(people.find_account("binh"))
        mine, all_ = (table("proposals", areas=areas).totals()["cases"] for areas in (own, None))
        support_case = db.session.scalars(sa.select(CaseFact)).first()
        assert support_case is not None
        db.session.execute(sa.update(CaseFact).where(CaseFact.record == support_case.record).values(area=None))
        cases.all_made()
        assert table("proposals").totals()["cases"] == all_
        assert (table("proposals", areas=own).totals()["cases"], mine) == (7, 8)
        assert table("proposals").rows[-1].values[0] == 1


def test_behind_the_last_number_of_each_column_stands_the_list_of_its_own_cases(support: Cases, as_: Visitors) -> None:
    """Counts are the length of the list; amounts are the sum of it, from the same sources. What has no place is last;
    of two pages the whole, which is first, is asked too: ``test_numbers`` asks for it of every report."""
    unplace(support)
    own = [
        ("binh", "/reports/results?by=village&vintage=2025&year=2024"),
        ("binh", "/reports/not-started?vintage=2023&within=01930"),
    ]
    whole = [
        ("quan", f"/reports/{name}?by=district&programme=gnbv_2022") for name in NAMES if reports.find(name).of_cases
    ]
    for start, (who, address) in enumerate((*own, *whole)):
        visitor = as_(who)
        cells = links(get(visitor, address), first=(who, address) in own)
        assert cells
        for column, href, number in cells[start % EVERY :: EVERY]:
            if "%" not in number:
                assert number in numbers(get(visitor, href), column), href


def links(page: Page, first: bool) -> list[tuple[str, str, str]]:
    """By column the last number of the table that leads to a list, and if wanted the ``first``: the whole."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in page.all(".//table//td/a"):
        href = each.get("href") or ""
        found.setdefault(parse_qs(urlsplit(href).query)["column"][0], []).append((href, words(each)))
    return [(column, *cell) for column, cells in found.items() for cell in {cells[0 if first else -1], cells[-1]}]


def unplace(support: Cases) -> None:
    """One case has no village, as where its household is not known yet."""
    with support.inside():
        record = db.session.scalars(sa.select(CaseFact.record).order_by(CaseFact.approved.desc())).first()
        db.session.execute(sa.update(CaseFact).where(CaseFact.record == record).values(area=None))
        cases.all_made()
        db.session.commit()


def get(visitor: FlaskClient, path: str) -> Page:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return check_page(answer.get_data(as_text=True), "vi")


def numbers(page: Page, column: str) -> set[str]:
    """What a list says of the cases in it: how many, or the money that the column is about."""
    status = words(page.all(".//p[@role='status']")[0])
    counted, promised, approved, paid = re.findall(r"[\d.]+", status)
    kind, _, group = column.partition("_")
    if kind not in ("promised", "approved", "paid"):
        return {counted}
    whole = {"promised": promised, "approved": approved, "paid": paid}[kind]
    if group not in SOURCES:
        return {whole}
    with speaking("vi"):
        labels = [choices.label("paid_source", each, "vi") for each in SOURCES[group]]
    rows = [[words(cell) for cell in row] for row in page.all(".//*[@aria-labelledby='sources']//tbody/tr")]
    place = 1 if kind == "approved" else 2
    return {show(sum(int(row[place].replace(".", "")) for row in rows if row[0] in labels))}


def test_the_pages_read_in_both_languages_and_files_hold_the_same_numbers(
    support: Cases, page: Callable[..., Page], as_: Visitors
) -> None:
    for name in NAMES:
        for lang in ("vi", "en"):
            page(f"/reports/{name}?by=district&vintage=2023", "quan", lang)
        text = as_("quan").get(f"/reports/{name}/file.csv?by=district").get_data().decode("utf-8-sig")
        with support.inside():
            total = table(name, "district", "2023").total.values
        assert list(csv.reader(io.StringIO(text)))[1][3] == str(total[0])
        assert as_("quan").get(f"/reports/{name}/file.xlsx").status_code == 200
        assert "Phiếu đã duyệt" not in as_("quan").get(f"/reports/{name}").get_data(as_text=True)
    behind = as_("quan").get("/cases/?report=progress&column=complete_rate&line=061&vintage=2023&year=2023")
    assert "Tỷ lệ hoàn thành so với số phê duyệt, Huyện Ba Bể, 2023: " in behind.get_data(as_text=True)
    assert as_("quan").get("/cases/?report=housing-need&column=x").status_code == 404
    assert as_("quan").get("/cases/?report=progress&column=x").status_code == 404


def test_a_column_of_money_is_as_wide_as_its_longest_number(support: Cases) -> None:
    with support.inside():
        book = openpyxl.load_workbook(io.BytesIO(reports.WRITERS["xlsx"].write(table("approvals"))))
    sheet = book.active
    assert sheet is not None
    assert sheet.column_dimensions["F"].width >= len("327.000.000")


IN_ORDER = "/cases/budget"
"""Whose turn it is depends on the order of the law: no count made beforehand says that."""
READS_CASES = re.compile(r"FROM case_fact\b|household_fact\.rank", re.DOTALL)


@pytest.mark.parametrize(
    ("who", "address"),
    [
        *(("dung", f"/reports/{one.name}") for one in (*CASE_REPORTS, OVERVIEW) if one.of is CASES),
        ("dung", "/reports/overview?by=ethnic&year=2026"),
        ("dung", "/reports/not-started?by=group&group=nguoi_co_cong"),
        ("dung", "/figures/dashboard?year=2026"),
        ("dung", "/reports/funding?by=source"),
        ("dung", "/reports/progress?source=nstw&group=nguoi_co_cong"),
        ("quan", IN_ORDER),
    ],
)
def test_what_counts_all_cases_reads_what_was_counted_or_an_index_and_never_their_rows(
    support: Cases, as_: Visitors, who: str, address: str
) -> None:
    """A row is ten times as wide as what a table counts of it, and stands anywhere."""
    reader = as_(who)
    with support.inside(), counted() as asked:
        assert reader.get(address).status_code == 200
        found = [each for each in asked if READS_CASES.search(each[0])]
        plans = [
            (row.detail, statement)
            for statement, values in found
            for row in db.session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", ast.literal_eval(values)
            )
        ]
    reads = [each for each in plans if re.match(r"(SCAN|SEARCH) (case_fact|case_money)\b", each[0])]
    assert bool(reads) == (address == IN_ORDER)
    assert [each for each in reads if "COVERING INDEX" not in each[0]] == []
    assert not [each for each in plans if "support_case" in each[0]]


def test_addresses_are_made_once_for_a_table_and_not_for_each_of_its_numbers(
    support: Cases, as_: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def note(endpoint: str, **values: Any) -> str:
        made.append(endpoint)
        return url_for(endpoint, **values)

    monkeypatch.setattr(pages, "url_for", note)
    page = as_("dung").get("/reports/progress?by=village").get_data(as_text=True)
    assert page.count("/cases/?report=progress") > 10
    assert 0 < len(made) < 3

"""The report's pages, in both languages, for each role."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask, get_template_attribute
from flask.testing import FlaskClient

from fieldapp import intake, people, places, reports
from fieldapp.db import begin_writing, db
from fieldapp.facts import refreshing
from fieldapp.i18n import speaking
from fieldapp.problems import NoDay, NoSuchChoice
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Column, Row, Table
from fieldapp.surveys import SURVEYS
from fieldapp.today import today
from fieldapp.web.reports.table import LINES, cells_of
from tests.pages import Page, check_page, words
from tests.reading import parse

ADDRESSES = [
    "/reports/",
    "/reports/housing-need",
    "/reports/housing-need?by=district&vintage=2023",
    "/reports/housing-need?by=commune&vintage=2023&within=061",
    "/reports/housing-need?by=village&vintage=2025",
]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_report_page_is_a_page(page: Callable[..., Page], lang: str) -> None:
    for path in ADDRESSES:
        page(path, "quan", lang)


OF_FIGURES = ["", "dashboard", "indicators/", "indicators/new", "statuses/difficult_commune", "vouchers"]


@pytest.mark.parametrize(
    "path", [*(f"/figures/{each}" for each in OF_FIGURES), "/reports/progress", "/reports/periods/"]
)
def test_every_page_of_figures_leads_back_to_the_reports(page: Callable[..., Page], path: str) -> None:
    [back, *_others] = page(path, "quan").all(".//nav[@class='trail']//a")
    assert back.get("href") == "/reports/"


FOLDED = ["programme=gnbv_2022", "year=2026", "source=nsdp_tinh", "group=nguoi_co_cong", "since=01/01/2026"]


@pytest.mark.parametrize("asked", ["", *FOLDED])
def test_what_is_seldom_chosen_is_folded_away_until_it_is(page: Callable[..., Page], asked: str) -> None:
    [folded] = page(f"/reports/approvals?{asked}", "quan").all(".//details[@class='more-filters']")
    assert (folded.get("open") is not None) == bool(asked)
    if asked:
        name = asked.partition("=")[0]
        assert folded.find(f".//*[@name='{name}']") is not None, f"{name} is chosen elsewhere"


WRONG = {
    "programme": "khong_co",
    "source": "nowhere",
    "group": "x",
    "within": "999",
    "since": "nonsense",
    "until": "2026",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_choice_that_there_is_not_is_told_in_one_sentence_and_the_others_stay(
    as_: Callable[[str], FlaskClient], name: str
) -> None:
    right = dict(each.split("=") for each in FOLDED if not each.startswith(name)) | {"by": "village", "vintage": "2023"}
    answer = as_("quan").get("/reports/approvals", query_string={**right, name: WRONG[name]}, follow_redirects=True)
    assert dict(answer.request.args) == right
    found = check_page(answer.get_data(as_text=True), "vi")
    [told] = found.all(".//*[@role='status']")
    assert WRONG[name] in words(told)
    for path in ("file.csv", "behind"):
        answer = as_("quan").get(f"/reports/approvals/{path}", query_string={**right, name: WRONG[name]})
        assert answer.status_code in (400, 404)
        assert WRONG[name] in answer.get_data(as_text=True)


def test_what_a_choice_can_be_is_told_to_commands_and_programs_too(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        for name, code in WRONG.items():
            if name != "within":
                with pytest.raises((NoSuchChoice, NoDay), match=code):
                    Options.read(db.session(), **{name: code})


@pytest.mark.parametrize("name", list(reports.REPORTS))
def test_what_stands_above_a_table_says_alone_what_it_is(app: Flask, name: str) -> None:
    """No other column is called so but those it is the sum of, and money is said to be money."""
    report = reports.find(name)
    with app.app_context(), speaking("vi"):
        table = report.build(db.session(), Options.read(db.session()), None, today())
        shown = {key: label for key, label, _value in reports.figures(report, table)}
    sums = {column.key: column for column in table.columns if column.rate is None}
    for key, label in shown.items():
        others = [one for one in sums.values() if one.key != key and one.heading[-1] == label]
        of = sums[key].parts if key in sums else ()
        assert all(one.key in of for one in others), (key, label, others)
        is_money = any("(đồng)" in part for part in next(c for c in table.columns if c.key == key).heading)
        assert not is_money or "đồng" in label, label


def test_the_report_reads_as_the_official_table(page: Callable[..., Page]) -> None:
    found = page("/reports/housing-need?by=commune&vintage=2023", "quan")
    for text in (
        "ỦY BAN NHÂN DÂN TỈNH THÁI NGUYÊN",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Đơn vị tính: hộ",
        "4=5+6+7+8",
        "GIÁM ĐỐC",
        "Nơi nhận:",
        "- Lưu: VT.",
        "Số: …",
    ):
        assert text in found.text
    total = next(row for row in found.all(".//tbody/tr") if row.get("class") == "line-total")
    assert words(total).startswith("Tổng cộng 31")


def test_the_totals_stand_above_the_table(page: Callable[..., Page]) -> None:
    found = page("/reports/housing-need", "quan")
    figures = [words(figure) for figure in found.all(".//div[@class='figures']/div")]
    assert figures[0] == "31 Hộ gia đình"
    assert len(figures) == 7


def test_a_page_and_its_chart_are_of_one_table_until_something_changes(
    as_: Callable[[str], FlaskClient], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, built = reports.REPORTS["housing-need"], []

    def build(*args: Any) -> Table:
        built.append(report.build(*args))
        return built[-1]

    monkeypatch.setitem(reports.REPORTS, report.name, replace(report, build=build))
    admin = as_("quan")

    def look() -> int:
        html = admin.get("/reports/housing-need").get_data(as_text=True)
        picture = re.search(r'<img src="([^"]+chart.svg[^"]*)"', html)
        assert picture
        assert admin.get(unescape(picture[1])).status_code == 200
        return len(built)

    assert (look(), look()) == (1, 1)
    with app.app_context():
        begin_writing()
        household = db.session.scalars(sa.select(SURVEYS["household"].id)).first()
        intake.save("household", str(household), {"members": 11}, account=people.find_account("quan"))
        db.session.commit()
    assert look() == 2
    admin.set_cookie("lang", "en")
    assert look() == 3, "a table is in the language of its reader"


@pytest.fixture
def many_villages(app: Flask) -> None:
    """Five villages more in every commune."""
    with app.app_context():
        begin_writing()
        communes = [place.code for place in places.communes(2023)]
        places.import_villages([(2023, code, n, f"Thôn {n}") for code in communes for n in range(101, 106)])
        db.session.commit()


@pytest.mark.parametrize("strange", ['"><script>alert(1)</script>', "Tày & Nùng", "a=b&column=c"])
def test_a_number_leads_to_its_column_and_line_whatever_these_are_called(app: Flask, strange: str) -> None:
    with app.app_context(), speaking("vi"):
        built = reports.find("progress").build(db.session(), Options("ethnic", 2025), None, today())
        column = Column(strange, ("Hộ",))
        sheet = replace(built, columns=(column,), rows=(Row("item", "1", strange, (12,), strange),), signatures=())
        cells = cells_of(sheet, "/reports/progress/behind?by=ethnic")
        drawn = get_template_attribute("reports/table.html", "sheet")(sheet, cells, sheet.rows, "")
    assert "<script" not in drawn
    assert "&column" not in drawn, "an address is escaped as all else is"
    (link,) = parse(f"<!doctype html><html><title>.</title><body>{drawn}</body></html>").findall(
        ".//td[@class='number']/a"
    )
    path, _mark, query = link.get("href", "").partition("?")
    assert (link.text, path) == ("12", "/reports/progress/behind")
    assert parse_qs(query) == {"by": ["ethnic"], "column": [strange], "line": [strange]}


@pytest.mark.usefixtures("many_villages")
@pytest.mark.parametrize("name", ["housing-need", "progress"])
def test_a_long_table_is_read_in_pages_that_hold_its_lines_once_and_its_total_each(
    page: Callable[..., Page], as_: Callable[[str], FlaskClient], name: str
) -> None:
    address, found = f"/reports/{name}?by=village&vintage=2025", list[str]()
    first = page(address, "quan")
    last = int(words(first.find(".//nav[@class='pager']/span")).rpartition("/")[2])
    assert last > 3
    for number in range(1, last + 1):
        total, *lines = [words(row) for row in page(f"{address}&page={number}", "quan").all(".//tbody/tr")]
        assert total.startswith("Tổng cộng")
        assert len(lines) < 2 * LINES
        found += lines
    report = as_("quan").get(f"/reports/{name}/file.json?by=village&vintage=2025").get_json()
    assert len(found) == len(report["rows"]) - 1
    assert f"Dòng 1 đến {len(page(address, 'quan').all('.//tbody/tr')) - 1} trong" in first.text


def test_an_enumerator_may_not_and_a_stranger_is_sent_to_sign_in(
    page: Callable[..., Page], client: FlaskClient
) -> None:
    page("/reports/housing-need", "lan", status=403)
    assert client.get("/reports/").status_code == 302


MISSING = [
    ("/reports/budget", 404),
    ("/reports/housing-need/file.csv?by=district&vintage=2025", 400),
    ("/reports/housing-need/file.csv?within=99999", 404),
    ("/reports/housing-need?vintage=1999", 404),
    ("/reports/housing-need/file.doc", 404),
    ("/reports/records/nothing.csv", 404),
    ("/reports/records/household.pdf", 404),
]


def test_what_does_not_exist_is_a_page_that_says_so(as_: Callable[[str], FlaskClient]) -> None:
    admin = as_("quan")
    for path, status in MISSING:
        answer = admin.get(path)
        assert answer.status_code == status, path
        check_page(answer.get_data(as_text=True), "vi")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/reports/housing-need?by=district&vintage=2025", "không có cấp huyện"),
        ("/reports/housing-need?by=village&vintage=2025&within=061", "Không có địa bàn mang mã 061"),
    ],
)
def test_a_choice_that_does_not_fit_another_is_dropped_and_said(
    page: Callable[..., Page], path: str, said: str
) -> None:
    found = page(path, "quan")
    assert said in found.text
    assert "Tổng cộng" in found.text


def test_a_supervisor_takes_away_her_area_and_nothing_else(as_: Callable[[str], FlaskClient]) -> None:
    path = "/reports/housing-need/file.csv?by=commune&vintage=2025"
    totals = {}
    for who in ("binh", "quan"):
        answer = as_(who).get(path)
        lines = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        totals[who] = int(lines[1][3])
    assert 0 < totals["binh"] < totals["quan"]


def test_the_workbook_arrives_under_a_telling_name(as_: Callable[[str], FlaskClient]) -> None:
    answer = as_("quan").get("/reports/housing-need/file.xlsx?by=commune&vintage=2023")
    assert "housing-need-commune-2023-" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    assert book.worksheets[0]["A1"].value == "ỦY BAN NHÂN DÂN TỈNH THÁI NGUYÊN"


def test_the_chart_is_a_picture_that_can_run_nothing(as_: Callable[[str], FlaskClient]) -> None:
    answer = as_("quan").get("/reports/housing-need/chart.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert b"<script" not in answer.get_data()


def test_records_can_be_taken_away_exact_by_the_administrator_only(as_: Callable[[str], FlaskClient]) -> None:
    admin, leader = as_("quan"), as_("dung")
    for extension in ("csv", "xlsx", "geojson", "sqlite"):
        assert admin.get(f"/reports/records/household.{extension}").status_code == 200
    assert b'"positions":"exact"' in admin.get("/reports/records/household.geojson").get_data()
    assert b'"positions":"rounded"' in leader.get("/reports/records/household.geojson").get_data()


def test_figures_that_are_being_worked_out_again_say_so_wherever_they_stand(
    as_: Callable[[str], FlaskClient], app: Flask
) -> None:
    leader, told = as_("dung"), ("/", "/figures/dashboard", "/reports/housing-need", "/reports/overview")

    def says(path: str) -> bool:
        return "tính lại" in leader.get(path).get_data(as_text=True)

    assert [says(path) for path in told] == [False] * 4
    with app.app_context():
        begin_writing()
        refreshing.note_made()
        db.session.execute(sa.text("UPDATE facts_work SET made_for = 'of before'"))
        db.session.commit()
    assert [says(path) for path in told] == [True] * 4

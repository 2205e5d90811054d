"""Every page of the desk is a page, in both languages, and says what to do next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient

from fieldapp import people, review
from fieldapp.db import db
from fieldapp.places import Place, Village
from fieldapp.vietnamese import collation_key
from fieldapp.web import shown
from fieldapp.web.shown import VillageToday
from tests.again import again, at_once
from tests.desk.conftest import Desk
from tests.pages import Page

HOMES = {"lan": "Xin chào, Hoàng Thị Lan", "binh": "Xin chào, Nông Văn Bình", "quan": "Xin chào, Triệu Minh Quân"}
LISTS = ["/records/", "/records/?survey=housing_need&sort=village", "/records/?survey=progress_visit&sort=changed"]


@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.parametrize("who", ["lan", "binh", "quan", "dung"])
def test_everyone_has_a_home_page(page: Callable[..., Page], who: str, lang: str) -> None:
    found = page("/", who, lang)
    if lang == "vi":
        assert found.h1 == HOMES.get(who, "Tổng quan hỗ trợ nhà ở")


def test_the_leaders_home_says_below_its_figures_what_they_count_and_where_others_are_told(
    as_: Callable[[str], FlaskClient],
) -> None:
    text = as_("dung").get("/").text
    notes = text.index("kể cả các năm trước, xem ở biểu “Tiến độ xây dựng, sửa chữa nhà ở”")
    assert text.rindex("figure-label") < notes < text.index("<picture>")


def test_the_supervisors_home_counts_what_waits_in_each_commune(page: Callable[..., Page], desk: Desk) -> None:
    home = page("/")
    waiting = sum(len(desk.all(survey, "waiting")) for survey in ("household", "housing_need", "progress_visit"))
    row = next(row for row in home.all(".//tbody/tr") if "Xã Đồng Phúc" in "".join(row.itertext()))
    assert str(waiting) in "".join(row.itertext()).split()
    assert "Bản ghi chờ lâu nhất" in home.text


def test_the_enumerator_sees_what_came_back_to_her(page: Callable[..., Page]) -> None:
    assert "được trả lại để anh/chị sửa" in page("/", "lan").text


def test_the_figures_of_an_enumerators_home_are_those_of_the_records_she_began(
    page: Callable[..., Page], desk: Desk
) -> None:
    home = page("/", "lan")
    with desk.inside():
        lan = people.find_account("lan")
        areas, own = people.areas_of(lan) or frozenset(), list[Any]()
        for survey in review.reviewed():
            own += db.session.scalars(sa.select(survey).where(survey.author == lan.id, survey.area.in_(areas)))
        states = Counter(review.statuses(own).values())
        latest = [each.id for each in sorted(own, key=lambda each: (each.changed_at, each.id), reverse=True)[:8]]
    shown = [int(figure.text or "") for figure in home.all(".//span[@class='figure-value']")]
    asked = states["waiting"] + states["corrected"]
    counts = [states["returned"], asked, states["approved"], states["refused"], len(own)]
    assert shown == [count for count in counts if count], "of what there is none, one line tells"
    assert len(own) > 8
    links = [link.get("href", "") for link in home.all(".//section[@aria-labelledby='latest']//a[@class='row-name']")]
    assert [link.rpartition("/")[2] for link in links] == latest


def test_the_admin_is_told_of_what_is_held(page: Callable[..., Page]) -> None:
    assert "đang tạm giữ" in page("/", "quan").text


def test_the_leader_reads_the_headline_figures_of_the_report(page: Callable[..., Page]) -> None:
    home, report = page("/", "dung"), page("/reports/housing-need", "dung")
    figures = [figure.text for figure in home.all(".//span[@class='figure-value']")]
    assert len(figures) >= 5
    assert all(figure and figure in report.text for figure in figures)


def test_each_headline_of_a_leader_leads_to_the_list_of_what_it_counts(page: Callable[..., Page]) -> None:
    links = page("/", "dung").all(".//div[@class='figures']//a")
    assert len(links) >= 5
    for link in links:
        (value,) = link.findall("span[@class='figure-value']")
        assert f"{value.text} " in page(link.get("href"), "dung").text


ABOUT_ONESELF = ("/again", "/password", "/rights", "/sessions")


@pytest.mark.parametrize("who", at_once(["binh", "quan", "dung"], "quan".__eq__))
def test_every_page_lies_behind_one_link_of_the_navigation(app: Flask, as_: Callable[[str], Any], who: str) -> None:
    rules = [str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    lit = {}
    for path in rules:
        answer = as_(who).get(path) if not path.startswith(("/app", "/sync", "/api", "/reports/everything")) else None
        if answer and answer.status_code == 200 and answer.mimetype == "text/html" and path not in ABOUT_ONESELF:
            [navigation] = re.findall(r'<ul class="nav-links">(.*?)</ul>', answer.get_data(as_text=True), re.S)
            lit[path] = navigation.count('aria-current="page"')
    assert len(lit) > 3
    assert {path: links for path, links in lit.items() if links != 1} == {}


def test_a_record_on_the_way_through_the_queue_lies_behind_the_queue(page: Callable[..., Page], desk: Desk) -> None:
    record = desk.one("housing_need", "waiting")
    for query, where in (("?queue=1", "Chờ duyệt"), ("", "Bản ghi")):
        [here] = page(f"/records/{record}{query}").all(".//ul[@class='nav-links']//a[@aria-current]")
        assert here.text == where


@pytest.mark.parametrize("who", ["lan", "binh", "quan"])
def test_a_home_tells_in_one_line_of_what_there_is_none(page: Callable[..., Page], who: str) -> None:
    home = page("/", who)
    assert all(figure.text not in ("0", None) for figure in home.all(".//span[@class='figure-value']"))
    assert len(home.all(".//p[@class='soft none-of']")) <= 1


def test_the_decision_stands_before_what_the_law_says(page: Callable[..., Page], desk: Desk) -> None:
    record = page(f"/records/{desk.one('housing_need', 'waiting')}?queue=1")
    ids = [each.get("id") for each in record.all(".//h2")]
    assert ids.index("decide") < ids.index("criteria")


def test_all_figures_of_a_leader_are_of_one_list_of_places_which_is_named(page: Callable[..., Page]) -> None:
    for path in ("/", "/figures/dashboard", "/reports/housing-need", "/reports/progress"):
        named = re.findall(r"danh mục địa bàn năm (\d{4})", page(path, "dung").text)
        assert (path, set(named)) == (path, {"2025"})


@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.parametrize("path", [*LISTS, "/review", "/review?status=contested"])
def test_lists_are_pages(page: Callable[..., Page], path: str, lang: str) -> None:
    assert page(path, "binh", lang).all(".//ol[@class='rows']")


@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.parametrize(
    ("survey", "status"),
    [
        ("household", "waiting"),
        ("household", "withdrawn"),
        ("housing_need", "waiting"),
        ("housing_need", "approved"),
        ("housing_need", "returned"),
        ("housing_need", "corrected"),
        ("housing_need", "changed_since_approval"),
        ("housing_need", "contested"),
        ("progress_visit", "waiting"),
    ],
)
def test_a_record_in_every_state_is_a_page(
    page: Callable[..., Page], desk: Desk, survey: str, status: str, lang: str
) -> None:
    found = page(f"/records/{desk.one(survey, status)}", "binh", lang)
    assert any(f"state-{status}" in (badge.get("class") or "") for badge in found.all(".//span"))


def test_a_record_shows_photos_position_criteria_and_history(page: Callable[..., Page], desk: Desk) -> None:
    found = page(f"/records/{desk.one('housing_need', 'waiting')}")
    for heading in ("Ảnh", "Tiêu chí (máy tính)", "Lịch sử", "Quyết định của anh/chị", "Hộ gia đình"):
        assert heading in [" ".join("".join(h2.itertext()).split()) for h2 in found.all(".//h2")]
    assert found.all(".//ul[@class='photos']//img")
    assert "m²/người" in found.text
    assert "Thứ tự ưu tiên theo Điều 5" in found.text
    for said in (": đạt", ": không đạt", ": chưa rõ", "Để rõ, cần: ", "Huyện nghèo"):
        assert said in found.text


def test_every_page_forbids_inline_scripts(as_: Callable[[str], FlaskClient]) -> None:
    policy = as_("binh").get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_leaflet_is_served_from_here(client: FlaskClient) -> None:
    with client.get("/records/leaflet/leaflet.js") as answer:
        assert answer.status_code == 200


def test_an_unknown_address_gets_a_clear_page(page: Callable[..., Page]) -> None:
    assert page("/nowhere", "binh", "vi", 404).h1 == "Không tìm thấy"


def test_places_to_choose_from_stand_in_the_order_of_the_dictionary(desk: Desk) -> None:
    """Xã Yên Bình is not looked for between Hiệp Lực and Nà Phặc: y is found as i, and stands behind x."""
    with desk.app.test_request_context():
        every = db.session.scalars(sa.select(Place).where(Place.vintage == 2025))
        g.gazetteer = {place.code: VillageToday(Village(id=place.code, name=place.name), place) for place in every}
        names = [commune.name for commune in shown.communes()]
    assert {"Xã Yên Bình", "Xã Nà Phặc", "Xã Hiệp Lực"} <= set(names)
    assert names == sorted(names, key=collation_key)


def test_where_no_list_was_drawn_up_the_page_speaks_of_lists_and_not_of_code_lists(page: Callable[..., Page]) -> None:
    said = page("/cases/lists/").text
    assert "Chưa có danh sách nào" in said
    assert "danh mục nào" not in said

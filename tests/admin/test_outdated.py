"""Those who look after communes that are no more, and those who see nothing, are told of and helped by a page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.places import PlaceMapping, imports
from tests.again import again
from tests.conftest import PASSWORD
from tests.pages import Page, check_page

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
OLD, ELSEWHERE = (2023, "01930"), (2025, "05443")
"""A commune that went into another one, and one of the list of today of which no village is known here."""


SENTENCES = {
    "vi": ("chưa được giao địa bàn", "thuộc địa bàn của anh/chị (Phường Phan Đình Phùng"),
    "en": ("No area has been given to you", "No village here lies in your area (Phường Phan Đình Phùng"),
}


@pytest.fixture
def office(app: Flask) -> Flask:
    """With a supervisor of an old commune, one of a commune without villages, and one without any area."""
    with app.app_context():
        for name, grants in (("xacu", [OLD]), ("vang", [ELSEWHERE]), ("khong", [])):
            people.add_account(name, f"Cán bộ {name}", "supervisor", PASSWORD, grants)
        db.session.commit()
    return app


def ticks(page: Page) -> dict[str, str]:
    """What can be ticked, by what stands beside it."""
    return {" ".join(each.itertext()): each[0].get("value", "") for each in page.all(".//label") if _moves(each)}


def _moves(label: object) -> bool:
    return len(label) > 1 and label[0].get("name") == "moved"  # type: ignore[index, arg-type]


def tick_of(page: Page, username: str) -> str:
    [value] = [value for words, value in ticks(page).items() if f"{username} ·" in words]
    return value


@pytest.mark.usefixtures("office")
def test_one_press_gives_the_communes_of_today_to_those_who_are_ticked_and_to_nobody_else(
    as_: Visitors, page: Pages
) -> None:
    before = page("/admin/people", "quan")
    assert page("/", "quan").all(".//a[@href='/admin/people']"), "the first page of the administrator tells of it too"
    [words] = [each for each in ticks(before) if "xacu ·" in each]
    assert "Xã Hoàng Trĩ (2023) → Xã Đồng Phúc (2025)" in words
    answer = as_("quan").post("/admin/people/areas", data={"moved": tick_of(before, "xacu")}, follow_redirects=True)
    after = check_page(answer.get_data(as_text=True), "vi")
    assert "Đã giao xã, phường hiện nay cho 1 người" in after.text
    assert {words for words in ticks(before) if "xacu" not in words} == set(ticks(after))
    seen = {each.get("value", "") for each in page("/records/", "xacu").all(".//select[@name='commune']/option")}
    assert "01933" in seen


def test_what_another_administrator_changed_meanwhile_is_left_and_told(
    office: Flask, as_: Visitors, page: Pages
) -> None:
    shown = tick_of(page("/admin/people", "quan"), "xacu")
    with office.app_context():
        begin_writing()
        people.change_account(people.find_account("xacu"), grants=[(2023, "01924")])
        db.session.commit()
    quan = as_("quan")
    for data, told in (({"moved": shown}, "vẫn giữ địa bàn như trước"), ({}, "Chưa đánh dấu ai")):
        answer = quan.post("/admin/people/areas", data=data, follow_redirects=True)
        assert told in check_page(answer.get_data(as_text=True), "vi").text
    with office.app_context():
        assert [each.code for each in people.find_account("xacu").grants] == ["01924"]


@pytest.mark.parametrize("path", ["/", "/records/", "/review", "/map", "/cases/", "/reports/housing-need"])
@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.usefixtures("office")
def test_whoever_sees_nothing_is_told_why_on_every_page_of_records_and_nobody_else_is(
    page: Pages, path: str, lang: str
) -> None:
    sentences = SENTENCES[lang]
    for who, said in zip(("khong", "vang"), sentences, strict=True):
        assert said in page(path, who, lang).text
    assert not any(said in page(path, "xacu", lang).text for said in sentences)


@pytest.mark.usefixtures("office")
def test_the_page_of_people_says_of_each_who_sees_nothing_that_it_is_so(page: Pages) -> None:
    lines = page("/admin/people", "quan").all(".//ul[@class='rows devices']/li")
    blind = {" ".join(line.itertext()).split(" ·")[0].split()[-1] for line in lines if _is_blind(line)}
    assert blind == {"vang", "khong"}


def _is_blind(line: object) -> bool:
    return "chưa xem được gì" in " ".join(line.itertext())  # type: ignore[attr-defined]


def test_two_administrators_who_press_at_once_move_each_person_once(office: Flask, as_: Visitors, page: Pages) -> None:
    shown = tick_of(page("/admin/people", "quan"), "xacu")
    clients = [as_("quan"), as_("quan")]
    with ThreadPoolExecutor() as both:
        press = lambda quan: quan.post("/admin/people/areas", data={"moved": shown}, follow_redirects=True)  # noqa: E731
        told = [answer.get_data(as_text=True) for answer in both.map(press, clients)]
    assert sum("Đã giao xã, phường hiện nay cho 1 người" in text for text in told) == 1
    assert sum("vẫn giữ địa bàn như trước" in text for text in told) == 1
    with office.app_context():
        assert [(each.vintage, each.code) for each in people.find_account("xacu").grants] == [(2025, "01933")]


def test_who_sees_nothing_after_a_reorganisation_is_undone_is_told_of_where_it_is_undone(
    office: Flask, as_: Visitors, page: Pages
) -> None:
    quan = as_("quan")
    quan.post("/admin/people/areas", data={"moved": tick_of(page("/admin/people", "quan"), "xacu")})
    file = "old_commune_code,new_commune_code,whole_or_part\n01930,01933,whole\n"
    with office.app_context():
        begin_writing()
        db.session.execute(sa.delete(PlaceMapping))
        imports.note_changed(PlaceMapping)
        db.session.commit()
    sent = {"kind": "mapping", "vintage": "2023", "to_vintage": "2025", "meant": "yes"}
    quan.post("/admin/places/imports", data={**sent, "file": (io.BytesIO(file.encode()), "sắp xếp.csv")})
    text = quan.get("/admin/places").get_data(as_text=True)
    assert "người phụ trách địa bàn không còn nữa" in text, "the import tells of those who hang on what it took over"
    [number] = re.findall(r"/admin/places/imports/(\d+)/removal", text)
    answer = quan.post(f"/admin/places/imports/{number}/removal", follow_redirects=True)
    assert "Có 1 người không còn xem được gì" in check_page(answer.get_data(as_text=True), "vi").text

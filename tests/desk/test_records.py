"""Finding records, entering and correcting them in the office, and who may see their photos."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import MultiDict

from fieldapp import review, vietnamese
from fieldapp.db import db
from fieldapp.photos import attachments
from fieldapp.photos.attachments import PhotoUse
from fieldapp.surveys import listed, questions
from fieldapp.surveys.choices import codes
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.web.records import map as area_map
from tests.again import again
from tests.desk.conftest import Desk
from tests.pages import Page, check_page, insisting, words
from tests.statements import counted


def names(page: Page) -> list[str]:
    return [words(link) for link in page.all(".//a[@class='row-name']")]


# --- finding --------------------------------------------------------------------------------------------------


def test_a_household_is_found_without_accents_and_by_part_of_the_name(page: Callable[..., Page]) -> None:
    everyone = names(page("/records/"))
    typed = vietnamese.search_key(everyone[0])
    assert everyone[0] in names(page(f"/records/?q={typed}"))
    assert names(page(f"/records/?q={typed.split()[-1]}"))


def test_a_housing_need_is_found_by_the_name_of_its_household(page: Callable[..., Page]) -> None:
    first = names(page("/records/?survey=housing_need"))[0]
    assert first in names(page(f"/records/?survey=housing_need&q={vietnamese.search_key(first)}"))


def test_records_are_sorted_by_given_name(page: Callable[..., Page]) -> None:
    listed = names(page("/records/"))
    assert listed == sorted(listed, key=vietnamese.sort_key)


def test_a_list_holds_only_the_records_of_ones_own_area(page: Callable[..., Page]) -> None:
    own, all_of_them = page("/records/", "lan"), page("/records/", "quan")
    assert int(words(own.find(".//header/div/p")).split()[0]) < int(
        words(all_of_them.find(".//header/div/p")).split()[0]
    )


def test_nothing_found_says_what_to_try(page: Callable[..., Page]) -> None:
    assert "Không tìm thấy bản ghi nào" in page("/records/?q=zzzz").text


def test_a_list_can_be_narrowed_to_a_state(page: Callable[..., Page], desk: Desk) -> None:
    found = page("/records/?survey=housing_need&status=returned")
    assert len(names(found)) == len(desk.all("housing_need", "returned"))


def test_the_queue_stands_in_the_legal_order(page: Callable[..., Page]) -> None:
    letters = [words(mark)[0] for mark in page("/review").all(".//span[@class='priority']")]
    assert letters
    assert letters == sorted(letters, key="abcdđe".index)


def test_an_empty_queue_says_so(page: Callable[..., Page]) -> None:
    assert "Không có bản ghi nào chờ duyệt ở đây" in page("/review?survey=progress_visit&status=contested").text


# --- the office -----------------------------------------------------------------------------------------------


def filled(page: Page) -> MultiDict[str, Any]:
    """The form of a page as a browser would send it unchanged."""
    form = page.find(".//form[@class='survey-form']")
    found: MultiDict[str, Any] = MultiDict()
    for field in form.iter():
        name, kind = field.get("name"), field.get("type")
        if not name or kind == "file" or (kind in ("radio", "checkbox") and field.get("checked") is None):
            continue
        if field.tag == "select":
            chosen = [option.get("value") for option in field.iter("option") if option.get("selected") is not None]
            found.add(name, chosen[0] if chosen else "")
        elif field.tag in ("input", "textarea"):
            found.add(name, field.text or "" if field.tag == "textarea" else field.get("value") or "")
    return found


@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.parametrize("survey", [survey.survey for survey in listed() if not survey.kept_by])
def test_every_survey_has_its_form_in_the_office(page: Callable[..., Page], desk: Desk, survey: str, lang: str) -> None:
    household = desk.one("household", "approved")
    assert page(f"/records/new/{survey}?household={household}", "binh", lang).all(".//form[@class='survey-form']")


def test_a_form_sent_back_unchanged_changes_nothing(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "approved")
    before = desk.heads("housing_need", need)
    answer = as_("binh").post(f"/records/{need}/edit", data=filled(page(f"/records/{need}/edit")))
    assert answer.status_code == 302, words(check_page(answer.get_data(as_text=True), "vi").find(".//main"))
    assert desk.heads("housing_need", need) == before
    assert desk.status("housing_need", need) == "approved"


def test_a_correction_in_the_office_reopens_an_approved_record(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "approved")
    form = filled(page(f"/records/{need}/edit"))
    form.setlist("own_money", ["12,5 triệu"])
    assert as_("binh").post(f"/records/{need}/edit", data=form).status_code == 302
    assert desk.answer("housing_need", need, "own_money") == 12_500_000
    assert desk.status("housing_need", need) == "changed_since_approval"


def test_the_office_asks_back_what_the_tablet_would_and_saves_what_is_said_to_be_right(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need, binh = desk.one("housing_need", "approved"), as_("binh")
    before, form = desk.heads("housing_need", need), filled(page(f"/records/{need}/edit"))
    form.setlist("own_money", ["500"])

    def sent(more: dict[str, str]) -> Page | None:
        answer = binh.post(f"/records/{need}/edit", data=MultiDict([*form.items(multi=True), *more.items()]))
        assert answer.status_code in (302, 422)
        return check_page(answer.get_data(as_text=True), "vi") if answer.status_code == 422 else None

    asked = sent({})
    assert asked is not None
    assert desk.heads("housing_need", need) == before
    [said] = [button.get("value") for button in asked.all(".//button[@name='confirmed']")]
    assert "Số tiền thường tròn nghìn đồng" in words(asked.find(".//section[@role='alert']"))
    form.setlist("own_money", ["600"])
    assert sent({"confirmed": said}) is not None, "another answer is asked about anew"
    assert desk.heads("housing_need", need) == before
    form.setlist("own_money", ["500"])
    assert sent({"confirmed": said}) is None
    assert desk.answer("housing_need", need, "own_money") == 500
    again = filled(page(f"/records/{need}/edit"))
    assert binh.post(f"/records/{need}/edit", data=again).status_code == 302, (
        "what stands as it came is not asked again"
    )


def test_an_edit_made_beside_a_newer_one_becomes_a_conflict_and_overwrites_nothing(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "waiting")
    form = filled(page(f"/records/{need}/edit"))
    desk.save("housing_need", need, {"own_money": 31_000_000})
    form.setlist("own_money", ["32.000.000"])
    as_("binh").post(f"/records/{need}/edit", data=form)
    assert desk.status("housing_need", need) == "contested"
    assert sorted(desk.answer("housing_need", need, "conflicts")["own_money"]) == [31_000_000, 32_000_000]


def test_saving_a_form_settles_no_conflict_by_the_way(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "contested")
    form = filled(page(f"/records/{need}/edit"))
    as_("binh").post(f"/records/{need}/edit", data=form)
    assert desk.status("housing_need", need) == "contested"


def test_a_mistake_is_told_at_the_top_and_at_its_question(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    household = desk.one("household", "waiting")
    form = filled(page(f"/records/{household}/edit"))
    form.setlist("members", ["năm"])
    answer = as_("binh").post(f"/records/{household}/edit", data=form)
    assert answer.status_code == 422
    told = check_page(answer.get_data(as_text=True), "vi")
    link = told.find(".//div[@class='error-summary']//a")
    assert link.get("href") == "#household-members"
    assert words(link) == words(told.find(".//p[@id='household-members-error']"))
    assert 'value="năm"' in told.html


def test_a_new_household_belongs_to_its_village_and_waits_for_review(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    known = filled(page(f"/records/{desk.one('household', 'approved', 'lan')}/edit", "lan"))
    known.setlist("head_name", ["Nông Thị Hoài Thu"])
    known.setlist("citizen_id", ["006199000001"])
    answer = insisting(as_("lan"), "/records/new/household", known)
    assert answer.status_code == 302, words(check_page(answer.get_data(as_text=True), "vi").find(".//main"))
    made = answer.location.rsplit("/", 1)[-1]
    assert desk.status("household", made) == "waiting"
    assert "Nông Thị Hoài Thu" in names(page("/records/?q=hoai thu", "binh"))


def test_a_new_household_that_looks_like_a_known_one_is_asked_about_once(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    known = desk.one("household", "approved", "lan")
    form = filled(page(f"/records/{known}/edit", "lan"))
    before = len(desk.all("household", "waiting", "lan"))
    answer = as_("lan").post("/records/new/household", data=form)
    assert answer.status_code == 422
    asked = check_page(answer.get_data(as_text=True), "vi")
    assert asked.find(".//section[@role='alert']//a").get("href") == f"/records/{known}"
    assert len(desk.all("household", "waiting", "lan")) == before
    again = filled(asked)
    again.add("distinct", str(asked.find(".//section[@role='alert']/button").get("value")))
    assert as_("lan").post("/records/new/household", data=again).status_code == 302
    assert len(desk.all("household", "waiting", "lan")) == before + 1


def test_a_household_cannot_be_put_into_a_village_outside_ones_area(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    form = filled(page(f"/records/{desk.one('household', 'approved', 'lan')}/edit", "lan"))
    form.setlist("village", [str(desk.answer("household", desk.elsewhere("household"), "village"))])
    assert as_("lan").post("/records/new/household", data=form).status_code == 404


def test_the_form_only_asks_what_follows_by_the_questions_own_rules(as_: Callable[[str], FlaskClient]) -> None:
    described = as_("lan").get("/records/questions/household").get_json()
    assert described["questions"]["split_off_year"]["asked_if"] == {"split_off": [True]}


# --- photos ---------------------------------------------------------------------------------------------------


def photo_of(app: Flask, desk: Desk, need: str) -> str:
    with desk.inside():
        found: str | None = db.session.scalar(sa.select(PhotoUse.sha256).where(PhotoUse.record == need).limit(1))
        assert found
        return found


@pytest.mark.parametrize("size", ["", "?size=thumb"])
def test_a_photo_is_shown_to_those_who_may_see_its_record(
    app: Flask, as_: Callable[[str], FlaskClient], desk: Desk, size: str
) -> None:
    need = desk.one("housing_need", "waiting")
    with as_("binh").get(f"/photos/{photo_of(app, desk, need)}{size}") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("image/")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_photo_of_another_commune_does_not_exist_for_this_supervisor(
    as_: Callable[[str], FlaskClient], desk: Desk, page: Callable[..., Page]
) -> None:
    elsewhere = desk.elsewhere()
    form = filled(page(f"/records/{elsewhere}/edit", "quan"))
    for name, colour in (("photo_front", "teal"), ("photo_inside", "olive")):
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), colour).save(picture, "JPEG")
        form.add(f"{name}-files", (io.BytesIO(picture.getvalue()), f"{colour}.jpg"))
    answer = as_("quan").post(f"/records/{elsewhere}/edit", data=form)
    assert answer.status_code == 302, words(check_page(answer.get_data(as_text=True), "vi").find(".//main"))
    with desk.inside():
        found = db.session.get(HousingNeed, elsewhere)
        assert found
        sha256 = (found.photo_front or [])[-1]["sha256"]
    with as_("quan").get(f"/photos/{sha256}") as seen:
        assert seen.status_code == 200
    assert as_("binh").get(f"/photos/{sha256}").status_code == 404


def test_a_photo_of_another_commune_cannot_be_written_into_a_record_of_ones_own(
    app: Flask, as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    own, mine = desk.one("housing_need", "waiting", "lan"), desk.all("housing_need", "waiting", "lan")
    others = next(need for need in desk.all("housing_need", "waiting") if need not in mine)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "olive").save(picture, "JPEG")
    with desk.inside():
        sha256 = attachments.store(picture.getvalue()).sha256
        db.session.commit()
    taken = {"sha256": sha256, "type": "image/jpeg", "bytes": len(picture.getvalue()), "width": 40, "height": 30}
    desk.save("housing_need", others, {"photo_inside": [taken]}, "binh")
    form = filled(page(f"/records/{own}/edit", "lan"))
    form.setlist("photo_front", [json.dumps(taken)])
    before = desk.heads("housing_need", own)
    assert as_("lan").post(f"/records/{own}/edit", data=form).status_code == 404
    assert desk.heads("housing_need", own) == before


def test_a_file_that_is_no_photo_is_refused_with_a_sentence(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "waiting")
    form = filled(page(f"/records/{need}/edit"))
    form.add("photo_front-files", (io.BytesIO(b"%PDF-1.7"), "giay.pdf"))
    answer = as_("binh").post(f"/records/{need}/edit", data=form)
    assert answer.status_code == 422
    assert (
        "“giay.pdf” không được thêm vào. Tệp này không phải là ảnh xem được."
        in check_page(answer.get_data(as_text=True), "vi").text
    )


def test_a_photo_that_has_not_arrived_is_said_to_be_on_its_way(page: Callable[..., Page], desk: Desk) -> None:
    need = desk.one("housing_need", "waiting")
    photo = {"sha256": "ab" * 32, "type": "image/jpeg", "bytes": 1000, "width": 800, "height": 600}
    desk.save("housing_need", need, {"photo_inside": [photo]})
    assert "Ảnh đang được gửi từ máy tính bảng" in page(f"/records/{need}").text


def test_the_photos_kept_in_the_form_are_the_photos_saved(page: Callable[..., Page], desk: Desk) -> None:
    need = desk.one("housing_need", "waiting")
    kept = [json.loads(text) for text in filled(page(f"/records/{need}/edit")).getlist("photo_front")]
    assert kept == desk.answer("housing_need", need, "photo_front")


# --- withdrawing, and what comes next -------------------------------------------------------------------------


def test_a_record_is_withdrawn_and_brought_back_and_nothing_is_lost(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    need = desk.one("housing_need", "waiting")
    binh = as_("binh")
    for gone, status in (("yes", "withdrawn"), ("no", "waiting")):
        seen = " ".join(desk.heads("housing_need", need))
        assert binh.post(f"/records/{need}/withdrawal", data={"gone": gone, "seen": seen}).status_code == 302
        assert desk.status("housing_need", need) == status
    assert "Đã rút" in page(f"/records/{need}").text


def test_a_record_that_changed_meanwhile_is_not_withdrawn(as_: Callable[[str], FlaskClient], desk: Desk) -> None:
    need = desk.one("housing_need", "waiting")
    seen = " ".join(desk.heads("housing_need", need))
    desk.save("housing_need", need, {"own_money": 51_000_000})
    assert as_("binh").post(f"/records/{need}/withdrawal", data={"gone": "yes", "seen": seen}).status_code == 409
    assert desk.status("housing_need", need) == "waiting"


def test_the_next_record_is_the_most_urgent_one(as_: Callable[[str], FlaskClient], page: Callable[..., Page]) -> None:
    first = page("/review").find(".//a[@class='row-name']").get("href")
    assert as_("binh").get("/review/next").location == first


# --- the map --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_the_map_is_a_page(page: Callable[..., Page], lang: str) -> None:
    assert page("/map", "dung", lang).all(".//div[@class='area-map']")


def test_squares_and_communes_hold_every_household_that_the_points_show(
    as_: Callable[[str], FlaskClient], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the whole area one walk tells of both; of a part of it nothing is told but the squares in it."""
    dung = as_("dung")
    points = dung.get("/map/points").get_json()["points"]
    monkeypatch.setattr(area_map, "MOST", 3)
    with app.app_context(), counted() as asked:
        whole = dung.get("/map/points?across=100").get_json()
    around = dung.get("/map/points?across=100&south=20&north=21.4&west=104&east=105.4").get_json()
    assert sum("household_fact" in statement for statement, _values in asked) == 1
    assert whole["count"] == sum(place[3] for place in whole["places"]) == len(points)
    assert len(whole["squares"]) > 1
    assert sum(count for _lat, _lon, count in whole["squares"]) == len(points)
    assert {(int(float(p[0]) * 64), int(float(p[1]) * 64)) for p in points} == {
        (int(lat * 64), int(lon * 64)) for lat, lon, _count in whole["squares"]
    }
    assert around == {"points": [], "squares": []}


def test_the_map_shows_only_the_points_of_ones_own_area(as_: Callable[[str], FlaskClient]) -> None:
    own, everything = (as_(who).get("/map/points").get_json()["points"] for who in ("binh", "dung"))
    assert 0 < len(own) < len(everything)
    assert {point[4] for point in own} < {point[4] for point in everything}


def test_the_answers_of_a_step_stand_in_the_order_of_the_form(desk: Desk) -> None:
    need = desk.one("housing_need", "waiting")
    asked = ("electricity", "water")
    with desk.inside():
        was = db.session.get_one(HousingNeed, need)
        others = {name: codes(questions("housing_need")[name].choices or "") - {getattr(was, name)} for name in asked}
    desk.save("housing_need", need, {name: min(some) for name, some in others.items()})
    with desk.inside():
        changed = [edit.question for edit in review.history_of(need, [])[0].edits]
    assert [name for name in changed if name in asked] == ["water", "electricity"]

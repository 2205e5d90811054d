"""The pages of rules: read in words, changed after a look, refused with a sentence, undone, settled."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people, review
from fieldapp.db import db
from fieldapp.facts import counting
from fieldapp.reference import current
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.rulebook import effect
from fieldapp.surveys import SURVEYS, Household, HousingNeed
from fieldapp.surveys.reference import ALL, MaterialRuling, Office, Programme, ProgrammeCriterion, ProgrammeNorm
from fieldapp.web.admin.rules import changing
from fieldapp.web.admin.rules.listing import OF_A_PROGRAMME
from tests.again import again
from tests.desk.test_untouched import fields_of, opened
from tests.pages import Page, check_page

CAMPAIGN = id_of_code("programme", "phatdong_2025")
SEAT = id_of_code("office", "so_xay_dung")
NEW = {"name": "Chương trình nhà ở 2027", "opens_on": "01/01/2027", "own_order": "general"}


@pytest.fixture
def admin(context: Flask, as_: Callable[[str], FlaskClient]) -> FlaskClient:
    intake.take_shipped()
    return as_("quan")


def looked(client: FlaskClient, url: str, **typed: str) -> str:
    """The look at a draft; its text."""
    answer = client.post(url, data=typed)
    assert answer.status_code == 200, told(answer.get_data(as_text=True))
    return answer.get_data(as_text=True)


def published(client: FlaskClient, look: str, **more: str) -> int:
    draft = html.unescape(re.findall(r'name="draft" value="([^"]*)"', look)[-1])
    status = client.post("/admin/rules/publications", data={"draft": draft, **more}).status_code
    db.session.rollback()
    db.session.expire_all()
    return status


def told(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html.unescape(page)).split())


def addresses() -> list[str]:
    kinds = [model.survey for model in ALL if model.survey not in OF_A_PROGRAMME]
    return [
        "/admin/rules/",
        "/admin/rules/?day=2024-12-01",
        f"/admin/rules/programmes/{CAMPAIGN}",
        f"/admin/rules/records/{SEAT}",
        f"/admin/rules/records/{SEAT}/edit",
        *(f"/admin/rules/kinds/{kind}" for kind in kinds),
        *(f"/admin/rules/new/{model.survey}?programme={CAMPAIGN}&office={SEAT}" for model in ALL),
    ]


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_every_page_of_the_rules_is_a_page(admin: FlaskClient, page: Callable[..., Page], lang: str) -> None:
    for address in addresses():
        page(address, "quan", lang)


@pytest.mark.parametrize("survey", [model.survey for model in ALL])
def test_no_form_of_a_new_rule_demands_what_it_has_no_field_for(admin: FlaskClient, survey: str) -> None:
    tree = check_page(admin.get(f"/admin/rules/new/{survey}", follow_redirects=True).get_data(as_text=True), "vi").tree
    questions = [each for each in tree.iter() if each.get("data-question")]
    assert [each.get("data-question") for each in questions if not any(map(can_be_answered, each.iter()))] == []


def can_be_answered(part: Element) -> bool:
    """A field that a person sees, or one that is filled in already."""
    return bool(part.get("name")) and (part.get("type") != "hidden" or bool(part.get("value")))


def test_the_rules_are_for_administrators_alone(as_: Callable[[str], FlaskClient]) -> None:
    others = [as_(who) for who in ("lan", "binh", "dung")]
    assert {other.get(address).status_code for other in others for address in addresses()} == {403}
    assert {other.post("/admin/rules/publications").status_code for other in others} == {403}


def test_a_programme_is_told_in_words_with_its_state_on_the_day_asked_about_and_what_is_not_checked(
    admin: FlaskClient, page: Callable[..., Page]
) -> None:
    one = page(f"/admin/rules/programmes/{CAMPAIGN}?day=2025-03-01", "quan").text
    assert "Đang mở" in one
    assert "60.000.000 đồng" in one
    assert "Chỉ cần đạt một trong các tiêu chí sau" in one
    assert "%n%" not in one
    assert "Đã kết thúc" in page(f"/admin/rules/programmes/{CAMPAIGN}?day=2026-11-28", "quan").text
    assert "chưa kiểm chứng" in page("/admin/rules/kinds/place_status", "quan").text


def test_a_programme_of_2027_is_filled_in_and_holds_without_a_release(admin: FlaskClient) -> None:
    version = current.rules_version(db.session())
    look = looked(admin, "/admin/rules/new/programme", code="nha_2027", **NEW)
    assert current.rules_version(db.session()) == version, "nothing is published by looking"
    assert published(admin, look) == 302
    made = id_of("programme", {"code": "nha_2027"})
    url = f"/admin/rules/new/programme_criterion?programme={made}&part=1"
    assert published(admin, looked(admin, url, programme=made, part="1", criterion="poor")) == 302
    rules = current.current_rules(db.session())
    found = rules.programme("nha_2027")
    assert found is not None
    assert found.name == NEW["name"]
    assert db.session.query(ProgrammeCriterion).filter_by(programme=made).count() == 1


@pytest.mark.parametrize(
    ("survey", "typed", "says"),
    [
        ("programme", {**NEW, "code": "x", "ends_on": "01/01/2026"}, "không được trước"),
        ("programme", {**NEW, "code": "phatdong_2025"}, "Đã có quy định như vậy"),
        (
            "programme_norm",
            {"need_type": "xay_moi", "amount": "70 triệu", "meaning": "per_house", "from_on": "01/06/2025"},
            "chỉ một quy định có hiệu lực trong một ngày",
        ),
        ("place_status", {"place": "99999@2023", "status": "zone_1"}, "không có trong danh sách"),
        ("place_status", {"place": "chỗ nào đó", "status": "zone_1"}, "không có trong danh sách"),
        ("programme_criterion", {"part": "9", "criterion": "area_under", "number": "0"}, "không bao giờ đạt được"),
        ("programme_criterion", {"part": "9", "criterion": "area_under"}, "không bao giờ đạt được"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence_and_nothing_is_published(
    admin: FlaskClient, survey: str, typed: dict[str, str], says: str
) -> None:
    version = current.rules_version(db.session())
    about = {"programme": CAMPAIGN} if survey in ("programme_norm", "programme_criterion") else {}
    answer = admin.post(f"/admin/rules/new/{survey}", data={**about, **typed})
    assert answer.status_code == 422
    assert says in told(answer.get_data(as_text=True))
    assert current.rules_version(db.session()) == version


def test_criteria_that_no_household_meets_together_are_refused(admin: FlaskClient) -> None:
    published(admin, looked(admin, "/admin/rules/new/programme", code="hai_nha", **NEW))
    made = id_of("programme", {"code": "hai_nha"})
    one = {"programme": made, "part": "1", "criterion": "no_house"}
    published(admin, looked(admin, "/admin/rules/new/programme_criterion", **one))
    other = {"programme": made, "part": "2", "criterion": "worn_out", "number": "20"}
    answer = admin.post("/admin/rules/new/programme_criterion", data=other)
    assert answer.status_code == 422
    assert "Không hộ nào đạt được cả" in told(answer.get_data(as_text=True))
    assert published(admin, looked(admin, "/admin/rules/new/programme_criterion", **{**other, "part": "1"})) == 302


def test_a_draft_that_was_tampered_with_is_refused(admin: FlaskClient) -> None:
    for draft in ("", "{}", "[]", '{"survey":"household","record":"x","answers":{}}', _draft(status="no_such")):
        assert admin.post("/admin/rules/publications", data={"draft": draft}).status_code in (400, 422), draft


def _draft(**answers: Any) -> str:
    return json.dumps({"survey": "place_status", "record": SEAT, "answers": answers})


def test_a_rule_taken_back_after_decisions_is_asked_about_and_comes_back_by_undo(admin: FlaskClient) -> None:
    binh = people.find_account("binh")
    decision = {"subject": SEAT, "subject_survey": "housing_need", "verdict": "approve", "seen": [], "rules": "a" * 32}
    intake.save("decision", id_of_code("office", "decided"), decision, account=binh)
    db.session.commit()
    look = looked(admin, f"/admin/rules/records/{CAMPAIGN}/withdrawal")
    assert "1 lần phê duyệt" in told(look)
    assert published(admin, look) == 422
    assert not db.session.get_one(Programme, CAMPAIGN).withdrawn
    assert published(admin, look, meant="yes") == 302
    assert current.current_rules(db.session()).programme("phatdong_2025") is None
    shown = admin.get(f"/admin/rules/records/{CAMPAIGN}").get_data(as_text=True)
    undo = re.findall(r'action="([^"]*/undo)"', shown)[0]
    assert published(admin, looked(admin, undo), meant="yes") == 302
    assert current.current_rules(db.session()).programme("phatdong_2025") is not None


def test_two_administrators_who_edit_one_rule_offline_see_both_values_and_one_is_chosen(
    admin: FlaskClient, page: Callable[..., Page]
) -> None:
    quan = people.find_account("quan")
    heads = db.session.get_one(Office, SEAT).heads
    for seat in ("Sông Công", "Phổ Yên"):
        intake.save("office", SEAT, {"seat": seat}, account=quan, knowing=heads)
    db.session.commit()
    assert "Hai người, hoặc phiên bản mới và tỉnh, ghi khác nhau" in page("/admin/rules/", "quan").text
    shown = admin.get(f"/admin/rules/records/{SEAT}").get_data(as_text=True)
    assert {"Sông Công", "Phổ Yên"} <= set(re.findall(r"<strong>([^<]+)</strong>", shown))
    entries = [
        entry for head in re.findall(r'name="head" value="([^"]+)"', shown) if (entry := intake.journal().entry(head))
    ]
    told = re.findall(r'<p class="row-meta">([^<]*)</p>', shown)
    assert sum(bool(re.search(r"máy này, lúc \d\d/\d\d/\d{4} \d\d:\d\d$", line)) for line in told) == 2, told
    chosen = next(entry.change.id for entry in entries if entry.change.answers["seat"] == "Phổ Yên")
    look = looked(admin, f"/admin/rules/records/{SEAT}/settlements", question="seat", head=chosen)
    assert published(admin, look) == 302
    office = db.session.get_one(Office, SEAT)
    assert (office.seat, office.contested) == ("Phổ Yên", False)


def test_no_page_of_a_rule_shows_the_code_of_an_answer_instead_of_its_words(admin: FlaskClient) -> None:
    rules = [rule for model in ALL for rule in db.session.query(model).limit(None if model is MaterialRuling else 3)]
    for rule in rules:
        text = admin.get(f"/admin/rules/records/{rule.id}").get_data(as_text=True)
        said = re.findall(r"<(?:dd|ins|del)>([^<]*)</", text)
        assert said, rule.survey
        own = getattr(rule, "code", None)  # which has no words where it is typed
        assert not [line for line in said if line != own and re.fullmatch("[a-z]+(_[a-z0-9]+)+", line)], rule.survey


def test_an_edit_names_what_was_shown_so_that_a_change_meanwhile_is_a_dispute_and_not_lost(admin: FlaskClient) -> None:
    norm = db.session.query(ProgrammeNorm).filter_by(programme=CAMPAIGN, need_type="xay_moi", amount=60_000_000).one()
    typed = {"programme": CAMPAIGN, "need_type": "xay_moi", "amount": "65 triệu", "meaning": norm.meaning or ""}
    typed |= {"from_on": "10/11/2024", "to_on": "31/12/2025", "legal_basis": norm.legal_basis or "", "verified": "yes"}
    look = looked(admin, f"/admin/rules/records/{norm.id}/edit", **typed)
    intake.save("programme_norm", norm.id, {"amount": 62_000_000}, account=people.find_account("quan"))
    db.session.commit()
    assert published(admin, look) == 302
    row = db.session.get_one(SURVEYS["programme_norm"], norm.id)
    assert sorted(row.conflicts["amount"]) == [62_000_000, 65_000_000]


def test_before_a_rule_is_published_it_says_how_many_households_gain_and_lose_and_names_the_approved_ones(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A programme of this year for every poor household; then it is taken back. Households without a survey have no
    part in it."""
    monkeypatch.setattr(effect, "PORTION", 7)
    opens = {**NEW, "opens_on": "01/01/2026"}
    published(admin, looked(admin, "/admin/rules/new/programme", code="nam_nay", **opens))
    made = id_of("programme", {"code": "nam_nay"})
    asked = {"programme": made, "part": "1", "criterion": "poor"}
    poor, approved = _poor_with_a_survey()
    look = looked(admin, "/admin/rules/new/programme_criterion", **asked)
    assert f"{len(poor)} hộ trở thành đủ điều kiện" in told(look)
    assert "0 hộ không còn đủ điều kiện" in told(look)
    assert f"{len(approved)} phiếu đã duyệt không bị ảnh hưởng" in told(look)
    assert set(re.findall(r'href="/records/([0-9a-f-]{36})"', look)) == approved
    published(admin, look)
    taken_back = looked(admin, f"/admin/rules/records/{made}/withdrawal")
    assert f"{len(poor)} hộ không còn đủ điều kiện" in told(taken_back)


def test_the_effect_on_many_households_goes_on_in_portions_to_the_same_figures(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect, "PORTION", 7)
    monkeypatch.setattr(changing, "SECONDS", -1)
    published(admin, looked(admin, "/admin/rules/new/programme", code="nam_nay", **{**NEW, "opens_on": "01/01/2026"}))
    asked = {"programme": id_of("programme", {"code": "nam_nay"}), "part": "1", "criterion": "poor"}
    look = looked(admin, "/admin/rules/new/programme_criterion", **asked)
    assert "Đã xem 7 trên" in told(look)
    for _step in range(100):
        hidden = dict(re.findall(r'name="(draft|effect)" value="([^"]*)"', look))
        if "effect" not in hidden:
            break
        look = looked(admin, "/admin/rules/effect", **{name: html.unescape(each) for name, each in hidden.items()})
    assert f"{len(_poor_with_a_survey()[0])} hộ trở thành đủ điều kiện" in told(look)


def _poor_with_a_survey() -> tuple[set[str], set[str]]:
    """The poor households with a survey that counts and no help today, and those of the surveys that are approved."""
    needs = counting.needs_that_count()
    homes = db.session.query(Household).filter_by(withdrawn=False, poverty_class="ngheo").all()
    poor = {home.id for home in homes} & needs.keys()
    surveys = [db.session.get_one(HousingNeed, needs[home]["id"]) for home in poor]
    return poor, {one for one, state in review.statuses(surveys).items() if state == "approved"}


def test_a_form_opened_before_somebody_changed_the_rule_overrides_nothing_without_saying_so(admin: FlaskClient) -> None:
    norm = db.session.query(ProgrammeNorm).filter_by(programme=CAMPAIGN, need_type="xay_moi", amount=60_000_000).one()
    url, seen = f"/admin/rules/records/{norm.id}/edit", re.compile(r'name="seen" value="([^"]*)"')
    [opened] = seen.findall(admin.get(url).get_data(as_text=True))
    typed = {"programme": CAMPAIGN, "need_type": "xay_moi", "amount": "65 triệu", "meaning": norm.meaning or ""}
    typed |= {"from_on": "10/11/2024", "to_on": "31/12/2025", "legal_basis": norm.legal_basis or "", "verified": "yes"}
    intake.save("programme_norm", norm.id, {"amount": 62_000_000}, account=people.find_account("quan"))
    db.session.commit()
    late = admin.post(url, data={**typed, "seen": opened})
    page = late.get_data(as_text=True)
    assert late.status_code == 422
    assert "Có người đã thay đổi quy định này" in told(page)
    assert "62.000.000" in told(page)
    assert "65" in page, "what was typed"
    assert admin.post(url, data={**typed, "seen": seen.findall(page)[0]}).status_code == 200


def test_a_rule_that_somebody_changed_meanwhile_keeps_that_change_in_all_that_was_not_typed(admin: FlaskClient) -> None:
    url = f"/admin/rules/records/{SEAT}/edit"
    fields = opened(admin, url)
    intake.save("office", SEAT, {"seat": "Phổ Yên"}, account=people.find_account("quan"))
    db.session.commit()
    fields["name"] = "Sở Xây dựng và Nhà ở"
    late = admin.post(url, data=fields)
    assert late.status_code == 422
    again = fields_of(check_page(late.get_data(as_text=True), "vi"))
    assert (again["seat"], again["name"]) == ("Phổ Yên", "Sở Xây dựng và Nhà ở")
    assert published(admin, looked(admin, url, **again.to_dict())) == 302
    office = db.session.get_one(Office, SEAT)
    assert (office.seat, office.name, office.contested) == ("Phổ Yên", "Sở Xây dựng và Nhà ở", False)

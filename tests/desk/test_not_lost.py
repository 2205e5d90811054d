"""What was typed or chosen in a form of the desk is on the answer that refuses it, whatever refuses it, everywhere."""

from __future__ import annotations

import io
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import fieldapp
from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.people import DeskSession
from fieldapp.surveys import Household, SupportCase, questions
from fieldapp.web import not_lost
from fieldapp.web.field_words import CHOSEN, FOR_MACHINES, SECRET, TYPED, in_sentence, is_for_machines
from sync import WITHDRAWN
from tests.again import again, so_many
from tests.conftest import PASSWORD, be
from tests.desk.conftest import Desk
from tests.fuzz import asked_names
from tests.pages import Page, check_page

OURS = {"Origin": "http://localhost"}
BY_MACHINES = ("/sync", "/api")
SIGNING_IN = ("sign_in.", "again.", "sessions.")
"""Where nothing is typed but who one is."""
WORDS = {
    **{name: f"gõ & nhớ {name}" for name in TYPED if name != "again_username"},
    "head_name": "Lý Thị “Mỷ” <con>",
    "remarks": "dòng một\ndòng hai",
    "phone": "0912 345 678",
    "comment.1": "ghi riêng cho một phiếu",
    "reason-2": "lý do riêng",
}
TICKED = {name: ["x1", "x2"] for name in CHOSEN} | {"role": ["leader"], "scope": ["records"]}
HIDDEN = {"password": "mat-khau-cua-toi", "again_password": "mat-khau-nua", "csrf_token": "the-nay", "seen": "f" * 32}


with speaking("vi"):
    LABELS = {name: str(label) for name, label in CHOSEN.items()}


def typed() -> MultiDict[str, Any]:
    ticked = [(name, value) for name, values in TICKED.items() for value in values]
    return MultiDict([*WORDS.items(), *HIDDEN.items(), *ticked])


def addresses(app: Flask) -> list[tuple[Rule, str]]:
    """An address for each form of the desk, about what is not there; for every second with ``make test``."""
    kinds = {"IntegerConverter": 987_654, "UUIDConverter": uuid.UUID(int=7), "_Number": 987_654}
    found = []
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(BY_MACHINES):
            values = {name: kinds.get(type(rule._converters[name]).__name__, "household") for name in rule.arguments}
            built = rule.build(values)
            assert built
            found.append((rule, built[1]))
    assert len(found) > 55, "else the addresses of the desk are no longer found so"
    return [(rule, to) for rule, to in found if not rule.endpoint.startswith(SIGNING_IN)][:: so_many(2, 1, 1)]


def seen_on(page: Page) -> str:
    """Everything that can be read on a page, in its fields too."""
    fields = [each.get("value", "") for each in page.all(".//input") if each.get("type") != "hidden"]
    return "\n".join(["".join(page.find("body").itertext()), *fields])


def is_lost(answer: TestResponse, ticked: bool = False) -> list[str]:
    """What was typed, or ticked too if ``ticked``, and cannot be read on the answer; what may not be read and can."""
    if answer.status_code in (301, 302):
        return [f"sent on to {answer.location}"]
    html = answer.get_data(as_text=True)
    text = " ".join(seen_on(check_page(html, "vi")).split())
    lost = [name for name, word in WORDS.items() if " ".join(word.split()) not in text]
    lost += [name for name, word in LABELS.items() if ticked and word not in text]
    return lost + [f"{name} is shown" for name, word in HIDDEN.items() if word in (text if name == "seen" else html)]


@pytest.fixture
def quan(as_: Callable[[str], FlaskClient]) -> FlaskClient:
    return as_("quan")


def refused_everywhere(client: FlaskClient, *statuses: int, of: set[str] | None = None, **more: Any) -> set[str]:
    """Send the form to every address, or to those ``of`` these endpoints; the endpoints that refused it with one of
    these. Nothing is lost in any.
    """
    wrong, refused = {}, set()
    for rule, to in addresses(client.application):
        if of is not None and rule.endpoint not in of:
            continue
        data = typed()
        data.update(more)
        answer = client.post(to, data=data, headers=OURS)
        if answer.status_code in statuses:
            refused.add(rule.endpoint)
            if lost := is_lost(answer, ticked=True):
                wrong[rule.rule] = lost
    assert not wrong
    return refused


# --- each way, at every address ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["ended", again("switched off"), again("never signed in")])
def test_when_nobody_is_signed_in_any_more(app: Flask, quan: FlaskClient, way: str) -> None:
    if way == "never signed in":
        quan = app.test_client()
    with app.app_context():
        begin_writing()
        if way == "ended":
            db.session.execute(sa.delete(DeskSession))
        elif way == "switched off":
            people.find_account("quan").active = False
        db.session.commit()
    assert len(refused_everywhere(quan, 401)) == len({rule.endpoint for rule, _to in addresses(app)})


def test_when_the_role_was_changed_under_the_form(app: Flask, as_: Callable[[str], FlaskClient]) -> None:
    left = {rule.endpoint for rule, _to in addresses(app)}
    for who in ("lan", "dung", "binh", "quan"):
        left -= refused_everywhere(as_(who), 403, of=left)
    assert not left, "else a form that everybody may send was not refused here"


def test_when_what_it_is_about_is_not_there_any_more(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    about = {rule.endpoint for rule, _to in addresses(app) if any("UUID" in repr(c) for c in rule._converters.values())}
    found = refused_everywhere(as_("quan"), 404)
    found |= refused_everywhere(as_("binh"), 404, of=about - found)
    assert {each for each in about if not each.startswith("office.")} <= found | {"rules.undo"}


@pytest.mark.parametrize("odd", ["ký tự\0lạ", again("quá dài " * 3_000)])
def test_when_a_field_of_it_cannot_be_read(as_: Callable[[str], FlaskClient], odd: str) -> None:
    found = set()
    for who in ("quan", "binh"):
        for name in ("name", "on", "person", "year", "day", "text", "comment", "about", "programme"):
            found |= refused_everywhere(as_(who), 400, 409, 422, **{name: odd})
            if name in WORDS:
                break
    assert found


@pytest.mark.parametrize("error", ["database is locked", again("database or disk is full")])
def test_when_the_server_cannot_just_now_it_is_sent_again_with_one_press(
    quan: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    def refuse(**_values: Any) -> Any:
        said = sqlite3.OperationalError(error)
        said.sqlite_errorcode = sqlite3.SQLITE_FULL if "full" in error else sqlite3.SQLITE_BUSY
        raise sa.exc.OperationalError("", {}, said)

    app = quan.application
    for endpoint in {rule.endpoint for rule, _to in addresses(app)}:
        monkeypatch.setitem(app.view_functions, endpoint, refuse)
    assert len(refused_everywhere(quan, 503, 507)) == len({rule.endpoint for rule, _to in addresses(app)})


def test_when_what_was_chosen_beside_it_is_too_large(quan: FlaskClient) -> None:
    quan.application.config["MAX_CONTENT_LENGTH"] = 10_000
    wrong = {}
    for rule, to in addresses(quan.application):
        files = {"minutes-files": (io.BytesIO(b"x" * 9_000), "bien-ban.jpg")}
        answer = quan.post(to, data=MultiDict([*typed().items(), *files.items()]), headers=OURS)
        wrong[rule.rule] = is_lost(answer, ticked=True) or (
            "bien-ban.jpg" not in answer.get_data(as_text=True) and "no file"
        )
        assert answer.status_code in (413, 403, 404, 400), "what is larger than a form may be"
    assert not any(wrong.values()), wrong


# --- sent again -------------------------------------------------------------------------------------------------------


def sent_again(answer: TestResponse) -> tuple[str, MultiDict[str, str]]:
    """Where the form that sends it again goes, and what it sends."""
    html = answer.get_data(as_text=True)
    found = re.search(r'<form method="post" action="([^"]*)">((?:(?!</form>).)*Gửi lại.*?)</form>', html, re.DOTALL)
    assert found, html
    fields = re.findall(r'<textarea name="([^"]+)"[^>]*>\n(.*?)</textarea>', found[2], re.DOTALL)
    return unescape(found[1]), MultiDict([(name, unescape(text)) for name, text in fields])


def test_what_a_busy_database_refused_is_saved_when_it_is_sent_again(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.journal.Journal.claim", locked)
    form = {"name": "Năm 2026, lần một", "day": "2026-11-01", "since": ""}
    dung = as_("quan")
    refused = dung.post("/reports/periods/?x=1&y=2", data=form, headers=OURS)
    assert refused.status_code == 503
    monkeypatch.undo()
    to, fields = sent_again(refused)
    assert (to, dict(fields)) == ("/reports/periods/?x=1&y=2", form)
    assert dung.post(to, data=fields, headers=OURS).status_code == 302


def test_ticks_alone_are_sent_again_with_one_press_when_a_busy_database_refused_them(
    desk: Desk, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    need = desk.one("housing_need", "waiting")
    ticked = as_("binh").get("/review/bulk").get_data(as_text=True)
    records = [unescape(value) for value in re.findall(r'name="record" value="([^"]*)"', ticked)]
    assert len(records) > 1, need
    monkeypatch.setattr("sync.journal.Journal.claim", locked)
    refused = as_("binh").post("/review/bulk", data={"record": records}, headers=OURS)
    assert refused.status_code == 503
    assert f"Bản ghi Đã chọn {len(records)}" in " ".join(check_page(refused.get_data(as_text=True), "vi").text.split())
    monkeypatch.undo()
    to, fields = sent_again(refused)
    assert (to, fields.getlist("record")) == ("/review/bulk", records)
    assert as_("binh").post(to, data=fields, headers=OURS).status_code == 302


def test_who_was_ticked_is_told_by_name_to_who_may_see_it_and_to_nobody_else(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        names = {home.id: home.head_name or "" for home in db.session.scalars(sa.select(Household).limit(3))}
    form = {"household": [*names], "person": "a\0b", "due_on": "31/12/2027"}
    for client, status, seen in ((as_("quan"), 400, True), (app.test_client(), 401, False)):
        refused = client.post("/assignments", data=form, headers=OURS)
        assert refused.status_code == status
        text = check_page(refused.get_data(as_text=True), "vi").text
        assert [name in text for name in names.values()] == [seen] * 3
        assert not any(id in text for id in names)
        assert ("Đã chọn 3" in text) == (not seen)


def test_a_box_that_the_page_shows_unticked_is_told_as_it_was_ticked() -> None:
    html = '<input type="checkbox" name="need" value="7"><input type="radio" name="kept" value="1" checked>'
    assert not_lost._missing([("need", "7"), ("kept", "1")], html) == [("need", "7")]


def locked(*_any: Any) -> None:
    raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database is locked"))


def test_what_was_typed_waits_for_an_own_password_to_be_chosen(app: Flask, as_: Callable[[str], FlaskClient]) -> None:
    binh = as_("binh")
    with app.app_context():
        begin_writing()
        people.find_account("binh").must_change = True
        db.session.commit()
    refused = binh.post("/records/new/household", data=WORDS, headers=OURS)
    assert refused.status_code == 403
    assert not is_lost(refused)
    with app.app_context():
        begin_writing()
        people.find_account("binh").must_change = False
        db.session.commit()
    to, fields = sent_again(refused)
    assert binh.post(to, data=fields, headers=OURS).status_code == 422, "the form judges what was typed, as ever"


def test_nothing_with_a_password_in_it_is_put_into_a_page_to_be_sent_again(
    quan: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.journal.Journal.claim", locked)
    form = {"username": "moi", "name": "Người Mới", "role": "leader", "password": "bon-con-trau-suoi"}
    html = quan.post("/admin/people", data=form, headers=OURS).get_data(as_text=True)
    assert "Người Mới" in seen_on(check_page(html, "vi"))
    assert "bon-con-trau-suoi" not in html


def test_a_form_that_waits_for_its_person_shows_what_it_waits_with_at_each_try(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    asked = client.post("/records/new/household", data=WORDS, headers=OURS)
    kept = re.search(r'name="again_typed" value="([^"]*)"', asked.get_data(as_text=True))
    assert kept
    form = {"again_typed": unescape(kept[1]), "again_to": "/", "again_username": "binh", "again_password": "mat-khau"}
    for _try in range(8):
        answer = client.post("/again", data=form, headers=OURS)
        assert answer.status_code in (401, 429)
        assert not is_lost(answer)
    assert answer.status_code == 429, "else nobody was asked to wait"


# --- pages that are drawn again, where its field is gone --------------------------------------------------------------


def test_of_a_move_of_a_case_that_has_moved_meanwhile(app: Flask, as_: Callable[[str], FlaskClient]) -> None:
    with app.app_context():
        case = db.session.scalars(sa.select(SupportCase.id)).first()
    binh = as_("binh")
    binh.get("/")
    form = {"move": "no-such-move", "seen": "f" * 32, "reason": "vì đã họp thôn", "closed_reason": "lý do cũ"}
    refused = binh.post(f"/cases/{case}/moves", data=form, headers=OURS)
    assert refused.status_code in (404, 409)
    text = seen_on(check_page(refused.get_data(as_text=True), "vi"))
    assert "vì đã họp thôn" in text


def test_of_a_record_that_was_withdrawn_meanwhile(desk: Desk, as_: Callable[[str], FlaskClient]) -> None:
    need = desk.one("housing_need", "waiting")
    form = {"verdict": "return", "seen": " ".join(desk.heads("housing_need", need)), "comment": "xem lại mái nhà"}
    desk.save("housing_need", need, {WITHDRAWN: True}, who="binh")
    refused = as_("binh").post(f"/records/{need}/decisions", data=form, headers=OURS)
    assert refused.status_code >= 400
    assert "xem lại mái nhà" in seen_on(check_page(refused.get_data(as_text=True), "vi"))


def test_a_field_that_still_holds_what_was_typed_is_not_told_beside_it(as_: Callable[[str], FlaskClient]) -> None:
    answer = as_("binh").post("/records/new/household", data={"head_name": "Mỷ ở Nà Vài"}, headers=OURS)
    assert answer.status_code == 422
    assert seen_on(check_page(answer.get_data(as_text=True), "vi")).count("Mỷ ở Nà Vài") == 1


# --- in whose words, and for whom -------------------------------------------------------------------------------------


def test_a_field_is_named_as_its_form_names_it(app: Flask) -> None:
    with app.app_context():
        village = db.session.scalars(sa.select(Household.area)).first()
    form = {"head_name": "Lý Thị Mỷ", "ethnic_group": "tay", "birth_date": "1980", "village": village}
    html = app.test_client().post("/records/new/household", data=form, headers=OURS).get_data(as_text=True)
    text = " ".join(check_page(html, "vi").text.split())
    with app.app_context():
        labels = {name: str(questions("household")[name].label) for name in form}
    assert f"{labels['head_name']} Lý Thị Mỷ" in text
    assert f"{labels['ethnic_group']} Tày" in text, "a choice is told in its words"


def test_what_another_site_sends_is_not_shown(as_: Callable[[str], FlaskClient]) -> None:
    binh = as_("binh")
    for headers in ({}, {"Origin": "https://example.org"}, {"Referer": "https://example.org/"}, {"Origin": "null"}):
        for to in ("/admin/people", "/no/such/page", f"/records/{uuid.uuid4()}/replies"):
            answer = binh.post(to, data={"name": "giả", "text": "giả"}, headers=headers)
            assert answer.status_code in (403, 404)
            assert "giả" not in answer.get_data(as_text=True)


def test_every_field_of_the_desk_is_typed_and_has_words_or_is_for_machines() -> None:
    written, carried = set(), set()
    for path in Path(fieldapp.__file__).parent.glob("templates/**/*.html"):
        for tag, name in fields_of(path.read_text("utf-8")):
            (written if is_written(tag) else carried).add(name)
    by_question = {name for name in written | carried if "{" in name}
    assert unknown(written - by_question) == {"outcome_note"}, "no words for others"
    others = {name for name in unknown(carried - by_question) if not is_for_machines(name)}
    assert others == {"file", "minutes", "outcome", "choice", "q"}, "files, questions, and the tablet's"
    assert not FOR_MACHINES & TYPED.keys()
    assert not CHOSEN.keys() & (TYPED.keys() | FOR_MACHINES)
    asked = set(asked_names()["form"]) - {"/", "[]"}
    assert {name for name in unknown(asked) if not is_for_machines(name)} == set()


def unknown(names: set[str]) -> set[str]:
    return {name for name in names if name.partition("-")[0] not in TYPED | CHOSEN and not SECRET.search(name)}


def fields_of(html: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"<(?:input|textarea|select|button)\b[^>]*>", html):
        if name := re.search(r'\bname="([^"]+)"', found[0]):
            yield found[0], re.sub(r"-(files|\{\{.*)|\.\{\{.*", "", name[1])


def is_written(tag: str) -> bool:
    kind = re.search(r'type="([a-z]+)"', tag)
    return tag.startswith("<textarea") or (tag.startswith("<input") and (kind is None or kind[1] in ("text", "date")))


def test_a_sentence_about_a_field_that_cannot_be_read_names_it_in_words(as_: Callable[[str], FlaskClient]) -> None:
    for name in asked_names()["form"]:
        assert in_sentence(name) != name, name
    answer = as_("binh").post("/review/bulk", data={"record": "a\0b"}, headers=OURS)
    assert answer.status_code == 400
    assert "Không đọc được mục “Bản ghi”" in check_page(answer.get_data(as_text=True), "vi").text


def test_every_field_for_a_password_is_one_that_nobody_may_read() -> None:
    for path in Path(fieldapp.__file__).parent.glob("templates/**/*.html"):
        for tag, name in fields_of(path.read_text("utf-8")):
            assert 'type="password"' not in tag or SECRET.search(name) or "{" in name, (path.name, name)


def test_of_a_password_that_is_refused_nothing_is_shown(app: Flask, as_: Callable[[str], FlaskClient]) -> None:
    form = {"password_now": "sai-roi-123", "password_new": "sai-roi-456", "password_again": "sai-roi-456"}
    answer = as_("binh").post("/password", data=form, headers=OURS)
    assert answer.status_code == 401
    assert "sai-roi" not in answer.get_data(as_text=True)
    be(answer_of := app.test_client(), "binh")
    assert answer_of.get("/password").status_code == 200
    assert PASSWORD not in answer.get_data(as_text=True)


def test_of_a_refused_decision_the_comment_is_shown_and_not_what_the_page_carried_along(
    as_: Callable[[str], FlaskClient],
) -> None:
    form = {"verdict": "return", "comment": "Ảnh mờ", "seen": "f" * 32}
    answer = as_("binh").post(f"/records/{uuid.UUID(int=7)}/decisions", data=form, headers=OURS)
    assert answer.status_code == 404
    text = seen_on(check_page(answer.get_data(as_text=True), "vi"))
    assert "Ảnh mờ" in text
    assert "f" * 32 not in text


def test_a_form_that_is_nothing_but_a_file_is_not_told_twice_to_choose_it_again(quan: FlaskClient) -> None:
    answer = quan.post("/admin/import", data={"file": (io.BytesIO(b"no batch"), "hong.fab")}, headers=OURS)
    assert answer.status_code >= 400
    assert "hong.fab" not in seen_on(check_page(answer.get_data(as_text=True), "vi"))

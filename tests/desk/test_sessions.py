"""Sessions of the desk: seen, ended, and what was typed when one had ended is sent all the same."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from fieldapp import create_app, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.people import DeskSession
from fieldapp.problems import BadSetting
from fieldapp.surveys import Household
from tests.conftest import PASSWORD, be
from tests.pages import check_page

OURS = {"Origin": "http://localhost"}
OWN = "bốn con trâu dưới suối"
PASSWORDS = "password_now", "password_new", "password_again"


def sign_in(app: Flask, password: str = PASSWORD, username: str = "binh") -> tuple[FlaskClient, TestResponse]:
    client = app.test_client()
    return client, client.post("/sign-in", data={"username": username, "password": password})


def is_in(client: FlaskClient) -> bool:
    return client.get("/records/").status_code == 200


def is_told_to_choose(client: FlaskClient) -> bool:
    return client.get("/records/").headers.get("Location", "").startswith("/password")


def test_a_cookie_kept_from_before_signing_out_opens_nothing(as_: Callable[[str], FlaskClient]) -> None:
    binh = as_("binh")
    kept = binh.get_cookie("session")
    assert kept
    assert is_in(binh)
    binh.post("/sign-out")
    binh.set_cookie("session", kept.value)
    assert not is_in(binh)


@pytest.mark.parametrize(("idle", "age", "lives"), [(29, 29, True), (31, 31, False), (5, 719, True), (5, 721, False)])
def test_a_session_ends_when_it_is_not_used_and_after_half_a_day(
    as_: Callable[[str], FlaskClient], app: Flask, idle: int, age: int, lives: bool
) -> None:
    binh, now = as_("binh"), datetime.now(UTC).replace(tzinfo=None)
    with app.app_context():
        begin_writing()
        times = {"seen_at": now - timedelta(minutes=idle), "begun_at": now - timedelta(minutes=age)}
        db.session.execute(sa.update(DeskSession).values(**times))
        db.session.commit()
    assert is_in(binh) == lives


def test_use_is_noted_at_most_once_a_minute(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    binh, first = as_("binh"), seen(app)
    is_in(binh)
    assert seen(app) == first
    assert seen(app, first - timedelta(minutes=2)) < first
    is_in(binh)
    assert seen(app) >= first


def seen(app: Flask, moment: datetime | None = None) -> datetime:
    """When the only session was seen last; first made so, where a moment is given."""
    with app.app_context():
        if moment:
            begin_writing()
            db.session.execute(sa.update(DeskSession).values(seen_at=moment))
            db.session.commit()
        found = db.session.scalars(sa.select(DeskSession.seen_at)).one()
        db.session.remove()
    return found


def test_sessions_are_listed_and_ended_one_by_one_or_all(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    here, there, elsewhere, quan = as_("binh"), as_("binh"), as_("binh"), as_("quan")
    listed = check_page(here.get("/sessions").get_data(as_text=True), "vi")
    assert listed.text.count("Firefox, Windows") == 3
    numbers = re.findall(r'name="session" value="(\d+)"', listed.html)
    here.post("/sessions/end", data={"session": max(numbers, key=int)})
    assert [is_in(each) for each in (here, there, elsewhere)] == [True, True, False]
    here.post("/sessions/end")
    assert [is_in(each) for each in (here, there)] == [True, False]
    with app.app_context():
        account = people.find_account("binh").id
    check_page(quan.get(f"/admin/people/{account}/sessions").get_data(as_text=True), "vi")
    assert there.post(f"/admin/people/{account}/sessions/end").status_code == 302, "a stranger is sent to sign in"
    assert as_("dung").post(f"/admin/people/{account}/sessions/end").status_code == 403
    assert is_in(here)
    quan.post(f"/admin/people/{account}/sessions/end")
    assert not is_in(here)
    assert is_in(quan)


def test_a_password_is_changed_by_oneself_and_ends_all_other_sessions(as_: Callable[[str], FlaskClient]) -> None:
    here, there = as_("binh"), as_("binh")
    wrong = {"password_now": "sai", "password_new": OWN, "password_again": OWN}
    for form, status in ((wrong, 401), ({**wrong, "password_now": PASSWORD, "password_again": "khác"}, 400)):
        answer = here.post("/password", data=form)
        assert answer.status_code == status
        check_page(answer.get_data(as_text=True), "vi")
    assert here.post("/password", data={**wrong, "password_now": PASSWORD}).status_code == 302
    assert [is_in(here), is_in(there)] == [True, False]
    assert sign_in(here.application, OWN)[1].status_code == 302
    assert sign_in(here.application)[1].status_code == 401


def test_a_password_given_by_an_administrator_opens_one_page_until_an_own_one_is_chosen(
    as_: Callable[[str], FlaskClient], app: Flask
) -> None:
    quan, before = as_("quan"), as_("binh")
    with app.app_context():
        account = people.find_account("binh").id
    given = quan.post(f"/admin/people/{account}/password").get_data(as_text=True)
    once = re.search(r"<code>([a-z0-9-]+)</code>", given)
    assert once
    assert not is_in(before)
    binh, entered = sign_in(app, once[1])
    assert entered.status_code == 302
    for path in ("/", "/records/", "/map", "/sessions"):
        assert binh.get(path).location.startswith("/password")
    check_page(binh.get("/password").get_data(as_text=True), "vi")
    assert binh.post("/password", data=dict.fromkeys(PASSWORDS, once[1])).status_code == 400
    binh.post("/password", data={**dict.fromkeys(PASSWORDS, OWN), "password_now": once[1]})
    assert is_in(binh)


def test_an_account_that_an_administrator_made_by_page_must_choose_its_own_password(
    as_: Callable[[str], FlaskClient], app: Flask
) -> None:
    form = {"username": "moi", "name": "Người Mới", "role": "leader", "place": "", "password": OWN}
    assert as_("quan").post("/admin/people", data=form).status_code == 302
    assert is_told_to_choose(sign_in(app, OWN, "moi")[0])


# --- a form whose session had ended -----------------------------------------------------------------------------------


@pytest.fixture
def ended(as_: Callable[[str], FlaskClient], app: Flask) -> FlaskClient:
    """The browser of somebody whose session ended while she was typing; forms are guarded against forgery."""
    binh = as_("binh")
    app.config["WTF_CSRF_ENABLED"] = True
    binh.get("/records/new/household")
    with app.app_context():
        begin_writing()
        db.session.execute(sa.delete(DeskSession))
        db.session.commit()
    return binh


def typed_in(answer: TestResponse) -> MultiDict[str, str]:
    """The hidden and the drawn fields of the form in a page that has one beside those of the frame."""
    html = answer.get_data(as_text=True)
    form = next(
        each for each in re.findall(r"<form.*?</form>", html, re.DOTALL) if "again_" in each or "<textarea" in each
    )
    fields = [
        (n, unescape(v)) for n, v in re.findall(r'<input[^>]*? name="([^"]+)"\s+value="([^"]*)"', form, re.DOTALL)
    ]
    texts = re.findall(r'<textarea name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL)
    return MultiDict([*fields, *((name, unescape(text)) for name, text in texts)])


@pytest.mark.parametrize("cookie", ["kept", "lost"])
def test_what_was_typed_when_the_session_had_ended_is_sent_after_signing_in(
    ended: FlaskClient, app: Flask, cookie: str
) -> None:
    with app.app_context():
        village = db.session.scalars(sa.select(Household.area).where(Household.area.startswith("2023.01930"))).first()
    name = 'Lý Thị "Mỷ" & con'
    sent = MultiDict(
        [("head_name", name), ("village", str(village)), ("remarks", "\nhai\ndòng"), ("many", "a"), ("many", "b")]
    )
    if cookie == "lost":
        ended.delete_cookie("session")
    asked = ended.post("/records/new/household", data=sent, headers=OURS)
    assert asked.status_code == 401
    page = check_page(asked.get_data(as_text=True), "vi")
    assert "được gửi sau khi anh/chị đăng nhập" in page.text
    assert "Hãy sao chép" not in page.text
    wrong = ended.post("/again", data={**typed_in(asked).to_dict(), "again_username": "binh", "again_password": "sai"})
    assert wrong.status_code == 401
    entered = ended.post(
        "/again", data={**typed_in(wrong).to_dict(), "again_username": "binh", "again_password": PASSWORD}
    )
    assert entered.status_code == 200
    kept = typed_in(entered)
    token = kept.pop("csrf_token")
    assert [(n, v.replace("\r\n", "\n")) for n, v in kept.items(multi=True)] == list(sent.items(multi=True))
    again = ended.post("/records/new/household", data=MultiDict([*kept.items(multi=True), ("csrf_token", token)]))
    assert again.status_code == 422, "the form judges what was typed, as ever"
    assert "Lý Thị &#34;Mỷ&#34; &amp; con" in again.get_data(as_text=True)


def test_a_form_of_an_earlier_session_is_sent_again_by_who_is_signed_in_by_now(ended: FlaskClient) -> None:
    be(ended, "binh")
    again = ended.post("/records/new/household", data={"head_name": "Mỷ", "csrf_token": "cũ"}, headers=OURS)
    kept = typed_in(again)
    assert kept["head_name"] == "Mỷ"
    assert ended.post("/records/new/household", data=kept).status_code == 422


def test_what_another_person_typed_is_read_before_it_is_sent_in_ones_own_name(app: Flask) -> None:
    """At a computer of a commune that several people use: of whoever had typed, the next one would have signed it."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser, sent = app.test_client(), {"head_name": "Mỷ", "remarks": "mái dột"}
    for who in ("hue", "binh"):
        browser.post("/sign-out")
        browser.post("/sign-in", data={"username": who, "password": PASSWORD})
    app.config["WTF_CSRF_ENABLED"] = True
    for who, by_itself in (("binh", True), ("hue", False)):
        with app.app_context():
            begin_writing()
            db.session.execute(sa.delete(DeskSession))
            db.session.commit()
        asked = typed_in(browser.post("/records/new/household", data=sent, headers=OURS)).to_dict()
        entered = browser.post("/again", data={**asked, "again_username": who, "again_password": PASSWORD})
        page = check_page(entered.get_data(as_text=True), "vi")
        assert ("data-send" in page.html) is by_itself, who
        assert ("mái dột" in page.text and "Ma Thị Huệ" in page.text) is not by_itself, who
        assert typed_in(entered)["head_name"] == "Mỷ"
    stale = browser.post("/records/new/household", data={**sent, "csrf_token": "cũ"}, headers=OURS)
    assert "data-send" not in check_page(stale.get_data(as_text=True), "vi").html, "of a tab opened as the other one"
    assert browser.post("/records/new/household", data=typed_in(stale)).status_code == 422


def test_a_photo_in_such_a_form_is_kept_and_another_file_is_told_of(ended: FlaskClient) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "JPEG")
    picture.seek(0)
    files = {"photo_front-files": (picture, "nha.jpg"), "file": (io.BytesIO(b"x"), "lo.fab")}
    asked = ended.post("/records/new/housing_need", data={"head_name": "Mỷ", **files}, headers=OURS)
    assert "photo_front" in typed_in(asked)["again_typed"]
    assert "1 tệp" in check_page(asked.get_data(as_text=True), "vi").text


def test_nothing_that_another_site_has_a_browser_send_is_shown_for_signing(ended: FlaskClient) -> None:
    for headers in ({}, {"Origin": "https://example.org"}, {"Referer": "https://example.org/"}, {"Origin": "null"}):
        answer = ended.post("/records/new/household", data={"head_name": "giả"}, headers=headers)
        assert "giả" not in answer.get_data(as_text=True)


# --- behind HTTPS, behind a proxy -------------------------------------------------------------------------------------


@pytest.fixture
def behind(config: Config) -> Callable[..., FlaskClient]:
    def made(**settings: Any) -> FlaskClient:
        app = create_app(replace(config, **settings))
        app.config["WTF_CSRF_ENABLED"] = False
        return app.test_client()

    return made


TOLD = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def test_the_word_of_a_proxy_counts_where_there_is_one_and_nobodys_otherwise(
    behind: Callable[..., FlaskClient],
) -> None:
    data = {"username": "binh", "password": "sai"}
    for proxies, address in ((1, "203.0.113.9"), (0, "127.0.0.1")):
        client = behind(proxies=proxies)
        answer = client.post("/sign-in", data=data, headers=TOLD)
        assert ("Strict-Transport-Security" in answer.headers) == bool(proxies)
        with client.application.app_context():
            newest = sa.select(people.Attempt.address).order_by(people.Attempt.id.desc())
            assert db.session.scalars(newest).first() == address
            db.session.remove()
            db.engine.dispose()


def test_behind_https_the_cookie_is_of_this_host_alone(behind: Callable[..., FlaskClient]) -> None:
    client = behind(secure_cookies=True)
    answer = client.post("/sign-in", data={"username": "binh", "password": PASSWORD}, base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    own = next(each for each in cookies if each.startswith("__Host-session="))
    assert {"Secure", "HttpOnly", "Path=/"} <= set(own.split("; "))
    assert all("Secure" in each and "Domain" not in each for each in cookies)
    assert answer.headers["Strict-Transport-Security"]
    with client.application.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("value", ["nhiều", "-1", "0", "1.5"])
def test_a_setting_that_is_no_number_is_named(value: str) -> None:
    with pytest.raises(BadSetting, match="FIELDAPP_SESSION_IDLE"):
        Config.from_env({"FIELDAPP_SESSION_IDLE": value})


def test_no_page_for_those_who_are_signed_in_is_stored(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    quan = as_("quan")
    public = {"tablet", "bootstrap", "sync_api", "sync_batch"}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint.split(".")[0] in public:
            continue
        answer = quan.get(rule.rule)
        if answer.status_code == 200:
            assert answer.headers.get("Cache-Control") == "no-store", rule.rule


def test_a_browser_of_somebody_else_gets_no_session_of_hers(app: Flask) -> None:
    client = app.test_client()
    be(client, "binh")
    with client.session_transaction() as kept:
        kept["_user_id"] = people.models.new_id()
    assert not is_in(client)

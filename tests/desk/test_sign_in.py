"""The door: who comes in, who is told why not, and where they go then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.again import again
from tests.conftest import PASSWORD
from tests.pages import Page, check_page


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_the_sign_in_page_is_a_page(page: Callable[..., Page], lang: str) -> None:
    assert page("/sign-in", None, lang).h1 == {"vi": "Đăng nhập", "en": "Sign in"}[lang]


def test_a_stranger_is_sent_to_sign_in_and_then_to_where_he_wanted(client: FlaskClient) -> None:
    sent = client.get("/records/?q=lan")
    assert sent.status_code == 302
    form = client.get(sent.location)
    assert 'value="/records/?q=lan"' in form.get_data(as_text=True)
    entered = client.post("/sign-in", data={"username": "binh", "password": PASSWORD, "next": "/records/?q=lan"})
    assert entered.location == "/records/?q=lan"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(client: FlaskClient, elsewhere: str) -> None:
    entered = client.post("/sign-in", data={"username": "binh", "password": PASSWORD, "next": elsewhere})
    assert entered.location == "/"


def test_a_wrong_password_gets_one_clear_sentence_and_keeps_the_username(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"username": "binh", "password": "sai"})
    assert answer.status_code == 401
    page = check_page(answer.get_data(as_text=True), "vi")
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in page.text
    assert 'value="binh"' in page.html
    assert 'aria-describedby="sign-in-problem"' in page.html


def test_after_five_wrong_passwords_the_page_says_how_many_minutes_to_wait(client: FlaskClient) -> None:
    for _try in range(5):
        client.post("/sign-in", data={"username": "binh", "password": "sai"})
    answer = client.post("/sign-in", data={"username": "binh", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Hãy đợi 1 phút" in check_page(answer.get_data(as_text=True), "vi").text


def test_signing_out_ends_the_session(as_: Callable[[str], FlaskClient]) -> None:
    binh = as_("binh")
    binh.post("/sign-out")
    assert binh.get("/").location.startswith("/sign-in")


def test_a_forged_form_is_refused_in_our_own_words(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/sign-in", data={"username": "binh", "password": PASSWORD})
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in check_page(answer.get_data(as_text=True), "vi").text


def test_a_language_is_chosen_once_and_kept_for_the_account(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    binh = as_("binh")
    chosen = binh.post("/language", data={"to": "en", "next": "/review"})
    assert chosen.location == "/review"
    check_page(binh.get("/review").get_data(as_text=True), "en")
    check_page(as_("binh").get("/").get_data(as_text=True), "en")


@pytest.mark.parametrize("path", ["/", "/review", "/records/", "/photos/" + "0" * 64, "/records/new/household"])
def test_nothing_is_shown_to_a_stranger(client: FlaskClient, path: str) -> None:
    assert client.get(path).location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("who", "path"), [("lan", "/review"), ("dung", "/review"), ("quan", "/review"), ("dung", "/records/new/household")]
)
def test_a_role_that_may_not_is_told_so(page: Callable[..., Page], who: str, path: str) -> None:
    assert page(path, who, "vi", 403).h1 == "Không được phép"

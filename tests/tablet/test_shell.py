"""The shell of the app and the forms in it: public, small, whole, and the same questions as everywhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext
from werkzeug.datastructures import MultiDict

from fieldapp.i18n import LANGUAGES, speaking
from fieldapp.surveys import SURVEYS, carried, questions
from fieldapp.web.forms import form_for
from fieldapp.web.tablet.shell import STATIC, shell, without_remarks
from tests.conftest import Server
from tests.pages import Page, check_page
from tests.tablet.conftest import Tablet
from tests.tablet.profile import NOTHING

ALONE = '<!doctype html><html lang="{lang}"><title>Form</title><body><h1>Form</h1>{form}</body></html>'
ADDRESSES = ["/app/", "/app/?lang=en", "/app/worker.js", "/app/manifest.webmanifest"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_shell_is_public_never_redirects_and_sets_no_cookie(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_is_a_valid_page_in_its_language(page: Callable[..., Page], lang: str) -> None:
    found = page(f"/app/?lang={lang}", who=None, lang=lang)
    assert found.h1 == {"vi": "Khảo sát nhà ở", "en": "Housing survey"}[lang]


def test_the_whole_shell_is_at_most_300_kb_compressed(app: Flask) -> None:
    """Half of it are the questions of the law in two languages, which no tablet can ask without."""
    with app.test_request_context():
        assert shell().compressed <= 300_000


def test_no_remark_of_the_source_travels_to_a_tablet(app: Flask) -> None:
    with app.test_request_context():
        bodies = {name: file.body.decode() for name, file in shell().files.items() if name.endswith((".js", ".css"))}
    assert len(bodies) > 80
    assert {name for name, body in bodies.items() if without_remarks(body) != body} == set()


def test_only_lines_that_are_remarks_from_end_to_end_are_left_out() -> None:
    kept = 'const a = "// no"; // stays\n  /** @type {any} */ (a).b();\nconst b = 1 /* stays */ + 2;\n'
    first, rest = kept.split("\n", 1)
    assert without_remarks(f"// goes\n{first}\n  // goes\n/**\n * goes\n */\n{rest}/* goes */\n") == kept


def test_no_text_of_a_module_goes_over_lines_whose_beginnings_do_not_travel(app: Flask) -> None:
    for path in STATIC.rglob("*.js"):
        within = re.findall(r"`[^`]*`", re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL))
        assert [text for text in within if "\n" in text] == [], path.name


def test_the_worker_lists_every_file_the_page_needs(client: FlaskClient) -> None:
    source = client.get("/app/worker.js").get_data(as_text=True)
    listed = json.loads(source.split("const SHELL = ")[1].split(";\n")[0])
    html = client.get("/app/").get_data(as_text=True)
    for address in re.findall(r'(?:href|src)="(/app/build/[^"]+)"', html):
        assert address in listed
    assert {"/app/", "/app/?lang=en"} <= listed.keys()


def test_a_file_of_another_build_is_not_given_out(client: FlaskClient) -> None:
    assert client.get("/app/build/0123456789abcdef/shell/app.js").status_code == 404


PLACEHOLDER = re.compile(r"%\(\w+\)s")


def test_the_messages_of_the_app_are_all_translated(client: FlaskClient) -> None:
    [address] = [each for each in shell().files if each.endswith("/words.vi.json")]
    words = client.get(address).get_json()["messages"]
    same = {text for text, said in words.items() if text == said and re.search(r"[a-z]", PLACEHOLDER.sub("", text))}
    assert len(words) > 100
    assert same == set()


def test_the_app_can_be_installed(tablet: Tablet) -> None:
    tablet.enrol()
    devtools = tablet.context.new_cdp_session(tablet.page)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}


def test_the_installed_app_opens_from_the_cache_without_waking_its_worker(
    visit: Callable[..., BrowserContext], server: Server
) -> None:
    page = visit().new_page()
    for _twice in range(2):
        page.goto(f"{server.url}/app/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.locator("#code").wait_for()
    taken = page.evaluate("""["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
      .filter(({ name }) => /\\/app\\/$|\\/app\\.js$/.test(name)).map((one) => one.workerMatchedSourceType)""")
    assert taken == ["cache", "cache"]


def test_the_shell_is_downloaded_once_to_be_shown_and_kept_but_for_what_the_browser_has_kept_wrong(
    visit: Callable[..., BrowserContext], server: Server
) -> None:
    with server.app.test_request_context():
        parts = {name: file.body for name, file in shell().files.items() if name.startswith("/app/build/")}
    [wrong] = [name for name in parts if name.endswith("/words.en.json")]
    asked, right = Counter[str](), server.app.view_functions["tablet.part"]

    def part(build: str, name: str) -> Response:
        address = f"/app/build/{build}/{name}"
        asked[address] += 1
        answer: Response = right(build=build, name=name)
        if address == wrong and asked[wrong] == 1:  # as something on the way may have spoiled it
            answer.headers.pop("Content-Encoding", None)
            answer.set_data(b"{}")
        return answer

    server.app.view_functions["tablet.part"] = part
    page = visit().new_page()
    page.goto(f"{server.url}{NOTHING}")
    assert page.evaluate("(name) => fetch(name).then((answer) => answer.text())", wrong) == "{}"
    page.goto(f"{server.url}/app/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = page.evaluate("(name) => caches.match(name).then((answer) => answer.text())", wrong)
    assert kept == parts[wrong].decode()
    assert asked == {name: 2 if name == wrong else 1 for name in parts}


@pytest.mark.parametrize("survey", [survey.survey for survey in carried()])
def test_the_blank_form_has_every_question_once_under_its_label(client: FlaskClient, survey: str) -> None:
    for lang in LANGUAGES:
        html = client.get(f"/app/?lang={lang}").get_data(as_text=True)
        [build] = set(re.findall(r"/app/build/(\w+)/", html))
        form = client.get(f"/app/build/{build}/forms.{lang}.json").get_json()["surveys"][survey]["html"]
        check_page(ALONE.format(lang=lang, form=form), lang)
        assert re.findall(r'data-question="(\w+)"', form) == list(questions(survey))


def test_a_posted_form_reads_judges_and_drops_what_is_not_asked(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    posted = MultiDict(
        {"members": "31", "head_name": "  Bàn  Thị Mẩy ", "birth_date": "31/02/1971", "citizen_id": "012", "women": "1"}
    )
    with app.test_request_context("/", method="POST", data=posted), speaking("en"):
        form = form_for(SURVEYS["household"])
        assert not form.validate()
        assert form.answers["head_name"] == "Bàn Thị Mẩy"
        assert form["citizen_id"].answer is None  # no card was chosen, so no number is asked
        assert form["citizen_id"].errors == []
        assert "30" in form["members"].errors[0]
        assert form["birth_date"].errors
        assert form["visited_on"].errors


def test_a_position_that_was_not_touched_keeps_its_accuracy(app: Flask) -> None:
    fix = {"lat": "22.147000", "lon": "105.834800", "accuracy_m": 12, "at": "2026-08-01T00:00:00Z", "source": "gps"}
    with app.test_request_context("/", method="POST", data={"location": "22.147000, 105.834800"}):
        field = form_for(SURVEYS["household"], answers={"location": fix})["location"]
        assert field.read() == fix
    with app.test_request_context("/", method="POST", data={"location": "22,2; 105,9"}):
        field = form_for(SURVEYS["household"], answers={"location": fix})["location"]
        assert field.read()["source"] == "pin"

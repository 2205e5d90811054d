"""The style, scripts and pictures of the office's pages: asked for once, without a look at who asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, expect

from fieldapp.web import files
from tests.again import at_once
from tests.conftest import Server
from tests.mishaps import MISHAPS, OddLine
from tests.pages import Page, check_page
from tests.statements import counted

PARTS = re.compile(r'(?:href|src)="(/(?:static|bootstrap|style)/[^"]+)"')


def test_every_file_that_a_page_names_may_be_kept_for_ever(page: Callable[..., Page], client: FlaskClient) -> None:
    named = {part for path in ("/", "/records/", "/figures/dashboard") for part in PARTS.findall(page(path).html)}
    assert len(named) > 5
    kept = {address: client.get(address).headers.get("Cache-Control") for address in named}
    [check] = [address for address in named if address.endswith("/whole.js")]
    assert kept.pop(check) == files.FOR_A_DAY, "what sees that the others came whole heals by itself"
    assert set(kept.values()) == {files.FOR_EVER}


CUT = next(each for each in MISHAPS if each.name == "cut, with a length that fits")
FILES = {
    "css/bootstrap.min.css": ("body", "box-sizing", "border-box"),
    "desk.css": (".skip", "position", "absolute"),
    "desk/menu.js": ("body", "margin-top", "0px"),
    "desk/desk.js": ("body", "margin-top", "0px"),
}
"""Of each kind one, and how the page looks when its styles are laid on."""
LENGTHS = """async (file) => {
  const came = performance.getEntriesByType("resource").filter(({ name }) => name.includes(file));
  return Promise.all(came.map(async ({ name }) => [name, (await (await fetch(name)).arrayBuffer()).byteLength]));
}"""


@pytest.mark.parametrize("file", at_once(FILES, "desk.css".__eq__))
def test_a_file_that_was_cut_on_its_way_is_mended_by_the_page_itself(
    visit: Callable[..., BrowserContext], server: Server, client: FlaskClient, file: str
) -> None:
    with OddLine(server.port) as line:
        context = visit()
        page = context.new_page()
        line.expect(rf"GET /.*{re.escape(file)}", CUT)
        page.goto(f"{line.url}/sign-in")
        assert line.met.wait(60)
        expect(page.locator("html[data-checked]")).to_have_count(1)
        what, name, value = FILES[file]
        expect(page.locator(what)).to_have_css(name, value)
        lengths = page.evaluate(LENGTHS, file)
    assert lengths
    for address, length in lengths:
        assert length == len(client.get(address.removeprefix(line.url)).data), address


def test_a_file_at_the_address_of_another_build_is_answered_and_asked_for_again(client: FlaskClient) -> None:
    for path in ("/static/0123456789abcdef/icon.svg", "/bootstrap/static/css/bootstrap.min.css?build=0"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache"), path
    gone = client.get(f"/static/{files.build()}/gone.js")
    assert (gone.status_code, gone.headers.get("Cache-Control")) == (404, None)
    assert check_page(gone.text, "vi").h1


def test_whatever_is_changed_in_a_file_or_its_name_gives_all_of_them_another_address(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "a.js").write_text("1")
    builds = [files.digest(tmp_path)]
    (tmp_path / "desk" / "a.js").write_text("2")
    builds.append(files.digest(tmp_path))
    (tmp_path / "desk" / "a.js").rename(tmp_path / "desk" / "b.js")
    builds.append(files.digest(tmp_path))
    assert len(set(builds)) == 3


def test_a_file_is_answered_without_asking_the_database_who_wants_it(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    binh = as_("binh")
    with app.test_request_context():
        addresses = [app.url_for(files.OURS, filename="icon.svg"), *PARTS.findall(binh.get("/sign-in").text)]
    with app.app_context(), counted() as asked:
        binh.get("/rights")
        assert asked, "a page asks"
        asked.clear()
        answers = [binh.get(address) for address in addresses]
    for answer in answers:
        assert (answer.status_code, answer.headers.get("Set-Cookie"), answer.headers.get("Vary")) == (200, None, None)
    assert asked == []


def test_a_browser_that_has_been_here_asks_for_the_page_and_nothing_else(
    visit: Callable[..., BrowserContext], server: Server, as_: Callable[[str], FlaskClient]
) -> None:
    session = as_("binh").get_cookie("session")
    assert session
    context, asked = visit(), list[str]()
    context.add_cookies([{"name": "session", "value": session.value, "url": server.url}])
    tab = context.new_page()
    with request_started.connected_to(lambda _app, **_more: asked.append(request.path), server.app):
        tab.goto(f"{server.url}/records/")
        assert len(asked) > 10
        asked.clear()
        tab.goto(f"{server.url}/rights")
    assert asked == ["/rights"]

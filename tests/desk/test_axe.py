"""axe finds nothing serious on any page of the desk, in either language; keyboards and narrow screens get by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page

from tests.conftest import Server
from tests.desk.conftest import Desk

Visit = Callable[..., BrowserContext]
SERIOUS = ("serious", "critical", "moderate")


@pytest.fixture
def seat(visit: Visit, server: Server, as_: Callable[[str], FlaskClient]) -> Callable[..., Page]:
    """A browser page of somebody who is signed in already, without the time a form takes."""

    def sit(who: str, lang: str = "vi", **options: Any) -> Page:
        session = as_(who).get_cookie("session")
        assert session
        context = visit(**options)
        given = {"session": session.value, "lang": lang}
        context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in given.items()])
        return context.new_page()

    return sit


def faults(page: Page) -> list[str]:
    """What axe holds against a page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]} {fault['nodes'][0]['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def paths(desk: Desk) -> dict[str, list[str]]:
    """Every page of the desk, by who opens it."""
    need = "housing_need"
    records = [desk.one(need, state) for state in ("waiting", "returned", "contested", "changed_since_approval")]
    household = desk.one("household", "approved")
    return {
        "binh": ["/", "/review", "/records/", "/records/?q=zzzz", *(f"/records/{id}" for id in records)],
        "lan": [
            "/",
            f"/records/{household}",
            f"/records/{household}/edit",
            f"/records/new/{need}?household={household}",
        ],
        "quan": ["/", "/nowhere"],
        "dung": ["/", "/map"],
    }


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("who", ["binh", "lan", "quan", "dung"])
def test_axe_finds_nothing_on_any_page(
    seat: Callable[..., Page], server: Server, desk: Desk, who: str, lang: str
) -> None:
    page = seat(who, lang)
    for path in paths(desk)[who]:
        page.goto(server.url + path)
        assert not faults(page), path


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_on_the_sign_in_page(visit: Visit, server: Server, lang: str) -> None:
    page = visit().new_page()
    page.goto(f"{server.url}/sign-in?lang={lang}")
    assert not faults(page)


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_no_page_is_wider_than_its_screen(seat: Callable[..., Page], server: Server, desk: Desk, width: int) -> None:
    page = seat("binh", viewport={"width": width, "height": 800})
    for path in paths(desk)["binh"]:
        page.goto(server.url + path, wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_is_touched_is_large_enough(seat: Callable[..., Page], server: Server, desk: Desk) -> None:
    page = seat("binh", viewport={"width": 360, "height": 740})
    page.goto(f"{server.url}/records/{desk.one('housing_need', 'waiting')}")
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main .btn, main select, main input:not([type=hidden])")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []

"""axe finds nothing serious on any page of the desk, in either language; keyboards and narrow screens get by."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.conftest import PASSWORD, Server
from tests.desk.conftest import Desk

Visit = Callable[..., BrowserContext]
SERIOUS = ("serious", "critical", "moderate")


def enter(context: BrowserContext, server: Server, who: str, lang: str) -> Page:
    """A page of somebody signed in; anything the browser complains of fails the test."""
    context.add_cookies([{"name": "lang", "value": lang, "url": server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.url}/sign-in")
    assert not faults(page)
    page.fill("#username", who)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{server.url}/")
    assert not complaints
    return page


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
def test_axe_finds_nothing_on_any_page(visit: Visit, server: Server, desk: Desk, who: str, lang: str) -> None:
    page = enter(visit(), server, who, lang)
    for path in paths(desk)[who]:
        page.goto(server.url + path)
        assert not faults(page), path


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_no_page_is_wider_than_its_screen(visit: Visit, server: Server, desk: Desk, width: int) -> None:
    page = enter(visit(viewport={"width": width, "height": 800}), server, "binh", "vi")
    for path in paths(desk)["binh"]:
        page.goto(server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_is_touched_is_large_enough(visit: Visit, server: Server, desk: Desk) -> None:
    page = enter(visit(viewport={"width": 360, "height": 740}), server, "binh", "vi")
    page.goto(f"{server.url}/records/{desk.one('housing_need', 'waiting')}")
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main .btn, main select, main input:not([type=hidden])")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []

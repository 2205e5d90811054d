"""The app is opened for the first time over a line on which one of its own files meets with a mishap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.again import SOAK, at_once
from tests.conftest import Server
from tests.mishaps import MISHAPS, Mishap, OddLine

FILES = ["the page", "start.js", "store/store.js", "words.vi.json", "shell/app.js", "base.css", "worker.js"]
"""Of each kind one: what shows the page, the first module, one that it needs, its words, what comes later, how it
looks, and what keeps it all."""
KEPT = "cut, with a length that fits"
"""A browser takes it for the whole, and keeps it."""
OTHERS = [each for each in MISHAPS if each.name != KEPT and not each.stalls and "question" not in each.name]
"""A file that stands still is waited for, and there is no question that another could be mistaken for."""
MET = [
    *((file, mishap) for file in FILES for mishap in MISHAPS if mishap.name == KEPT),
    *((file, mishap) for i, file in enumerate(FILES) for mishap in (OTHERS if SOAK else OTHERS[i :: len(FILES)])),
]
TOLD = "Ứng dụng chưa tải về đủ: mạng yếu, hoặc có gì đó chặn đường truyền."
FORM = "main form"
KEEPS = """Promise.race([
  navigator.serviceWorker.ready.then(() => true),
  new Promise((resolve) => setTimeout(resolve, 60000, false)),
])"""
"""Whether the app is kept for use without network; where nothing comes of it, nothing tells."""


@pytest.fixture
def line(server: Server) -> Iterator[OddLine]:
    with OddLine(server.port) as made:
        yield made


@pytest.mark.parametrize(
    "met", at_once(MET, lambda each: each[1].name == KEPT), ids=lambda met: f"{met[0]}: {met[1].name}"
)
def test_whatever_a_file_of_the_app_meets_with_is_told_and_one_press_opens_the_app_which_then_needs_no_network(
    visit: Callable[..., BrowserContext], line: OddLine, met: tuple[str, Mishap]
) -> None:
    (file, mishap), context = met, visit()
    page, address = context.new_page(), f"{line.url}/app/?lang=vi"
    line.expect(r"GET /app/\?lang=vi$" if file == "the page" else f"GET /app/.*{file}$", mishap)
    with suppress(Error):  # the browser itself may say that nothing came
        page.goto(address)
    assert line.met.wait(60)
    if file == "the page":
        page = context.new_page()
        page.goto(address)
    press_where_it_is_told(page)
    expect(page.locator(FORM)).to_be_visible()
    if file == "worker.js":
        page.goto(address)
    assert page.evaluate(KEEPS)
    context.set_offline(True)
    later = context.new_page()
    later.goto(address)
    expect(later.locator(FORM)).to_be_visible()


def press_where_it_is_told(page: Page) -> None:
    """As after half a minute: by then the app is there, or what to do."""
    page.evaluate("for (const each of document.getAnimations()) each.finish()")
    expect(page.locator(f"{FORM}, #slow a").first).to_be_visible()
    if not page.locator(FORM).is_visible():
        expect(page.locator("#slow")).to_contain_text(TOLD)
        page.locator("#slow a").evaluate_all("(links) => links[0]?.click()")  # it may be gone by now: the app has come

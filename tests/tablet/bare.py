"""An empty page that can import the tablet's modules, for tests of a module alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

import fieldapp

MODULES = Path(fieldapp.__file__).parent / "static" / "app"
ORIGIN = "http://modules.localhost/"  # a secure context: the store encrypts


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(ORIGIN)
    if name:
        route.fulfill(path=MODULES / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>Modules</title>", content_type="text/html")


@contextmanager
def bare_page(browser: Browser) -> Iterator[Page]:
    """A page at ``ORIGIN``, where ``import("/store/store.js")`` gives the module."""
    page = browser.new_page()
    page.route(f"{ORIGIN}**", _answer)
    page.goto(ORIGIN)
    yield page
    page.close()

"""No page shows a person what is meant for machines, and every page writes figures in one way, in either language."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from tests.again import at_once, so_many
from tests.codes import codes
from tests.pages import Page, check_page
from tests.reading import parse

AN_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{12,}|\d+")
EACH = so_many(1, 2, 20)
"""So many pages of a kind are opened."""


def kind(app: Flask, address: str) -> tuple[object, ...] | None:
    """What pages alike have in common: where they lie, and which words stand in the address beside ids and numbers."""
    parts = urlsplit(address)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path)
    except HTTPException:
        return None
    named = sorted(value for value in map(str, values.values()) if not AN_ID.fullmatch(value))
    asked = sorted(name for name, _value in parse_qsl(parts.query))
    return endpoint, *named, *asked


def pages(app: Flask, client: FlaskClient, lang: str, of_each: int = EACH) -> Iterator[tuple[str, Page]]:
    """Every kind of page that can be reached by links from the home of whoever is signed in."""
    client.set_cookie("lang", lang)
    seen, waiting, opened = Counter[tuple[object, ...]](), deque(["/"]), set()
    while waiting:
        address = waiting.popleft()
        if address in opened or (what := kind(app, address)) is None or seen[what] == of_each:
            continue
        opened.add(address)
        seen[what] += 1
        answer = client.get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html" and not address.startswith("/app"):
            page = check_page(answer.get_data(as_text=True), lang)
            yield address, page
            waiting.extend(link.partition("#")[0] for link in leads(page, address) if link.startswith("/"))
        answer.close()


def leads(page: Page, address: str) -> Iterator[str]:
    """Where a page leads: by its links, and by each choice of its filters."""
    yield from (link.get("href") or "" for link in page.tree.iter("a") if link.get("download") is None)
    for form in page.tree.iter("form"):
        if form.get("method", "get") == "get":
            where = form.get("action") or address.partition("?")[0]
            named = [field for field in form.iter("select") if field.get("name")]
            yield from (
                f"{where}?{urlencode({each.get('name'): one.get('value')})}"
                for each in named
                for one in each.iter("option")
            )


WALKS = [("quan", "vi"), ("quan", "en"), ("binh", "vi"), ("lan", "vi"), ("dung", "vi"), ("binh", "en")]


@pytest.mark.long
@pytest.mark.parametrize("walk", at_once(WALKS, lambda walk: walk in (WALKS[0], WALKS[-1])))
def test_no_page_shows_people_what_is_for_machines_or_writes_figures_in_another_way(
    app: Flask, as_: Callable[[str], FlaskClient], walk: tuple[str, str]
) -> None:
    (who, lang), opened, found = walk, 0, []
    for address, page in pages(app, as_(who), lang):
        opened += 1
        found += [f"{address}: {code!r} is {what}" for code, what in codes(page).items()]
    assert opened > 15
    assert found == []


SHOWN = {
    "nsdp_tinh": "<p>Nguồn: nsdp_tinh</p>",
    "NSDP_TINH": "<p>NSDP_TINH-00012/1</p>",
    "2026-05-28": "<p>Ngày 2026-05-28</p>",
    "019d94cf-2280-74dc-b413-70ad4907e21a": "<li>019d94cf-2280-74dc-b413-70ad4907e21a</li>",
    "None": "<button title='None'>Lưu</button>",
    "[]": "<p>Đã chọn: []</p>",
    "%(n)s": "<p>%(n)s hộ</p>",
    "40,000,000": "<p>40,000,000</p>",
}
UNSHOWN = (
    "<p>Mã: nd20_khan_cap; 40.000.000 đồng, 31,5 m², 22.147000, 105.834800, 05/02/2026</p>",
    "<dl><div><dt>Mã</dt><dd>nd20_khan_cap</dd></div></dl>",
    "<input value='2026-05-28'><p hidden>nsdp_tinh</p><code>nsdp_tinh</code>",
    "<p><a href='/x?a_b=1'>binh.nong@na_ri.vn</a></p>",
)


@pytest.mark.parametrize(("code", "html"), SHOWN.items())
def test_what_is_for_machines_is_seen_wherever_it_stands(code: str, html: str) -> None:
    assert list(codes(shown(html))) == [code]


@pytest.mark.parametrize("html", UNSHOWN)
def test_what_people_write_is_not_taken_for_it(html: str) -> None:
    assert codes(shown(html)) == {}


def shown(html: str) -> Page:
    return Page(parse(f"<!doctype html><html lang='vi'><title>x</title><body>{html}</body></html>"), html)

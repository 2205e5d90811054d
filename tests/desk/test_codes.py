"""No page shows a person what is meant for machines, and every page writes figures in one way, in either language."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from fieldapp.i18n import speaking
from fieldapp.web.admin.rules.words import sentence
from tests.again import at_once, so_many
from tests.codes import codes
from tests.pages import Page, check_page
from tests.reading import parse
from tests.statements import asked_again, counted

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


Form = tuple[str, MultiDict[str, str]]
"""Where a form goes, and what it sends as it stands."""
OURS = {"Origin": "http://localhost"}
SIGNED_OUT = ("sign_in.", "again.", "sessions.")
"""What ends the walk: whoever sends it is somebody else afterwards."""


def forms(page: Page, address: str) -> Iterator[Form]:
    """The forms of a page that change something, by each button that sends them."""
    for form in page.tree.iter("form"):
        if form.get("method", "get").lower() == "post":
            held = [pair for field in form.iter() for pair in holds(field)]
            pressed = [each for each in form.iter("button") if each.get("type", "submit") == "submit"]
            for button in pressed or [form]:
                to = button.get("formaction") or form.get("action") or address
                yield (
                    to,
                    MultiDict(
                        [*held, *([(button.get("name"), button.get("value") or "")] if button.get("name") else [])]
                    ),
                )


TICKED = ("checkbox", "radio")


def holds(field: Element) -> Iterator[tuple[str, str]]:
    """What a field of a form sends as it stands."""
    name, kind = field.get("name"), field.get("type", "text")
    if not name or field.get("disabled") is not None or field.tag not in ("input", "textarea", "select"):
        return
    if field.tag == "select":
        chosen = [each for each in field.iter("option") if each.get("selected") is not None]
        chosen = chosen or ([] if field.get("multiple") is not None else list(field.iter("option"))[:1])
        yield from ((name, each.get("value") or "") for each in chosen)
    elif kind in TICKED and field.get("checked") is None:
        return
    elif kind not in ("file", "submit", "button"):
        yield name, (field.text or "") if field.tag == "textarea" else field.get("value") or ""


def odd(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """The same form where whatever is empty was typed wrong."""
    return MultiDict([(name, value or "x?") for name, value in form.items(multi=True)])


@dataclass
class Sent:
    """A form that was sent: where, what it was answered with, and what that asked the database again and again."""

    to: str
    page: Page
    again: dict[tuple[str, str], int]


def answers_to_forms(app: Flask, client: FlaskClient, lang: str) -> Iterator[Sent]:
    """What each kind of form is answered with, filled in wrong and as it stands, and those of the answers; each is
    followed to where it leads."""
    seen = set()
    waiting = deque(form for address, page in list(pages(app, client, lang, 1)) for form in forms(page, address))
    while waiting:
        to, form = waiting.popleft()
        what = kind(app, to), *sorted(form)
        if what in seen or what[0] is None or str(what[0][0]).startswith(SIGNED_OUT):
            continue
        seen.add(what)
        for sent in (odd(form), form):
            with app.app_context(), counted() as asked:
                answer = client.post(to, data=sent, headers=OURS, follow_redirects=True)
            if answer.mimetype == "text/html":
                page = check_page(answer.get_data(as_text=True), lang)
                waiting.extend(forms(page, to))
                yield Sent(f"{to} ({answer.status_code})", page, asked_again(asked, 1 + len(answer.history)))
            answer.close()


SENDERS = [walk for walk in WALKS if walk[0] != "dung"]
"""Who has forms: a leader has none."""


@pytest.mark.long
@pytest.mark.parametrize("walk", at_once(SENDERS, lambda walk: walk in (SENDERS[0], SENDERS[-1])))
def test_no_answer_to_a_form_shows_people_what_is_for_machines(
    app: Flask, as_: Callable[[str], FlaskClient], walk: tuple[str, str]
) -> None:
    who, lang = walk
    read = list(answers_to_forms(app, as_(who), lang))
    assert len(read) > 15
    assert [f"{each.to}: {code!r} is {what}" for each in read for code, what in codes(each.page).items()] == []
    assert [(each.to, each.again) for each in read if each.again] == []


def test_an_office_of_every_commune_is_called_by_words() -> None:
    with speaking("vi"):
        assert sentence("office", {"above": "ỦY BAN NHÂN DÂN", "name": "%place%"}) == "ỦY BAN NHÂN DÂN – [tên xã]"


SHOWN = {
    "nsdp_tinh": "<p>Nguồn: nsdp_tinh</p>",
    "NSDP_TINH": "<p>NSDP_TINH-00012/1</p>",
    "2026-05-28": "<p>Ngày 2026-05-28</p>",
    "019d94cf-2280-74dc-b413-70ad4907e21a": "<li>019d94cf-2280-74dc-b413-70ad4907e21a</li>",
    "None": "<button title='None'>Lưu</button>",
    "[]": "<p>Đã chọn: []</p>",
    "%(n)s": "<p>%(n)s hộ</p>",
    "%place%": "<p>UBND %place%</p>",
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

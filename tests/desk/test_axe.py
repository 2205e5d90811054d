"""axe finds nothing on any page of the desk, in either language; keyboards and narrow screens get by."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import BrowserContext, Page, expect

import fieldapp
from fieldapp import people
from tests.again import ALL, again, so_many
from tests.axe import AT_ANOTHER_SIZE, IN_ANOTHER_LANGUAGE, faults
from tests.conftest import Server
from tests.desk.conftest import Desk
from tests.pages import check_page

EACH = so_many(2, 1, 1)
"""Every second page with ``make test``: what all have in common is on each."""
Visit = Callable[..., BrowserContext]


def paths(desk: Desk) -> dict[str, list[str]]:
    """Every page of the desk, by who opens it."""
    need = "housing_need"
    records = [desk.one(need, state) for state in ("waiting", "returned", "contested", "changed_since_approval")]
    household = desk.one("household", "approved")
    return {
        "binh": ["/", "/records/", "/records/?q=zzzz", *(f"/records/{id}?queue=1" for id in records)],
        "lan": [
            "/",
            f"/records/{household}",
            f"/records/{household}/edit",
            f"/records/new/{need}?household={household}",
        ],
        "quan": ["/", "/nowhere"],
        "dung": ["/", "/map", "/figures/", "/figures/dashboard"],
    }


@pytest.mark.parametrize("who", ["binh", "lan", "quan", "dung"])
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_its_screen(
    seat: Callable[..., Page], server: Server, desk: Desk, who: str
) -> None:
    page = seat(who)
    for path in paths(desk)[who][::EACH]:
        judge(page, server.url + path)


LINES_OF_NAMES = """names => names.map(name => Math.round(
    name.getClientRects().length ? name.offsetHeight / parseFloat(getComputedStyle(name).lineHeight) : 0))"""


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_no_name_of_a_list_is_squeezed_by_what_stands_beside_it(
    seat: Callable[..., Page], server: Server, lang: str
) -> None:
    page = seat("quan", viewport={"width": 800, "height": 1280})
    page.context.add_cookies([{"name": "lang", "value": lang, "url": server.url}])
    for path in ("/reports/", "/figures/indicators/", "/records/"):
        page.goto(server.url + path)
        lines = page.locator(".rows .row-name").evaluate_all(LINES_OF_NAMES)
        assert lines == [] or max(lines) <= 2, path


@pytest.mark.parametrize("path", ["/records/", "/records/missing"])
def test_what_is_done_with_ticked_households_is_in_sight_as_soon_as_one_is_ticked(
    seat: Callable[..., Page], server: Server, path: str
) -> None:
    page = seat("binh", viewport=TELEPHONE)
    page.goto(server.url + path)
    button = page.get_by_role("button", name="Giao người đến các hộ đã chọn")
    expect(button).not_to_be_in_viewport()
    page.locator(".tick").first.check()
    expect(button).to_be_in_viewport(ratio=1)


TOO_NARROW = """() => {
  for (const each of document.querySelectorAll(".figure-value")) each.textContent = "888.888.888.888";
  return [...document.querySelectorAll(".figure")].filter((one) => one.scrollWidth > one.clientWidth).length;
}"""


@pytest.mark.parametrize("path", ["/reports/overview", "/reports/results", "/figures/dashboard"])
def test_no_figure_is_wider_than_its_tile_and_no_page_than_its_screen(
    seat: Callable[..., Page], server: Server, path: str
) -> None:
    page = seat("quan")
    page.goto(server.url + path)
    for width in (360, 800, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_NARROW) == 0, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_dashboard_is_printed_on_one_page(seat: Callable[..., Page], server: Server) -> None:
    page = seat("dung")
    page.goto(f"{server.url}/figures/dashboard")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4")))
    assert len(paper.pages) == 1


def test_axe_finds_nothing_on_the_sign_in_page(visit: Visit, server: Server) -> None:
    judge(visit().new_page(), f"{server.url}/sign-in")


def test_no_two_landmarks_of_a_template_have_the_same_name() -> None:
    """A section and the table inside it that is scrolled: a screen reader would tell of two places by one name."""
    folder = Path(fieldapp.__file__).parent / "templates"
    found = sorted(folder.rglob("*.html"))
    assert len(found) > 70
    for path in found:
        text = path.read_text(encoding="utf-8")
        sections = set(re.findall(r'<section [^>]*aria-labelledby="([^"]+)"', text))
        assert sections & set(re.findall(r'role="region" aria-labelledby="([^"]+)"', text)) == set(), path.name


def test_a_map_without_households_shows_no_table_of_them(seat: Callable[..., Page], server: Server) -> None:
    page = seat("dung")
    by_commune = page.locator("[data-map-places]")
    page.goto(f"{server.url}/map")
    expect(by_commune.locator("tbody tr").first).to_be_visible()
    with page.expect_response("**/map/points*") as answered:
        page.goto(f"{server.url}/map?status=refused")
    assert answered.value.json()["points"] == []
    expect(by_commune).to_be_hidden()


PLAIN = "<p>Nhà sàn ba gian</p>" * 9
PALE = {
    "a pale text": "<p style='color: #aaa'>Nhà dột</p>",
    "one on a dark ground": "<div style='background: #999'><p style='color: #777'>Nhà dột</p></div>",
    "one as dark as the others, in what is half seen": "<div style='opacity: 0.4'><p>Nhà dột</p></div>",
    "one on a gradient": "<p style='background: linear-gradient(#fff, #000)'>Nhà dột</p>",
}


@pytest.mark.parametrize("pale", PALE.values(), ids=PALE)
def test_a_text_that_nobody_can_read_is_found_among_many_that_are_read_well(visit: Visit, pale: str) -> None:
    page = visit().new_page()
    page.set_content(f"<html lang=vi><title>Thôn</title><main><h1>Thôn</h1>{PLAIN}</main></html>")
    assert faults(page) == []
    page.set_content(f"<html lang=vi><title>Thôn</title><main><h1>Thôn</h1>{PLAIN}{pale}{PLAIN}</main></html>")
    [found] = faults(page)
    assert found.startswith("color-contrast: ")
    assert "Nhà dột" in found
    assert page.locator("[data-alike]").count() == 0


TELEPHONE = {"width": 360, "height": 740}
SCREENS = [TELEPHONE, {"width": 1366, "height": 768}]
DRAWN = ("/map", "/edit", "/figures/dashboard")


def of_accounts(desk: Desk) -> dict[str, list[str]]:
    """The pages about oneself, one's rights, other people and what is held, by who opens them."""
    family = f"/review/family/{desk.one('housing_need', 'waiting')}"
    with desk.inside():
        lan = people.find_account("lan").id
    person = f"/admin/people/{lan}"
    return {
        "binh": ["/sessions", "/password", "/rights", "/review/held", "/review/bulk", family, "/review"],
        "quan": [
            "/rights",
            "/admin/people",
            person,
            f"{person}/sessions",
            "/admin/held",
            "/admin/places",
            "/admin/tokens",
            "/admin/taken",
        ],
    }


@pytest.mark.parametrize("who", ["binh", "quan"])
def test_axe_finds_nothing_on_pages_of_accounts_rights_and_what_is_held_on_small_and_large_screens(
    seat: Callable[..., Page], server: Server, desk: Desk, who: str
) -> None:
    page = seat(who)
    for path in of_accounts(desk)[who][::EACH]:
        judge_on_screens(page, server.url + path)


def test_axe_finds_nothing_on_the_preview_of_an_official_list(
    seat: Callable[..., Page], server: Server, tmp_path: Path
) -> None:
    page, sent = seat("quan", viewport=TELEPHONE), tmp_path / "thôn.csv"
    sent.write_text("commune_code,number,name\n1858,7,BẢN CÁM\n", encoding="utf-8")
    page.goto(f"{server.url}/admin/places")
    page.fill("[name=vintage]", "2023")
    page.set_input_files("input[type=file]", sent)
    with page.expect_navigation():
        page.locator("main form:has(input[type=file]) button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("BẢN CÁM")
    fits(page, "the preview of a list")


def judge_on_screens(page: Page, url: str) -> None:
    """A page in Vietnamese on each screen, and its words in English."""
    page.set_viewport_size(TELEPHONE)
    page.goto(url)
    fits(page, url)
    judge_words(page, url)


COVERED = """() => [...document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length)
  .filter((one) => {
    one.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = one.getClientRects()[0];
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    const labels = [...(one.labels ?? [])];
    return hit && ![one, ...labels].some((each) => each.contains(hit) || hit.contains(each));
  })
  .map((one) => one.outerHTML.slice(0, 120))"""
"""What is there to be pressed and lies under something else: a press on its middle reaches another."""
IN_SIGHT = """() => [...document.querySelectorAll(".sections [aria-current]")].every((one) => {
    const { left, right } = one.getBoundingClientRect();
    return left >= 0 && right <= innerWidth + 1;
  })"""
"""Whether the section that is open can be seen in the row of sections, which is scrolled on a telephone."""
CUT_OFF = """() => [...document.querySelectorAll("main select")].filter((one) => {
    const style = getComputedStyle(one);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const words = pen.measureText(one.selectedOptions[0]?.textContent.trim() ?? "").width;
    const left = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return one.checkVisibility() && words > left + 1 && words < innerWidth - 130;
  }).map((one) => `${one.name}: ${one.selectedOptions[0].textContent.trim()}`)"""
"""Choices of which the words that are chosen do not fit into their box, though the screen is wide enough for them."""


CAPTIONS_CUT = """() => [...document.querySelectorAll("main .table-scroll caption")].filter((one) => {
    const words = document.createRange();
    words.selectNodeContents(one);
    const scrolled = one.closest(".table-scroll").getBoundingClientRect();
    return one.checkVisibility() && words.getBoundingClientRect().right > scrolled.right;
  }).map((one) => one.innerText)"""
"""What stands above a table that is wider than its screen, and is cut off as the table is."""
AMOUNTS_CUT = """() => [...document.querySelectorAll("main input[data-money]")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth)
  .map((one) => `${one.name}: ${one.value}`)"""


def fits(page: Page, what: str) -> None:
    """The page that has just been opened on a telephone: axe finds nothing, it is no wider, and all can be pressed; on
    a large screen as well with ``make test-all``.
    """
    assert page.evaluate(IN_SIGHT), f"{what}: the section that is open is not in sight"
    for screen, rules in zip(SCREENS, (None, AT_ANOTHER_SIZE), strict=True) if ALL else ((TELEPHONE, None),):
        page.set_viewport_size(screen)
        width = screen["width"]
        assert not page.evaluate(COVERED), f"{what} at {width}"
        assert not faults(page, rules), f"{what} at {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{what} at {width}"
        words_fit(page, what)


BUTTONS_TOUCH = """() => {
  const all = [...document.querySelectorAll("main :is(.btn, button)")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .filter((one) => getComputedStyle(one).borderTopWidth !== "0px")
    .map((one) => ({ one, at: one.getBoundingClientRect() })).filter(({ at }) => at.width > 40);
  const apart = (a, b) => Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
  return all.flatMap(({ one, at }, n) => all.slice(n + 1, n + 6)
    .filter((next) => apart(at, next.at) < 6)
    .map((next) => `${one.innerText} | ${next.one.innerText}`));
}"""
"""Buttons so near to each other that a finger meets both."""


def words_fit(page: Page, what: str) -> None:
    """No choice of the page that is open cuts off what is chosen in it, no amount and no caption of a table is cut; and
    no two buttons touch."""
    width = page.evaluate("innerWidth")
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    for cut in (CUT_OFF, CAPTIONS_CUT, AMOUNTS_CUT, BUTTONS_TOUCH):
        assert not page.evaluate(cut), f"{what} at {width}"


def judge(page: Page, url: str) -> None:
    """A page in Vietnamese, as wide as each screen, and its words in English."""
    page.goto(url)
    for width, height in [(360, 800), (1280, 800), (800, 1280)]:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{url} at {width}"
        words_fit(page, url)
    assert not faults(page), url
    judge_words(page, url)


def judge_words(page: Page, url: str) -> None:
    """The same page in English: its words, for nothing else differs, and they are there before any script runs; those
    of a page that scripts draw are judged when they have drawn it.
    """
    speak(page, url, "en")
    if any(url.endswith(each) for each in DRAWN):
        page.reload(wait_until="domcontentloaded")
        assert not faults(page, IN_ANOTHER_LANGUAGE), f"{url} in English"
    check_page(page.request.get(url).text(), "en")
    speak(page, url, "vi")


def speak(page: Page, url: str, lang: str) -> None:
    """The language from the next page on."""
    page.context.add_cookies([{"name": "lang", "value": lang, "url": url}])


def test_what_is_touched_is_large_enough(seat: Callable[..., Page], server: Server, desk: Desk) -> None:
    page = seat("binh", viewport={"width": 360, "height": 740})
    page.goto(f"{server.url}/records/{desk.one('housing_need', 'waiting')}")
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main .btn, main select, main input:not([type=hidden])")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_an_amount_in_words_is_told_in_full_before_it_is_saved(
    seat: Callable[..., Page], server: Server, desk: Desk
) -> None:
    page, home = seat("quan"), desk.one("household", "approved")
    for path, field in ((f"/records/new/other_support?household={home}", "amount"), ("/cases/budget", "amount")):
        page.goto(server.url + path)
        for typed, told in (("50 triệu", "= 50.000.000 đồng"), ("50000000", "= 50.000.000 đồng"), ("năm mươi", "")):
            page.fill(f"[name={field}]", typed)
            expect(
                page.locator(f"output[for='{page.get_attribute(f'[name={field}]', 'id')}'].understood")
            ).to_have_text(told)


SENT_EMPTY = {
    "quan": [
        "/admin/people",
        "/admin/tokens",
        "/admin/places",
        "/admin/lists",
        "/admin/import",
        "/admin/devices/backups",
        "/admin/rules/new/programme",
        "/figures/indicators/new",
        "/reports/periods/",
    ],
    "lan": ["/records/new/household", "/password"],
    "binh": ["/review/bulk", "/review/family/{need}", "/records/{need}?queue=1"],
}
"""Pages whose first form is sent as it stands, by whom: what answers is met in no other way."""
SEND = """() => {
  const form = [...document.querySelectorAll("main form")].find((each) => each.method === "post");
  form.closest("details")?.setAttribute("open", "");
  form.noValidate = true;
  form.requestSubmit();
}"""


@pytest.mark.parametrize("who", ["quan", "lan", "binh"])
def test_axe_finds_nothing_on_what_answers_a_form(
    seat: Callable[..., Page], server: Server, desk: Desk, who: str
) -> None:
    page = seat(who)
    for path in SENT_EMPTY[who][::EACH]:
        page.set_viewport_size(TELEPHONE)
        page.goto(server.url + path.format(need=desk.one("housing_need", "waiting")))
        with page.expect_navigation():
            page.evaluate(SEND)
        fits(page, f"the answer to {path}")

"""Typing and then pressing: the press counts the first time, and what was typed is on the disk within a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.again import ALL, SOAK, asked_by
from tests.tablet.acts import send_back
from tests.tablet.conftest import Tablet
from tests.tablet.test_roster import homes

WATCH = """() => {
  window.control = window.pressed = null;
  window.addEventListener("click", (event) => {
    if (!window.control) return;
    window.pressed = event.target.closest("a, button, label, summary");
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}"""
"""Note what is pressed, and let nothing come of it: the page stays for the next press."""

CONTROLS = """(known) => {
  const all = document.querySelectorAll(":is(main, header, nav) :is(a, button, summary, label.file-button)");
  const told = (control) => control.getAttribute("aria-label") || control.textContent.trim();
  const ends = (control) => Boolean(control.closest(".step-buttons, .actions")); // what is told above them moves them
  const there = [...all].filter((one) => one.checkVisibility() && !one.disabled);
  const fresh = there.filter((one) => ends(one) || !known.includes(told(one)));
  window.controls = fresh.sort((one, other) => ends(other) - ends(one));
  return window.controls.map(told);
}"""

AIM = """(i) => {
  const control = window.controls[i];
  if (!control.isConnected) return null;
  control.scrollIntoView({ block: "center" });
  const { x, y, width, height } = control.getBoundingClientRect();
  const middle = { x: x + width / 2, y: y + height / 2 };
  Object.assign(window, { control, pressed: null });
  return control.contains(document.elementFromPoint(middle.x, middle.y)) ? middle : null;
}"""

COUNTED = """() => {
  const counted = window.pressed === window.control && window.control.isConnected;
  window.control = null;
  return counted;
}"""

A_LONG_PRESS = "() => new Promise((resolve) => setTimeout(resolve, 60))"  # while it lasts, all that is saved is saved

FIELD = """main :is(.part:not([hidden]), .block, .question, form)
  :is(input:not([type]), input[type=text], input[type=password], input[type=search], textarea):visible"""


def by_mouse(page: Page, at: dict[str, float]) -> None:
    page.mouse.move(at["x"], at["y"])
    page.mouse.down()
    page.evaluate(A_LONG_PRESS)
    page.mouse.up()


def by_finger(page: Page, at: dict[str, float]) -> None:
    page.touchscreen.tap(at["x"], at["y"])


def lost_presses(page: Page, known: set[str], press: Callable[[Page, dict[str, float]], None]) -> list[str]:
    """Type and press every control of the page that is not ``known``, each in turn; those where that did nothing."""
    fields = page.locator(FIELD)
    if not fields.count():
        return []
    told = page.evaluate(CONTROLS, sorted(known))
    lost = []
    strict = page.locator(f"{FIELD}[inputmode]").or_(page.locator(".entry-date input:visible"))
    field = strict.last if strict.count() else fields.last  # what is wrong with it is told when it is left
    for number, name in enumerate(told):
        field.focus()
        page.keyboard.type("1x")
        at = page.evaluate(AIM, number)
        if at is None:
            continue
        press(page, at)
        if not page.evaluate(COUNTED):
            lost.append(name)
    known.update(told)
    return lost


def pages_to_type_in(tablet: Tablet) -> Iterator[str]:
    """Every page that has something to type in, part by part where it has parts."""
    page = tablet.page
    tablet.open()
    page.locator("#code").wait_for()
    page.evaluate(WATCH)
    yield "enrol"
    tablet.enrol()
    page.evaluate(WATCH)
    household = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, household)
    tablet.sync()
    need = next(row for row in tablet.rows("records") if row["survey"] == "housing_need")
    tablet.offline()
    id = household["id"]
    forms = ["new/household", f"edit/{need['id']}", f"new/progress_visit/{need['values']['household']}"]
    for where in [*forms, f"new/other_support/{id}"]:
        tablet.go(f"#/{where}")
        page.locator(".step-buttons").wait_for()
        number = 0
        while page.evaluate(OPEN_PART, number):
            number += 1
            yield f"{where}, part {number}"
        page.evaluate("document.activeElement.blur()")
        tablet.go("#/")
        expect(page.locator(".step-buttons")).to_have_count(0)
    for where, there in (
        (f"members/{id}", ".roster-form"),
        (f"reply/{id}", "#reply-"),
        ("households", "#search"),
        ("people", "#pin-old"),
    ):
        tablet.go(f"#/{where}")
        page.locator(there).wait_for()
        yield where


OPEN_PART = """async (number) => {
  const details = document.querySelector(".contents");
  if (!details) return number === 0;
  const listed = new Promise((toggled) => details.addEventListener("toggle", toggled, { once: true }));
  if (!details.open) {
    details.open = true;
    await listed;
  }
  const buttons = details.querySelectorAll("button");
  buttons[number]?.click();
  return number < buttons.length;
}"""


APART = 2 if ALL else 8
"""Every second part of a form is pressed by mouse and every second by finger; with ``make test`` every eighth."""


@pytest.mark.long
def test_a_press_after_typing_counts_the_first_time_on_every_control_of_every_page(
    another: Callable[..., Tablet],
) -> None:
    tablet = another(has_touch=True, viewport={"width": 360, "height": 740})
    lost: dict[str, list[str]] = {}
    by_kind: dict[Any, set[str]] = {by_mouse: set(), by_finger: set()}
    for number, where in enumerate(pages_to_type_in(tablet)):
        for turn, (press, known) in enumerate(by_kind.items()):
            if ALL and ("part" not in where or where.endswith("part 1")):
                known.clear()  # what was pressed on one page is pressed on the next too
            if number % APART != turn * APART // 2 and not SOAK:
                continue  # pages and parts in turn by mouse and by finger, each by both with ``make soak``
            if found := lost_presses(tablet.page, known, press):
                lost[f"{where}, {press.__name__}"] = found
    assert lost == {}


def press_once(page: Page, target: Locator) -> None:
    """Down and up at one place, as a finger does: nothing is waited for, and the field is not left before."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    by_mouse(page, {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2})


@asked_by("tests/tablet/test_typing.py::test_a_press_after_typing_counts_the_first_time_on_every_control_of_every_page")
def test_what_was_just_typed_is_finished_saved_and_replied_at_the_first_press(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    tablet.offline()

    tablet.go(f"#/members/{homes(tablet)[0]}")
    page.locator("#household_member-name").press_sequentially(" Lan")  # the head is known
    press_once(page, page.get_by_role("button", name="Lưu và nhập tiếp"))
    expect(page.locator(".people li")).to_have_count(1)

    tablet.go(f"#/reply/{row['id']}")
    page.locator("#reply-").press_sequentially("Đã đếm lại")
    press_once(page, page.get_by_role("button", name="Lưu trả lời"))
    expect(page.locator(".replies").first).to_contain_text("Đã đếm lại")

    tablet.go(f"#/edit/{row['id']}")
    page.locator(".contents summary").click()
    page.locator(".contents button").last.click()
    page.locator("#household-remarks").press_sequentially("Nhà ở cuối thôn")
    press_once(page, page.get_by_role("button", name="Hoàn thành phiếu"))
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    expect(page.locator(".answers")).to_contain_text("Nhà ở cuối thôn")
    assert tablet.rows("drafts") == []


# --- on the disk within a second ---

SENTENCE = "Nhà sàn đã xuống cấp, cột mục chân, mái dột nhiều chỗ"


def composing(page: Page, field: Locator) -> Iterator[str]:
    """Put a sentence together key by key as Gboard and Telex do, one tenth of a second each, without ever ending it."""
    field.evaluate("(field) => field.focus()")
    wire = page.context.new_cdp_session(page)
    for length in range(1, len(SENTENCE) + 1):
        text = SENTENCE[:length]
        wire.send("Input.imeSetComposition", {"text": text, "selectionStart": length, "selectionEnd": length})
        page.clock.run_for(100)
        yield text


def typing(page: Page, field: Locator) -> Iterator[str]:
    """The same by a quick typist with a keyboard."""
    field.evaluate("(field) => field.focus()")
    for length, key in enumerate(SENTENCE, 1):
        page.keyboard.insert_text(key)
        page.clock.run_for(100)
        yield SENTENCE[:length]


def until_kept(tablet: Tablet, survey: str, question: str, text: str) -> None:
    """Wait until the disk has at least this of an answer that is being typed."""

    def is_kept() -> bool:
        of = [draft for draft in tablet.rows("drafts") if draft["survey"] == survey]
        said = of and (of[0]["typed"].get(question) or of[0]["answers"].get(question))
        return str(said or "").startswith(text)

    tablet.until(is_kept)


@pytest.mark.long
def test_nothing_older_than_a_second_is_lost_however_it_is_typed_and_nothing_at_all_when_the_page_goes(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    page = tablet.page
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    tablet.offline()
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))  # from here on it goes as it is told
    for where, survey, question, id, ways in (
        (f"new/other_support/{row['id']}", "other_support", "remarks", "#other_support-remarks", (composing, typing)),
        (f"members/{row['id']}", "household_member", "name", "#household_member-name", (composing,)),
        (f"reply/{row['id']}", "reply", "", "#reply-", (composing,)),
    ):
        tablet.go(f"#/{where}")
        field = page.locator(id)
        for way in ways:
            field.fill("")
            some = way(page, field)
            next(some)
            expect(page.get_by_text("Đã lưu bản nháp")).to_have_count(0)  # nothing claims that it is kept before it is
            typed = [next(some) for _tenth in range(24)]
            until_kept(tablet, survey, question, typed[13])  # the clock stands: what is not written by now never is
            typed = [next(some) for _tenth in range(10)]
            page.evaluate(HIDE)
            until_kept(tablet, survey, question, typed[-1].strip())
    page.clock.resume()
    page.close()
    again = tablet.page = tablet.watch(tablet.context.new_page())
    tablet.open()
    for name, id in (("Hỗ trợ khác", "#other_support-remarks"), ("Trả lời người duyệt", "#reply-")):
        tablet.go("#/")
        again.locator(".card-link", has=again.locator(".state-draft")).filter(has_text=name).click()
        expect(again.locator(id)).to_have_value(SENTENCE[:35])


HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""


def test_a_draft_is_called_on_its_card_by_what_was_typed_last_before_the_app_was_ended(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    tablet.offline()
    tablet.go("#/new/household")
    tablet.fill_part("household")
    tablet.next_part()
    tablet.answer("household", "head_name", "Bàn Thị")
    tablet.until(lambda: "Bàn Thị" in str(tablet.rows("drafts")))
    field = page.locator("#household-head_name")
    field.evaluate("(field) => { field.focus(); field.select(); }")
    wire = page.context.new_cdp_session(page)
    wire.send("Input.imeSetComposition", {"text": "Triệu Mùi Pham", "selectionStart": 14, "selectionEnd": 14})
    until_kept(tablet, "household", "head_name", "Triệu Mùi Pham")
    page.close()
    again = tablet.page = tablet.watch(tablet.context.new_page())
    tablet.open()
    expect(again.locator(".card-link", has=again.locator(".state-draft"))).to_contain_text("Triệu Mùi Pham")

"""Usable by anyone: on the smallest screen, with large letters, in the sun, by keyboard alone, and in Telex."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from fieldapp import i18n
from tests.again import again, so_many
from tests.axe import IN_ANOTHER_LANGUAGE, faults
from tests.tablet.acts import start_a_need_at_its_photos
from tests.tablet.conftest import FINISH, Tablet, a_photo
from tests.tablet.inside import inside
from tests.tablet.test_map import open_the_position
from tests.tablet.test_second_copy import close_the_app
from tests.tablet.test_withdrawal import SETTLE, on_the_server

SMALL = {"width": 360, "height": 740}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"color-contrast-enhanced": {"enabled": True}}}
EACH = so_many(2, 1, 1)
"""Every second view with ``make test``: what all have in common is in each."""
RULES: dict[str, dict[str, Any]] = {"vi": ALL, "en": IN_ANOTHER_LANGUAGE}

# What a finger aims at: a field that is drawn by its label is as large as that.
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
  .map((element) => element.matches("[type=radio], [type=checkbox], [type=file]") ? element.closest("label") : element)
  .filter((element) => element.checkVisibility() && !element.matches(".skip"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 48 || box.height < 48)
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""

# How far anything reaches beyond the screen, with letters twice as large.
TOO_WIDE = """() => {
  const page = document.documentElement;
  page.style.fontSize = "200%";
  const reach = (element) => Math.max(
    element.getBoundingClientRect().right - page.clientWidth,
    element.matches("input, select, textarea") ? 0 : element.scrollWidth - element.clientWidth - 1,
  );
  const beyond = [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility())
    .filter((element) => reach(element) > 1 && !element.matches(".visually-hidden, .icon, .icon *, .skip"))
    .map((element) => `${element.outerHTML.slice(0, 90)} +${Math.round(reach(element))}`);
  const scroll = page.scrollWidth - page.clientWidth;
  page.style.fontSize = "";
  return scroll > 0 ? [`the page +${scroll}`, ...beyond] : beyond;
}"""


def check(page: Page, lang: str, where: str) -> None:
    """No fault axe knows of, strong contrast, one h1; fingers hit what they aim at; nothing beyond the screen."""
    found = faults(page, RULES[lang])
    assert not found, f"{where}: {found}"
    assert page.locator("h1").count() == 1, where
    beyond = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond <= 0, f"{where}: {beyond} px wider than the screen"
    small, wide = page.evaluate(TOO_SMALL), page.evaluate(TOO_WIDE)
    assert not small, f"{where}: {small}"
    assert not wide, f"{where}, with large letters: {wide}"


def views(tablet: Tablet, lang: str) -> Iterator[str]:
    """Every view in turn, each drawn to its end."""
    page = tablet.page
    tablet.open(lang=lang)
    page.locator("#code").wait_for()
    yield "enrol"
    tablet.enrol(lang=lang)
    page.locator("#how").wait_for()
    yield "the first day"
    page.locator("#how button").click()
    expect(page.locator("#how")).to_have_count(0)
    yield "home"
    rows = tablet.rows("records")
    served = {row["values"]["household"] for row in rows if row["survey"] == "housing_need"}
    contested = next(row for row in rows if row["conflicts"])
    listed = next(row["values"]["household"] for row in rows if row["survey"] == "household_member")
    returned = str(page.locator(".card-link", has=page.locator(".state-returned")).first.get_attribute("href"))
    for name, where in {
        "what is not yet surveyed": "#/todo/unsurveyed",
        "what awaits a visit": "#/todo/awaiting",
        "the map": "#/map",
        "households": "#/households",
        "a household": f"#/record/{min(served)}",
        "two answers differ": f"#/record/{contested['id']}",
        "a household with members": f"#/record/{listed}",
        "the members of a household": f"#/members/{listed}",
        "a reply": returned.replace("record", "reply"),
        "a record that is not here": "#/record/none",
        "sync": "#/sync",
        "PIN and people": "#/people",
        "receipts": "#/receipts",
        "a draft that is not here": "#/fill/none",
    }.items():
        before = page.locator("h1").element_handle()
        tablet.go(where)
        page.wait_for_function("(before) => !before.isConnected", arg=before)
        yield name
        if name == "a household":
            yield from whole_photo(page)
    yield from forms(tablet, next(row for row in rows if row["survey"] == "household"))


def whole_photo(page: Page) -> Iterator[str]:
    """A photo over the page."""
    page.locator(".thumb-open").first.click()
    page.locator(".viewer").wait_for()
    yield "a photo over the page"
    page.keyboard.press("Escape")
    expect(page.locator(".viewer")).to_have_count(0)


def forms(tablet: Tablet, known: dict[str, Any]) -> Iterator[str]:
    """A new household that looks like one already known; errors; photos."""
    page = tablet.page
    tablet.go("#/new/household")
    page.locator(".part:visible").wait_for()
    yield "a form"
    tablet.fill_part("household")
    tablet.next_part()
    tablet.answer("household", "head_name", known["values"]["head_name"])
    tablet.answer("household", "birth_date", known["values"]["birth_date"][:4])
    page.locator("#alike").wait_for()
    yield "a household that looks like one already known"
    page.locator(".contents summary").click()
    yield "the parts of a form"
    page.locator(".contents button").last.click()
    tablet.next_part()
    expect(page.locator(".error-summary")).to_be_visible()
    yield "a form with errors"
    start_a_need_at_its_photos(tablet)
    yield "photos"


@pytest.mark.long
@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_every_view_can_be_read_reached_and_touched_on_a_small_screen_and_with_large_letters(
    tablet: Tablet, lang: str
) -> None:
    tablet.page.set_viewport_size(SMALL)
    for where in itertools.islice(views(tablet, lang), 0, None, EACH):
        check(tablet.page, lang, f"{where}, {lang}")


# Three households corrected and one form with two photos; what a server could answer to each, as the tablet keeps it.
WORK_DONE = inside("""
  const names = ["records/records.js", "records/drafts.js", "store/photos.js"];
  const [records, drafts, photos] = await Promise.all(names.map(load));
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  const tablet = { store, session, forms };
  const rows = await store.all("records");
  const homes = rows.filter(({ survey }) => survey === "household").slice(0, 3);
  for (const home of homes) await records.settle(tablet, home, { members: 9 });
  const { values, area } = rows.find(({ survey }) => survey === "housing_need");
  const canvas = new OffscreenCanvas(640, 480);
  canvas.getContext("2d").fillRect(0, 0, 600, 400);
  const draft = await drafts.begin(tablet, { survey: "housing_need", area, answers: { ...values, photo_front: null } });
  const file = new File([await canvas.convertToBlob({ type: "image/jpeg" })], "nha.jpg");
  const taken = await photos.take(file);
  draft.answers.photo_front = [taken.name];
  await drafts.addPhoto(tablet, draft, taken, () => draft.answers);
  await records.finish(tablet, draft, draft.answers);
  const at = new Date().toISOString();
  const answers = [
    { verdict: "held", reason: "area", message: given.said }, { verdict: "bad", reason: "float", message: given.said },
    { verdict: "stored", fate: "excluded", message: given.said }, { verdict: "stored" },
  ];
  const made = (await store.all("changes")).filter(({ receipt }) => !receipt).sort((one, other) => one.seq - other.seq);
  await store.write(["changes", "photos"], (put) => {
    const receipt = (i) => ({ at, batch: null, ...answers[i] });
    for (const [i, change] of made.entries()) put("changes").put({ ...change, receipt: receipt(i) });
  });
  const [photo] = await store.bare("photos");
  const refused = { code: "bad_part", message: given.said, at };
  await store.write(["photos"], (put) => put("photos").amend(photo.sha256, { refused }));
  return [...homes.map(({ id }) => id), draft.record];
""")
BREAK = inside("store.bare = store.all = store.get = () => Promise.reject(new Error('tried'));")
NEWER = """new Promise((done) => { indexedDB.open("fieldapp", 99).onsuccess = ({ target }) => {
  target.result.close();
  done(true);
}; })"""


def worked(tablet: Tablet, lang: str) -> Iterator[str]:
    """What is seen only where work was done, and where something is wrong."""
    page = tablet.page
    tablet.enrol(lang=lang)
    page.locator("#how button").click()
    rows = tablet.rows("records")
    member = next(row for row in rows if row["survey"] == "household_member")
    tablet.offline()
    on_the_server(tablet, member["id"], {"_withdrawn": True}, member["heads"])
    tablet.page.evaluate(SETTLE, {"id": member["id"], "answers": {"name": "Nông Thị Anh"}})
    tablet.offline(False)
    tablet.sync()
    tablet.offline()
    held, refused, excluded, with_photo = page.evaluate(WORK_DONE, {"said": "Một quản trị viên sẽ quyết định."})
    visited = {row["values"]["household"] for row in rows if row["survey"] == "progress_visit"}
    needing = [row["values"]["household"] for row in rows if row["survey"] == "housing_need"]
    served = next(household for household in needing if household not in visited)  # nothing is built
    for name, (where, there) in {
        "what was returned": ("#/todo/returned", ".card-link .state-returned"),
        "what is held": (f"#/record/{held}", ".fate"),
        "what is refused": (f"#/record/{refused}", ".fate"),
        "what was taken out again": (f"#/record/{excluded}", ".fate"),
        "a photo that was refused": (f"#/record/{with_photo}", ".photo-stage .state-refused"),
        "withdrawn by one, changed by another": (f"#/record/{member['id']}", ".rivals"),
        "sync with what was refused": ("#/sync", ".photos-when .notice-warning"),
        "a form that is there already": (f"#/new/housing_need/{served}", "a[href^='#/another/']"),
        "receipts with work": ("#/receipts", ".receipts .state-held"),
    }.items():
        anew(tablet, where)
        page.locator(there).first.wait_for()
        yield name
    day = str(page.locator("a[href^='#/proof/']").first.get_attribute("href")).rpartition("/")[2]
    for name, where in {"receipts of a day": f"#/receipts/{day}", "the proof of a day": f"#/proof/{day}"}.items():
        anew(tablet, where)
        yield name
    anew(tablet, f"#/another/housing_need/{served}")
    page.locator(".part:visible").wait_for()
    yield "another form"
    yield from on_the_plan(tablet)
    yield from broken(tablet, lang)


def anew(tablet: Tablet, where: str) -> None:
    before = tablet.page.locator("h1").element_handle()
    tablet.go(where)
    tablet.page.wait_for_function("(before) => !before.isConnected", arg=before)


def on_the_plan(tablet: Tablet) -> Iterator[str]:
    """The plan of the houses in a form, with a pin."""
    _row, box = open_the_position(tablet)
    box.locator(".on-plan summary").click()
    box.locator(".on-plan .map svg").click()
    box.locator(".on-plan button").wait_for()
    yield "a pin on the plan"


def broken(tablet: Tablet, lang: str) -> Iterator[str]:
    """The app cannot read its storage; and it does not start."""
    tablet.page.evaluate(BREAK)
    anew(tablet, "#/households")
    yield "something went wrong"
    tablet.faults.clear()  # whatever else wanted to read just then
    close_the_app(tablet)
    assert tablet.page.evaluate(NEWER)
    tablet.open(lang=lang)
    tablet.page.locator("#starting + div button").wait_for()
    yield "the app does not start"


@pytest.mark.long
@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_what_is_seen_where_work_was_done_and_where_something_is_wrong_is_as_usable(tablet: Tablet, lang: str) -> None:
    tablet.page.set_viewport_size(SMALL)
    for where in itertools.islice(worked(tablet, lang), 0, None, EACH):
        check(tablet.page, lang, f"{where}, {lang}")


IN_THE_BAR = """(texts) => {
  const [bar, state, lock] = [".top", "#sync-state", "#lock"].map((name) => document.querySelector(name));
  state.hidden = lock.hidden = false;
  return texts.map((text) => {
    state.innerHTML = '<svg viewBox="0 0 24 24" class="icon"></svg>';
    state.append(text);
    return [bar.getBoundingClientRect().height, innerWidth - lock.getBoundingClientRect().right];
  });
}"""


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_the_bar_is_one_line_on_a_small_screen_whatever_it_says(tablet: Tablet, lang: str) -> None:
    tablet.page.set_viewport_size(SMALL)
    tablet.open(lang=lang)
    tablet.page.locator("#code").wait_for()
    i18n.use(lang)
    states = [i18n.gettext(text) for text in ("Syncing…", "Not synced yet", "No network", "All sent")]
    states.append(i18n.ngettext("%(n)s waiting", "%(n)s waiting", 99))
    assert tablet.page.evaluate(IN_THE_BAR, states) == [[56, 16]] * 5


# --- by keyboard alone ---

# Where the keyboard stands: what kind of thing, and of which question.
STANDS = """() => {
  const { activeElement: here } = document;
  const box = here.closest("[data-question]");
  return { tag: here.tagName, type: here.type ?? "", text: here.innerText ?? "", value: here.value ?? "",
    href: here.getAttribute("href") ?? "", question: box?.dataset.question ?? "", kind: box?.dataset.kind ?? "",
    required: Boolean(box?.querySelector(".must")), none: Boolean(box?.querySelector("[value=khong]")),
    answered: Boolean(box?.querySelector(":checked:not(option)")) };
}"""
TYPED = {"date": "01/08/2026", "integer": "0", "money": "0", "decimal": "24,5"}


class Keyboard:
    """A person without a mouse and without a finger."""

    def __init__(self, tablet: Tablet, photo: Path) -> None:
        self.page = tablet.page
        self.done: set[str] = set()
        self.page.on("filechooser", lambda chooser: chooser.set_files(photo))

    def stands(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(STANDS)
        return found

    def reach(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Press Tab until it stands there."""
        for _step in range(80):
            self.page.keyboard.press("Tab")
            if wanted(here := self.stands()):
                return here
        raise AssertionError("the keyboard never came there")

    def open(self, words: str) -> None:
        self.reach(lambda here: here["tag"] in ("A", "BUTTON") and words in here["text"])
        self.page.keyboard.press("Enter")

    def fill_part(self, leave: str = "") -> str:
        """Answer what is required, from where it stands to the button of the part, and press that: what it said."""
        while True:
            here = self.reach(lambda here: bool(here["question"]) or here["text"] in (*FINISH, "Phần tiếp theo"))
            if not here["question"]:
                self.page.keyboard.press("Enter")
                return str(here["text"])
            if here["question"] not in {*self.done, leave} and here["required"]:
                self.answer(here)

    def answer(self, here: dict[str, Any]) -> None:
        if here["answered"] or (here["type"] == "checkbox" and here["none"] and here["value"] != "khong"):
            return
        self.done.add(here["question"])
        if here["type"] in ("radio", "checkbox"):
            self.page.keyboard.press("Space")
        elif here["tag"] == "SELECT":
            self.page.keyboard.press("ArrowDown")
        elif here["kind"] != "photo":
            self.page.keyboard.type(TYPED.get(here["kind"], "Ghi thử"))


def test_a_progress_visit_is_filled_from_the_list_to_the_end_by_keyboard_alone(tablet: Tablet, tmp_path: Path) -> None:
    tablet.enrol()
    page = tablet.page
    tablet.offline()
    expect(page.locator("h1")).to_be_focused()
    keyboard = Keyboard(tablet, a_photo(tmp_path, size=(640, 480)))
    keyboard.reach(lambda here: "Lần kiểm tra trước" in here["text"])
    page.keyboard.press("Enter")
    page.locator(".actions a[href^='#/new/progress_visit']").wait_for()
    keyboard.open("Lập phiếu kiểm tra tiến độ")
    page.locator(".part:visible").wait_for()
    while keyboard.fill_part(leave="photos") not in FINISH:
        expect(page.locator(".part:visible .part-title")).to_be_focused()

    # the photo is missing: the summary has the keyboard, and its link leads to the question
    expect(page.locator(".error-summary")).to_be_focused()
    keyboard.reach(lambda here: here["tag"] == "A" and here["href"] == "#progress_visit-photos")
    page.keyboard.press("Enter")
    assert keyboard.stands()["question"] == "photos"
    keyboard.reach(lambda here: here["type"] == "file")
    page.keyboard.press("Enter")
    expect(tablet.question("progress_visit", "photos").locator(".thumb")).to_have_count(1)
    assert keyboard.fill_part() in FINISH
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    [change] = tablet.rows("changes")
    assert change["survey"] == "progress_visit"


def test_a_sync_that_draws_the_page_anew_leaves_the_keyboard_where_it_was(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    card = page.locator(".card-link").last
    card.focus()
    before = tablet.synced_at()
    old = card.element_handle()
    page.evaluate("dispatchEvent(new Event('online'))")
    tablet.until(lambda: tablet.synced_at() > before)
    page.wait_for_function("(old) => !old.isConnected", arg=old)
    expect(card).to_be_focused()


# --- Telex ---

LONGER = "() => new Promise((resolve) => setTimeout(resolve, 400))"  # than the app waits before it keeps what was typed


def compose(field: Locator, steps: list[str]) -> Any:
    """Put a word together in a field as an input method does, without ending it; gives what ends it."""
    field.focus()
    wire = field.page.context.new_cdp_session(field.page)
    for step in steps:
        place = {"selectionStart": len(step), "selectionEnd": len(step)}
        wire.send("Input.imeSetComposition", {"text": step, **place})
    return lambda text: wire.send("Input.insertText", {"text": text})


def test_a_word_that_telex_puts_together_is_neither_judged_nor_kept_before_it_is_whole(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.fill_part("household")
    tablet.next_part()
    name = tablet.page.locator("#household-head_name")
    name.fill("Nguyễn Văn ")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"].get("head_name") == "Nguyễn Văn")
    end = compose(name, ["t", "tu", "tươ", "tươn", "tương"])
    tablet.page.evaluate(LONGER)
    expect(name).to_have_value("Nguyễn Văn tương")
    assert tablet.rows("drafts")[0]["answers"]["head_name"] == "Nguyễn Văn"
    end("Tường")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"]["head_name"] == "Nguyễn Văn Tường")
    expect(name).to_have_value("Nguyễn Văn Tường")
    expect(name).to_be_focused()

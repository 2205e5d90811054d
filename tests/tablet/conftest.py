"""A tablet in a test: a real Chromium, a real node, and steps named as an enumerator would name them."""

from __future__ import annotations

import functools
import io
import json
import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Geolocation, Page, expect

from fieldapp import create_app, intake, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from tests.conftest import PATIENCE_MS, PROFILE, Entrance, Server
from tests.once import made_once
from tests.tablet.inside import copied
from tests.tablet.profile import ALLOWED, Enrolled, Profile, journal_of, lay_out, taken_up

HERE: Geolocation = {"latitude": 22.1471, "longitude": 105.8348, "accuracy": 12}

READ = """async ({ name, only }) => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const rows = await new Promise((resolve) => {
    const request = database.transaction(name).objectStore(name).getAll(only);
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  const all = await Promise.all(rows.map((row) => (window.unboxed ? window.unboxed(name, row) : row)));
  const told = all.map(({ bytes, thumb, ...row }) => ({ ...row, bytes: bytes?.byteLength ?? bytes }));
  return JSON.stringify(told, (_name, value) => value ?? null);
}"""
"""Every row of a store as text, or the row of one key, whole where the app is unlocked; the key of the store is what
``KEEP_KEY`` has overheard. A text is taken over as it is: Playwright looks at each part of any other value, here, in
the page and on the way between.
"""

KEEP_KEY = """(() => {
  if (!globalThis.SubtleCrypto) return;
  const { generateKey, unwrapKey, deriveKey } = SubtleCrypto.prototype;
  const kept = (made) => made.then((key) => (key.type === "secret" ? (window.overheard = key) : key));
  SubtleCrypto.prototype.generateKey = function (...given) { return kept(generateKey.apply(this, given)); };
  SubtleCrypto.prototype.unwrapKey = function (...given) { return kept(unwrapKey.apply(this, given)); };
  SubtleCrypto.prototype.deriveKey = function (how, ...given) {
    const few = how.name === "PBKDF2" ? { ...how, iterations: 1000 } : how;
    return deriveKey.call(this, few, ...given);
  };
  window.unboxed = async (name, { box, ...open }) => {
    if (!box || !window.overheard) return open;
    const place = [name, open[{ meta: "name", photos: "sha256", thumbs: "sha256" }[name] ?? "id"], 1].join("|");
    const how = { name: "AES-GCM", iv: new Uint8Array(box, 0, 12), additionalData: new TextEncoder().encode(place) };
    const bytes = await crypto.subtle.decrypt(how, window.overheard, new Uint8Array(box, 12));
    const text = (part) => JSON.parse(new TextDecoder().decode(part));
    const length = name === "photos" || name === "thumbs" ? new DataView(bytes).getUint32(0) : 0;
    const rest = length ? { ...text(new Uint8Array(bytes, 4, length)), thumb: bytes.slice(4 + length) } : text(bytes);
    const row = { ...open, ...rest };
    const pairs = ([ids, questions]) => questions.map((question) => [question, ids]);
    if (name === "records") row.heads = Object.fromEntries(row.heads.flatMap(pairs));
    for (const part of ["receipt", "earlier"]) if (open[part]) row[part] = { ...open[part], ...rest[part] };
    return row;
  };
})()"""
"""Overhear the key of the store, so that a test can look into it; and make a key of a PIN in no time."""

PIN = "72946183"
TYPE_PIN = """(() => {
  const type = (form, ids) => {
    for (const id of ids) {
      const field = form.querySelector(`#${id}`);
      field.value = "THE PIN";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    form.querySelector("button[type=submit]").click();
  };
  const look = () => {
    const form = document.querySelector("main form");
    if (!form || form.dataset.typed) return;
    if (form.querySelector("#pin")) { form.dataset.typed = "yes"; setTimeout(() => type(form, ["pin"])); }
    if (form.querySelector("#pin-new") && !form.querySelector("#pin-old")) {
      form.dataset.typed = "yes";
      setTimeout(() => type(form, ["pin-new", "pin-again"]));
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})()""".replace("THE PIN", PIN)
"""Somebody who chooses this PIN when asked to, and types it whenever the app is locked."""


FILL_PART = """async ({ usual, byKind }) => {
  const told = (field, ...names) => names.forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })));
  const enter = (field, value) => {
    field.focus();
    field.value = value;
    told(field, "input", "change");
    field.blur();
  };
  const choose = (boxes, value) => boxes.find((field) => field.value === value && !field.checked)?.click();
  const asIs = ({ type, checked, value }) => (type === "radio" || type === "checkbox" ? checked : value);
  const isEmpty = (box) => !box.hidden && box.querySelector(".must") && ![...box.querySelectorAll("[name]")].some(asIs);
  const answer = (box, given) => {
    const none = { yes_no: "no", many_of: "khong" }[box.dataset.kind];
    const [choices, select] = [[...box.querySelectorAll("[type=radio], [type=checkbox]")], box.querySelector("select")];
    const codes = choices.map(({ value }) => value);
    if (select) enter(select, given ?? select.options[1].value);
    else if (choices.length) choose(choices, given ?? (codes.includes(none) ? none : codes[0]));
    else enter(box.querySelector("input.form-control, textarea"), given ?? "Ghi thử");
  };
  const done = new Set();
  for (;;) {
    await new Promise((then) => setTimeout(then)); // what an answer brings up waits for the press to end
    const left = [...document.querySelectorAll(".part:not([hidden]) [data-question]")].filter(
      ({ dataset: { kind, question } }) => !["photo", "point", "reference"].includes(kind) && !done.has(question),
    );
    const box = left.find(isEmpty);
    if (!box) return;
    done.add(box.dataset.question);
    answer(box, usual[box.dataset.question] ?? byKind[box.dataset.kind]);
  }
}"""
"""Answer what is required and empty, in the way its kind asks for; what an answer brings up as well."""

USUAL = {
    "head_name": "Triệu Văn Tường",
    "birth_date": "1971",
    "id_document": "khong",
    "whose_phone": "khong",
    "members": "4",
    "class_year": "2025",
    "built_year": "1998",
    "wanted_year": "2027",
}


BY_KIND = {"integer": "0", "money": "0", "decimal": "24,5", "date": "01/08/2026"}
FINISH = ("Hoàn thành phiếu", "Finish this form")


def code_for(server: Server, username: str = "lan") -> str:
    """A one-time code for a person, as an administrator hands it out."""
    with server.app.app_context():
        begin_writing()  # a tablet may be sending just now
        account = db.session.scalars(sa.select(Account).where(Account.username == username)).one()
        code = people.enrolment_code(account, datetime.now(UTC))
        db.session.commit()
    return code


def a_photo(folder: Path, name: str = "nha.png", shade: int = 90, size: tuple[int, int] = (1760, 1320)) -> Path:
    """A picture larger than the app keeps, different for each shade."""
    path = folder / name
    path.write_bytes(_drawn(path.suffix, shade, size))
    return path


@functools.cache
def _drawn(suffix: str, shade: int, size: tuple[int, int]) -> bytes:
    """A file of such a picture: half a second of a processor, and most tests ask for the same one."""
    image = Image.effect_mandelbrot(size, (-1.5 - shade / 1000, -1.0, 0.5, 1.0), 40).convert("RGB")
    image.paste((shade, 80, 60), (100, 100, 700, 500))
    file = io.BytesIO()
    image.save(file, Image.registered_extensions()[suffix])
    return file.getvalue()


def counted(server: Server, record: str, change: str) -> int:
    """How often a change counts on the server."""
    with server.app.app_context():
        history = intake.journal().history(record)
        db.session.remove()
    return [entry.change.id for entry in history if entry.counts].count(change)


class Tablet:
    """One tablet with the app open. What goes wrong in the page fails the test."""

    def __init__(
        self, context: BrowserContext, server: Server, types_pin: bool = True, profile: Profile | None = None
    ) -> None:
        """``profile``: whose ``context`` it is; in that one a test can look into the store already, and somebody types
        the PIN if ``types_pin``.
        """
        self.context, self.server = context, server
        self.faults: list[str] = []
        self.enrolled = profile.enrolled if profile else None
        self.types_pin = types_pin
        if profile is None:
            prepare(context, types_pin)
        self.page: Page = self.watch(context.pages[0] if context.pages else context.new_page())

    def watch(self, page: Page) -> Page:
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self._overheard(said.text))
        return page

    def _overheard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text)

    # --- getting there ---

    def open(self, where: str = "", lang: str = "vi") -> None:
        self.page.goto(f"{self.server.url}/app/{'?lang=en' if lang == 'en' else ''}{where}")

    def enrol(self, lang: str = "vi") -> None:
        """Be a tablet that Lan has connected: the villages are here, and the app can open without network."""
        if not self.enrolled or self.enrolled.journal != journal_of(self.server):
            self.enrol_by_hand(lang=lang)
            return
        lay_out(self.page, self.server, self.enrolled)
        self.open(lang=lang)
        if not self.types_pin:
            self.page.locator("#pin").fill(PIN)
            self.page.locator("main form button[type=submit]").click()
        self.page.locator("#tabs a").first.wait_for()
        before = self.enrolled.synced_at
        self.until(lambda: self.synced_at() != before)  # later, or earlier by a clock that a test has set back
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def enrol_by_hand(self, username: str = "lan", lang: str = "vi") -> None:
        """Connect with a fresh code, and wait until the villages are here and the app can open without network."""
        self.open(lang=lang)
        self.page.locator("#code").fill(code_for(self.server, username))
        self.page.locator("main form button[type=submit]").click()
        self.page.locator("#tabs a").first.wait_for()
        self.wait_synced()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def wait_synced(self, after: str = "") -> None:
        """Until a sync has ended well, later than the one of ``after``."""
        self.until(lambda: self.synced_at() > after)

    def go(self, where: str) -> None:
        """Follow an address inside the app."""
        self.page.evaluate("(hash) => { location.hash = hash; }", where)

    def offline(self, off: bool = True) -> None:
        self.context.set_offline(off)

    def sync(self) -> None:
        """Press the button, and wait for the end of it."""
        self.go("#/sync")
        button = self.page.get_by_role("button", name=re.compile("Đồng bộ ngay|Sync now"))
        expect(button).to_be_enabled()  # no earlier sync is under way: a later end is that of this one
        before = self.synced_at()
        button.click()
        self.until(lambda: self.synced_at() > before)

    def synced_at(self) -> str:
        return next((str(row["value"]) for row in self.rows("meta", "synced_at")), "")

    # --- looking ---

    def rows(self, store: str, only: str | None = None) -> list[dict[str, Any]]:
        """Everything in one store of the tablet, or the row of one key if there is one, bytes as their length."""
        found: list[dict[str, Any]] = json.loads(self.page.evaluate(READ, {"name": store, "only": only}))
        return found

    def delivered(self, *ids: str) -> list[dict[str, Any]]:
        """The changes made here, or those of these ids, in their order: each has its receipt, and counts on the server
        exactly once. A change whose answer got lost on the way goes again and is answered "duplicate"; a test that
        asks for "stored" asks how often the line broke.
        """
        made = sorted(self.rows("changes"), key=lambda change: int(change["seq"]))
        asked = [change for change in made if not ids or change["id"] in ids]
        for change in asked:
            assert (change["receipt"] or {}).get("verdict") in ("stored", "duplicate"), change
            assert counted(self.server, change["record"], change["id"]) == 1, change
        return asked

    def until(self, happened: Callable[[], bool], seconds: float = PATIENCE_MS / 1000) -> None:
        """Wait for what no element shows; a row that is asked for by its place may not be there yet."""
        for _step in range(int(seconds * 20)):
            with suppress(IndexError):
                if happened():
                    return
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not happen in time")

    # --- filling ---

    def question(self, survey: str, name: str) -> Any:
        return self.page.locator(f"#{survey}-{name}-question")

    def answer(self, survey: str, name: str, value: str | bool | list[str]) -> None:
        """Answer a question in the way its kind asks for."""
        box = self.question(survey, name)
        kind = box.get_attribute("data-kind")
        if isinstance(value, bool):
            box.locator(f"input[value={'yes' if value else 'no'}]").check()
        elif isinstance(value, list):
            for code in value:
                box.locator(f"input[value='{code}']").check()
        elif kind == "one_of" and box.locator("select").count() == 0:
            box.locator(f"input[value='{value}']").check()
        elif box.locator("select").count():
            box.locator("select").select_option(value)
        else:
            field = box.locator("input.form-control, textarea").first
            field.fill(value)
            field.blur()

    def next_part(self) -> None:
        """Next part, or on the last part: finish."""
        self.page.locator(".step-buttons .btn-primary:visible").click()

    def fill_part(self, survey: str, given: dict[str, Any] | None = None) -> None:
        """Answer every required question of the part that is shown, those that appear on the way as well."""
        # The form before stays on the screen until its draft is on the disk.
        self.page.locator(f".part:visible [id^={survey}-]:visible").first.wait_for()
        self.page.evaluate(FILL_PART, {"usual": {**USUAL, **(given or {})}, "byKind": BY_KIND})

    def fill_rest(self, survey: str, given: dict[str, Any] | None = None) -> None:
        """Go through all parts that are left and finish the form, whatever the app asks back."""
        while True:
            self.fill_part(survey, given)
            last = self.page.locator(".step-buttons .btn-primary:visible").inner_text() in FINISH
            self.next_part()
            if last:
                self.confirm_all()
                return

    def confirm_all(self) -> None:
        """A form was just finished: say that all is right that the app asks back."""
        self.page.locator(".error-summary:visible, #alike:visible, #main:not(:has(.step-buttons))").first.wait_for()
        asked = self.page.locator(".asking:visible button")
        while asked.count():
            asked.first.click()

    def add_photo(self, survey: str, name: str, path: Path) -> None:
        box = self.question(survey, name)
        before = box.locator(".thumb").count()
        box.locator("input[type=file]").last.set_input_files(path)
        expect(box.locator(".thumb")).to_have_count(before + 1)


def prepare(context: BrowserContext, types_pin: bool = True) -> BrowserContext:
    """Let a test look into the store of each app that is opened here; and somebody type the PIN."""
    context.add_init_script(KEEP_KEY)
    if types_pin:
        context.add_init_script(TYPE_PIN)
    return context


@pytest.fixture(scope="session")
def enrolled(
    browser: Browser, entrance: Entrance, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Enrolled:
    """Lan's tablet as it is when it has just been enrolled."""

    def make(folder: Path) -> None:
        app = create_app(Config(instance=shutil.copytree(template, folder / "instance"), testing=True))
        entrance.lead_to(app)
        context = browser.new_context(**PROFILE)
        tablet = Tablet(context, entrance.server)
        tablet.enrol_by_hand()
        tablet.until(lambda: bool(copied(tablet, "tablet")))
        (folder / "enrolled").write_bytes(pickle.dumps(taken_up(tablet.page, tablet.server, tablet.synced_at())))
        context.close()
        entrance.lead_to(None)
        with app.app_context():
            db.engine.dispose()

    kept = made_once(tmp_path_factory, "enrolled", make) / "enrolled"
    return cast(Enrolled, pickle.loads(kept.read_bytes()))


@pytest.fixture(scope="session")
def profile(browser: Browser, enrolled: Enrolled) -> Iterator[Profile]:
    """The browser profile that the tablets of this worker have one after the other."""

    def new() -> BrowserContext:
        return prepare(browser.new_context(**PROFILE, permissions=ALLOWED, geolocation=HERE))

    made = Profile(new, HERE, enrolled)
    yield made
    made.end()


@pytest.fixture(scope="session")
def profile_of_nobody(browser: Browser, enrolled: Enrolled) -> Iterator[Profile]:
    """Another one, in which nobody types the PIN."""

    def new() -> BrowserContext:
        return prepare(browser.new_context(**PROFILE, permissions=ALLOWED, geolocation=HERE), types_pin=False)

    made = Profile(new, HERE, enrolled)
    yield made
    made.end()


@pytest.fixture
def locked(profile_of_nobody: Profile, server: Server) -> Iterator[Tablet]:
    """A tablet with nothing stored, on which nobody types the PIN but the test."""
    made = Tablet(profile_of_nobody.begin(server), server, types_pin=False, profile=profile_of_nobody)
    yield made
    profile_of_nobody.finish(server)
    assert not made.faults, made.faults


@pytest.fixture
def tablet(profile: Profile, server: Server) -> Iterator[Tablet]:
    """A tablet with nothing stored, its app not opened yet, with GPS allowed. It may have been opened there before:
    what is to be seen the first time only takes a ``new_tablet``.
    """
    made = Tablet(profile.begin(server), server, profile=profile)
    yield made
    profile.finish(server)
    assert not made.faults, made.faults


@contextmanager
def reached_by(url: str, app: Flask, context: BrowserContext) -> Iterator[Tablet]:
    """A tablet that reaches the server of this application by one address alone, that of a line."""
    by_line: Any = SimpleNamespace(url=url, app=app)
    made = Tablet(context, by_line)
    yield made
    assert not made.faults, made.faults


@pytest.fixture
def another(
    visit: Callable[..., BrowserContext], server: Server, enrolled: Enrolled
) -> Iterator[Callable[..., Tablet]]:
    """A tablet that was never here before, with GPS allowed and more that a browser is given as it begins:
    ``another(has_touch=True)``. It may be enrolled as ``tablet`` is.
    """
    made: list[Tablet] = []

    def new(**options: Any) -> Tablet:
        made.append(Tablet(visit(permissions=ALLOWED, geolocation=HERE, **options), server))
        made[-1].enrolled = enrolled
        return made[-1]

    yield new
    assert not [fault for tablet in made for fault in tablet.faults]


@pytest.fixture
def new_tablet(visit: Callable[..., BrowserContext], server: Server) -> Iterator[Tablet]:
    """A tablet that was never here before, with GPS allowed."""
    made = Tablet(visit(permissions=["geolocation"], geolocation=HERE), server)
    yield made
    assert not made.faults, made.faults

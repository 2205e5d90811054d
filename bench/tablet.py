"""How quick the tablet app is on a slow tablet, as a person waits for it, and how that grows with the households."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, sync_playwright

from bench.figures import Figure, Section
from bench.served import served
from bench.tablet_province import COMMUNE, LIVED, name_of, province
from bench.tablet_throttle import Throttle
from fieldapp import people
from fieldapp.db import db
from fieldapp.web.tablet.shell import shell
from tests.browser import launch_options

TIMES = 6
CALIBRATIONS = 5
DOWNLOADED = 2_000
SIZES = (1_000, 5_000, 20_000)
TYPED = "nguyen van"
PIN = "72946183"
FINGER_MS = 300
"""From one digit of a PIN to the next. The rest of the app loads meanwhile."""
OPENINGS, SAVES, PHOTOS = 3, 4, 4
PHOTO = (3264, 2448)
"""Eight million pixels: the camera of a cheap tablet."""
LIST_MS, SEARCH_MS, NEXT_MS, SAVE_MS, PHOTO_MS, DOWNLOAD_S, TASK_MS, SHELL_KB = 2000, 100, 100, 150, 300, 20, 200, 300

SAID = """The installed app in Chromium, whose processes are stopped five sixths of the time, so that every thread is
{times} times slower; the server is not. Everything from the event to the painted page, without network but for the
download; medians, and of letters, parts and tasks the slowest too. The first {lived:,} households have their history:
needs, visits and decisions; the others are registered only."""


def tablet(folder: Path) -> Section:
    """Milliseconds a person waits."""
    sizes = sorted({DOWNLOADED, *SIZES})
    app = province(folder / "tablet", sizes)
    photos = [a_photo(folder / f"photo-{n}.jpg", n) for n in range(PHOTOS)]
    with served(folder / "tablet") as client, sync_playwright() as playwright:
        bench = Bench(folder, app, client, playwright, photos)
        with app.test_request_context():
            figures: list[Figure] = [("shell, compressed KB" + most(SHELL_KB), shell().compressed / 1000)]
        for measured in (bench.download(), *map(bench.size, SIZES)):
            for name, value in measured:
                print(f"{name}: {value}", file=sys.stderr, flush=True)
                figures.append((name, value))
        figures += [("longest task, ms" + most(TASK_MS), max(bench.tasks))]
    return Section("The tablet", SAID.format(times=TIMES, lived=LIVED * COMMUNE), (*bench.machine(), *figures))


def most(limit: float) -> str:
    """What a figure is held to, behind its name."""
    return f" (at most {limit:,.0f})"


def a_photo(path: Path, shade: int) -> Path:
    """A picture as large as a camera's, as hard to compress as a house among trees."""
    noise = Image.effect_noise((PHOTO[0] // 8, PHOTO[1] // 8), 60 + shade).resize(PHOTO, Image.Resampling.BICUBIC)
    Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise)).save(path, quality=90)
    return path


@dataclass
class Bench:
    """What is shared by all sizes."""

    folder: Path
    app: Flask
    client: httpx.Client
    playwright: Playwright
    photos: Sequence[Path]
    tasks: list[float] = field(default_factory=list)
    slower: list[float] = field(default_factory=list)

    def download(self) -> Iterator[Figure]:
        """The first download, slowed, from the one-time code to a tablet that has everything."""
        with self.started(DOWNLOADED) as slow:
            seconds = slow.enrol(throttled=True) / 1000
            yield f"first download of {DOWNLOADED:,} households, s" + most(DOWNLOAD_S), seconds

    def size(self, size: int) -> Iterator[Figure]:
        """Everything there is to wait for with so many households."""
        of = f"with {size:,} households, ms"
        with self.started(size) as slow:
            slow.enrol(throttled=False)
            slow.context.set_offline(True)
            yield f"open to the list {of}" + (most(LIST_MS) if size == 5_000 else ""), slow.open("#/households", LIST)
            yield f"open to what is to do {of}", slow.open("", TO_DO)
            letters = slow.search()
            yield f"a letter of a search {of}" + most(SEARCH_MS), statistics.median(letters)
            yield f"slowest letter {of}", max(letters)
            parts, saves = slow.edit_households()
            kept, shown = zip(*saves, strict=True)
            yield f"next part {of}" + most(NEXT_MS), statistics.median(parts)
            yield f"slowest part {of}", max(parts)
            yield f"save a record, until it is on the disk, {of}" + most(SAVE_MS), statistics.median(kept)
            yield f"save a record, until it is shown as saved, {of}", statistics.median(shown)
            seen, safe = zip(*slow.photos(self.photos), strict=True)
            yield f"a photo, until it is seen, {of}" + most(PHOTO_MS), statistics.median(seen)
            yield f"a photo, until it is on the disk and shown as kept, {of}", statistics.median(safe)

    @contextmanager
    def started(self, size: int) -> Iterator[Slow]:
        """A browser with an empty profile of its own."""
        profile = self.folder / f"profile-{size}"
        shutil.rmtree(profile, ignore_errors=True)
        context = self.playwright.chromium.launch_persistent_context(
            profile,
            headless=True,
            locale="vi-VN",
            viewport={"width": 800, "height": 1280},
            **launch_options(whole=True),
        )
        context.add_init_script(path=Path(__file__).with_suffix(".js"))
        context.set_default_timeout(300_000)
        try:
            slow = Slow(self, context, Throttle(profile, TIMES), size)
            slow.calibrate()
            yield slow
        finally:
            context.close()

    def code(self, size: int) -> str:
        """A one-time code of who sees so many."""
        with self.app.app_context():
            account = people.by_username(name_of(size))
            assert account is not None
            code = people.enrolment_code(account, datetime.now(UTC))
            db.session.commit()
        return code

    def machine(self) -> Iterator[Figure]:
        """How slow it was in truth."""
        yield "every thread slower, times", statistics.median(self.slower)


@dataclass
class Slow:
    """One tablet."""

    bench: Bench
    context: BrowserContext
    throttle: Throttle
    size: int

    @property
    def page(self) -> Page:
        return self.context.pages[-1]

    def enrol(self, throttled: bool) -> float:
        """Connect, choose a PIN and download everything; milliseconds from the PIN on. The shell is installed then.

        The PIN is chosen by a slow tablet in any case: it makes as many rounds of a PIN as it can bear.
        """
        self.begin()
        self.page.goto(f"{self.bench.client.base_url}/app/?lang=en")
        self.page.locator("#code").fill(self.bench.code(self.size))
        self.page.locator("main form button[type=submit]").click()
        for typed in ("#pin-new", "#pin-again"):
            self.page.locator(typed).fill(PIN)
        there = "() => /All sent/.test(document.getElementById('sync-state').textContent)"
        self.expect("click", there)
        with self.throttle:
            self.page.locator("main form button[type=submit]").click()
            self.page.locator("#tabs a").first.wait_for()
            if throttled:
                took = self.told()
                self.count_tasks()
        if not throttled:
            took = self.told()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return took

    def open(self, where: str, there: str) -> float:
        """Begin anew, as from the home screen: until the PIN can be typed, and from the PIN on; the median of some."""
        return statistics.median(self._open(where, there) for _time in range(OPENINGS))

    def _open(self, where: str, there: str) -> float:
        self.begin()
        self.measure_slowness()
        with self.throttle:
            self.page.goto(f"{self.bench.client.base_url}/app/?lang=en{where}", wait_until="commit")
            asked = float(self.page.evaluate("measure.opened"))
            self.count_tasks()
            self.page.locator("#pin").press_sequentially(PIN, delay=FINGER_MS)
        return asked + self.timed("click", there, self.page.locator("main form button[type=submit]").click)

    def begin(self) -> None:
        """A new page in front: a browser gives those behind less of the processor."""
        for page in self.context.pages[1:]:
            page.close()
        self.context.new_page().bring_to_front()

    def calibrate(self) -> None:
        """Stop it for as long as it takes: to be stopped costs something too."""
        self.begin()
        for _time in range(CALIBRATIONS):
            self.throttle.adjust(self.slowness() / TIMES)

    def measure_slowness(self) -> None:
        """Note how slow it is now."""
        self.bench.slower.append(self.slowness())

    def slowness(self) -> float:
        """How much slower a fixed piece of work is."""
        quick = min(self.page.evaluate("measure.yardstick()") for _time in range(3))
        with self.throttle:
            return float(self.page.evaluate("measure.yardstick()") / quick)

    def count_tasks(self) -> None:
        """Note the longest task of what was measured."""
        self.bench.tasks.append(self.page.evaluate("measure.longest()")[0])

    def timed(self, event: str, there: str, act: Callable[[], Any]) -> float:
        """Milliseconds from the event that ``act`` makes until ``there`` (a function of mutations) is on the screen."""
        self.expect(event, there)
        with self.throttle:
            act()
            took = self.told()
        self.count_tasks()
        return took

    def expect(self, event: str, there: str) -> None:
        """Measure from the next event of this type on."""
        self.page.evaluate(f"() => {{ measure.longest(); measure.waiting = measure.after('{event}', {there}); }}")

    def told(self) -> float:
        """What was measured, once it is."""
        return float(self.page.evaluate("measure.waiting"))

    def search(self) -> list[float]:
        """Type a name, letter by letter, with all in the list at first."""
        self.go("#/households", "#search")
        self.page.locator("#search").focus()
        keyboard = self.page.keyboard
        return [self.timed("input", "(all) => all.length > 0", partial(keyboard.type, letter)) for letter in TYPED]

    def edit_households(self) -> tuple[list[float], list[tuple[float, float]]]:
        """Change an answer of some households: how long each next part takes, and the saving of each."""
        parts: list[float] = []
        return parts, [self._edit(record, parts) for record in self.records("household")[:SAVES]]

    def _edit(self, record: str, parts: list[float]) -> tuple[float, float]:
        self.go(f"#/edit/{record}", ".step-buttons .btn-primary")
        self.page.locator("#household-address_detail").evaluate(ANSWER, f"Nhà thứ {len(parts)}")
        forward = self.page.locator(".step-buttons .btn-primary:visible")
        while forward.inner_text() != "Finish this form":
            before = self.page.locator(".progress-line").inner_text()
            there = f"() => document.querySelector('.progress-line').textContent !== '{before}'"
            parts.append(self.timed("click", there, forward.click))
            self.page.wait_for_timeout(300)
        self.page.evaluate("() => { measure.waiting = measure.saved(() => document.querySelector('.toast-line')); }")
        with self.throttle:
            forward.click()
            kept, shown = self.page.evaluate("measure.waiting")
        self.count_tasks()
        return kept, shown

    def photos(self, files: Sequence[Path]) -> list[tuple[float, float]]:
        """Add photos to a housing need: how long until each is seen, and until it is kept."""
        self.go(f"#/edit/{self.records('housing_need')[0]}", ".step-buttons .btn-primary")
        box = self.page.locator("#housing_need-photo_front-question")
        forward = self.page.locator(".step-buttons .btn-primary:visible")
        while not box.is_visible():
            forward.click()
        return [self._photo(box, file) for file in files]

    def _photo(self, box: Locator, file: Path) -> tuple[float, float]:
        thumbs = "document.querySelectorAll('#housing_need-photo_front-question .thumb')"
        coming = "document.querySelector('#housing_need-photo_front-question .thumb-coming')"
        kept = f"() => {thumbs}.length > {box.locator('.thumb').count()}"
        self.page.evaluate(f"""() => {{
          measure.longest();
          measure.waiting = Promise.all([measure.after("change", () => {coming}), measure.after("change", {kept})]);
        }}""")
        with self.throttle:
            box.locator("input[type=file]").last.set_input_files(file)
            seen, safe = self.page.evaluate("measure.waiting")
        self.count_tasks()
        box.locator(".thumb button").last.click()
        return seen, safe

    def go(self, where: str, there: str) -> None:
        """Follow an address inside the app."""
        self.page.evaluate("(hash) => { location.hash = hash; }", where)
        self.page.locator(there).first.wait_for()

    def records(self, survey: str) -> Sequence[str]:
        """Ids of some records of a survey."""
        found: list[str] = self.page.evaluate(RECORDS, survey)
        return found


LIST = """() => document.querySelector("#search") && document.querySelector("main .cards .card-link")"""
TO_DO = """() => document.querySelector("main a[href^='#/todo/unsurveyed']")"""

ANSWER = """(field, text) => {
  field.value = text;
  for (const type of ["input", "change", "blur"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}"""

RECORDS = """async (survey) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const index = database.transaction("records").objectStore("records").index("survey_area");
  const range = IDBKeyRange.bound(`${survey} `, `${survey} \\uffff`);
  const keys = await new Promise((resolve) => {
    const request = index.getAllKeys(range, 20);
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return keys;
}"""

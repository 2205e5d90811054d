"""One browser profile for all tablets of a worker: enrolled once, laid away, and laid out again for each test.

A new profile has to fetch the app, keep its shell and download the villages, which takes most of the time of a short
test. Here the shell stays kept from test to test, and the page stays open, where the modules are compiled already; what
the app has stored is cleared away before each, and what an enrolled tablet has stored is put in its place, together
with the row by which the server knows that tablet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Error, Geolocation, Page

from fieldapp import intake
from fieldapp.db import briefly, db
from fieldapp.people import Device
from tests.conftest import Server

NOTHING = "/app/manifest.webmanifest"
"""An address of the app where no script runs."""

STORED = "indexeddb,local_storage,file_systems,cookies"

LASTING = ["add_init_script", "expose_binding", "expose_function", "close"]
"""What is done to a profile with these outlasts the test."""

ALLOWED = ["geolocation"]
"""What a tablet may do in each test, whatever the one before granted it or took from it."""

LASTING_OF_PAGES = [
    "add_init_script",
    "close",
    "emulate_media",
    "expose_binding",
    "expose_function",
    "set_extra_http_headers",
    "set_viewport_size",
]
"""What is done to a page with these outlasts the test, as does whatever a CDP session of it is told: the next test has
another page."""

LASTING_OF_CLOCKS = ["install", "set_fixed_time", "set_system_time", "pause_at"]

TAKE_UP = """async () => {
  const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
  const told = (_key, value) => (value instanceof ArrayBuffer ? { $bytes: base64(value) } : value);
  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await asked(indexedDB.open("fieldapp"));
  const stores = [];
  for (const name of database.objectStoreNames) {
    const store = database.transaction(name).objectStore(name);
    const indexes = [...store.indexNames].map((index) => store.index(index));
    stores.push({
      name, keyPath: store.keyPath, rows: await asked(store.getAll()),
      indexes: indexes.map((index) => [index.name, index.keyPath, { multiEntry: index.multiEntry }]),
    });
  }
  const copy = [];
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("copy");
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "file") copy.push([name, await (await handle.getFile()).arrayBuffer()]);
  }
  const { version } = database;
  database.close();
  return JSON.stringify({ version, stores, copy, marks: { ...localStorage } }, told);
}"""
"""All that the app has stored, as text."""

LAY_OUT = """async (text) => {
  const whole = (_key, value) => value?.$bytes === undefined ? value
    : Uint8Array.from(atob(value.$bytes), (character) => character.charCodeAt(0)).buffer;
  const { version, stores, copy, marks } = JSON.parse(text, whole);
  const request = indexedDB.open("fieldapp", version);
  request.onupgradeneeded = () => {
    for (const { name, keyPath, indexes } of stores) {
      const store = request.result.createObjectStore(name, { keyPath });
      for (const index of indexes) store.createIndex(...index);
    }
  };
  const database = await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const writing = database.transaction(stores.map(({ name }) => name), "readwrite");
  for (const { name, rows } of stores) for (const row of rows) writing.objectStore(name).put(row);
  await new Promise((resolve, reject) => { writing.oncomplete = resolve; writing.onabort = reject; });
  database.close();
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("copy", { create: true });
  for (const [name, bytes] of copy) {
    const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await file.write(bytes);
    await file.close();
  }
  for (const [name, value] of Object.entries(marks)) localStorage.setItem(name, value);
}"""


@dataclass(frozen=True)
class Enrolled:
    """An enrolled tablet: what it has stored, the row of it on its server, and which server that is."""

    stored: str
    device: dict[str, Any]
    journal: str
    synced_at: str


class Profile:
    """A browser profile that tests have one after the other."""

    def __init__(self, new: Callable[[], BrowserContext], here: Geolocation, enrolled: Enrolled | None = None) -> None:
        """``new`` makes one, in which the tablet is ``here``. ``enrolled``: what a test may lay out in it."""
        self._new, self._here, self.enrolled = new, here, enrolled
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._heard: list[tuple[Any, Any]] = []
        self._spent = False

    def begin(self, server: Server) -> BrowserContext:
        """The profile with nothing stored in it, its shell kept as far as it was, and one page, without the app."""
        if self._spent:
            self.end()
        if self._context is None:
            self._context = self._new()
            self._wire = self._context.new_cdp_session
            noted(self._context, LASTING, self.spend)
            noted(self._context.clock, LASTING_OF_CLOCKS, self.spend)
            noted(self._context, ["new_cdp_session"], self.leave)
        page = self._page = self._page or self._new_page(self._context)
        if page.url != f"{server.url}{NOTHING}":
            page.goto(f"{server.url}{NOTHING}")
        wire = self._wire(page)
        wire.send("Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": STORED})
        if server.kept:  # with all of that go the modules as they were compiled: half of what opening the app costs
            wire.send("Network.clearBrowserCache")
            server.kept = False
        wire.detach()
        return self._context

    def _new_page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        noted(page, LASTING_OF_PAGES, self.leave)
        noted(page, ["on", "once"], lambda *heard: self._heard.append(heard))
        return page

    def finish(self, server: Server) -> None:
        """Nothing goes on in it after the test."""
        if self._spent or self._context is None:
            return
        for page in self._context.pages:
            if page != self._page:
                page.close()
        self._context.unroute_all(behavior="ignoreErrors")
        self._context.set_offline(False)
        self._context.set_geolocation(self._here)
        self._context.clear_permissions()
        self._context.grant_permissions(ALLOWED)
        self._close_the_app(f"{server.url}{NOTHING}")

    def _close_the_app(self, nothing: str) -> None:
        """The page stays, if it is as it was, and nobody listens to it any more."""
        if self._page is None:
            return
        for event, listener in self._heard:
            with suppress(KeyError):  # it has heard what it waited for
                self._page.remove_listener(event, listener)
        self._heard.clear()
        self._page.unroute_all(behavior="ignoreErrors")
        with suppress(Error):
            self._page.goto(nothing)

    def end(self) -> None:
        """Away with it: the next test has a new one."""
        if self._context is not None:
            with suppress(Exception):
                self._context.close()
        self._context, self._page, self._spent = None, None, False
        self._heard.clear()

    def spend(self, *_given: Any) -> None:
        """What the test does with it outlasts the test."""
        self._spent = True

    def leave(self, *_given: Any) -> None:
        """What the test does with its page outlasts the test: that page is closed, and the next test has another."""
        self._page = None
        self._heard.clear()


def noted(owner: Any, names: Iterable[str], note: Callable[..., object]) -> None:
    """``note`` is told what these methods of one object are given, whenever they are called."""
    for name in names:
        setattr(owner, name, _noted(getattr(owner, name), note))


def _noted(method: Callable[..., Any], note: Callable[..., object]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:
        note(*given)
        return method(*given, **more)

    return call


def taken_up(page: Page, server: Server, synced_at: str) -> Enrolled:
    """What an enrolled tablet has stored. Its app goes away first: nothing is written meanwhile."""
    page.goto(f"{server.url}{NOTHING}")
    stored = page.evaluate(TAKE_UP)
    with server.app.app_context():
        newest = sa.select(Device.__table__).order_by(Device.enrolled_at.desc()).limit(1)
        [device] = db.session.execute(newest).mappings()
        db.session.remove()
    return Enrolled(stored, dict(device), journal_of(server), synced_at)


def lay_out(page: Page, server: Server, enrolled: Enrolled) -> None:
    """The page, and the server, are as after that enrolment; the app is not open yet."""
    with server.app.app_context():
        briefly(lambda connection: connection.execute(sa.insert(Device).values(**enrolled.device)))
        db.session.remove()
    nothing = f"{server.url}{NOTHING}"
    if page.url != nothing:
        page.goto(nothing)
    page.evaluate(LAY_OUT, enrolled.stored)


def journal_of(server: Server) -> str:
    """Which journal a server keeps: a tablet that was enrolled with another would begin again."""
    with server.app.app_context():
        identity = intake.journal().identity()
        db.session.remove()
    return f"{identity.node} {identity.epoch}"

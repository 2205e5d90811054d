"""The tablet's modules in a real browser: an empty page that can import them, as they are or with something altered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Browser, Page, Route

import fieldapp
from tests.sync.machine.lives import Life

FOLDER = Path(fieldapp.__file__).parent / "static" / "app"
REPLAY = Path(__file__).parent / "replay.js"
ORIGIN = "http://lives.localhost/"  # a secure context: the store encrypts

FILES = {
    "change": "twins/change.js",
    "compare": "wire/compare.js",
    "counts": "wire/counts.js",
    "drafts": "records/drafts.js",
    "fold": "twins/fold.js",
    "hello": "wire/hello.js",
    "leaving": "wire/leaving.js",
    "outbox": "wire/outbox.js",
    "pull": "wire/pull.js",
    "records": "records/records.js",
    "session": "person/session.js",
    "store": "store/store.js",
    "sync": "wire/sync.js",
    "today": "ground/today.js",
    "unsent": "records/unsent.js",
    "vault": "store/vault.js",
}
"""Where each module lies that a tablet of these tests stands for."""


@dataclass(frozen=True)
class Altered:
    """A module in which one piece of text, which stands there once, is another."""

    module: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The text of the module, altered."""
        assert text.count(self.old) == 1, f"{FILES[self.module]} does not say this once: {self.old}"
        return text.replace(self.old, self.new)


FORMS: dict[str, Any] = {"surveys": {name: {"version": 1, "questions": {}} for name in ("household", "housing_need")}}
"""What the modules need to know of surveys here."""

SMALL = [
    Altered("outbox", "const MOST_CHANGES = 100;", "const MOST_CHANGES = 3;"),
    Altered("pull", "const AT_ONCE = 100;", "const AT_ONCE = 2;"),
]
"""Portions as small as those of the twin, so that most of what is sent takes several."""


class Lives:
    """A page in which tablets live."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._altered: dict[str, list[Altered]] = {}
        page.route(f"{ORIGIN}**", self._answer)
        page.goto(ORIGIN)

    def live(self, life: Life, altered: Sequence[Altered] = ()) -> dict[str, Any] | None:
        """The first difference between a life that was retold and what the modules make of it, or None.

        ``altered``: what is another in these modules.
        """
        name = f"{abs(hash(tuple(altered))):x}"
        self._altered[name] = [*SMALL, *altered]
        told = {"base": f"{ORIGIN}{name}/", "files": FILES, "forms": FORMS, "life": life}
        found: dict[str, Any] | None = self.page.evaluate(LIVE, msgspec.json.encode(told).decode())
        return found

    def _answer(self, route: Route) -> None:
        name, _, file = route.request.url.removeprefix(ORIGIN).partition("/")
        if file:
            route.fulfill(body=self._module(name, file), content_type="text/javascript")
        elif name == REPLAY.name:
            route.fulfill(path=REPLAY, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>Lives</title>", content_type="text/html")

    def _module(self, name: str, file: str) -> str:
        text = (FOLDER / file).read_text(encoding="utf-8")
        for each in self._altered[name]:
            if FILES[each.module] == file:
                text = each.applied(text)
        return text


LIVE = "async (told) => (await import('/replay.js')).replay(JSON.parse(told))"


@contextmanager
def lives(browser: Browser) -> Iterator[Lives]:
    """A page for as long as a test needs one: its clock is that of Việt Nam."""
    page = browser.new_page(timezone_id="Asia/Ho_Chi_Minh")
    yield Lives(page)
    page.close()

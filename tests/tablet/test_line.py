"""A poor line: text first, photos from where they were, nothing twice. ``make line`` measures the real thing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Error

from tests.again import a_walk
from tests.line import SECOND_GENERATION, Line, Quality
from tests.ports import free_port
from tests.tablet.conftest import Tablet, reached_by
from tests.tablet.inside import inside


@dataclass(frozen=True)
class Trial:
    """A line, so many records and photos to bring over it, and how long the records may take, in seconds."""

    quality: Quality
    records: int
    photos: int
    within: float


SCALED = Trial(Quality(rate=2_000_000, delay=0.001, cut_after=90_000), records=40, photos=2, within=20)
FASTER = float(os.environ.get("FASTER", 1))  # everything so many times as fast: what is sent stays the same
REAL = Trial(SECOND_GENERATION.times(FASTER), records=100, photos=int(os.environ.get("PHOTOS", 10)), within=300)
TRIAL = REAL if os.environ.get("LINE") else SCALED
MOST_BYTES = 1.15

WORK = inside("""
  const names = ["records/drafts.js", "records/records.js", "store/photos.js"];
  const [drafts, records, photos] = await Promise.all(names.map(load));
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  const tablet = { store, session, forms };
  const needs = (await store.all("records")).filter(({ survey }) => survey === "housing_need");
  const noise = async () => {
    const canvas = new OffscreenCanvas(900, 700);
    const image = new ImageData(900, 700);
    for (let i = 0; i < image.data.length; i += 65536) crypto.getRandomValues(image.data.subarray(i, i + 65536));
    canvas.getContext("2d").putImageData(image, 0, 0);
    return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "nha.jpg");
  };
  for (let i = 0; i < given.records; i += 1) {
    const { values, area } = needs[i % needs.length];
    const remarks = `Lần khảo sát ${i}, ${crypto.randomUUID()}`;
    const answers = { ...values, photo_front: null, photo_inside: null, remarks };
    const draft = await drafts.begin(tablet, { survey: "housing_need", area, answers });
    if (i < given.photos) {
      const taken = await photos.take(await noise());
      draft.answers.photo_front = [taken.name];
      await drafts.addPhoto(tablet, draft, taken, () => draft.answers);
    }
    await records.finish(tablet, draft, draft.answers);
  }
""")


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """The line. At its end is the server of the tests or, to measure, the one of the field, which keeps connections."""
    port = request.getfixturevalue("served") if TRIAL is REAL else request.getfixturevalue("server").port
    with Line(port) as opened:
        yield opened


@pytest.fixture
def served(instance: Path) -> Iterator[int]:
    """The port of ``fieldapp serve`` over the same instance."""
    port = free_port()
    command = [sys.executable, "-c", "from fieldapp.cli import main; main()", "serve", "--port", str(port)]
    running = subprocess.Popen(command, env={**os.environ, "FIELDAPP_INSTANCE": str(instance)})
    try:
        until_it_answers(port)
        yield port
    finally:
        running.terminate()
        running.wait(20)


def until_it_answers(port: int) -> None:
    for _try in range(200):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/app/")
            return
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


@pytest.fixture
def tablet(visit: Callable[..., BrowserContext], app: Flask, line: Line) -> Iterator[Tablet]:
    """A tablet that reaches its server by the line alone."""
    with reached_by(line.url, app, visit()) as made:
        yield made


@a_walk
@pytest.mark.long
def test_over_a_line_that_breaks_all_the_time_text_goes_first_and_no_photo_is_sent_twice(
    tablet: Tablet, line: Line
) -> None:
    tablet.enrol()
    tablet.page.evaluate(WORK, {"records": TRIAL.records, "photos": TRIAL.photos})
    line.become(TRIAL.quality)
    began, sent = time.monotonic(), line.up.passed
    tablet.page.evaluate("window.dispatchEvent(new Event('online'))")
    tablet.until(lambda: all(row["receipt"] for row in rows(tablet, "changes")), TRIAL.within)
    text, took = line.up.passed - sent, time.monotonic() - began
    print(f"{TRIAL.records} records in {took:.0f} s and {text:,} bytes")  # noqa: T201
    photos = tablet.rows("photos")
    assert not any(photo["state"] == "stored" for photo in photos), "text goes first"

    size = sum(photo["bytes"] for photo in photos)
    patience = 120 + 4 * size / TRIAL.quality.rate
    tablet.until(lambda: all(photo["state"] == "stored" for photo in rows(tablet, "photos")), patience)
    ratio, cuts = (line.up.passed - sent - text) / size, line.cuts
    took = time.monotonic() - began
    print(f"{len(photos)} photos of {size:,} bytes: {ratio:.3f} of that sent in {took:.0f} s and {cuts} cuts")  # noqa: T201
    assert (len(photos), min(photo["bytes"] for photo in photos) > 100_000) == (TRIAL.photos, True)
    assert cuts > TRIAL.photos or TRIAL is REAL, "the line did break"
    assert ratio <= MOST_BYTES


def rows(tablet: Tablet, store: str) -> list[dict[str, Any]]:
    """The rows of a store; one that says nothing while the page begins anew, as it does when it locks itself."""
    try:
        return tablet.rows(store)
    except Error:
        return [{"receipt": None, "state": ""}]

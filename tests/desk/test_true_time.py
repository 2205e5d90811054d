"""When something was made is told by the true time, also of a device whose clock was known to be wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

import fieldapp.web
from fieldapp import people
from fieldapp.db import db
from tests.pages import Page
from tests.wire_client import Tablet

MADE = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)
TOLD = "01/08/2026 14:30"


def enrolled(app: Flask) -> Tablet:
    """One more tablet of Lan."""
    with app.app_context():
        code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    return Tablet(app.test_client(), code)


@pytest.fixture
def wrong(app: Flask) -> Tablet:
    """A tablet whose clock is eleven years behind, which it knows since its last sync."""
    made = enrolled(app)
    behind = timedelta(days=11 * 365)
    made.millis = int((MADE - behind).timestamp() * 1000)
    wall = (MADE - behind).isoformat().replace("+00:00", "Z")
    made.clock = {"wall": wall, "tz": "+07:00", "offset_ms": int(behind.total_seconds() * 1000)}  # type: ignore[attr-defined]
    return made


def test_a_dispute_and_a_batch_tell_when_a_tablet_with_a_wrong_clock_made_a_change(
    wrong: Tablet, page: Callable[..., Page]
) -> None:
    clock = wrong.clock  # type: ignore[attr-defined]
    home = wrong.household(made_at=clock)
    record = json.loads(home)["record"]
    other = wrong.change("household", record, {"members": 9}, made_at=clock)
    assert {each["verdict"] for each in wrong.push(home, other)} == {"stored"}
    dispute = " ".join(page(f"/records/{record}", who="binh").text.split())
    assert dispute.count(TOLD) >= 2
    batches = page("/admin/", who="quan")
    newest = next(link.get("href") for link in batches.all(".//a") if "/admin/batches/" in link.get("href", ""))
    assert TOLD in page(newest, who="quan").text


def test_two_devices_that_are_called_alike_are_told_apart_in_a_dispute(app: Flask, page: Callable[..., Page]) -> None:
    """As the two tablets of a person are that were given no name."""
    one, other = (enrolled(app) for _tablet in range(2))
    home = one.household()
    record = json.loads(home)["record"]
    said = [one.change("household", record, {"members": 9}), other.change("household", record, {"members": 8})]
    assert {each["verdict"] for each in (*one.push(home, said[0]), *other.push(said[1]))} == {"stored"}
    text = page(f"/records/{record}", who="binh").text
    for tablet in (one, other):
        assert f"Máy của Lan (thiết bị {tablet.device[:6]})" in text


def test_no_page_of_the_office_tells_the_time_by_a_stamp_where_it_has_the_change() -> None:
    told = {
        path.name: found
        for path in Path(next(iter(fieldapp.web.__path__))).rglob("*.py")
        if (found := re.findall(r"moment_of\(\w+(?:\.\w+)*\.stamp\)", path.read_text(encoding="utf-8")))
    }
    assert told == {"conflicts.py": ["moment_of(head.stamp)"]}  # of a head whose change has not arrived

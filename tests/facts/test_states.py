"""The states of a record: one list, with the same words and a colour everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import fieldapp
from fieldapp.facts.states import LABELS, STATUSES, StateInput, status_from
from fieldapp.web.records.map import SHOWN
from fieldapp.web.style import whole
from sync.fold import version_of
from tests.surveys.cases import table, why
from tests.tablet.bare import bare_page

STATIC = Path(fieldapp.__file__).parent / "static"
CASES = table("states")
SEEN, OTHER = ["a" * 32], ["b" * 32]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        yield made


@pytest.mark.parametrize("row", CASES, ids=why)
def test_a_record_is_in_the_state_that_the_table_says(row: dict[str, Any]) -> None:
    given = {name: row[name] for name in ("contested", "withdrawn", "verdict", "reviewed") if name in row}
    seen = SEEN if row.get("same") else OTHER
    facts = StateInput(version_of(SEEN), seen=seen, answered=row.get("replied", False), **given)
    assert status_from(facts) == row["state"]


def test_the_table_has_every_state_and_the_tablet_says_the_same(page: Page) -> None:
    assert {row["state"] for row in CASES} == set(STATUSES)
    found = page.evaluate(
        "async (rows) => { const { stateFrom } = await import('/twins/states.js'); return rows.map(stateFrom); }", CASES
    )
    assert found == [row["state"] for row in CASES]


def test_the_tablet_has_the_same_words_for_every_state() -> None:
    text = (STATIC / "app" / "twins" / "states.js").read_text()
    said = dict(re.findall(r'^  (\w+): \(\) => _\("(.*)"\),$', text, re.MULTILINE))
    assert said == {status: label._args[0] for status, label in LABELS.items()}


def test_every_state_has_its_look_on_the_desk_and_its_colour_on_the_map() -> None:
    style = whole()
    assert {name for name in STATUSES if f".state-{name} " in style} == set(STATUSES)
    colours = dict(re.findall(r"\.legend-(\w+)::before { background: (#\w+); }", style))
    assert set(SHOWN) <= colours.keys()
    assert len({colours[name] for name in SHOWN}) == len(SHOWN)

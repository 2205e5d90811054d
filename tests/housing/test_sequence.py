"""Days and stages of visits that cannot all be right: one rule on the server and on the tablet, one table of cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from fieldapp.housing import misfits
from tests.surveys.cases import table, why
from tests.tablet.bare import bare_page

CASES = table("sequence")


def answers(row: list[str | None]) -> dict[str, str | None]:
    """The answers of a visit: its day, its work, its stage, and why less is done than before."""
    day, work, stage, *reason = row
    name = "milestone_repair" if work == "sua_chua" else "milestone_new"
    return {"visited_on": day, "need_type": work, name: stage, "went_back_reason": reason[0] if reason else None}


@pytest.mark.parametrize("row", CASES, ids=why)
def test_what_does_not_fit_about_a_visit_is_what_the_table_says(row: dict[str, Any]) -> None:
    found = misfits(answers(row["visit"]), map(answers, row["others"]), row["approved"])
    assert [list(one) for one in found] == row["found"]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        made.evaluate("async () => { globalThis.sequence = await import('/twins/sequence.js'); }")
        yield made


@pytest.mark.parametrize("row", CASES, ids=why)
def test_the_tablet_finds_the_same(page: Page, row: dict[str, Any]) -> None:
    found = page.evaluate(
        "([visit, others, approved]) => sequence.misfits(visit, others, approved)",
        [answers(row["visit"]), [answers(other) for other in row["others"]], row["approved"]],
    )
    assert [[one["word"], one["question"], one["day"]] for one in found] == row["found"]

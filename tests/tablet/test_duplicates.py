"""Which households look like one another: the table in ``cases``, and the likeliest of many first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

import fieldapp
from fieldapp.intake.merging import ends

MODULES = Path(fieldapp.__file__).parent / "static" / "app"
CASES = json.loads((Path(__file__).parents[1] / "cases" / "duplicates.json").read_text())
ORIGIN = "http://modules.test/"


def empty_page(browser: Browser) -> Page:
    """An empty page beside the tablet's modules."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        if name:
            route.fulfill(path=MODULES / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>Cases</title>", content_type="text/html")

    page = browser.new_page()
    page.route(f"{ORIGIN}**", answer)
    page.goto(ORIGIN)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    made = empty_page(browser)
    yield made
    made.close()


def run(page: Page, work: str, rows: list[dict[str, Any]]) -> Any:
    return page.evaluate(
        f"async (rows) => {{ const made = await import('/twins/duplicates.js'); return rows.map({work}); }}", rows
    )


def test_what_is_alike_and_whether_a_person_is_asked(page: Page) -> None:
    rows = CASES["pairs"]
    found = run(page, "({ one, other }) => made.likeness(one, other).what", rows)
    asked = run(page, "({ one, other }) => made.likely(one, [other]).length > 0", rows)
    assert [(row["why"], what) for row, what in zip(rows, found, strict=True)] == [
        (row["why"], row["what"]) for row in rows
    ]
    assert [(row["why"], one) for row, one in zip(rows, asked, strict=True)] == [
        (row["why"], row["likely"]) for row in rows
    ]


def test_likeness_is_the_same_from_both_sides(page: Page) -> None:
    turned = "({ one, other }) => [made.likeness(one, other), made.likeness(other, one)]"
    assert all(one == other for one, other in run(page, turned, CASES["pairs"]))


def test_what_is_compared_of_a_household(page: Page) -> None:
    found = run(page, "({ values }) => made.traits(values)", CASES["traits"])
    assert found == [row["traits"] for row in CASES["traits"]]


def test_of_many_the_three_most_alike_are_shown_the_likeliest_first(page: Page) -> None:
    one = CASES["pairs"][1]["one"]
    row = {"one": one, "others": [{"id": i, **one, "area": "b"} for i in range(4)]}
    row["others"].append({"id": "in the village", **one})
    [found] = run(page, "({ one, others }) => made.likely(one, others).map(({ row }) => row.id)", [row])
    assert found == ["in the village", 0, 1]


def test_a_return_is_answered_as_the_table_of_replies_says(page: Page) -> None:
    rows = json.loads((Path(__file__).parents[1] / "cases" / "replies.json").read_text())
    found = page.evaluate(
        """async (rows) => {
          const { isAnswered } = await import("/records/replies.js");
          const pins = (names) => names.map((question) => ({ question }));
          return rows.map(({ pinned, replied }) => isAnswered(pins(pinned), new Set(replied)));
        }""",
        rows,
    )
    assert found == [row["answered"] for row in rows]


def test_a_merged_household_leaves_the_list_and_what_names_it_counts_for_the_kept_one(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { Households } = await import("/records/households.js");
          const { about } = await import("/records/records.js");
          const pair = (household, other, verdict) =>
            ({ survey: "pairing", changed: other, values: { household, other, verdict }, withdrawn: false });
          const pairs = [pair("b", "a", "same"), pair("c", "b", "same"), pair("d", "c", "two")];
          const homes = ["a", "b", "c", "d"].map((id) => ({ id, survey: "household", order: id }));
          const lists = { of: async (survey) => (survey === "pairing" ? pairs : homes) };
          const rows = [...pairs, ...["a", "b", "c"].map((household) =>
            ({ survey: "housing_need", values: { household }, withdrawn: false }))];
          const naming = (id) => rows.filter(({ values }) => Object.values(values).includes(id));
          const store = { all: async (_name, { only }) => naming(only) };
          const named = await about(store, "c", "housing_need");
          const shown = (await new Households({ lists }).all()).map(({ id }) => id);
          return [shown, named.map(({ values }) => values.household).sort()];
        }"""
    )
    assert found == [["c", "d"], ["a", "b", "c"]]


def test_chains_of_merges_end_where_the_server_says(page: Page) -> None:
    chains = [[("b", "a"), ("c", "b")], [("b", "a"), ("c", "a")], [("b", "a"), ("c", "b"), ("a", "c")]]
    rows = [
        [{"changed": str(n), "values": {"household": kept, "other": other}} for n, (kept, other) in enumerate(chain)]
        for chain in chains
    ]
    found = page.evaluate(
        """async (rows) => {
          const { endsOf } = await import("/records/households.js");
          return rows.map((pairs) => Object.fromEntries(endsOf(pairs)));
        }""",
        rows,
    )
    assert found == [ends(chain) for chain in chains]

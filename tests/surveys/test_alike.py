"""Which households look like one another, in Python: the table that the tablet's module keeps to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fieldapp.surveys.alike import Traits, likely, likeness, traits

CASES = json.loads((Path(__file__).parents[1] / "cases" / "duplicates.json").read_text())


def as_traits(row: dict[str, Any]) -> Traits:
    return Traits(**{**row, "names": tuple(row["names"]), "point": tuple(row["point"]) if row["point"] else None})


@pytest.mark.parametrize("row", CASES["pairs"], ids=lambda row: row["why"])
def test_what_is_alike_and_whether_a_person_is_asked(row: dict[str, Any]) -> None:
    one, other = as_traits(row["one"]), as_traits(row["other"])
    assert list(likeness(one, other).what) == row["what"]
    assert bool(likely(one, [other], lambda traits: traits)) is row["likely"]
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize("row", CASES["traits"], ids=str)
def test_what_is_compared_of_a_household(row: dict[str, Any]) -> None:
    assert traits(row["values"]) == as_traits(row["traits"])


def test_of_many_the_three_most_alike_are_shown_the_likeliest_first() -> None:
    one = as_traits(CASES["pairs"][1]["one"])
    others = [Traits(one.names, one.year, one.citizen_id, "", "b", None)] * 4
    found = likely(one, [*others, one], lambda traits: traits)
    assert [row for row, _how in found] == [one, others[0], others[0]]

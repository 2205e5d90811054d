"""The state of a record follows from what stands and from the last decision, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fieldapp.review import StateInput, is_answered, status_from
from sync.fold import version_of
from tests.surveys.cases import table, why

A, B = "a" * 32, "b" * 32


@pytest.mark.parametrize(
    ("verdict", "seen", "status"),
    [
        (None, [], "waiting"),
        ("approve", [A, B], "approved"),
        ("approve", [A], "changed_since_approval"),
        ("return", [B, A], "returned"),
        ("return", [B], "corrected"),
        ("reopen", [A, B], "waiting"),
    ],
)
def test_a_decision_holds_for_the_heads_it_names_and_no_others(
    verdict: str | None, seen: list[str], status: str
) -> None:
    assert status_from(StateInput(version_of([A, B]), verdict=verdict, seen=seen)) == status


def test_a_return_that_was_replied_to_is_answered_until_something_is_corrected_too() -> None:
    returned = StateInput(version_of([A]), verdict="return", seen=[A], answered=True)
    assert status_from(returned) == "answered"
    assert status_from(replace(returned, version=version_of([B]))) == "corrected"
    assert status_from(replace(returned, verdict="approve")) == "approved"


@pytest.mark.parametrize("row", table("replies"), ids=why)
def test_a_return_is_answered_as_a_whole_or_comment_by_comment(row: dict[str, Any]) -> None:
    pinned = [{"question": name, "text": "?"} for name in row["pinned"]]
    assert is_answered(pinned, row["replied"]) is row["answered"]


def test_what_nobody_approves_is_recorded_and_still_disputed_or_withdrawn() -> None:
    plain = StateInput(version_of([A]), reviewed=False)
    assert status_from(plain) == "recorded"
    assert status_from(replace(plain, contested=True)) == "contested"
    assert status_from(replace(plain, withdrawn=True)) == "withdrawn"


def test_answers_that_do_not_agree_outrank_an_approval() -> None:
    assert status_from(StateInput(version_of([A]), contested=True, verdict="approve", seen=[A])) == "contested"


def test_a_withdrawn_record_is_withdrawn_whatever_was_decided() -> None:
    assert status_from(StateInput(version_of([A]), withdrawn=True, verdict="approve", seen=[A])) == "withdrawn"

"""The state of a record follows from what stands and from the last decision, and from nothing else."""

from __future__ import annotations

import pytest

from fieldapp.review import Facts, status_from
from sync.fold import version_of

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
    assert status_from(Facts(version_of([A, B]), verdict=verdict, seen=seen)) == status


def test_answers_that_do_not_agree_outrank_an_approval() -> None:
    assert status_from(Facts(version_of([A]), contested=True, verdict="approve", seen=[A])) == "contested"


def test_a_withdrawn_record_is_withdrawn_whatever_was_decided() -> None:
    assert status_from(Facts(version_of([A]), withdrawn=True, verdict="approve", seen=[A])) == "withdrawn"

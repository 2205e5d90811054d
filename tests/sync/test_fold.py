"""The fold says the same of the same changes, in any order, with or without their history."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import WITHDRAWN, Change, State, fold
from sync.fold import SnapshotRecord, snapshot_of
from tests.again import so_many
from tests.sync.cases import change_of, load, whys

CASES = load("fold.json")


def told(state: State) -> dict[str, Any]:
    return {
        "shown": state.values(),
        "heads": state.heads(),
        "conflicts": state.conflicts,
        "withdrawn": state.withdrawn,
    }


@pytest.mark.parametrize("row", CASES, ids=whys(CASES))
def test_fold(row: dict[str, Any]) -> None:
    expected = {name: row[name] for name in ("shown", "heads", "conflicts", "withdrawn")}
    changes = [change_of(each) for each in row["changes"]]
    snapshot = msgspec.convert(row["snapshot"], SnapshotRecord) if "snapshot" in row else None
    for seed in range(4):
        random.Random(seed).shuffle(changes)
        assert told(fold(changes, row.get("ahead", ()), snapshot)) == expected


def histories(random: random.Random, length: int) -> list[Change]:
    """Changes of one record by three devices, each of which knows some of what was made before it."""
    made: list[Change] = []
    for number in range(length):
        known = [each for each in made if random.random() < 0.7]
        heads = fold(known).heads() if known else {}
        kind = random.random()
        answers: dict[str, Any] = {random.choice("pq"): random.choice([1, 2, None, "x"]) for _ in range(2)}
        if kind < 0.25:
            answers = {WITHDRAWN: kind < 0.18}
        base = {q: ids for q, ids in heads.items() if q in answers or WITHDRAWN in answers or q == WITHDRAWN}
        device = random.choice("abc")
        row = {"id": f"{number:02}", "answers": answers, "base": base, "author": device, "device": device * 16}
        stamp = f"{random.randrange(30):012x}-000000-{device * 16}"
        made.append(change_of({**row, "stamp": stamp, "survey": "household", "record": "r", "form_version": 1}))
    return made


@settings(max_examples=so_many(100, 300, 300), deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.integers(1, 9))
def test_order_and_repetition_do_not_matter(random: random.Random, length: int) -> None:
    made = histories(random, length)
    ahead = [each.id for each in made if random.random() < 0.2]
    again = [*made, *made[:2]]
    random.shuffle(again)
    assert fold(made, ahead) == fold(again, ahead)
    assert fold(made, ahead).version == fold(again, ahead).version


@settings(max_examples=so_many(150, 600, 600), deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.integers(2, 9))
def test_a_snapshot_and_what_came_later_is_the_whole(random: random.Random, length: int) -> None:
    made = histories(random, length)
    ahead = [each.id for each in made if random.random() < 0.2]
    random.shuffle(made)  # the early may arrive late
    cut = random.randrange(1, length)
    earlier = snapshot_of(made[:cut], ahead)
    assert told(fold(made[cut:], ahead, earlier)) == told(fold(made, ahead))


def test_no_changes_are_no_record() -> None:
    with pytest.raises(ValueError, match="without any change"):
        fold([])

"""The fold says the same of the same changes, in any order, with or without their history."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import WITHDRAWN, Change, State, fold
from sync.change import MadeAt
from sync.fold import SnapshotRecord, snapshot_of
from tests.again import so_many
from tests.sync.cases import change_of, load, whys

CASES = load("fold.json")
TOLD = {"shown", "heads", "conflicts", "withdrawn", "moments", "changed_at"}


def told(state: State) -> dict[str, Any]:
    return {
        "shown": state.values(),
        "heads": state.heads(),
        "conflicts": state.conflicts,
        "withdrawn": state.withdrawn,
        **moments(state),
    }


def moments(state: State) -> dict[str, Any]:
    """When each head was given, and when the record was changed last, as a browser tells it."""
    heads = [*state.withdrawals, *(head for answer in state.answers.values() for head in answer.heads)]
    return {"moments": {head.id: iso(head.moment) for head in heads}, "changed_at": iso(state.changed_at)}


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "Z"


@pytest.mark.parametrize("row", CASES, ids=whys(CASES))
def test_fold(row: dict[str, Any]) -> None:
    expected = {name: row[name] for name in TOLD & row.keys()}
    changes = [change_of(each) for each in row["changes"]]
    snapshot = msgspec.convert(row["snapshot"], SnapshotRecord) if "snapshot" in row else None
    for seed in range(4):
        random.Random(seed).shuffle(changes)
        found = told(fold(changes, row.get("ahead", ()), snapshot))
        assert {name: found[name] for name in expected} == expected


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
        more = {"survey": "household", "record": "r", "form_version": 1, "made_at": clock(random)}
        made.append(change_of({**row, **more, "stamp": stamp}))
    return made


def clock(random: random.Random) -> MadeAt:
    """What a device says of its clock: most often that it is right, else that it is far off, or nothing that is one."""
    if random.random() < 0.6:
        return MadeAt("2026-08-01T07:30:00.000Z", offset_ms=random.randrange(-120_000, 120_001))
    off = random.choice([-1, 1]) * random.randrange(120_001, 4_000_000_000_000)
    wall = datetime(2026, 8, 1, tzinfo=UTC) - timedelta(milliseconds=off - random.randrange(30))
    shown = wall.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return MadeAt(random.choice([shown, shown, shown, "no moment", "9999-12-31T23:59:59.999Z"]), offset_ms=off)


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
    found, whole = told(fold(made[cut:], ahead, earlier)), told(fold(made, ahead))
    del found["changed_at"], whole["changed_at"]  # what was replaced and is in no snapshot may have been made last
    assert found == whole


def test_no_changes_are_no_record() -> None:
    with pytest.raises(ValueError, match="without any change"):
        fold([])

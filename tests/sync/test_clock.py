"""Stamps only grow, and no stamp from the future drags a clock along."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import Clock
from sync.clock import MAX_AHEAD_MS, millis_of, moment_of, stamp_of
from tests.sync.cases import load, whys

CASES = load("stamps.json")


@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_every_stamp_is_a_moment_on_the_calendar_of_every_time_zone(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    for stamp in (stamp_of(0, 0, "a" * 16), "f" * 12 + "-000000-" + "a" * 16):
        assert moment_of(stamp).replace(tzinfo=UTC).astimezone(zone).year in (1969, 1970, 9999)
    assert moment_of(stamp_of(1_790_000_000_123, 7, "a" * 16)).isoformat() == "2026-09-21T14:13:20.123000"


@pytest.mark.parametrize("row", CASES, ids=whys(CASES))
def test_stamps(row: dict[str, Any]) -> None:
    now = [0]
    clock = Clock("a" * 16, lambda: now[0], row["last"])
    for step in row["steps"]:
        now[0] = step["now"]
        if "tick" in step:
            assert clock.tick() == step["tick"]
        else:
            assert clock.see(step["see"]) is step["followed"]


@given(st.lists(st.tuples(st.integers(0, 2**43), st.booleans(), st.integers(0, 2**44)), max_size=30))
def test_own_stamps_only_grow_and_the_future_drags_nobody(steps: list[tuple[int, bool, int]]) -> None:
    now, latest = [0], [0]
    clock = Clock("a" * 16, lambda: now[0])
    given_out = []
    for now[0], ticks, seen in steps:
        latest[0] = max(latest[0], now[0])
        if ticks:
            given_out.append(clock.tick())
        else:
            clock.see(stamp_of(seen, 0, "b" * 16))
        assert millis_of(clock.last) <= latest[0] + MAX_AHEAD_MS
    assert given_out == sorted(set(given_out))

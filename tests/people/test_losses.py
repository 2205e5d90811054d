"""A tablet tells of a loss of its storage until it is heard; the node notes each loss once."""

from __future__ import annotations

import pytest

from fieldapp.people import Device, with_loss

COUNTS = {"changes": 3, "photos": 1}


def told(device: Device, at: str) -> None:
    device.report = {**(device.report or {}), "losses": with_loss(device, at, COUNTS)}


def test_a_loss_told_twice_is_noted_once_and_another_one_beside_it() -> None:
    device = Device(report={})
    for at in ("2026-08-01T07:00:00.000Z", "2026-08-01T07:00:00.000Z", "2026-08-02T14:00:00+07:00"):
        told(device, at)
    first, second = ({"at": at, **COUNTS} for at in ("2026-08-01T07:00:00", "2026-08-02T07:00:00"))
    assert device.report["losses"] == [first, second]


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01T00:00:00Z", "\x00"])
def test_what_is_no_moment_is_no_loss(at: str) -> None:
    assert with_loss(Device(report={}), at, COUNTS) == []


def test_of_a_tablet_that_loses_again_and_again_the_last_times_are_kept() -> None:
    device = Device(report={})
    for day in range(1, 29):
        told(device, f"2026-02-{day:02}T00:00:00Z")
    assert [loss["at"][8:10] for loss in device.report["losses"]] == [f"{day:02}" for day in range(9, 29)]

"""Approving many at once: a summary first, each pinned to what was shown; taken back where nobody has touched it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.desk.conftest import Desk
from tests.pages import Page

As = Callable[[str], Any]


def ticked(page: Callable[..., Page]) -> dict[str, str]:
    """What the summary offers: the version of each record, by id."""
    offered = page("/review/bulk").all(".//input[@name='record']")
    return dict((each.get("value") or "").split(" ") for each in offered)


def approve(as_: As, records: dict[str, str]) -> Any:
    return as_("binh").post("/review/bulk", data={"record": [" ".join(pair) for pair in records.items()]})


def test_the_summary_offers_what_waits_without_a_doubt_and_says_why_the_rest_is_left_out(
    desk: Desk, page: Callable[..., Page]
) -> None:
    odd, contested = desk.one("household", "waiting"), desk.one("housing_need", "contested")
    desk.save("household", odd, {"location": None})
    offered = ticked(page)
    assert offered
    assert "trong tất cả phiếu" in page("/review/bulk").text.lower(), "all of so few were looked at"
    assert not {odd, contested} & offered.keys()
    assert all(desk.status("household", record) == "waiting" for record in offered)
    left = page("/review/bulk").find(".//section[@aria-labelledby='left']")
    assert {odd, contested} <= {(link.get("href") or "")[9:45] for link in left.iter("a")}


def test_each_is_approved_at_the_version_that_was_shown_and_what_changed_meanwhile_is_left_out(
    desk: Desk, as_: As, page: Callable[..., Page]
) -> None:
    offered = ticked(page)
    changed, *others = offered
    desk.save("household", changed, {"phone": "0912345678"})
    answer = approve(as_, offered)
    assert desk.status("household", changed) == "waiting"
    for record in others:
        assert desk.status("household", record) == "approved"
        assert desk.last_decision(record)["seen"] == desk.heads("household", record)
    told = as_("binh").get(answer.location).get_data(as_text=True)
    assert all(record in told for record in others)
    assert changed not in told


def test_taking_it_back_leaves_what_somebody_has_touched_since(
    desk: Desk, as_: As, page: Callable[..., Page], decide: Callable[..., Any]
) -> None:
    offered = ticked(page)
    edited, decided, *others = offered
    there = approve(as_, offered).location
    desk.save("household", edited, {"phone": "0912345678"})
    decide(decided, "return", survey="household", comment="Sửa số điện thoại.")
    assert as_("binh").post(f"{there}/undo").status_code == 302
    assert desk.status("household", edited) == "changed_since_approval"
    assert desk.status("household", decided) == "returned"
    assert {desk.status("household", record) for record in others} == {"waiting"}
    assert as_("binh").post(f"{there}/undo").status_code == 302, "twice is once"
    assert len([record for record in others if desk.last_decision(record)["verdict"] == "reopen"]) == len(others)


def test_nothing_beyond_the_own_area_is_approved_nor_anybody_elses_go_taken_back(
    desk: Desk, as_: As, page: Callable[..., Page]
) -> None:
    far = desk.elsewhere("household")
    with desk.inside():
        version = desk._record("household", far).version
    before = desk.status("household", far)
    assert approve(as_, {far: version}).location == "/review/bulk"
    assert desk.status("household", far) == before
    there = approve(as_, ticked(page)).location
    assert as_("lan").post(f"{there}/undo").status_code == 403
    assert as_("binh").post("/review/bulk/1/undo").status_code == 404
    assert approve(as_, {}).status_code == 400
    assert as_("binh").post("/review/bulk", data={"record": "x"}).status_code == 400

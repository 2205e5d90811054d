"""Two people decide about one record at the same moment: nobody overrides a decision that was not shown to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fieldapp import people, review
from fieldapp.db import begin_writing, db
from fieldapp.surveys import HousingNeed
from tests.desk.conftest import Desk
from tests.pages import Page, check_page

Decide = Callable[..., Any]
As = Callable[[str], Any]
OPENED = {"approve": "waiting", "return": "waiting", "refuse": "waiting", "reopen": "approved"}


def typed_on(page: Page, record: str, way: str, verdict: str) -> tuple[str, dict[str, Any]]:
    """A form as it stands on a page that was opened earlier, filled in: its address and what it sends."""
    form = next(one for one in page.tree.iter("form") if (one.get("action") or "").partition("?")[0].endswith(way))
    hidden = {one.get("name"): one.get("value") or "" for one in form.iter("input") if one.get("type") == "hidden"}
    family = "family" in way
    said = {f"verdict.{record}": verdict, f"comment.{record}": "Ý kiến gõ lâu."}
    alone = {"verdict": verdict, "comment": "Ý kiến gõ lâu.", "pin_question": ["area_m2"], "pin_text": ["Đo lại nhà."]}
    return form.get("action") or "", {**hidden, **(said if family else alone), "gone": "yes"}


WAYS = [
    *(("/decisions", verdict) for verdict in OPENED),
    *(("/family/{record}", verdict) for verdict in OPENED if verdict != "reopen"),
    ("/withdrawal", "approve"),
]


@pytest.mark.parametrize(("way", "verdict"), WAYS)
def test_a_decision_that_a_colleague_made_meanwhile_is_told_of_and_stands(
    desk: Desk, as_: As, page: Callable[..., Page], way: str, verdict: str
) -> None:
    need = desk.one("housing_need", OPENED[verdict])
    opened = page(f"/review/family/{need}" if "family" in way else f"/records/{need}")
    a_colleague_decides(desk, need, "return" if verdict != "reopen" else "reopen")
    before = decisions(desk, need)
    address, form = typed_on(opened, need, way.format(record=need), verdict)
    answer = as_("binh").post(address, data=form)
    assert answer.status_code == 409
    told = check_page(answer.get_data(as_text=True), "vi")
    assert "Triệu Minh Quân" in told.text
    assert "sau khi anh/chị mở trang" in told.text
    assert decisions(desk, need) == before
    kept = {field.get("name"): (field.text or "").strip() for field in told.tree.iter("textarea")}
    if way != "/withdrawal":
        assert "Ý kiến gõ lâu." in kept.values()
    if way == "/decisions" and verdict != "reopen":
        assert kept["pin_text"] == "Đo lại nhà."
        assert as_("binh").post(address, data=typed_on(told, need, way, verdict)[1]).status_code == 302


@pytest.mark.parametrize(("way", "verdict"), [one for one in WAYS if one[0] != "/withdrawal"])
def test_a_form_that_is_sent_twice_decides_once(
    desk: Desk, as_: As, page: Callable[..., Page], way: str, verdict: str
) -> None:
    need = desk.one("housing_need", OPENED[verdict])
    opened = page(f"/review/family/{need}" if "family" in way else f"/records/{need}")
    address, form = typed_on(opened, need, way.format(record=need), verdict)
    count = len(decisions(desk, need))
    assert [as_("binh").post(address, data=form).status_code for _time in range(2)] == [302, 302]
    assert len(decisions(desk, need)) == count + 1


def test_a_reply_that_comes_too_late_is_still_there_to_be_read(
    desk: Desk, as_: As, decide: Decide, page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    decide(need, "return", comment="Đo lại.")
    opened = page(f"/records/{need}", "lan")
    address, form = typed_on(opened, need, "/replies", "")
    decide(need, "return", comment="Đo lại cả bếp.", pin_question=["area_m2"], pin_text=["Đo lại."])
    answer = as_("lan").post(address, data={**form, "text": "Đã đo rồi.", "question": "area_m2"})
    assert answer.status_code == 409
    assert "Đã đo rồi." in check_page(answer.get_data(as_text=True), "vi").text


def a_colleague_decides(desk: Desk, record: str, verdict: str) -> None:
    with desk.inside():
        begin_writing()
        found, quan = db.session.get_one(HousingNeed, record), people.find_account("quan")
        review.decide(found, verdict, account=quan, seen=review.heads_of(found), comment="Tôi đã xem.")
        db.session.commit()


def decisions(desk: Desk, record: str) -> list[str]:
    with desk.inside():
        return [each.id for each in review.decisions_about(record)]

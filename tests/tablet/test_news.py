"""Who worked on a record is told what others did to it since, however the news came."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.surveys import Household
from sync import Journal
from tests.again import a_walk, again
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet


def test_what_others_changed_is_told_also_when_it_came_with_a_download_of_the_whole_record(tablet: Tablet) -> None:
    tablet.enrol()
    row = correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    with tablet.server.app.app_context():
        begin_writing()
        intake.save("household", row["id"], {"head_name": "Nông Văn Mới"}, account=people.find_account("lan"))
        Journal(db.session.connection()).new_epoch()  # what changed since is not told step by step
        db.session.commit()
    tablet.sync()
    assert tablet.rows("pulled") == []
    tablet.offline()
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator("h1")).to_have_text("Nông Văn Mới")
    told = tablet.page.locator(".notice", has_text="Có người khác đã sửa sau anh/chị")
    expect(told.locator("li")).to_have_count(1)
    expect(told.locator("li")).to_contain_text("Ở nơi khác: Họ và tên chủ hộ")


def answer_elsewhere(tablet: Tablet, record: str, members: int) -> None:
    with tablet.server.app.app_context():
        begin_writing()
        intake.save("household", record, {"members": members}, account=people.find_account("binh"))
        db.session.commit()


def settle_in_the_office(tablet: Tablet, record: str, members: int) -> None:
    """The supervisor says which of the answers holds, or types another one."""
    with tablet.server.app.app_context():
        begin_writing()
        row, binh = db.session.get_one(Household, record), people.find_account("binh")
        assert row.contested
        review.settle(row, "members", members, account=binh, seen=row.heads["members"])
        db.session.commit()


@a_walk
def test_whoever_answered_learns_what_was_settled_in_the_office_whichever_answer_it_was(tablet: Tablet) -> None:
    tablet.enrol()
    outcomes = tablet.page.locator(".notice .outcomes li")
    said = {11: "“11” là câu trả lời được chọn. Anh/chị đã trả lời “7”", 8: "câu trả lời của anh/chị được chọn, “8”"}
    for mine, theirs, holds in ((7, 11, 11), (8, 12, 8), (9, 13, 14)):
        tablet.offline()
        record = correct_a_household(tablet, str(mine))["id"]
        answer_elsewhere(tablet, record, theirs)
        tablet.offline(False)
        tablet.sync()
        settle_in_the_office(tablet, record, holds)
        tablet.sync()
        tablet.go("#/")
        expect(tablet.page.locator("main")).to_contain_text("Có người khác vừa sửa")
        tablet.go(f"#/record/{record}")
        expect(outcomes).to_have_count(1)
        expect(outcomes).to_contain_text(
            said.get(holds, f"“{holds}” là câu trả lời được chọn. Anh/chị đã trả lời “{mine}”")
        )
    tablet.offline()
    record = correct_a_household(tablet, "10")["id"]
    answer_elsewhere(tablet, record, 10)  # the same: nothing was chosen
    tablet.offline(False)
    tablet.sync()
    tablet.go(f"#/record/{record}")
    expect(tablet.page.locator(".notice", has_text="Có người khác đã sửa sau anh/chị")).to_be_visible()
    expect(outcomes).to_have_count(0)


def test_a_list_shows_what_came_in_while_somebody_types_there_and_the_keyboard_stays(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go("#/households")
    page, search = tablet.page, tablet.page.locator("#search")
    search.press_sequentially("nong van moi")
    expect(page.locator("main .quiet[role=status]")).to_contain_text("Không có hộ nào")
    with tablet.server.app.app_context():
        begin_writing()
        answers = {"head_name": "Nông Văn Mới", "village": tablet.rows("meta", "areas")[0]["value"][-1]["id"]}
        intake.save("household", row["id"], answers, account=people.find_account("lan"))
        db.session.commit()
    page.evaluate("window.dispatchEvent(new Event('online'))")  # a sync begins by itself
    expect(page.locator(".cards a")).to_contain_text(["Nông Văn Mới"])
    expect(search).to_be_focused()
    assert search.input_value() == "nong van moi"
    search.press_sequentially(" x")
    expect(page.locator(".cards a")).to_have_count(0)


@pytest.mark.parametrize("hand", ["at the village", again("nowhere")])
def test_a_list_of_what_is_to_do_shows_what_came_in(tablet: Tablet, hand: str) -> None:
    tablet.enrol()
    tablet.go("#/todo/unsurveyed")
    tablet.page.locator("main .quiet[role=status]").wait_for()
    if hand == "at the village":
        tablet.page.locator("#village").focus()
    with tablet.server.app.app_context():
        begin_writing()
        answers = {"head_name": "Nông Văn Mới", "village": tablet.rows("meta", "areas")[0]["value"][-1]["id"]}
        intake.save("household", str(uuid.uuid4()), answers, account=people.find_account("lan"))
        db.session.commit()
    tablet.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(tablet.page.locator(".cards a", has_text="Nông Văn Mới")).to_be_visible()
    assert (tablet.page.evaluate("document.activeElement.id") == "village") == (hand == "at the village")

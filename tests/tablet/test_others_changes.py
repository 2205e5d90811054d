"""What others did to a record, as a tablet shows it: sent back, answered too, changed under a draft, held, excluded."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.household import Household
from tests.again import a_walk, again
from tests.tablet.acts import PUSH, correct_a_household, send_back
from tests.tablet.conftest import Tablet


@a_walk
def test_a_returned_record_is_corrected_without_network_and_the_correction_reaches_the_server(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    tablet.offline()
    tablet.go("#/")
    card = tablet.page.locator(".card-link", has_text="Xem lại giúp.")
    expect(card).to_contain_text("Đã trả lại")
    card.click()
    expect(tablet.page.locator(".notice-warning")).to_contain_text("Đếm lại số khẩu giúp tôi.")
    tablet.go(f"#/edit/{row['id']}")
    tablet.page.locator(".contents summary").click()
    tablet.page.get_by_role("button", name="Nhân khẩu của hộ").click()
    expect(tablet.question("household", "members").locator(".pin")).to_contain_text("Đếm lại số khẩu giúp tôi.")
    tablet.answer("household", "members", "9")
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    expect(tablet.page.locator(".badges").first).to_contain_text("Đã sửa, chờ duyệt lại")
    tablet.offline(False)
    tablet.sync()
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 9  # type: ignore[attr-defined]


def test_two_answers_given_apart_are_both_shown_and_can_be_settled_on_the_tablet(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    with tablet.server.app.app_context():
        begin_writing()
        lan = db.session.scalars(sa.select(Account).where(Account.username == "lan")).one()
        intake.save("household", row["id"], {"members": 11}, account=lan)
        db.session.commit()
    tablet.offline()
    correct_a_household(tablet, "7")
    tablet.offline(False)
    tablet.sync()
    tablet.go(f"#/record/{row['id']}")
    rivals = tablet.page.locator(".rivals li")
    expect(rivals).to_have_count(2)
    expect(tablet.page.locator(".rivals")).to_contain_text("11")
    tablet.page.get_by_role("button", name="“11” là đúng").click()
    expect(tablet.page.locator(".rivals")).to_have_count(0)
    tablet.sync()
    with tablet.server.app.app_context():
        record = db.session.get_one(SURVEYS["household"], row["id"])
        assert record.members == 11  # type: ignore[attr-defined]
        assert not record.contested


def test_what_somebody_else_changed_meanwhile_is_told_when_the_draft_is_opened_again(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/edit/{row['id']}")
    tablet.page.locator(".part:visible input[type=text]").first.fill("Ghi thử")
    tablet.until(lambda: bool(tablet.rows("drafts")))
    draft = tablet.page.url.split("/app/")[-1]
    with tablet.server.app.app_context():
        begin_writing()
        lan = db.session.scalars(sa.select(Account).where(Account.username == "lan")).one()
        intake.save("household", row["id"], {"members": 12}, account=lan)
        db.session.commit()
    tablet.sync()
    tablet.go(draft)
    expect(tablet.page.locator(".notice-warning")).to_contain_text("Đã thay đổi ở nơi khác từ khi lập bản nháp này")
    expect(tablet.page.locator(".notice-warning li")).to_have_text("Số khẩu: 12")


def test_a_change_the_server_holds_shows_why_and_becomes_received_when_it_is_released(tablet: Tablet) -> None:
    tablet.enrol()

    def hold(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["results"] = [{**one, "verdict": "held", "message": "Thôn ngoài phạm vi."} for one in body["results"]]
        route.fulfill(response=answer, json=body)

    tablet.context.route(PUSH, hold)
    tablet.context.route("**/sync/v1/pull*", lambda route: route.abort())
    row = correct_a_household(tablet)
    expect(tablet.page.locator(".badges").first).to_contain_text("Tạm giữ")
    expect(tablet.page.locator("main")).to_contain_text("Thôn ngoài phạm vi.")
    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator(".badges").first).to_contain_text("Máy chủ đã nhận")


@pytest.mark.parametrize("how", [again("an earlier download"), "the feed", again("this tablet")])
def test_a_change_that_counts_no_more_is_taken_back_on_the_tablet_too(tablet: Tablet, how: str) -> None:
    inside = tablet.server.app.app_context
    with inside():
        areas = people.areas_of(people.find_account("lan"))
        homes = sa.select(Household).where(Household.area.in_(areas or ())).order_by(Household.id)
        home = db.session.scalars(homes).first()
        assert home
        record, before = home.id, home.members

    def edit() -> None:
        with inside():
            begin_writing()
            intake.save("household", record, {"members": 8}, account=people.find_account("quan"))
            db.session.commit()

    def shown() -> int | None:
        return next((row["values"].get("members") for row in tablet.rows("records") if row["id"] == record), None)

    if how == "an earlier download":
        edit()
    tablet.enrol()
    if how == "the feed":
        edit()
    if how == "this tablet":
        assert correct_a_household(tablet, "8")["id"] == record
    tablet.sync()
    assert shown() == 8
    with inside():
        begin_writing()
        last = intake.journal().history(record)[-1].change
        intake.rule([last.id], "exclude", account=people.find_account("quan"))
        db.session.commit()
    tablet.sync()
    assert shown() == before

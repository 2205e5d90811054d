"""The tablet and the server find out what either lacks, whatever cursors and receipts say; versions that differ."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response, make_response
from playwright.sync_api import Route, expect

from fieldapp import intake
from fieldapp.db import begin_writing, db
from fieldapp.intake.why_held import Judge
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS
from sync import protocol
from sync.tables import change
from tests.again import a_walk, asked_by
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet

STATIC = Path(__file__).parents[2] / "fieldapp" / "static" / "app"

DELETE = """async ([name, key]) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  await new Promise((resolve) => {
    const transaction = database.transaction(name, "readwrite");
    transaction.objectStore(name).delete(key);
    transaction.oncomplete = resolve;
  });
  database.close();
}"""


def check(tablet: Tablet) -> dict[str, Any]:
    """Press the button; what was found."""
    tablet.go("#/sync")
    button = tablet.page.get_by_role("button", name="Kiểm tra lại")
    expect(button).to_be_enabled()
    before = checked(tablet).get("at", "")
    button.click()
    tablet.until(lambda: checked(tablet).get("at", "") > before)
    return checked(tablet)


def checked(tablet: Tablet) -> dict[str, Any]:
    return next((dict(row["value"]) for row in tablet.rows("meta", "checked")), {})


def found(tablet: Tablet) -> tuple[int, int, int]:
    told = check(tablet)
    return told["sent"], told["fetched"], told["removed"]


def asked(tablet: Tablet) -> list[str]:
    """The requests of a comparison from here on."""
    seen: list[str] = []
    tablet.page.on("request", lambda request: seen.append(request.url) if "/compare" in request.url else None)
    return seen


def test_equal_sides_need_one_request_and_the_tablet_says_that_nothing_was_missing(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.until(lambda: bool(checked(tablet)))
    requests = asked(tablet)
    assert found(tablet) == (0, 0, 0)
    assert len(requests) == 1
    expect(tablet.page.locator("main")).to_contain_text("không thiếu gì")
    tablet.sync()
    assert len(requests) == 1, "by itself only once a day"


def test_a_record_lost_in_the_storage_of_the_tablet_comes_back_and_the_tablet_tells_of_it(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(DELETE, ["records", row["id"]])
    tablet.sync()
    assert row["id"] not in {each["id"] for each in tablet.rows("records")}, "the cursor alone does not see it"
    assert found(tablet) == (0, 1, 0)
    assert next(each for each in tablet.rows("records") if each["id"] == row["id"])["heads"] == row["heads"]
    expect(tablet.page.locator("main")).to_contain_text("1 bản ghi được tải lại")
    assert found(tablet) == (0, 0, 0)
    expect(tablet.page.locator("main")).to_contain_text("1 bản ghi được tải lại")


@asked_by(
    "tests/sync/test_browser_lives.py::test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does"
)
def test_an_older_state_of_a_record_is_replaced_and_newer_work_on_the_tablet_stays(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    with tablet.server.app.app_context():
        begin_writing()
        lan = db.session.scalars(sa.select(Account).where(Account.username == "lan")).one()
        intake.save("household", row["id"], {"members": 11}, account=lan)
        db.session.commit()
    tablet.sync()
    [pulled] = tablet.rows("pulled")
    tablet.page.evaluate(DELETE, ["pulled", pulled["id"]])
    tablet.offline()
    correct_a_household(tablet, "7")  # this folds the record again, without what was lost
    tablet.offline(False)
    tablet.sync()
    assert found(tablet) == (0, 1, 0)
    heads = next(each for each in tablet.rows("records") if each["id"] == row["id"])["heads"]
    with tablet.server.app.app_context():
        assert heads == db.session.get_one(SURVEYS["household"], row["id"]).heads


@asked_by(
    "tests/sync/test_browser_lives.py::test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does"
)
def test_a_change_the_server_lost_after_its_receipt_is_sent_again(tablet: Tablet) -> None:
    tablet.enrol()
    row = correct_a_household(tablet)
    tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    [own] = tablet.rows("changes")
    with tablet.server.app.app_context():
        db.session.execute(change.delete().where(change.c.id == own["id"]))
        intake.refold([row["id"]])
        db.session.commit()
    sent, _fetched, _removed = found(tablet)
    assert sent == 1
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]
    expect(tablet.page.locator("main")).to_contain_text("1 thay đổi được gửi lại")
    assert found(tablet) == (0, 0, 0)


@asked_by(
    "tests/sync/test_browser_lives.py::test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does"
)
def test_a_record_the_server_does_not_show_this_tablet_goes_unless_there_is_work_on_it(tablet: Tablet) -> None:
    tablet.enrol()
    first, second = [row["id"] for row in tablet.rows("records") if row["survey"] == "decision"][:2] or (None, None)
    assert first
    with tablet.server.app.app_context():
        decision = SURVEYS["decision"]
        db.session.execute(sa.update(decision).where(decision.id == first).values(area=None))
        db.session.commit()
    assert found(tablet) == (0, 0, 1)
    ids = {row["id"] for row in tablet.rows("records")}
    assert first not in ids
    assert second in ids


def test_work_that_is_held_is_no_difference(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet.enrol()
    monkeypatch.setattr(Judge, "__call__", lambda *_: "outside_area")
    row = correct_a_household(tablet)
    tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    [own] = tablet.rows("changes")
    assert own["receipt"]["verdict"] == "held"
    assert found(tablet) == (0, 0, 0)
    shown = next(each for each in tablet.rows("records") if each["id"] == row["id"])
    assert shown["values"]["members"] == 7, "what is held on the server stays as it is on the tablet"


# --- versions of the wire -------------------------------------------------------------------------------------


def test_the_app_speaks_the_versions_that_the_server_speaks() -> None:
    text = (STATIC / "wire/wire.js").read_text(encoding="utf-8")
    told = {name: int(value) for name, value in re.findall(r"export const (OLDEST|NEWEST) = (\d+);", text)}
    assert (told["OLDEST"], told["NEWEST"]) == protocol.spoken()


@a_walk
def test_an_app_too_old_for_the_server_hands_over_its_work_and_offers_to_update(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.enrol()
    tablet.offline()
    row = correct_a_household(tablet)
    monkeypatch.setattr(protocol, "VERSIONS", dict.fromkeys(range(1, 4), "…"))
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Ứng dụng này quá cũ so với máy chủ")
    tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]
    with tablet.page.expect_navigation():
        banner.get_by_role("button", name="Cập nhật ứng dụng").click()
    tablet.page.locator("#tabs a").first.wait_for()
    monkeypatch.undo()  # as if what was loaded were newer
    tablet.sync()
    expect(tablet.page.locator("#banners")).not_to_contain_text("quá cũ")


def test_a_server_older_than_the_app_is_told_of(tablet: Tablet) -> None:
    tablet.enrol()

    def older(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "proto": 0})

    tablet.context.route("**/sync/v1/hello*", older)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.locator("main")).to_contain_text("Máy chủ chạy phiên bản cũ hơn ứng dụng này")


def test_a_bomb_for_an_answer_is_no_network(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet.enrol()
    hello = tablet.server.app.view_functions["sync_api.hello"]

    def blown_up() -> Response:
        honest = make_response(hello()).get_data()
        return Response(gzip.compress(b" " * 40_000_000 + honest), headers={"Content-Encoding": "gzip"})

    monkeypatch.setitem(tablet.server.app.view_functions, "sync_api.hello", blown_up)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.locator("main")).to_contain_text("nơi khác trả lời thay máy chủ")

"""The PIN: what it opens, what a wrong or a forgotten one costs (no record); and several people on one tablet."""

from __future__ import annotations

import sqlalchemy as sa
from playwright.sync_api import expect

from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.surveys import SURVEYS
from tests.again import a_walk
from tests.conftest import Server
from tests.tablet.conftest import PIN, Tablet, code_for
from tests.tablet.inside import copied
from tests.tablet.locking import ANOTHER_PIN, WRONG, choose, connect, lock, lying, type_pin, unlock, work
from tests.tablet.test_second_copy import close_the_app, lose_the_store
from tests.tablet.test_usable import check


def test_a_locked_app_opens_with_its_pin_at_the_same_place_and_wrong_ones_only_cost_time(locked: Tablet) -> None:
    page = locked.page
    page.clock.install()
    locked.open()
    page.locator("#code").fill(code_for(locked.server))
    page.locator("main form button[type=submit]").click()
    page.locator("#pin-new").wait_for()
    assert [row["name"] for row in lying(locked, "meta")] == []  # nobody is known before there is a PIN
    spaced = f"{PIN[:4]} {PIN[4:]}"
    unfit = (("1234567", "quá ngắn"), ("12345678", "quá dễ đoán"), (spaced, "dấu cách"))
    for pin, again, told in ((PIN, WRONG, "không giống"), *((pin, "", told) for pin, told in unfit)):
        choose(locked, pin, again)
        expect(page.locator("#pin-error")).to_contain_text(told)
    page.set_viewport_size({"width": 360, "height": 740})
    check(page, "vi", "a PIN is chosen")
    choose(locked, PIN)
    locked.wait_synced()
    [kept] = [row["value"] for row in lying(locked, "meta") if row["name"] == "lock"]
    assert kept["n"] >= 600_000
    assert kept["label"] == "Lan"

    locked.go("#/new/household")
    locked.fill_part("household")
    locked.next_part()
    page.locator("#household-head_name").fill("Bàn Thị Mẩy")  # still being typed
    page.clock.fast_forward("15:20")
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    assert "Bàn Thị Mẩy" not in page.content()
    for _try in range(5):
        type_pin(locked, WRONG)
        expect(page.locator("#pin")).to_have_value("")
        expect(page.locator("#pin-error")).to_contain_text("PIN")
    expect(page.locator("#pin-error")).to_contain_text("Có thể thử lại sau 30 giây")
    expect(page.get_by_role("button", name="Mở khóa")).to_be_disabled()
    check(page, "vi", "the lock")
    page.reload()  # begins no new count
    expect(page.locator("#pin-error")).to_contain_text("Nhập sai mã PIN quá nhiều lần")
    page.clock.fast_forward("00:31")
    expect(page.get_by_role("button", name="Mở khóa")).to_be_enabled()
    unlock(locked, spaced)  # of digits alone, a space among them is a slip
    expect(page.locator("#household-head_name")).to_have_value("Bàn Thị Mẩy")

    locked.go("#/people")
    page.locator("#pin-old").fill(PIN)
    choose(locked, ANOTHER_PIN)
    expect(page.locator(".toast-line")).to_contain_text("Đã đổi mã PIN")
    lock(locked)
    type_pin(locked, PIN)
    expect(page.locator("#pin-error")).to_contain_text("không đúng")
    unlock(locked, ANOTHER_PIN)
    expect(page.locator("h1")).to_have_text("Mã PIN và người dùng")


def test_work_is_sent_while_the_app_is_locked_and_a_forgotten_pin_loses_nothing(locked: Tablet) -> None:
    page = locked.page
    locked.enrol()
    locked.offline()
    made = work(locked)
    locked.until(lambda: len(copied(locked, "photo")) == 1)
    lock(locked)
    expect(page.locator("#carried")).to_contain_text("1 phiếu đã hoàn thành")
    lose_the_store(locked)  # and even the store may break meanwhile

    locked.offline(False)
    locked.open(f"#/fill/{made['draft']}")
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    locked.until(lambda: all(change["receipt"] for change in lying(locked, "changes")))
    with locked.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], made["household"]).members == 7  # type: ignore[attr-defined]
    page.get_by_role("button", name="Tôi quên mã PIN").click()
    page.locator("#code").fill(code_for(locked.server))
    page.locator("main form button[type=submit]").click()
    choose(locked, ANOTHER_PIN)
    expect(locked.question("housing_need", "photo_front").locator(".thumb img")).to_have_js_property("complete", True)
    assert len(locked.delivered()) == 1
    locked.go(f"#/record/{made['household']}")
    expect(page.locator("main")).to_contain_text("7")
    locked.page.reload()
    type_pin(locked, PIN)
    expect(page.locator("#pin-error")).to_contain_text("không đúng")
    unlock(locked, ANOTHER_PIN)


@a_walk
def test_what_one_person_finished_is_sent_while_another_works_and_neither_sees_the_other(
    locked: Tablet,
) -> None:
    page = locked.page
    locked.enrol()
    locked.offline()
    made = work(locked, finish=True)
    lock(locked)
    locked.context.route("**/sync/v1/push", lambda route: route.abort())
    locked.offline(False)
    page.get_by_role("button", name="Người khác").click()
    page.get_by_role("button", name="Thêm người dùng trên máy này").click()
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    assert {row["receipt"] for row in lying(locked, "changes")} == {None}
    locked.context.unroute("**/sync/v1/push")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    locked.until(lambda: all(row["receipt"] for row in lying(locked, "changes")))
    locked.until(lambda: [row["state"] for row in lying(locked, "photos")] == ["stored"])
    with locked.server.app.app_context():
        assert attachments.state(made["photo"]) == "stored"
    assert lying(locked, "changes", "fieldapp-2") == []
    mine = {row["id"] for row in lying(locked, "records", "fieldapp-2")}
    assert not mine & {row["id"] for row in lying(locked, "records")}
    devices = [
        row["value"]["device"]
        for name in ("fieldapp", "fieldapp-2")
        for row in lying(locked, "meta", name)
        if row["name"] == "courier"
    ]
    assert len(set(devices)) == 2

    page.locator("#lock").click()
    page.get_by_role("button", name="Lan").click()
    unlock(locked)
    locked.go("#/receipts")
    expect(page.locator("main")).to_contain_text("Máy chủ đã nhận")


@a_walk
def test_somebody_whose_data_are_lost_is_not_simply_missing_from_the_list(locked: Tablet) -> None:
    page = locked.page
    locked.enrol()
    lock(locked)
    page.get_by_role("button", name="Người khác").click()
    page.get_by_role("button", name="Thêm người dùng trên máy này").click()
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    lock(locked)
    label = page.locator(".cards button").last.inner_text()

    def lose() -> None:
        close_the_app(locked)
        assert page.evaluate(LOSE_SECOND)
        locked.open()
        expect(page.locator("h1")).to_have_text("Anh/chị là ai?")

    lose()
    told = page.locator(".notice-danger")
    expect(told).to_contain_text(f"Dữ liệu của {label} trên máy này đã mất")
    expect(told).to_contain_text("Hãy báo quản trị viên và xin mã mới")
    expect(page.locator(".cards button")).to_have_text(["Lan"])
    check(page, "vi", "who are you")
    told.get_by_role("button", name=f"Kết nối lại cho {label}").click()
    expect(page.locator("h1")).to_have_text("Dữ liệu trên máy này đã mất")
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    lock(locked)
    expect(page.locator(".cards button")).to_have_count(2)
    expect(told).to_have_count(0)

    lose()
    told.get_by_role("button", name="Người này không còn dùng máy này").click()
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    page.reload()
    expect(page.locator(".who-line")).to_have_text("Lan")


LOSE_SECOND = """navigator.storage.getDirectory().then((top) => top.removeEntry("copy-2", { recursive: true }))
  .then(() => new Promise((done) => { indexedDB.deleteDatabase("fieldapp-2").onsuccess = () => done(true); }))"""


def another_surveyor(server: Server) -> str:
    with server.app.app_context():
        query = sa.select(Account.username).where(Account.username.startswith("khaosat.")).order_by(Account.username)
        return db.session.scalars(query).first() or ""

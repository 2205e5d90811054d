"""What goes wrong in the field, and what a person is told: one clear sentence, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import BrowserContext, Playwright, Route, expect

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Device
from fieldapp.review import decide
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.household import Household
from sync import Journal
from tests.browser import launch_options
from tests.conftest import PROFILE, Server
from tests.tablet.conftest import Tablet, a_photo, code_for
from tests.tablet.inside import inside
from tests.tablet.profile import Enrolled

PUSH = "**/sync/v1/push"


def fill_in_a_correction(tablet: Tablet, members: str = "7") -> dict[str, Any]:
    """Change one answer of a household of the sample, as a whole form; gives the record as it was."""
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/edit/{row['id']}")
    tablet.page.locator(".contents summary").click()
    tablet.page.get_by_role("button", name="Nhân khẩu của hộ").click()
    tablet.answer("household", "members", members)
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    expect(tablet.page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    return row


def correct_a_household(tablet: Tablet, members: str = "7") -> dict[str, Any]:
    """The same correction without its form, which need not be filled in for each test of what becomes of it; the app
    shows the record then, and sends it.
    """
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(CORRECT, {"id": row["id"], "members": int(members)})
    tablet.go(f"#/record/{row['id']}")
    tablet.page.locator(".badges").first.wait_for()
    return row


CORRECT = inside("""
  const { settle } = await load("records/records.js");
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  await settle({ store, session, forms }, await store.get("records", given.id), { members: given.members });
  sync.nudge();
""")


def test_a_lost_response_is_healed_by_sending_again_and_counts_once(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    row = fill_in_a_correction(tablet)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    tablet.context.route(PUSH, lose)
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    tablet.until(lambda: bool(tablet.rows("changes")[0].get("tried_at")))
    assert tablet.rows("changes")[0]["receipt"] is None
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator(".badges").first).to_contain_text("Đã gửi, chưa có biên nhận")

    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    [change] = tablet.delivered()
    assert change["receipt"]["verdict"] == "duplicate"
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]


def test_a_line_that_breaks_after_the_server_has_answered_is_not_called_no_network(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet)
    tablet.context.route(PUSH, lambda route: route.abort("connectionreset"))
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.locator("main")).to_contain_text("Đường truyền bị đứt giữa chừng")
    expect(tablet.page.locator("main")).not_to_contain_text("Hiện không có mạng")


def test_a_login_page_that_answers_everything_with_200_is_no_network(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet)
    page_of_a_hotel = "<!doctype html><title>Wi-Fi</title><form>Đăng nhập Wi-Fi</form>"
    tablet.context.route("**/sync/v1/**", lambda route: route.fulfill(body=page_of_a_hotel, content_type="text/html"))
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.locator("main")).to_contain_text("Hiện không có mạng")
    assert [change["receipt"] for change in tablet.rows("changes")] == [None]
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Đồng bộ")


def test_a_revoked_tablet_hands_in_what_is_finished_and_goes_on_after_connecting_again(tablet: Tablet) -> None:
    tablet.enrol()
    with tablet.server.app.app_context():
        for device in db.session.scalars(tablets()):
            people.revoke(device, datetime.now(UTC))
        db.session.commit()
    correct_a_household(tablet)
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Mọi thứ anh/chị đã nhập vẫn nằm trên máy")
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    [change] = tablet.rows("changes")
    assert (change["receipt"]["verdict"], change["receipt"]["reason"]) == ("held", "revoked")
    with tablet.server.app.app_context():
        assert [each.held for each in intake.journal().held() if each.change.id == change["id"]] == ["revoked"]
    tablet.go("#/receipts")
    expect(tablet.page.locator(".receipts")).to_contain_text("Đã bàn giao sau khi máy này bị ngừng sử dụng")

    banner.get_by_role("button", name="Kết nối lại").click()
    expect(tablet.page.locator("h1")).to_have_text("Kết nối lại máy tính bảng")
    before = tablet.synced_at()
    tablet.page.locator("#code").fill(code_for(tablet.server))
    tablet.page.locator("main form button[type=submit]").click()
    tablet.wait_synced(before)
    expect(banner).not_to_contain_text("Máy chủ không còn nhận")
    correct_a_household(tablet, "8")
    tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    held, sent = sorted(tablet.rows("changes"), key=lambda each: bool(each["id"] != change["id"]))  # seq begins anew
    assert held["receipt"]["verdict"] == "held"
    tablet.delivered(sent["id"])


@pytest.mark.parametrize("asked", ["a server of today", "an older one"])
def test_another_persons_code_changes_nothing_on_a_tablet_that_is_connected_again(tablet: Tablet, asked: str) -> None:
    tablet.enrol()
    tablet.context.route(PUSH, lambda route: route.abort())
    correct_a_household(tablet)
    before, code = kept(tablet), code_for(tablet.server, "binh")

    def as_before(route: Route) -> None:
        body: dict[str, str] = json.loads(route.request.post_data or "")
        body.pop("author")
        route.continue_(post_data=json.dumps(body))

    if asked == "an older one":
        tablet.context.route("**/sync/v1/enrol", as_before)
    tablet.go("#/connect")
    tablet.page.locator("#code").fill(code)
    tablet.page.locator("main form button[type=submit]").click()
    error = tablet.page.locator("#enrol-error")
    expect(error).to_contain_text("Dữ liệu trên máy này là của Hoàng Thị Lan")
    expect(error).to_contain_text("mở “Mã PIN và người dùng”")
    assert ("Mã này chưa bị dùng." in error.inner_text()) == (asked == "a server of today")
    assert kept(tablet) == before
    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    assert len(tablet.delivered()) == 1
    if asked == "a server of today":
        with tablet.server.app.app_context():
            assert people.enrol(code, "", datetime.now(UTC))[0].account.username == "binh"


def kept(tablet: Tablet) -> tuple[dict[str, Any], list[Any]]:
    """Whose a tablet is, and what of it waits."""
    who = {row["name"]: row["value"] for row in tablet.rows("meta")}
    waiting = [change["id"] for change in tablet.rows("changes") if not change["receipt"]]
    return {name: who[name] for name in ("account", "device", "areas", "courier")}, waiting


def test_a_tablet_the_server_never_heard_of_keeps_its_queue(tablet: Tablet) -> None:
    tablet.enrol()
    with tablet.server.app.app_context():
        db.session.execute(sa.update(Device).where(Device.kind == "tablet").values(token_hash=Device.id))
        db.session.commit()
    correct_a_household(tablet)
    expect(tablet.page.locator("#banners")).to_contain_text("Mọi thứ anh/chị đã nhập vẫn nằm trên máy")
    assert [change["receipt"] for change in tablet.rows("changes")] == [None]


def tablets() -> sa.Select[tuple[Device]]:
    """All of the server, those of tests before included: which of them is this one does not matter."""
    return sa.select(Device).where(Device.kind == "tablet", Device.revoked_at.is_(None))


def test_a_clock_two_days_wrong_is_told_and_the_work_is_kept(tablet: Tablet) -> None:
    tablet.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=2))
    tablet.enrol()
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Đồng hồ của máy chạy nhanh 2 ngày.")
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    [change] = tablet.rows("changes")
    assert change["receipt"]["verdict"] == "clock_ahead"
    tablet.go("#/sync")
    today = datetime.now(timezone(timedelta(hours=7)))
    expect(tablet.page.locator("main")).to_contain_text(re.compile(rf"Đồng bộ lần cuối lúc \S+ {today:%d/%m/%Y}"))


def test_a_wrong_or_used_code_is_told_and_can_be_typed_again(tablet: Tablet) -> None:
    tablet.open()
    tablet.page.locator("#code").fill("AAAA-AAAA")
    tablet.page.locator("main form button[type=submit]").click()
    error = tablet.page.locator("#enrol-error")
    expect(error).to_be_visible()
    expect(tablet.page.locator("#code")).to_be_focused()
    assert len(error.inner_text()) > 20


def test_a_file_that_is_no_photo_is_refused_with_a_sentence_and_the_form_goes_on(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    letter = tmp_path / "thu.jpg"
    letter.write_text("Không phải ảnh")
    box = tablet.question("housing_need", "photo_front")
    box.locator("input[type=file]").last.set_input_files(letter)
    expect(box).to_contain_text("Tệp này không phải ảnh mà máy mở được.")
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))


def start_a_need_at_its_photos(tablet: Tablet) -> None:
    tablet.page.locator("#tabs").get_by_role("link").first.wait_for()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/new/housing_need/{row['id']}")
    tablet.fill_part("housing_need")
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.question("housing_need", "photo_front").wait_for()


@pytest.fixture
def on_disk(
    playwright: Playwright, server: Server, tmp_path: Path, enrolled: Enrolled
) -> Iterator[Callable[..., Tablet]]:
    """A tablet with a profile on the disk, as often as it is switched on: only such a one can be full."""
    running: list[Tablet] = []

    def switch_on(**more: Any) -> Tablet:
        if running:
            running[-1].context.close()
        options: dict[str, Any] = {**launch_options(), **PROFILE, **more}
        context = playwright.chromium.launch_persistent_context(str(tmp_path / "profile"), **options)
        running.append(Tablet(context, server))
        running[-1].enrolled = enrolled
        return running[-1]

    yield switch_on
    running[-1].context.close()
    assert not [fault for tablet in running for fault in tablet.faults]


def test_a_full_tablet_says_so_before_the_form_is_left_and_keeps_the_text(
    on_disk: Callable[[], Tablet], tmp_path: Path
) -> None:
    tablet = on_disk()
    tablet.enrol()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    used = tablet.page.evaluate(USED)

    tablet = on_disk()
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url, "quotaSize": used + 700_000})
    tablet.open()
    start_a_need_at_its_photos(tablet)
    box, told = tablet.question("housing_need", "photo_front"), tablet.page.locator(".notice-danger")
    while not told.is_visible():
        box.locator("input[type=file]").last.set_input_files(a_grainy_photo(tmp_path))
        box.locator(".point-said", has_text="Đang lưu").wait_for(state="detached")
    expect(told).to_contain_text("Bộ nhớ của máy đã đầy: ảnh chưa được lưu.")
    kept = box.locator(".thumb").count()
    tablet.page.locator("#housing_need-remarks").fill("Nhà cuối dốc")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"].get("remarks") == "Nhà cuối dốc")
    expect(told).to_be_hidden()
    [draft] = tablet.rows("drafts")
    assert len(draft["answers"]["photo_front"] or []) == kept == len(tablet.rows("photos"))

    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url})
    tablet.add_photo("housing_need", "photo_inside", a_photo(tmp_path))


BALLAST = """() => navigator.storage.getDirectory().then((folder) => folder.getFileHandle("ballast"))
  .then((handle) => handle.getFile()).then((file) => file.size, () => 0)"""
USED = "() => navigator.storage.estimate().then(({ usage }) => usage)"


def a_grainy_photo(folder: Path) -> Path:
    """A picture that no compression makes small, and never the same twice."""
    path = folder / "grain.png"
    Image.effect_noise((1100, 800), 120).save(path, compress_level=1)
    return path


FULL = inside(
    """
  const [{ StorageFull }, { Store }] = await Promise.all([load("store/errors.js"), load("store/store.js")]);
  const { write } = Store.prototype;
  Store.prototype.write = async () => { throw new StorageFull(); };
  window.makeRoom = () => { Store.prototype.write = write; };
"""
)
"""From now on nothing fits on the tablet, not even where the ballast was."""


def test_a_reply_that_does_not_fit_is_told_and_stays_written(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    page = tablet.page
    tablet.go(f"#/reply/{row['id']}")
    page.locator("#reply-").fill("Đã đếm lại, đúng 4 khẩu.")
    tablet.until(lambda: page.evaluate(BALLAST) > 0)
    page.evaluate(FULL)
    save = page.get_by_role("button", name="Lưu trả lời")
    save.click()
    told = page.get_by_role("alert").filter(has_text="Bộ nhớ của máy đã đầy: chưa lưu được.")
    expect(told).to_be_in_viewport()
    assert page.evaluate(BALLAST) == 0
    assert not page.evaluate(inside("return store.low;"))  # else it would be told that all is saved
    page.locator("#lock").click()
    expect(page.locator("main .notice-danger", has_text="Bộ nhớ của máy đã đầy")).to_be_in_viewport()
    expect(page.locator("#reply-")).to_have_value("Đã đếm lại, đúng 4 khẩu.")
    page.evaluate("window.makeRoom()")
    save.click()
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")


def send_back(tablet: Tablet, row: dict[str, Any]) -> None:
    """A supervisor returns a record, with a comment on one answer."""
    with tablet.server.app.app_context():
        begin_writing()
        record = db.session.get_one(SURVEYS["household"], row["id"])
        binh = db.session.scalars(sa.select(Account).where(Account.username == "binh")).one()
        heads = {head for heads in record.heads.values() for head in heads}
        pin = {"question": "members", "text": "Đếm lại số khẩu giúp tôi."}
        decide(record, "return", account=binh, seen=heads, comment="Xem lại giúp.", pinned=[pin])  # type: ignore[list-item]
        db.session.commit()


def test_a_form_that_a_full_tablet_cannot_open_says_what_to_do_and_opens_once_there_is_room(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(FULL)
    tablet.go(f"#/edit/{row['id']}")
    heading = tablet.page.locator("h1")
    expect(heading).to_have_text("Bộ nhớ của máy đã đầy")
    expect(heading).to_be_focused()
    expect(tablet.page.locator("main")).to_contain_text("Hãy xóa bớt ảnh hoặc phim trên máy")
    tablet.page.get_by_role("button", name="Việc cần làm").click()
    expect(heading).to_have_text("Việc cần làm")
    tablet.go(f"#/edit/{row['id']}")
    expect(heading).to_have_text("Bộ nhớ của máy đã đầy")
    tablet.page.evaluate("window.makeRoom()")
    tablet.page.get_by_role("button", name="Thử lại").click()
    tablet.page.locator(".part:visible").wait_for()


def test_a_member_a_full_tablet_cannot_take_off_stays_and_so_does_what_was_typed(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    row = next(row for row in tablet.rows("records") if row["survey"] == "household_member")
    tablet.go(f"#/members/{row['values']['household']}/{row['id']}")
    tablet.answer("household_member", "birth_year", "1999")
    tablet.until(lambda: bool(tablet.rows("drafts")))
    page.evaluate(FULL)
    page.on("dialog", lambda dialog: dialog.accept())
    take_off = page.get_by_role("button", name="Đưa khỏi danh sách")
    take_off.click()
    told = page.get_by_role("alert").filter(has_text="Bộ nhớ của máy đã đầy: chưa lưu được.")
    expect(told).to_be_in_viewport()
    expect(tablet.question("household_member", "birth_year").locator("input")).to_have_value("1999")
    assert [draft["answers"]["birth_year"] for draft in tablet.rows("drafts")] == [1999]
    page.evaluate("window.makeRoom()")
    take_off.click()
    expect(page.locator(".saved").filter(has_text="Đã đưa khỏi danh sách")).to_be_visible()
    expect(told).to_have_count(0)
    assert tablet.rows("drafts") == []
    tablet.sync()  # none that begins later draws the next page anew

    other = next(row for row in tablet.rows("records") if row["survey"] == "household_member" and not row["withdrawn"])
    tablet.go(f"#/record/{other['id']}")
    page.evaluate(FULL)
    page.get_by_role("button", name="Nhập trùng hoặc nhập nhầm").click()
    expect(told).to_be_in_viewport()


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


def test_an_emptied_store_without_its_copy_is_told_as_a_loss_and_not_as_a_new_tablet(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.page.goto("about:blank")
    tablet.page.goto(f"{tablet.server.url}/app/manifest.webmanifest")
    gone = "new Promise((done) => { indexedDB.deleteDatabase('fieldapp').onsuccess = () => done(true); })"
    assert tablet.page.evaluate(gone)
    tablet.page.evaluate("navigator.storage.getDirectory().then((top) => top.removeEntry('copy', { recursive: true }))")
    tablet.open()
    expect(tablet.page.locator("h1")).to_have_text("Dữ liệu trên máy này đã mất")


def test_a_server_put_back_to_an_earlier_day_is_offered_everything_again(tablet: Tablet) -> None:
    tablet.enrol()
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    with tablet.server.app.app_context():
        Journal(db.session.connection()).new_epoch()
        db.session.commit()
    tablet.sync()
    [change] = tablet.delivered()
    assert change["earlier"]["verdict"] in ("stored", "duplicate")
    assert change["receipt"]["verdict"] == "duplicate"
    assert all(cursor["whole"] for cursor in tablet.rows("cursors"))


def test_a_half_shell_is_never_kept(visit: Callable[..., BrowserContext], server: Server) -> None:
    tablet = Tablet(visit(), server)
    tablet.context.route("**/app/icon-512.png", lambda route: route.fulfill(body="<html>", content_type="text/html"))
    tablet.open()
    tablet.page.locator("#code").wait_for()
    tablet.page.wait_for_timeout(500)
    state = "navigator.serviceWorker.getRegistration('/app/').then((found) => Boolean(found?.active))"
    assert not tablet.page.evaluate(state)
    assert tablet.page.evaluate("caches.keys()") == []


def test_a_form_open_in_two_windows_is_written_in_one(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.fill_part("household")
    address = tablet.page.url
    other = tablet.watch(tablet.context.new_page())
    other.goto(address)
    expect(other.locator("h1")).to_have_text("Phiếu này đang mở ở cửa sổ khác")
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    other.reload()
    expect(other.locator("h1")).to_have_text("Thêm hộ mới")


NO_LONG_WAITS = """() => {
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...more) => (ms < 5000 ? setTimeout(work, ms, ...more) : 0);
}"""


def test_a_window_that_waits_for_the_sync_of_another_says_so_and_goes_on_as_soon_as_that_ends(tablet: Tablet) -> None:
    tablet.enrol()
    other = tablet.watch(tablet.context.new_page())
    other.goto(f"{tablet.server.url}/app/#/sync")
    expect(other.locator("main")).to_contain_text("Dữ liệu đã mới nhất")
    other.evaluate(NO_LONG_WAITS)
    tablet.go("#/sync")
    tablet.context.route("**/sync/v1/hello*", lambda route: None)
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.get_by_role("button", name="Dừng")).to_be_visible()
    other.get_by_role("button", name="Đồng bộ ngay").click()
    expect(other.locator("main")).to_contain_text("Đang đồng bộ ở cửa sổ khác.")
    expect(other.locator("#sync-state")).to_have_text("Đang đồng bộ…")
    tablet.context.unroute("**/sync/v1/hello*")
    tablet.page.close()
    tablet.page = other
    expect(other.locator("main")).to_contain_text("Dữ liệu đã mới nhất")


def test_a_page_that_cannot_be_drawn_takes_the_keyboard_and_leads_on(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(
        inside(
            """
            const { Store } = await load("store/store.js");
            const { get } = Store.prototype;
            Store.prototype.get = () => Promise.reject(new Error("unreadable"));
            window.mend = () => { Store.prototype.get = get; };
            """
        )
    )
    tablet.go(f"#/record/{row['id']}")
    heading = tablet.page.locator("h1")
    expect(heading).to_have_text("Có trục trặc")
    expect(heading).to_be_focused()
    tablet.page.evaluate("window.mend()")
    tablet.page.get_by_role("button", name="Việc cần làm").click()
    expect(heading).to_have_text("Việc cần làm")
    tablet.go(f"#/record/{row['id']}")
    expect(heading).to_have_text(row["values"]["head_name"])


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


@pytest.mark.parametrize("how", ["an earlier download", "the feed", "this tablet"])
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

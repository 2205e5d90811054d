"""What became of everything made on the tablet: told, compared with the server's count, shown as proof."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.intake.why_held import Judge
from tests.again import a_walk, asked_by
from tests.tablet.acts import correct_a_household, start_a_need_at_its_photos, tablets
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import inside
from tests.tablet.test_usable import check

PARTS = re.compile(r"/sync/v1/blob/\w+/\d")


def test_a_day_s_work_is_shown_as_proof_and_a_server_that_counts_less_is_told_plainly(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet)
    main = tablet.page.locator("main")
    tablet.go("#/receipts")
    expect(tablet.page.locator(".receipts")).to_contain_text("Chỉ có trên máy này")
    expect(main).to_contain_text("Chưa có số đếm của máy chủ")
    main.get_by_role("link", name="Xem bản xác nhận").click()
    expect(main).to_contain_text("Máy chủ đã nhận 0/1 thay đổi")

    tablet.offline(False)
    tablet.sync()
    tablet.offline()
    [change] = tablet.rows("changes")
    tablet.go("#/receipts")
    expect(tally(tablet, "Máy chủ đếm được")).to_have_text(["1", "0"])
    main.get_by_role("link", name="Xem bản xác nhận").click()
    proof = tablet.page.locator(".proof")
    expect(proof).to_contain_text("Máy chủ đã cấp biên nhận cho mọi thứ lập trong ngày này.")
    expect(proof).to_contain_text(f"Biên nhận {change['id'][:8].upper()}")
    expect(proof).to_contain_text("Giờ máy chủ:")
    expect(proof).to_contain_text("(lan)")
    size = proof.locator("li strong").first.evaluate("(line) => parseFloat(getComputedStyle(line).fontSize)")
    assert size >= 20, "readable at arm's length"
    check(tablet.page, "vi", "the proof")
    tablet.page.emulate_media(media="print")
    expect(tablet.page.locator("#tabs")).to_be_hidden()
    expect(proof).to_be_visible()
    tablet.page.emulate_media(media="screen")

    def forget(route: Route) -> None:
        answer = route.fetch()
        days = {day: {"changes": 0, "photos": 0} for day in answer.json()["days"]}
        route.fulfill(response=answer, json={**answer.json(), "days": days})

    tablet.context.route("**/sync/v1/counts*", forget)
    tablet.offline(False)
    tablet.sync()
    tablet.go("#/receipts")
    expect(tablet.page.locator(".notice-danger")).to_contain_text(
        "thiếu 1 thay đổi. Hãy mở “Đồng bộ” và bấm “Kiểm tra lại”"
    )


def tally(tablet: Tablet, label: str) -> Any:
    return tablet.page.locator(".tally tr", has_text=label).locator("td")


@a_walk
def test_what_an_administrator_refused_released_or_undid_later_is_told_on_the_record(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.enrol()
    with monkeypatch.context() as patch:
        patch.setattr(Judge, "__call__", lambda *_: "outside_area")
        row = correct_a_household(tablet)
        tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    tablet.go("#/")
    tablet.go(f"#/record/{row['id']}")
    notice, badge = tablet.page.locator(".fate"), tablet.page.locator(".badges").first
    expect(notice).to_contain_text("Tạm giữ")
    expect(notice).to_contain_text("Số khẩu")
    expect(notice).to_contain_text("Máy chủ và mọi người khác không dùng chúng.")
    [change] = tablet.rows("changes")

    def rule(verdict: str, about: list[str]) -> list[str]:
        """What an administrator decides about changes; gives the changes that say so."""
        with tablet.server.app.app_context():
            intake.rule(about, verdict, account=people.find_account("quan"))
            here = intake.journal()
            said = here.changes_of_batch(here.batches(1)[0].id)
            db.session.commit()
        tablet.sync()
        tablet.go(f"#/record/{row['id']}")
        return said

    release = rule("release", [change["id"]])
    expect(badge).to_contain_text("Máy chủ đã nhận")
    expect(notice).to_have_count(0)
    rule("exclude", release)  # the batch of the release is undone
    expect(badge).to_contain_text("Tạm giữ")
    expect(notice).to_contain_text("Quản trị viên sẽ quyết định.")
    expect(notice).to_contain_text("các câu trả lời đó không nằm trong số này")
    rule("include", release)
    expect(badge).to_contain_text("Máy chủ đã nhận")
    expect(notice).to_have_count(0)
    rule("refuse", [change["id"]])
    expect(badge).to_contain_text("Đã từ chối")
    expect(notice).to_contain_text("Quản trị viên đã từ chối.")
    tablet.go("#/receipts")
    expect(tally(tablet, "Đã nhận, có biên nhận")).to_have_text(["0", "0"])


@a_walk
def test_photos_wait_for_the_button_and_a_sync_that_is_stopped_goes_on_where_it_was(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    tablet.go("#/sync")
    main = tablet.page.locator("main")
    expect(main).to_contain_text("không phân biệt được Wi-Fi với mạng di động")
    line = (
        "const { photosMayGo } = await load('wire/line.js');"
        "return given.map(([mode, where]) => photosMayGo(mode, where));"
    )
    wifi, mobile = {"connection": {"type": "wifi"}}, {"connection": {"type": "cellular"}}
    cases = [(None, mobile), ("always", mobile), ("wifi", wifi), ("wifi", mobile), ("wifi", {}), ("asked", wifi)]
    assert tablet.page.evaluate(inside(line), cases) == [True, True, True, False, False, False]
    main.get_by_label("Chỉ khi tôi bấm nút").check()
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    tablet.page.evaluate(
        inside("""
      const [draft] = await store.all("drafts");
      const forms = await (await fetch(new URL("forms.vi.json", base))).json();
      await (await load("records/records.js")).finish({ store, session, forms }, draft, draft.answers);
    """)
    )
    tablet.sync()
    assert len(tablet.delivered()) == 1
    assert [photo["state"] for photo in tablet.rows("photos")] == ["waiting"]
    expect(main).to_contain_text("Đã đồng bộ, trừ những mục nêu ở đây")
    expect(main).not_to_contain_text("Dữ liệu đã mới nhất")

    held: list[Route] = []
    tablet.context.route(
        PARTS, lambda route: held.append(route) if route.request.method == "PUT" else route.continue_()
    )
    main.get_by_role("button", name="Gửi ảnh ngay").click()
    expect(main).to_contain_text("Ảnh 1/1: đã gửi")
    tablet.until(lambda: bool(held))
    main.get_by_role("button", name="Dừng").click()
    expect(main).to_contain_text("Đã dừng.")
    asked: list[str] = []
    tablet.page.on("request", lambda request: asked.append(request.url))
    tablet.page.evaluate("window.dispatchEvent(new Event('online'))")
    tablet.page.wait_for_timeout(300)
    assert not asked, "whoever stopped it is not overruled"
    tablet.context.unroute_all(behavior="ignoreErrors")
    main.get_by_role("button", name="Gửi ảnh ngay").click()
    tablet.until(lambda: [photo["state"] for photo in tablet.rows("photos")] == ["stored"])
    [need] = tablet.rows("changes")
    tablet.go(f"#/record/{need['record']}")
    expect(tablet.page.locator(".photo-stage")).to_contain_text("Máy chủ đã nhận")


def test_text_that_is_not_what_was_typed_is_told_and_never_sent(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    row = correct_a_household(tablet)
    tablet.page.evaluate(ALTER_SEVEN)
    tablet.offline(False)
    tablet.sync()
    [change] = tablet.rows("changes")
    assert (change["damaged"], change["receipt"]) == (True, None)
    tablet.go("#/receipts")
    tablet.go("#/sync")
    expect(tablet.page.locator(".notice-danger")).to_contain_text(
        "1 thay đổi hoặc ảnh bị hỏng trên máy này nên không gửi"
    )
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator(".badges").first).to_contain_text("Bị hỏng trên máy này")


ALTER_SEVEN = inside("""
  const change = (await store.all("changes")).find(({ text }) => text.includes('"members":7'));
  const text = change.text.replace('"members":7', '"members":70');
  await store.write(["changes"], (rows) => rows("changes").put({ ...change, text }));
""")
"""One answer of a finished form is no more what was typed."""


@asked_by("tests/tablet/test_receipts.py::test_text_that_is_not_what_was_typed_is_told_and_never_sent")
def test_a_tablet_that_was_switched_off_hands_in_only_what_is_what_was_typed(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet, "7")
    correct_a_household(tablet, "8")
    tablet.page.evaluate(ALTER_SEVEN)
    with tablet.server.app.app_context():
        for device in db.session.scalars(tablets()):
            people.revoke(device, datetime.now(UTC))
        db.session.commit()
    tablet.offline(False)
    tablet.until(lambda: any(change["receipt"] for change in tablet.rows("changes")))
    altered, sound = sorted(tablet.rows("changes"), key=lambda change: change["seq"])
    assert (altered.get("damaged"), altered["receipt"]) == (True, None)
    assert sound["receipt"]["verdict"] == "held"
    with tablet.server.app.app_context():
        assert [each.change.id for each in intake.journal().held() if each.held == "revoked"] == [sound["id"]]

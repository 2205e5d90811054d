"""An enumerator's round: connect where there is network, work for days where there is none, come back and hand over."""

from __future__ import annotations

import gzip
import json
import unicodedata
from pathlib import Path

from playwright.sync_api import expect

from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet, a_photo

NEW = "Bàn Thị Mẩy"


def test_a_household_found_in_a_village_without_network_is_sent_once_and_shows_its_receipt(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    tablet.offline()
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    find_one_already_known(tablet)
    note_one_nobody_has_listed(tablet)
    begin_its_need_and_be_told_of_a_wrong_answer(tablet)
    leave_the_draft_and_come_back_to_it(tablet)
    finish_with_photos_and_a_position(tablet, tmp_path)
    hand_over_where_there_is_network(tablet)
    see_the_receipts(tablet)


def find_one_already_known(tablet: Tablet) -> None:
    """By typing its name without accents."""
    page = tablet.page
    known = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go("#/households")
    page.locator("#search").fill(unaccented(known["values"]["head_name"]))
    page.get_by_role("link", name=known["values"]["head_name"]).first.click()
    expect(page.locator("h1")).to_have_text(known["values"]["head_name"])


def note_one_nobody_has_listed(tablet: Tablet) -> None:
    page = tablet.page
    tablet.go("#/new/household")
    tablet.fill_rest("household", {"head_name": NEW})
    expect(page.locator("h1")).to_have_text(NEW)
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    expect(page.locator(".badges").first).to_contain_text("Chỉ có trên máy này")


def begin_its_need_and_be_told_of_a_wrong_answer(tablet: Tablet) -> None:
    """It stops the form with a sentence that leads to the question."""
    page = tablet.page
    page.get_by_role("link", name="Lập phiếu khảo sát nhà ở").click()
    expect(page.locator(".referred")).to_have_text(NEW)
    tablet.fill_part("housing_need")
    tablet.next_part()
    tablet.answer("housing_need", "area_m2", "2450")
    tablet.next_part()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary a")).to_have_text(
        "Diện tích sử dụng phải từ 1 m² đến 500 m². Hãy kiểm tra lại."
    )
    page.locator(".error-summary a").click()
    expect(page.locator("#housing_need-area_m2")).to_be_focused()
    tablet.answer("housing_need", "area_m2", "24,5")


def leave_the_draft_and_come_back_to_it(tablet: Tablet) -> None:
    """After a reload it opens at the last question, with all that was answered."""
    page = tablet.page
    tablet.answer("housing_need", "floor_material", "dat")
    page.get_by_role("link", name="Để đó, làm tiếp sau").click()
    page.reload()
    tablet.go("#/")
    page.locator(".card-link", has_text=NEW).click()
    expect(page.locator("#housing_need-floor_material-dat")).to_be_focused()
    expect(page.locator("#housing_need-area_m2")).to_have_value("24,5")


def finish_with_photos_and_a_position(tablet: Tablet, folder: Path) -> None:
    """Two photos, each in parts that a weak line can carry; nothing is sent yet."""
    while not tablet.question("housing_need", "photo_front").is_visible():
        tablet.fill_part("housing_need")
        tablet.next_part()
    tablet.add_photo("housing_need", "photo_front", a_photo(folder, "front.png", 90))
    tablet.add_photo("housing_need", "photo_inside", a_photo(folder, "inside.png", 160))
    position = tablet.question("housing_need", "location")
    position.get_by_role("button", name="Lấy vị trí bằng GPS").click()
    expect(position).to_contain_text("22.147100, 105.834800, sai số 12 m")
    tablet.next_part()
    tablet.confirm_all()
    expect(tablet.page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    assert [change["receipt"] for change in tablet.rows("changes")] == [None, None]
    assert max(part["bytes"] for part in tablet.rows("parts")) <= 60 * 1024 + 28


def hand_over_where_there_is_network(tablet: Tablet) -> None:
    """Text first and in one push, then photos."""
    sent: list[str] = []
    tablet.page.on("request", lambda asked: sent.append(asked.url.split("/sync/v1/")[-1].split("/")[0].split("?")[0]))
    tablet.offline(False)
    tablet.sync()
    expect(tablet.page.locator("#sync-state")).to_contain_text("Đã gửi hết")
    assert sent.count("push") == 1
    assert sent.index("push") < sent.index("blob")
    assert len(tablet.delivered()) == 2
    assert {photo["state"] for photo in tablet.rows("photos")} == {"stored"}


def see_the_receipts(tablet: Tablet) -> None:
    page = tablet.page
    tablet.go("#/receipts")
    expect(page.locator(".receipts .card-link")).to_have_count(2)
    expect(page.locator(".receipts .card-link").first).to_contain_text("Máy chủ đã nhận")
    expect(page.locator("main")).to_contain_text("2 ảnh: Máy chủ đã nhận")


def test_the_backup_file_holds_what_has_not_been_sent(tablet: Tablet, tmp_path: Path) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet)
    tablet.go("#/sync")
    with tablet.page.expect_download() as download:
        tablet.page.get_by_role("button", name="Lưu tệp dự phòng").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    [change] = tablet.rows("changes")
    assert lines[0]["device"] == change["text"].split('"device":"')[1][:16]
    assert [line["sealed"]["id"] for line in lines if "sealed" in line] == [change["id"]]


def test_a_progress_visit_is_about_the_one_need_of_its_household(tablet: Tablet) -> None:
    tablet.enrol()
    need = next(row for row in tablet.rows("records") if row["survey"] == "housing_need")
    tablet.offline()
    tablet.go(f"#/new/progress_visit/{need['values']['household']}")
    expect(tablet.question("progress_visit", "need").locator(".referred")).to_contain_text("Phiếu khảo sát nhà ở")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"]["need"] == need["id"])


def unaccented(name: str) -> str:
    """As it is typed in a hurry."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")
    return plain.replace("đ", "d").replace("Đ", "D").lower()

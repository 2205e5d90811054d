"""What there is to do, told by the tablet alone; and nothing filled in twice by accident."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from fieldapp.reference.naming import id_of
from tests.again import a_walk
from tests.conftest import Server
from tests.support.conftest import Cases
from tests.tablet.conftest import Tablet, code_for

MORE = """async (count) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const read = database.transaction("records").objectStore("records").getAll();
  const rows = await new Promise((resolve) => (read.onsuccess = () => resolve(read.result)));
  const one = await window.unboxed("records", rows.find((row) => row.survey === "household"));
  const transaction = database.transaction(["records", "marks"], "readwrite");
  transaction.objectStore("marks").put({ id: one.survey_area, of: "more of them" });
  const records = transaction.objectStore("records");
  for (let i = 0; i < count; i += 1) {
    const values = { ...one.values, head_name: `Nông Văn Thử ${i}`, citizen_id: null };
    records.put({ ...one, id: `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`, values, refs: [] });
  }
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
  return one.area;
}"""


def section(tablet: Tablet, title: str) -> Any:
    """A part of the first page, by the beginning of its heading."""
    return tablet.page.locator("section.block").filter(has=tablet.page.locator("h2", has_text=title))


def unsurveyed(tablet: Tablet) -> list[dict[str, Any]]:
    """The households that no housing need names."""
    rows = tablet.rows("records")
    served = {row["values"]["household"] for row in rows if row["survey"] == "housing_need"}
    return [row for row in rows if row["survey"] == "household" and row["id"] not in served]


def test_the_first_page_counts_what_is_to_do_and_a_form_that_is_begun_moves_to_the_drafts(tablet: Tablet) -> None:
    tablet.enrol()
    left = unsurveyed(tablet)
    tablet.offline()
    title = "Chưa khảo sát nhà ở"
    expect(section(tablet, title).locator("h2")).to_have_text(f"{title} ({len(left)})")
    tablet.go(f"#/new/housing_need/{left[0]['id']}")
    tablet.page.locator(".part:visible").wait_for()
    tablet.answer("housing_need", "visited_on", "01/08/2026")
    tablet.go("#/")
    expect(section(tablet, title).locator("h2")).to_have_text(f"{title} ({len(left) - 1})")
    expect(section(tablet, "Bản nháp").locator("h2")).to_have_text("Bản nháp cần làm tiếp (1)")
    expect(section(tablet, "Bản nháp")).to_contain_text(left[0]["values"]["head_name"])


def test_an_approved_house_awaits_its_visit_until_one_is_begun(tablet: Tablet) -> None:
    tablet.enrol()
    waiting = section(tablet, "Chờ kiểm tra tiến độ").locator(".card-link")
    expect(waiting.first).to_be_visible()
    before = waiting.count()
    household = waiting.first.get_attribute("href").removeprefix("#/record/")
    rows = tablet.rows("records")
    approved = {row["values"]["subject"] for row in rows if row["values"].get("verdict") == "approve"}
    assert {row["id"] for row in rows if row["values"].get("household") == household} & approved
    waiting.first.click()
    expect(tablet.page.locator(".actions .btn-primary")).to_have_text("Lập phiếu kiểm tra tiến độ")
    tablet.page.locator(".actions .btn-primary").click()
    expect(tablet.page.locator("main .notice").first).to_contain_text("Lần kiểm tra trước")
    expect(tablet.question("progress_visit", "need_type").locator("input:checked")).to_have_count(1)
    expect(tablet.question("progress_visit", "photos").locator("figure")).to_contain_text("Ảnh lần kiểm tra trước")
    tablet.answer("progress_visit", "visited_on", "01/08/2026")
    tablet.go("#/")
    expect(section(tablet, "Bản nháp")).to_be_visible()
    expect(waiting).to_have_count(before - 1)


def test_a_house_that_is_late_to_begin_is_visited_first_and_for_the_milestone_that_is_next(
    tablet: Tablet, server: Server
) -> None:
    Cases(server.app).case()  # approved in April 2023, and never begun
    tablet.enrol()
    first = section(tablet, "Chờ kiểm tra tiến độ").locator(".card-link").first
    expect(first).to_contain_text("Đặng Thị Mến")
    expect(first).to_contain_text("Chậm: quá 60 ngày từ khi duyệt chưa khởi công")
    expect(first).to_contain_text("Mốc tiếp theo: Khởi công (san nền)")
    for number, since in (("30", "2023-04-01"), ("15", "2023-05-01")):  # what the province says, of its day
        said = {"code": "start_within_days", "number": number, "from_on": since}
        Cases(server.app).save("threshold", said, id_of("threshold", said))
    tablet.sync()
    tablet.go("#/")
    expect(first).to_contain_text("Chậm: quá 30 ngày từ khi duyệt chưa khởi công")


@a_walk
def test_two_thousand_households_are_told_by_village_and_listed_in_parts(tablet: Tablet) -> None:
    tablet.enrol()
    left = len(unsurveyed(tablet))
    tablet.offline()  # a sync would find two thousand that the server has never heard of
    area = tablet.page.evaluate(MORE, 2000)
    tablet.page.reload()
    heading = section(tablet, "Chưa khảo sát nhà ở").locator("h2")
    expect(heading).to_have_text(f"Chưa khảo sát nhà ở ({(2000 + left) // 1000}.{(2000 + left) % 1000:03})")
    assert section(tablet, "Chưa khảo sát nhà ở").locator(".card-link").count() <= 5
    tablet.go(f"#/todo/unsurveyed/{area}")
    cards = tablet.page.locator("main .card-link")
    expect(cards).to_have_count(60)
    tablet.page.get_by_role("button", name="Xem thêm").click()
    expect(cards).to_have_count(120)
    tablet.page.locator("#village").select_option("")
    expect(tablet.page.locator("[role=status].quiet")).to_have_text(f"2.{left:03} việc")


def test_a_tablet_without_villages_says_whom_to_ask(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.page.evaluate(
        """async () => {
          const request = indexedDB.open("fieldapp");
          const database = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
          const transaction = database.transaction(["meta", "records", "marks"], "readwrite");
          transaction.objectStore("meta").put({ name: "areas", value: [] });
          transaction.objectStore("records").clear();
          transaction.objectStore("marks").clear();
          await new Promise((resolve) => (transaction.oncomplete = resolve));
          database.close();
        }"""
    )
    tablet.offline()
    tablet.page.reload()
    expect(tablet.page.locator(".notice-warning")).to_contain_text("chưa được giao thôn nào")
    expect(tablet.page.locator("main")).not_to_contain_text("Không còn việc")


def test_the_first_day_is_explained_until_the_person_has_read_it(tablet: Tablet) -> None:
    tablet.enrol()
    how = tablet.page.locator("#how")
    expect(how).to_contain_text("Không có mạng vẫn làm được")
    expect(how).to_contain_text("Thêm vào màn hình chính")
    how.get_by_role("button", name="Tôi đã đọc").click()
    expect(how).to_have_count(0)
    tablet.page.reload()
    tablet.page.locator(".lead-line").wait_for()
    expect(how).to_have_count(0)
    tablet.page.get_by_role("button", name="Ứng dụng hoạt động thế nào").click()
    expect(how).to_be_visible()


@a_walk
def test_who_waits_for_the_first_download_is_told_on_the_same_page_when_it_is_there(tablet: Tablet) -> None:
    tablet.context.route("**/sync/v1/snapshot*", lambda route: route.abort())
    tablet.open()
    tablet.page.locator("#code").fill(code_for(tablet.server))
    tablet.page.locator("main form button[type=submit]").click()
    main = tablet.page.locator("main")
    expect(main).to_contain_text("Hãy ở nơi có mạng cho đến khi hiện “Dữ liệu đã mới nhất”.")
    tablet.page.get_by_role("button", name="Tôi đã đọc").click()
    tablet.context.unroute_all(behavior="wait")
    expect(main.locator(".notice-good")).to_have_text("Dữ liệu đã mới nhất")
    expect(main).not_to_contain_text("cho đến khi hiện")


def test_the_app_is_offered_for_the_home_screen_when_the_browser_can_install_it(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    page.evaluate(
        """() => {
          const offer = new Event("beforeinstallprompt", { cancelable: true });
          offer.prompt = async () => { window.asked = true; };
          window.dispatchEvent(offer);
          window.prevented = offer.defaultPrevented;
        }"""
    )
    assert page.evaluate("window.prevented")
    install = page.get_by_role("button", name="Cài ứng dụng")
    install.click()
    expect(install).to_have_count(0)
    assert page.evaluate("window.asked")


def test_a_second_housing_need_is_begun_only_after_the_first_was_offered(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    rows = tablet.rows("records")
    visited = {row["values"]["need"] for row in rows if row["survey"] == "progress_visit"}
    need = next(row for row in rows if row["survey"] == "housing_need" and row["id"] not in visited)
    household = need["values"]["household"]
    tablet.go(f"#/record/{household}")
    page.get_by_role("link", name="Lập phiếu khảo sát nhà ở thứ hai").click()
    expect(page.locator("h1")).to_have_text("Hộ này đã có phiếu khảo sát nhà ở")
    expect(page.locator(f"main a[href='#/record/{need['id']}']")).to_be_visible()
    assert tablet.rows("drafts") == []
    page.get_by_role("link", name="Vẫn lập phiếu khác").click()
    page.locator(".part:visible").wait_for()
    [draft] = tablet.rows("drafts")
    assert draft["record"] != need["id"]
    tablet.answer("housing_need", "visited_on", "01/08/2026")
    tablet.go(f"#/new/housing_need/{household}")
    page.get_by_role("link", name="Làm tiếp: Phiếu khảo sát nhà ở").click()
    page.locator(".part:visible").wait_for()
    assert page.url.endswith(draft["id"])
    assert len(tablet.rows("drafts")) == 1


def test_a_household_that_looks_like_one_already_known_is_asked_about_before_it_is_saved(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    known = next(row for row in tablet.rows("records") if row["survey"] == "household")["values"]
    tablet.offline()
    tablet.go("#/new/household")
    tablet.fill_part("household", {"village": known["village"]})
    tablet.next_part()
    tablet.answer("household", "head_name", known["head_name"].upper())
    tablet.answer("household", "birth_date", known["birth_date"][:4])
    alike = page.locator("#alike")
    expect(alike).to_contain_text("cùng họ tên")
    expect(alike).to_contain_text("cùng năm sinh")
    alike.get_by_role("link", name=known["head_name"]).click()
    expect(page.locator("h1")).to_have_text(known["head_name"])
    page.go_back()
    tablet.fill_rest("household")
    expect(alike).to_be_focused()
    assert tablet.rows("changes") == []
    alike.get_by_role("button", name="Đây là hộ khác").click()
    expect(alike).to_be_hidden()
    tablet.next_part()
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    [change] = tablet.rows("changes")
    assert "distinct" not in change["text"]

"""From a need to a settled case on the desk: by one press, with what stands against it told and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from fieldapp import cases
from fieldapp.housing.objections import Objection
from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web.cases import words
from sync import WITHDRAWN
from tests.again import again
from tests.desk.test_records import filled
from tests.pages import Page, check_page
from tests.support.conftest import MILLION, Cases

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
TODAY = show_date(today().isoformat())


def post(client: FlaskClient, address: str, status: int = 200, **form: Any) -> Page:
    """Send a form and follow where it leads; the page, checked as a page."""
    answer = client.post(address, data=form, follow_redirects=True)
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return check_page(answer.get_data(as_text=True), "vi")


def seen_of(client: FlaskClient, case: str) -> str:
    """The version of a case that a page shows."""
    page = check_page(client.get(f"/cases/{case}").get_data(as_text=True), "vi")
    return next(each.get("value", "") for each in page.all(".//input") if each.get("name") == "seen")


def moved(client: FlaskClient, case: str, move: str, status: int = 200, **form: Any) -> Page:
    """Press one of the moves of a case, as the page that is open shows it."""
    return post(client, f"/cases/{case}/moves", status, move=move, seen=seen_of(client, case), **form)


def payment(client: FlaskClient, page: Page, status: int = 302, **answers: str) -> Page | None:
    """Fill in the form of a payment and send it."""
    form: MultiDict[str, Any] = filled(page)
    typed = {"tranche": "1", "receiver": "Đặng Thị Mến", "relation": "chu_ho", "paid_on": "01/06/2023", **answers}
    for name, value in typed.items():
        form.setlist(name, [value])
    answer = client.post("/records/new/payment", data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)[:6000]
    return check_page(answer.get_data(as_text=True), "vi") if status != 302 else None


def test_a_need_against_which_nothing_stands_becomes_a_case_by_one_press_and_goes_its_way_to_the_decision(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    need, binh, hue = support.need(), as_("binh"), as_("hue")
    assert "Đề xuất: Hỗ trợ khẩn cấp do thiên tai, hỏa hoạn" in page(f"/records/{need}").text
    found = post(binh, "/cases/new", need=need, programme="nd20_khan_cap")
    case = cases.case_id(need, "nd20_khan_cap")
    assert (found.h1, support.fact(case)["state"]) == ("Đặng Thị Mến", "proposed")
    assert "Họp thôn bình xét Chờ: Thôn" in found.text
    meeting = {"meeting_on": TODAY, "meeting_present": "20"}
    refused = moved(binh, case, "meeting", 409, **meeting, meeting_agreed="10")
    assert "10 trên 20 người dự họp đồng ý" in refused.text
    assert 'value="20"' in refused.html
    moved(binh, case, "meeting", **meeting, meeting_agreed="11")
    assert "Hãy điền: Niêm yết đến ngày" in moved(binh, case, "posting", 422, posted_from=TODAY).text
    posted = {"posted_from": TODAY, "posted_until": TODAY}
    assert "danh sách thôn đã ký" in moved(binh, case, "posting", 409, **posted).text
    moved(binh, case, "posting", **posted, known="not_put_forward", reason="Thôn họp trước khi có phần mềm")
    decision = {"decision_number": "12/QĐ", "decision_on": TODAY, "decision_signer": "Ma Văn B"}
    wrong = moved(hue, case, "decision", 409, **decision, decision_level="district", approved_nstw="40 triệu")
    assert "cấp phê duyệt cuối cùng là: Tỉnh" in wrong.text
    done = moved(hue, case, "decision", **decision, decision_level="province", approved_nstw="40 triệu")
    assert support.fact(case)["state"] == "approved"
    assert "Số quyết định: 12/QĐ" in done.text
    assert support.money(case) == {"nstw": (40, 0)}
    listed = page("/cases/?state=approved").text
    assert "Đặng Thị Mến" in listed
    assert "được duyệt 40.000.000" in listed
    assert f"/cases/{case}" in page(f"/records/{need}").html
    assert "đề xuất theo chương trình này" in post(binh, "/cases/new", need=need, programme="nd20_khan_cap").text
    assert support.sound()


def test_a_closed_programme_is_told_with_its_article_and_gone_on_with_only_for_a_reason_that_stays(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    need, binh = support.need(), as_("binh")
    closed = "Chương trình không còn hoặc chưa mở vào ngày đề xuất (Chương trình của tỉnh Bắc Kạn 2021-2025)"
    told = page(f"/cases/new?need={need}").text
    assert closed in told
    assert "Đề xuất: Hỗ trợ nhà ở từ nguồn xã hội hóa" not in page(f"/records/{need}").text
    plain = {"need": need, "programme": "xahoihoa_bk", "on": TODAY}
    assert closed in post(binh, "/cases/new", 409, **plain).text
    assert support.fact(cases.case_id(need, "xahoihoa_bk")) == {}
    known = next(
        form["known"]
        for form in (dict(each) for each in _forms(page(f"/cases/new?need={need}")))
        if form["programme"] == "xahoihoa_bk"
    )
    assert "Có cảnh báo" in post(binh, "/cases/new", 409, **plain, known=known).text
    found = post(binh, "/cases/new", **plain, known=known, reason="Tỉnh cho phép kéo dài theo CV 15")
    assert "Chương trình không còn hoặc chưa mở" in found.text
    assert "Lý do: Tỉnh cho phép kéo dài theo CV 15" in found.text
    in_its_time = page(f"/cases/new?need={support.need()}&on=01/03/2023").text
    assert closed not in in_its_time


def _forms(page: Page) -> list[list[tuple[str, str]]]:
    posts = [
        form for form in page.all(".//form") if form.get("action") == "/cases/new" and form.get("method") == "post"
    ]
    return [[(each.get("name", ""), each.get("value", "")) for each in form.findall(".//input")] for form in posts]


def test_a_case_decided_in_2023_shows_the_chain_of_2023(support: Cases, page: Pages) -> None:
    assert "Ngày 10/04/2023: Thôn → Xã → Huyện (đến 30/6/2025) → Tỉnh" in page(f"/cases/{support.case()}").text
    of_today = support.case(decision_on="2025-08-01")
    assert "Ngày 01/08/2025: Thôn → Xã → Tỉnh" in page(f"/cases/{of_today}").text


def test_many_needs_become_cases_by_one_press_and_those_with_a_warning_are_named(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    free, warned = support.need(), support.need(disaster_damage="khong")
    found = post(as_("binh"), "/cases/ready", need=[free, warned], programme="nd20_khan_cap", on=TODAY)
    assert "Đã lập 1 hồ sơ." in found.text
    assert "Các hộ sau có cảnh báo, hãy xem từng hộ: Đặng Thị Mến." in found.text
    assert support.fact(cases.case_id(free, "nd20_khan_cap"))["state"] == "proposed"
    assert free not in page("/cases/ready").html


def test_what_waits_for_a_case_says_who_may_help_and_a_programme_chosen_lists_only_those_it_may_help(
    support: Cases, page: Pages
) -> None:
    free, warned = support.need(), support.need(disaster_damage="khong")
    everything = page("/cases/ready")
    assert free in everything.html
    assert warned in everything.html
    assert "Xây mới" in everything.text
    assert "Có thể được hỗ trợ theo: Hỗ trợ khẩn cấp" in everything.text
    assert "Hôm nay không chương trình nào đang mở hỗ trợ được" in everything.text
    emergency = page("/cases/ready?programme=nd20_khan_cap")
    ticked = [each.get("value") for each in emergency.all(".//input") if each.get("name") == "need"]
    assert free in ticked
    assert warned not in emergency.html


def test_two_who_propose_the_same_households_at_once_make_one_case_each_and_the_second_is_told(
    support: Cases, as_: Visitors
) -> None:
    ask = {"need": support.need(), "programme": "nd20_khan_cap", "on": TODAY}
    assert "Đã lập 1 hồ sơ." in post(as_("binh"), "/cases/ready", **ask).text
    assert "người khác vừa đề xuất" in post(as_("binh"), "/cases/ready", **ask).text


def test_money_is_paid_as_far_as_the_visits_have_seen_the_work_and_corrected_by_a_counter_entry_alone(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    case, binh = support.case(approved_tai_tro=None), as_("binh")
    household = support.answer("support_case", case, "household")
    address = f"/records/new/payment?household={household}&case={case}"
    entry = {"fund_source": "nstw", "voucher": "CT01"}
    early = payment(binh, page(address), 422, **entry, amount="28 triệu")
    assert early is not None
    assert "lúc này được chi 0 đồng: đợt đầu khi xong móng" in early.text
    support.visit(case, "2023-05-20", "2", started_on="2023-05-02")
    more = payment(binh, page(address), 422, **entry, amount="28.001.000")
    assert more is not None
    assert "lúc này được chi 28.000.000 đồng" in more.text
    payment(binh, page(address), **entry, amount="28 triệu")
    assert support.money(case) == {"nstw": (40, 28)}
    shown = page(f"/cases/{case}")
    assert "Đã chi: 28.000.000 đồng" in shown.text
    paid = next(link.get("href", "") for link in shown.all(".//a") if "corrects=" in link.get("href", ""))
    again = payment(binh, page(address), 422, **entry, amount="28 triệu")
    assert again is not None
    assert "Chứng từ này đã được nhập" in again.text
    payment(binh, page(paid), voucher="D01", reason="Ghi nhầm số tiền", amount="8 triệu")
    assert support.money(case) == {"nstw": (40, 20)}
    record = paid.rsplit("=", 1)[1]
    assert binh.get(f"/records/{record}/edit").status_code == 409
    assert binh.post(f"/records/{record}/withdrawal", data={"gone": "yes"}).status_code == 409
    assert "Hãy điền" not in page(f"/records/{record}").text
    assert support.sound()


def test_a_visit_that_finds_less_done_must_say_why_at_the_desk(support: Cases, as_: Visitors, page: Pages) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "3", started_on="2023-05-02")
    household = support.answer("support_case", case, "household")
    form = filled(page(f"/records/new/progress_visit?household={household}", "lan"))
    assert form["case"] == case
    typed = {"visited_on": "20/07/2023", "need_type": "xay_moi", "milestone_new": "0", "not_started_reason": "vat_lieu"}
    for name, value in typed.items():
        form.setlist(name, [value])
    answer = as_("lan").post("/records/new/progress_visit", data=form)
    assert answer.status_code == 422
    photo_alone = check_page(answer.get_data(as_text=True), "vi").text
    assert "Lần kiểm tra trước ghi tiến độ cao hơn" in photo_alone or "Ảnh" in photo_alone


def test_what_is_approved_and_not_begun_for_60_days_is_late_and_says_what_to_do(support: Cases, page: Pages) -> None:
    late, begun = support.case(), support.case()
    support.visit(begun, "2023-06-20", "1", started_on="2023-06-02")
    assert "Lẽ ra phải khởi công trước ngày 09/06/2023." in page(f"/cases/{late}").text
    listed = page("/cases/?only=late").html
    assert late in listed
    assert begun not in listed


def test_a_blocked_case_says_why_and_goes_on_where_it_stood(support: Cases, as_: Visitors) -> None:
    case, binh = support.case(), as_("binh")
    assert "Hãy điền: Lý do" in moved(binh, case, "block", 422).text
    blocked = moved(binh, case, "block", state_reason="dat_chua_hop_phap")
    assert support.fact(case)["state"] == "blocked"
    assert "Đất chưa đủ điều kiện" in blocked.text
    assert support.fact(case)["approved"] == 50 * MILLION
    moved(binh, case, "unblock", state_note="Đã có giấy chứng nhận")
    assert support.fact(case)["state"] == "approved"


def test_whoever_moves_a_case_that_was_moved_meanwhile_is_told_so(support: Cases, as_: Visitors) -> None:
    case, binh = support.case(), as_("binh")
    seen = seen_of(binh, case)
    support.save("support_case", {"state": "withdrawn"}, case)
    form = {"move": "block", "seen": seen, "state_reason": "vat_lieu"}
    assert "thay đổi" in post(binh, f"/cases/{case}/moves", 409, **form).text
    assert support.fact(case)["state"] == "withdrawn"


def test_only_who_keeps_cases_moves_them_and_pays_and_only_in_the_own_area(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    case = support.case()
    household = support.answer("support_case", case, "household")
    for who in ("lan", "dung", "quan"):
        refused = 409 if who == "quan" else 403  # an administrator may, and has seen another version
        assert as_(who).post(f"/cases/{case}/moves", data={"move": "block"}).status_code == refused
        assert as_(who).get(f"/records/new/payment?household={household}&case={case}").status_code in (403, 404)
        assert ("Xử lý hồ sơ" in page(f"/cases/{case}", who).text) is (who == "quan")
    support.save("household", {"village": village_id(2023, ELSEWHERE, 1)}, household)
    assert as_("binh").get(f"/cases/{case}").status_code == 404
    assert as_("binh").post(f"/cases/{case}/moves", data={"move": "block"}).status_code == 404
    assert case not in page("/cases/").html
    assert case in page("/cases/", "quan").html
    assert support.sound()


def test_the_page_of_a_household_shows_all_its_cases_and_reads_in_english_too(support: Cases, page: Pages) -> None:
    need = support.need()
    one, other = support.case(need), support.case(need, "xahoihoa_bk")
    household = support.answer("housing_need", need, "household")
    found = page(f"/records/{household}", lang="en")
    assert f"/cases/{one}" in found.html
    assert f"/cases/{other}" in found.html
    assert "The household has another case that is older." in found.text
    assert page(f"/cases/{one}", lang="en").h1 == "Đặng Thị Mến"
    assert page("/cases/", lang="en").h1 == "Support cases"
    assert "Approved" in page(f"/records/{one}", lang="en").text
    support.save("support_case", {WITHDRAWN: True}, other)
    assert support.fact(other) == {}


def test_a_warning_that_several_criteria_of_one_article_give_is_told_once(app: Flask) -> None:
    with app.test_request_context():
        told = words.all_warnings(
            [Objection("land", "QĐ 55 Đ.1"), Objection("land", "QĐ 55 Đ.2"), Objection("land", "QĐ 55 Đ.1")]
        )
    assert len(told) == len(set(told)) == 2


@pytest.mark.parametrize(
    ("move", "form"),
    [("reopen", {}), ("withdraw", {}), again("refuse", {"blocked_from": "approved"})],
)
def test_no_move_takes_the_approval_from_a_case_while_money_is_out(
    support: Cases, as_: Visitors, move: str, form: dict[str, str]
) -> None:
    case, hue = support.case(), as_("hue")
    paid = support.pay(case, 5)
    if form:
        support.save("support_case", {"state": "blocked", **form}, case)
    before = support.fact(case)["state"]
    refused = moved(hue, case, move, 409, state_note="Nhầm hộ")
    assert "Hãy đảo các khoản chi trước" in refused.text
    assert "Nhầm hộ" in refused.html
    assert support.fact(case)["state"] == before
    support.pay(case, 5, entry="but_toan_dao", corrects=paid)
    moved(hue, case, move, state_note="Nhầm hộ")
    assert support.fact(case)["state"] != before

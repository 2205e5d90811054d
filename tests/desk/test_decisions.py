"""Approving and returning: for one version, within one's own communes, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from sync import Clock, encode, new_record_id
from sync.clock import wall_ms
from tests.desk.conftest import Desk
from tests.pages import Page, check_page, words

Decide = Callable[..., Any]


def test_an_approval_names_the_exact_version_that_was_seen(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    seen = desk.heads("housing_need", need)
    assert decide(need, "approve").status_code == 302
    assert desk.status("housing_need", need) == "approved"
    last = desk.last_decision(need)
    assert (last["verdict"], last["seen"], last["author"]) == ("approve", seen, "binh")
    assert last["area"] == desk.answer("housing_need", need, "area"), (
        "the decision travels to the tablets of its record"
    )


def test_a_later_edit_shows_as_changed_since_approval_with_what_changed(
    desk: Desk, decide: Decide, page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    decide(need, "approve")
    desk.save("housing_need", need, {"own_money": 77_000_000})
    assert desk.status("housing_need", need) == "changed_since_approval"
    found = page(f"/records/{need}")
    assert "Đã thay đổi sau khi duyệt" in found.text
    assert "77.000.000 đồng" in found.text


def test_nothing_is_approved_when_the_record_changed_while_it_was_read(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    seen = desk.heads("housing_need", need)
    desk.save("housing_need", need, {"own_money": 88_000_000})
    answer = decide(need, "approve", seen=seen)
    assert answer.status_code == 409
    told = check_page(answer.get_data(as_text=True), "vi")
    assert "vừa thay đổi trong lúc anh/chị đang xem" in told.text
    assert "88.000.000 đồng" in told.text
    assert desk.status("housing_need", need) == "waiting"


def test_the_page_that_told_of_the_change_approves_the_new_version(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    seen = desk.heads("housing_need", need)
    desk.save("housing_need", need, {"own_money": 88_000_000})
    told = check_page(decide(need, "approve", seen=seen).get_data(as_text=True), "vi")
    now = told.find(".//section[@aria-labelledby='decide']//input[@name='seen']").get("value") or ""
    assert decide(need, "approve", seen=now.split()).status_code == 302
    assert desk.status("housing_need", need) == "approved"


def test_a_return_carries_its_comments_pinned_to_questions(
    desk: Desk, decide: Decide, page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    form = {
        "comment": "Đề nghị kiểm tra lại.",
        "pin_question": ["area_m2", "roof_material", ""],
        "pin_text": ["Đo lại diện tích.", " ", "thừa"],
    }
    assert decide(need, "return", **form).status_code == 302
    assert desk.status("housing_need", need) == "returned"
    last = desk.last_decision(need)
    assert last["comment"] == "Đề nghị kiểm tra lại."
    assert last["pinned"] == [{"question": "area_m2", "text": "Đo lại diện tích."}]
    assert page(f"/records/{need}", "lan").text.count("Đo lại diện tích.") >= 2, "at the top and at its question"


def test_a_correction_comes_back_to_the_queue_with_what_was_corrected(
    desk: Desk, decide: Decide, page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    decide(need, "return", comment="Sửa diện tích.")
    desk.save("housing_need", need, {"area_m2": "33.5"})
    assert desk.status("housing_need", need) == "corrected"
    told = page(f"/records/{need}").find(".//section[@aria-labelledby='last']")
    assert "33,5 m²" in words(told)


def test_a_return_without_a_reason_is_not_sent(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    answer = decide(need, "return", comment="  ")
    assert answer.status_code == 400
    assert "Hãy nêu rõ cần sửa gì" in check_page(answer.get_data(as_text=True), "vi").text
    assert desk.status("housing_need", need) == "waiting"


def test_a_verdict_nobody_knows_decides_nothing(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    assert decide(need, "maybe").status_code == 400
    assert desk.status("housing_need", need) == "waiting"


def test_an_approval_can_be_taken_back(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "approved")
    assert decide(need, "reopen", comment="Hộ đã chuyển đi.").status_code == 302
    assert desk.status("housing_need", need) == "waiting"


def test_answers_that_do_not_agree_are_not_approved(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "contested")
    assert decide(need, "approve").status_code == 409
    assert desk.status("housing_need", need) == "contested"


def test_a_withdrawn_record_is_not_decided_about(desk: Desk, decide: Decide) -> None:
    household = desk.one("household", "withdrawn")
    assert decide(household, "approve", survey="household").status_code == 409


def test_a_supervisor_neither_sees_nor_decides_about_another_commune(
    desk: Desk, decide: Decide, page: Callable[..., Page]
) -> None:
    elsewhere = desk.elsewhere()
    before = desk.status("housing_need", elsewhere)
    assert page(f"/records/{elsewhere}", "binh", "vi", 404).h1 == "Không tìm thấy"
    assert decide(elsewhere, "return", comment="Ngoài địa bàn.").status_code == 404
    assert desk.status("housing_need", elsewhere) == before


def test_an_enumerators_tablet_cannot_approve_its_own_records(desk: Desk) -> None:
    need = desk.one("housing_need", "waiting", "lan")
    with desk.inside():
        lan = people.find_account("lan")
        device = lan.devices[0]
        text = encode(
            survey="decision",
            record=new_record_id(),
            answers={"subject": need, "subject_survey": "housing_need", "verdict": "approve", "seen": []},
            base={},
            stamp=Clock(device.id, wall_ms).tick(),
            device=device.id,
            seq=1_000_000,
            prev=None,
            author=lan.id,
            form_version=1,
            made_at={"wall": "2026-08-01T00:00:00.000Z", "tz": "+07:00", "offset_ms": 0},
        )
        begin_writing()
        receipt = intake.receive([text], kind="wire", device=device)
        db.session.commit()
    assert [(result.verdict, result.reason) for result in receipt.results] == [("held", "not_a_supervisor")]
    assert desk.status("housing_need", need) == "waiting"


def test_only_supervisors_decide(desk: Desk, decide: Decide) -> None:
    need = desk.one("housing_need", "waiting")
    for who in ("lan", "quan", "dung"):
        assert decide(need, "approve", who=who).status_code == 403
    assert desk.status("housing_need", need) == "waiting"


def test_a_refusal_needs_its_reason_which_the_enumerator_reads(
    desk: Desk, decide: Decide, page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    answer = decide(need, "refuse", comment="  ", pin_question=["area_m2"], pin_text=["Sai."])
    assert answer.status_code == 400
    assert "Hãy nêu lý do từ chối" in check_page(answer.get_data(as_text=True), "vi").text
    assert desk.status("housing_need", need) == "waiting"
    assert decide(need, "refuse", comment="Hộ đã có nhà ở nơi khác.").status_code == 302
    assert desk.status("housing_need", need) == "refused"
    assert "Hộ đã có nhà ở nơi khác." in words(
        page(f"/records/{need}", "lan").find(".//section[@aria-labelledby='last']")
    )


def test_what_was_refused_waits_no_longer_until_it_is_edited_or_the_refusal_is_taken_back(
    desk: Desk, decide: Decide
) -> None:
    edited, taken_back = desk.all("housing_need", "waiting")[:2]
    for need in (edited, taken_back):
        decide(need, "refuse", comment="Không đúng đối tượng.")
    with desk.inside():
        assert not {edited, taken_back} & {one.standing.id for one in review.queue(review.QueueFilter())}
    desk.save("housing_need", edited, {"own_money": 77_000_000})
    assert desk.status("housing_need", edited) == "corrected"
    assert decide(taken_back, "reopen").status_code == 302
    assert desk.status("housing_need", taken_back) == "waiting"

"""A decision over many cases: signed whole or not at all, pinned to what it saw, a link of a chain that is checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.cases import deciding
from fieldapp.db import begin_writing, db
from fieldapp.facts.pinned import hash_of, seen_of, short_hash
from fieldapp.facts.plan import plan_of, text_of
from fieldapp.instance import health
from fieldapp.reference.naming import id_of_code
from tests.pages import Page, check_page
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.support.conftest import MILLION, Cases
from tests.support.test_pages import moved, payment, post

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
GNBV = id_of_code("programme", "gnbv_2022")


@AGAIN_ON_POSTGRESQL
def test_a_signed_decision_approves_its_cases_pins_what_it_saw_and_says_so_by_its_hash(support: Cases) -> None:
    one, other = support.listed(), support.listed()
    decision = support.decided([one, other])
    assert support.money(one) == support.money(other) == {"nstw": (40, 0)}
    fact = support.fact(one)
    assert (fact["state"], fact["year"], fact["reopened"]) == ("approved", 2023, False)
    content = support.answer("support_decision", decision, "content")
    assert support.answer("support_decision", decision, "content_hash") == hash_of(content)
    text = support.answer("support_case", one, "decision_seen")
    assert f'"{one}":"{short_hash(text)}"' in content
    seen = seen_of(text)
    assert seen is not None
    with support.inside():
        heads = {entry.change.id for entry in intake.journal().history(support.answer("support_case", one, "need"))}
        assert set(seen.need) == heads & set(seen.need) != set()
    assert seen.amounts == {"nstw": 40 * MILLION}
    assert (support.decision_doubts(), support.sound()) == ([], True)


def test_each_decision_of_an_office_names_the_one_before_it(support: Cases) -> None:
    first = support.decided([support.listed()])
    second = support.decided([support.listed()], number="13/QĐ-UBND", office="UBND  TỈNH Bắc Kạn")
    other = support.decided([support.listed()], number="13/QĐ-UBND", office="UBND huyện Ba Bể")
    before = support.answer("support_decision", first, "content_hash")
    assert before in support.answer("support_decision", second, "content")
    assert before not in support.answer("support_decision", other, "content")
    assert support.decision_doubts() == []


@pytest.mark.parametrize(
    ("head", "case", "sentence"),
    [
        ({"number": None}, {}, "Hãy điền: Số quyết định"),
        ({"number": "7/QĐ-UBND"}, {}, "đã có quyết định 7/QĐ-UBND của năm 2023"),
        ({"decided_on": "2023-03-05"}, {}, "Danh sách còn niêm yết sau ngày quyết định: Đặng Thị Mến; Đặng"),
        ({"decided_on": "2199-01-01"}, {}, "01/01/2199, ở trong tương lai"),
        ({"level": "district"}, {}, "cấp phê duyệt cuối cùng là: Tỉnh"),
        ({}, {"programme": None}, "Thuộc chương trình khác: Đặng Thị Mến."),
        ({}, {"state": "blocked", "blocked_from": "on_commune_list"}, "Đang vướng mắc: Đặng Thị Mến."),
        ({}, {"state": "approved", "decision_on": "2023-04-01"}, "Đã phê duyệt: Đặng Thị Mến."),
    ],
)
def test_what_is_wrong_with_a_decision_is_one_sentence_each_and_nothing_is_half_done(
    support: Cases, head: dict[str, Any], case: dict[str, Any], sentence: str
) -> None:
    support.decided([support.listed()], number="7/QĐ-UBND")
    good, bad = support.listed(), support.listed()
    decision = support.draft([good, bad], **head)
    support.save("support_case", case, bad)
    assert sentence in support.sign(decision)
    assert support.fact(good)["state"] == "on_commune_list"
    assert support.answer("support_decision", decision, "state") == "draft"


def test_a_later_edit_of_the_need_reopens_the_case_until_somebody_says_that_the_decision_stands(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    case = support.listed()
    decision = support.decided([case])
    need, household = (support.answer("support_case", case, name) for name in ("need", "household"))
    support.save("household", {"phone": "0912345678"}, household)
    assert support.doubts(case) == []
    support.save("housing_need", {"area_m2": "55"}, need)
    assert (support.doubts(case), support.fact(case)["reopened"]) == (["changed_since"], True)
    assert "có thay đổi sau quyết định" in page(f"/cases/{case}").text
    assert "1 hồ sơ có thay đổi sau quyết định" in page(f"/decisions/{decision}").text
    form = page(f"/records/new/payment?household={household}&case={case}")
    typed = {"fund_source": "nstw", "amount": "10 triệu", "voucher": "CT1"}
    refused = payment(as_("binh"), form, 422, **typed)
    assert refused is not None
    assert "được sửa sau quyết định" in refused.text
    moved(as_("hue"), case, "confirm", state_note="Đã xem lại, diện tích ghi nhầm")
    assert (support.doubts(case), support.fact(case)["reopened"]) == ([], False)
    assert (support.decision_doubts(), support.sound()) == ([], True)


def test_a_decision_taken_back_puts_its_cases_on_the_list_again_and_never_while_money_is_paid(
    support: Cases, as_: Visitors
) -> None:
    paid, free = support.listed(), support.listed()
    first, second = support.decided([paid]), support.decided([free], number="13/QĐ-UBND")
    support.visit(paid, "2023-05-20", "2")
    support.pay(paid, 20)
    hue = as_("hue")
    refused = post(hue, f"/decisions/{first}/withdrawal", 409, reason="Sai tên", seen=support.seen(first))
    assert "Đã chi tiền" in refused.text
    post(hue, f"/decisions/{second}/withdrawal", reason="Sai tên", seen=support.seen(second))
    assert (support.fact(free)["state"], support.money(free)) == ("on_commune_list", {})
    assert support.fact(paid)["state"] == "started"
    again = support.decided([free], number="13/QĐ-UBND")
    assert support.answer("support_case", free, "decision") == again
    assert (support.decision_doubts(), support.sound()) == ([], True)


def ready(support: Cases) -> list[str]:
    with support.inside():
        return deciding.ready(GNBV, None)


def by_an_older_version(support: Cases, case: str, hue: FlaskClient) -> None:
    support.save("support_case", {"state": "on_commune_list", "state_note": "Sai tên"}, case)


def given_up_and_proposed_again(support: Cases, case: str, hue: FlaskClient) -> None:
    moved(hue, case, "withdraw", state_note="Hộ xin rút")
    moved(hue, case, "again", state_note="Hộ xin làm tiếp")
    support.save("support_case", {"state": "on_commune_list"}, case)


TAKEN_BACK: dict[str, Callable[[Cases, str, FlaskClient], Any]] = {
    "on its page": lambda support, case, hue: moved(hue, case, "reopen", state_note="Sai tên"),
    "by an older version": by_an_older_version,
    "as the household gave it up, and came again": given_up_and_proposed_again,
}


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("how", TAKEN_BACK)
def test_a_case_that_was_taken_back_singly_is_offered_to_a_new_decision_which_alone_approves_it(
    support: Cases, as_: Visitors, page: Pages, how: str
) -> None:
    """Money was paid by the first decision for another case, so that it stands; for this one it has to be made anew."""
    one, paid = support.listed(), support.listed()
    first = support.decided([one, paid])
    support.pay(paid, 20)
    assert ready(support) == []
    TAKEN_BACK[how](support, one, as_("hue"))
    assert ready(support) == [one]
    assert one in page(f"/decisions/new?programme={GNBV}", "hue").html
    assert page(f"/decisions/{first}", "hue").text.count("không còn phê duyệt hồ sơ này") == 1
    second = support.draft([one], number="13/QĐ-UBND")
    assert (ready(support), support.sign(second), ready(support)) == ([], "", [])
    assert (support.answer("support_case", one, "decision"), support.doubts(one)) == (second, [])
    post(as_("hue"), f"/decisions/{second}/withdrawal", reason="Sai tên", seen=support.seen(second))
    assert ready(support) == [one]
    support.decided([one], number="14/QĐ-UBND")
    assert (support.doubts(one), support.decision_doubts(), support.sound()) == ([], [], True)


def test_of_two_who_draw_up_a_decision_about_a_case_taken_back_the_second_is_told_that_it_is_approved(
    support: Cases, as_: Visitors
) -> None:
    case = support.listed()
    support.decided([case])
    moved(as_("hue"), case, "reopen", state_note="Sai tên")
    one, other = (support.draft([case], number=number) for number in ("13/QĐ-UBND", "14/QĐ-UBND"))
    assert support.sign(one) == ""
    assert "Đã phê duyệt: Đặng Thị Mến." in support.sign(other)
    assert support.answer("support_decision", other, "number") == "14/QĐ-UBND"
    assert (support.answer("support_case", case, "decision"), support.doubts(case)) == (one, [])


def test_a_case_that_a_decision_names_of_which_it_knows_nothing_is_offered_to_no_other(support: Cases) -> None:
    """That the decision approves it is held, or on its way."""
    case = support.listed()
    said = {"state": "signed", "plan": text_of({case: {"nstw": 40 * MILLION}}), "number": "99/QĐ-UBND"}
    assert ready(support) == [case]
    support.save("support_decision", {**said, "decided_on": "2023-04-11"})
    assert ready(support) == []


def test_two_decisions_made_apart_are_a_doubt_once_and_the_next_one_joins_them(support: Cases) -> None:
    first = support.decided([support.listed()])
    apart = _apart(support, first, number="14/QĐ-UBND")
    assert support.decision_doubts() == ["fork"]
    checked = {check.name: check.state for check in _examined(support)}
    assert checked["decisions"] == "warning"
    support.decided([support.listed()], number="15/QĐ-UBND")
    assert support.decision_doubts() == []
    support.save("support_decision", {"number": "12/QĐ-UBND"}, apart)
    assert sorted(support.decision_doubts()) == ["altered", "same_number"]


def _apart(support: Cases, like: str, **answers: Any) -> str:
    """A decision that another node has signed without knowing of any other."""
    content = msgspec.json.decode(support.answer("support_decision", like, "content"))
    content = msgspec.json.encode({**content, **answers, "before": [], "cases": {}}, order="sorted").decode()
    names = ("programme", "budget_year", "number", "decided_on", "signer", "office", "level")
    said = {name: support.answer("support_decision", like, name) for name in names}
    signed = {"state": "signed", "content": content, "content_hash": hash_of(content)}
    return support.save("support_decision", {**said, **answers, **signed})


def _examined(support: Cases) -> list[health.Check]:
    with support.inside():
        return [health._decisions()]


def test_what_was_altered_after_signing_and_a_missing_link_are_found_by_the_doctor(support: Cases) -> None:
    case = support.listed()
    first = support.decided([case])
    second = support.decided([support.listed()], number="13/QĐ-UBND")
    support.save("support_case", {"decision_seen": "{}"}, case)
    assert support.decision_doubts() == ["altered"]
    assert [(check.state, check.says) for check in _examined(support)] == [("error", "đã ký 2; 1 không còn như khi ký")]
    with support.inside():
        begin_writing()
        changes = [entry.change.id for entry in intake.journal().history(first)]
        intake.rule(changes, "exclude", account=people.find_account("quan"))
        db.session.commit()
    assert support.decision_doubts() == ["lost_before"]
    assert second


def test_a_batch_that_signed_a_decision_is_taken_back_and_put_back_whole(support: Cases) -> None:
    cases = [support.listed(), support.listed()]
    decision = support.draft(cases)
    before = [(support.fact(case), support.money(case)) for case in cases]
    assert support.sign(decision) == ""
    after = [(support.fact(case), support.money(case)) for case in cases]
    with support.inside():
        changes = [max(intake.journal().history(one), key=_stamp).change.id for one in (decision, *cases)]
    for verdict, expected in (("exclude", before), ("include", after), ("exclude", before)):
        with support.inside():
            begin_writing()
            intake.rule(changes, verdict, account=people.find_account("quan"))
            db.session.commit()
        assert [(support.fact(case), support.money(case)) for case in cases] == expected
    assert support.sound()


def _stamp(entry: Any) -> str:
    return str(entry.change.stamp)


def test_a_decision_is_drawn_up_signed_and_printed_on_the_desk(support: Cases, as_: Visitors, page: Pages) -> None:
    binh = as_("binh")
    case, left_out = support.listed(), support.listed()
    programme = support.answer("support_case", case, "programme")
    assert case in page(f"/decisions/new?programme={programme}").html
    answer = binh.post("/decisions/new", data={"programme": programme, "case": [case, left_out], "year": "2023"})
    address = answer.headers["Location"]
    head = {"number": "12/QĐ-UBND", "decided_on": "10/04/2023", "signer": "Nông Văn A", "level": "province"}
    draft = address.rpartition("/")[2]
    form = {**head, "office": "UBND tỉnh Bắc Kạn", "budget_year": "2023", "shown": [case, left_out]}
    typed = {"column": "nstw", f"{case}-nstw": "40 triệu", "drop": left_out, "fill": "tai_tro"}
    drawn = post(binh, address, **form, **typed, fill_amount="10 triệu", seen=support.seen(draft))
    assert "50.000.000 đồng" in drawn.text
    done = post(as_("hue"), address, **form, sign="1", seen=support.seen(draft))
    assert "Đã ký" in done.text
    assert support.money(case) == {"nstw": (40, 0), "tai_tro": (10, 0)}
    assert support.fact(left_out)["state"] == "on_commune_list"
    assert "12/QĐ-UBND" in page("/decisions/").text
    household = support.answer("support_case", case, "household")
    support.save("household", {"citizen_id": "006085001234", "phone": "0912345678"}, household)
    posted = check_page(binh.get(f"{address}/posted").get_data(as_text=True), "vi").text
    assert "Đặng Thị Mến" in posted
    assert not any(secret in posted for secret in ("006085001234", "0912345678", "0912 345 678", "50.000.000"))
    whole = check_page(binh.get(f"{address}/file").get_data(as_text=True), "vi").text
    assert "006085001234" in whole
    assert "50.000.000" in whole


def test_amounts_beside_the_norm_need_a_reason_that_stays_on_each_case(support: Cases) -> None:
    case = support.listed()
    decision = support.draft([case])
    plan = text_of({case: {"nstw": 60 * MILLION}})
    support.save("support_decision", {"plan": plan}, decision)
    assert "Có cảnh báo" in support.sign(decision)
    assert support.sign(decision, "Tỉnh cho phép") == ""
    assert support.answer("support_case", case, "overridden") == ["above_norm"]
    assert support.answer("support_case", case, "override_reason") == "Tỉnh cho phép"


def test_a_plan_is_read_as_it_was_written_and_takes_nothing_that_is_none() -> None:
    plan = {"00000000-0000-4000-8000-000000000001": {"nstw": 40, "tai_tro": 1}}
    assert plan_of(text_of(plan)) == plan
    assert plan_of("00000000-0000-4000-8000-000000000001 vang=5 nstw=0\nx") == {next(iter(plan)): {}}
    assert plan_of(None) == plan_of(5) == {}

"""Every doubt about a case is told where it keeps a decision from being signed, with the case and what to do; and who
keeps cases is able to do that, up to a signed decision: there is no dead end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.cases import deciding, paying
from fieldapp.cases.doubting import DOUBTS, doubt
from fieldapp.db import begin_writing, db
from fieldapp.facts.plan import plan_of, text_of
from fieldapp.i18n import speaking
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SURVEYS
from sync import WITHDRAWN
from tests.pages import check_page
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.support.conftest import MILLION, Cases
from tests.support.test_pages import moved

Visitors = Callable[[str], FlaskClient]
Act = Callable[[Cases, str, FlaskClient], Any]
GNBV = id_of_code("programme", "gnbv_2022")


class Walk(NamedTuple):
    """How a doubt comes about, and how it is settled at the desk."""

    comes: Act
    settled: Act


def entered(support: Cases, binh: FlaskClient, case: str, **said: Any) -> None:
    """A payment or counter-entry as a form of the office lets one enter it."""
    answers = {"household": support.answer("support_case", case, "household"), "case": case, "fund_source": "nstw"}
    answers |= {"tranche": None, **said}
    with support.inside():
        assert paying.faults("payment", answers) == {}
        assert people.rights_of(people.find_account("binh")).may("pay")
    support.save("payment", answers, who="binh")


def taken_back(support: Cases, case: str, binh: FlaskClient) -> None:
    """Each payment that is out is taken back by a counter-entry."""
    with support.inside():
        story = next(iter(deciding.stories([case])))
    for number, one in enumerate(row for row in story.payments if row["entry"] == "chi"):
        said = {"entry": "but_toan_dao", "corrects": one["id"], "amount": one["amount"], "voucher": f"D{number}"}
        entered(support, binh, case, **said, paid_on="2023-07-01")


def back(survey: str, which: str) -> Act:
    """Bring a record back on its page: the case itself, or one that it names."""

    def act(support: Cases, case: str, binh: FlaskClient) -> None:
        record = case if which == "case" else support.answer("support_case", case, which)
        with support.inside():
            seen = " ".join(sorted({id for ids in _row(survey, record).heads.values() for id in ids}))
        page = check_page(binh.get(f"/records/{record}").get_data(as_text=True), "vi")
        assert any(f"/records/{record}/withdrawal" in (each.get("action") or "") for each in page.all(".//form"))
        decided = next((one.get("value", "") for one in page.all(".//input[@name='decided']")), "")
        form = {"seen": seen, "gone": "", "decided": decided}
        assert binh.post(f"/records/{record}/withdrawal", data=form).status_code == 302
        assert not support.answer(survey, record, "withdrawn")

    return act


def _row(survey: str, record: str) -> Any:
    return db.session.get_one(SURVEYS[survey], record)


def gone(survey: str, which: str) -> Act:
    """It was withdrawn at another node, which knew of no case."""

    def act(support: Cases, case: str, _binh: FlaskClient) -> None:
        record = case if which == "case" else support.answer("support_case", case, which)
        support.save(survey, {WITHDRAWN: True}, record, who="quan")

    return act


def stands(client: FlaskClient, case: str, code: str) -> dict[str, Any]:
    """What the form says by which one says why a case goes on, before anything is typed."""
    page = check_page(client.get(f"/cases/{case}").get_data(as_text=True), "vi")
    forms = [each for each in page.all(".//form") if (each.get("action") or "").endswith("/stands")]
    hidden = [{str(one.get("name")): one.get("value") for one in form.iter("input")} for form in forms]
    [fields] = [each for each in hidden if each["doubt"] == code]
    return fields


def reason_given(code: str) -> Act:
    def act(support: Cases, case: str, binh: FlaskClient) -> None:
        fields = stands(binh, case, code)
        address = f"/cases/{case}/stands"
        assert binh.post(address, data={**fields, "reason": " "}).status_code == 409
        assert binh.post(address, data={**fields, "reason": "Hai căn nhà khác nhau"}).status_code == 302
        assert "Hai căn nhà khác nhau" in binh.get(f"/cases/{case}").get_data(as_text=True)
        assert binh.post(address, data={**fields, "reason": "Lần nữa"}).status_code == 409

    return act


def paid(*amounts: int, **said: Any) -> Act:
    def act(support: Cases, case: str, _binh: FlaskClient) -> None:
        for amount in amounts:
            support.pay(case, amount, **said)

    return act


def taken_back_twice(support: Cases, case: str, _binh: FlaskClient) -> None:
    payment = support.pay(case, 20)
    for voucher in ("D1", "D2"):
        support.pay(case, 20, entry="but_toan_dao", corrects=payment, tranche=None, voucher=voucher)


def entered_again(support: Cases, case: str, binh: FlaskClient) -> None:
    assert "/records/new/payment" in binh.get(f"/cases/{case}").get_data(as_text=True)
    entered(support, binh, case, entry="chi", amount=20 * MILLION, voucher="CT20", paid_on="2023-06-02")


def moved_apart(support: Cases, case: str, _binh: FlaskClient) -> None:
    for who, day in (("quan", "2023-03-11"), ("binh", "2023-03-12")):
        support.apart("support_case", {"posted_until": day, "state": "on_commune_list"}, case, who)


def said_which_holds(support: Cases, case: str, binh: FlaskClient) -> None:
    page = check_page(binh.get(f"/records/{case}").get_data(as_text=True), "vi")
    assert "2023" in page.text
    support.save("support_case", {"posted_until": "2023-03-11"}, case, who="binh")


def another_case(support: Cases, case: str, _binh: FlaskClient) -> None:
    """An older one of the household, of which this office did not know."""


def visits_back(support: Cases, case: str, _binh: FlaskClient) -> None:
    support.visit(case, "2023-02-20", "3")
    support.visit(case, "2023-03-01", "2")


def visit_explained(support: Cases, case: str, _binh: FlaskClient) -> None:
    with support.inside():
        later = max(next(iter(deciding.stories([case]))).visits, key=lambda one: one["visited_on"])["id"]
    said = {"went_back_reason": "Tường đổ do mưa lũ", "visited_on": "2023-03-01"}
    support.save("progress_visit", said, later, who="binh")


def unfit_house(support: Cases, case: str, _binh: FlaskClient) -> None:
    found = {"finished_area_m2": "20", "floor_hard": True, "frame_hard": True, "roof_hard": True}
    support.visit(case, "2023-03-01", "5", completed_on="2023-03-01", lasts_20_years=True, **found)


ON_A_LIST: dict[str, Walk] = {
    "withdrawn_with_money": Walk(
        lambda s, c, b: (paid(20)(s, c, b), gone("support_case", "case")(s, c, b)),
        lambda s, c, b: (back("support_case", "case")(s, c, b), taken_back(s, c, b)),
    ),
    "moved_apart": Walk(moved_apart, said_which_holds),
    "household_gone": Walk(gone("household", "household"), back("household", "household")),
    "need_gone": Walk(gone("housing_need", "need"), back("housing_need", "need")),
    "not_approved": Walk(paid(20), taken_back),
    "taken_back_twice": Walk(taken_back_twice, entered_again),
    "paid_twice": Walk(paid(20, 20), taken_back),
    "second_case": Walk(another_case, reason_given("second_case")),
    "went_back": Walk(visits_back, visit_explained),
    "not_as_required": Walk(unfit_house, reason_given("not_as_required")),
}
"""Those that a case on the list of a commune may be in: they keep a decision from being signed."""
IN_RULES = {"programme_gone"}
"""An administrator brings the programme back among the rules: no decision is signed under one that is none."""


def let_stand_as_decided(support: Cases, case: str, binh: FlaskClient) -> None:
    page = check_page(binh.get(f"/cases/{case}").get_data(as_text=True), "vi")
    [form] = [
        each
        for each in page.all(".//form")
        if any(one.get("name") == "move" and one.get("value") == "confirm" for one in each.iter("input"))
    ]
    fields = {one.get("name"): one.get("value") for one in form.iter("input")}
    address = f"/cases/{case}/moves"
    assert binh.post(address, data={**fields, "state_note": "Đã xem lại"}).status_code == 302


def visit_entered(support: Cases, case: str, _binh: FlaskClient) -> None:
    support.visit(case, "2023-05-20", "2")


def other_decision(support: Cases, case: str, _binh: FlaskClient) -> None:
    """Another office has signed one too, and nobody knew of the other."""
    said = {"state": "signed", "plan": text_of({case: {"nstw": 40 * MILLION}}), "number": "99/QĐ-UBND"}
    support.save("support_decision", {**said, "programme": GNBV, "decided_on": "2023-04-11"})


def other_taken_back(support: Cases, case: str, _binh: FlaskClient) -> None:
    with support.inside():
        begin_writing()
        mine, decisions = str(_row("support_case", case).decision), db.session.query(SURVEYS["support_decision"])
        other = next(one for one in decisions if one.id != mine and case in (one.plan or ""))
        deciding.take_back(other, "Ký trùng", account=people.find_account("hue"))
        db.session.commit()


DECIDED: dict[str, Walk] = {
    "over_paid": Walk(
        lambda s, c, b: (visit_entered(s, c, b), paid(28, 50)(s, c, b), s.visit(c, "2023-06-20", "5")), taken_back
    ),
    "before_milestone": Walk(paid(28), visit_entered),
    "before_decision": Walk(
        lambda s, c, b: (visit_entered(s, c, b), paid(20, paid_on="2023-04-01")(s, c, b)), taken_back
    ),
    "approved_twice": Walk(other_decision, other_taken_back),
    "changed_since": Walk(
        lambda s, c, b: s.save("housing_need", {"area_m2": "31"}, s.answer("support_case", c, "need")),
        let_stand_as_decided,
    ),
}
"""Those that come about once a case is decided."""


def approved_apart(support: Cases) -> tuple[str, str, str]:
    """A case that two decisions approve, each of which has another case with money out; the case, and both of them."""
    case, paid = support.listed(), support.listed()
    first = support.decided([case, paid])
    support.pay(paid, 20)
    before = {"state": "on_commune_list", "decision": None}
    second = support.draft([support.listed(), case], number="13/QĐ-UBND", office="UBND huyện Ba Bể")
    support.save("support_case", before, case)
    support.save("support_decision", {"state": "draft"}, first)
    assert support.sign(second) == ""
    support.save("support_decision", {"state": "signed"}, first)
    others = [each for each in plan_of(support.answer("support_decision", second, "plan")) if each != case]
    support.pay(others[0], 25)
    return case, first, second


@AGAIN_ON_POSTGRESQL
def test_a_case_approved_twice_is_settled_though_both_decisions_have_money_out_and_by_one_of_two_who_do_it_at_once(
    support: Cases, as_: Visitors
) -> None:
    case, first, second = approved_apart(support)
    assert support.doubts(case) == ["approved_twice"]
    for decision in (first, second):
        refused = as_("hue").post(
            f"/decisions/{decision}/withdrawal", data={"reason": "Ký trùng", "seen": support.seen(decision)}
        )
        assert "Đã chi tiền" in refused.get_data(as_text=True)
    forms = [stands(each, case, "approved_twice") for each in (as_("hue"), as_("quan"))]
    answer = as_("hue").post(f"/cases/{case}/stands", data={**forms[0], "reason": "Huyện ký trùng"})
    late = as_("quan").post(f"/cases/{case}/stands", data={**forms[1], "reason": "Tỉnh ký trước"})
    assert (answer.status_code, late.status_code) == (302, 409)
    told = check_page(late.get_data(as_text=True), "vi").text
    with support.inside():
        assert f"{people.find_account('hue').name} đã thay đổi hồ sơ này" in told
    assert "Huyện ký trùng" in told
    assert "Tỉnh ký trước" in told
    assert (support.doubts(case), support.answer("support_case", case, "taken_from")) == ([], first)
    assert support.answer("support_case", case, "decision") == second
    page = check_page(as_("hue").get(f"/decisions/{first}").get_data(as_text=True), "vi")
    assert "không còn phê duyệt hồ sơ này" in page.text
    other_decision(support, case, as_("hue"))
    assert support.doubts(case) == ["approved_twice"]
    assert support.sound()


def test_a_case_approved_twice_whose_approval_is_taken_back_is_offered_to_a_third_decision_that_alone_approves_it(
    support: Cases, as_: Visitors
) -> None:
    case, _first, _second = approved_apart(support)
    moved(as_("hue"), case, "reopen", state_note="Ký trùng")
    with support.inside():
        assert deciding.ready(GNBV, None) == [case]
    third = support.decided([case], number="15/QĐ-UBND")
    assert (support.answer("support_case", case, "decision"), support.doubts(case)) == (third, [])


def test_there_is_a_walk_for_every_doubt_that_there_is() -> None:
    assert {*ON_A_LIST, *DECIDED, *IN_RULES} == DOUBTS.keys()


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("code", ON_A_LIST)
def test_a_refusal_names_the_case_the_doubt_and_what_to_do_and_what_it_says_leads_to_a_signed_decision(
    support: Cases, as_: Visitors, code: str
) -> None:
    binh = as_("binh")
    need = support.need()
    older = [support.case(need, "xahoihoa_bk")] if code == "second_case" else []
    case = support.listed(need)
    draft = support.draft([case])
    ON_A_LIST[code].comes(support, case, binh)
    assert code in support.doubts(case), older
    with speaking("vi"):
        said = doubt(code)
    refused = support.sign(draft)
    assert f"Phải xem ở trang hồ sơ: Đặng Thị Mến. {said}" in refused
    assert said in check_page(as_("quan").get(f"/decisions/{draft}").get_data(as_text=True), "vi").text
    ON_A_LIST[code].settled(support, case, binh)
    assert support.doubts(case) == []
    assert support.sign(draft) == ""
    assert support.doubts(case) == []
    assert support.sound()


@pytest.mark.parametrize("code", DECIDED)
def test_what_is_told_of_a_decided_case_goes_when_that_is_done(support: Cases, as_: Visitors, code: str) -> None:
    case = support.listed()
    support.decided([case])
    DECIDED[code].comes(support, case, as_("binh"))
    assert support.doubts(case) == [code]
    DECIDED[code].settled(support, case, as_("hue" if code == "changed_since" else "binh"))
    assert support.doubts(case) == []
    assert support.sound()


def test_nobody_gives_a_reason_who_may_not_go_on_against_a_warning(support: Cases, as_: Visitors) -> None:
    need = support.need()
    support.case(need, "xahoihoa_bk")
    case = support.listed(need)
    assert "/stands" not in as_("dung").get(f"/cases/{case}").get_data(as_text=True)
    assert as_("dung").post(f"/cases/{case}/stands", data={"doubt": "second_case", "reason": "x"}).status_code == 403
    stale = {"doubt": "second_case", "reason": "x", "seen": "0" * 32}
    assert as_("binh").post(f"/cases/{case}/stands", data=stale).status_code == 409

"""What is kept beside a case is always what follows from its records, in whatever order they came."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, permutations
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from fieldapp import intake, people
from fieldapp.db import alembic_config, begin_writing, db, upgrade
from fieldapp.facts import cases
from fieldapp.facts.tables import IDLE_MONEY_TALLY, CaseFact
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.surveys import SupportCase
from fieldapp.web.records.finding import RecordSearch
from sync import WITHDRAWN, new_record_id
from tests.again import a_walk
from tests.pages import Page
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.statements import counted
from tests.support.conftest import HERE, MILLION, Cases
from tests.test_intake import elsewhere

APPROVED = {
    "need_type": "xay_moi",
    "proposed_on": "2023-02-01",
    "state": "approved",
    "decision_on": "2023-04-10",
    "approved_nstw": 40 * MILLION,
}
FOUNDATION = {
    "visited_on": "2023-05-20",
    "need_type": "xay_moi",
    "milestone_new": "2",
    "started_on": "2023-05-02",
}
FINISHED = {
    "started_on": "2023-05-02",
    "completed_on": "2023-09-01",
    "finished_area_m2": "36",
    "floor_hard": True,
    "frame_hard": True,
    "roof_hard": True,
    "lasts_20_years": True,
}


@AGAIN_ON_POSTGRESQL
def test_a_case_is_started_and_complete_by_what_visits_found_and_its_sums_are_those_of_its_vouchers(
    support: Cases,
) -> None:
    case = support.case()
    fact = support.fact(case)
    assert (fact["state"], fact["since"], fact["late_from"]) == ("approved", "2023-04-10", "2023-06-09")
    assert (fact["approved"], fact["promised"], fact["paid"]) == (50 * MILLION, 50 * MILLION, 0)
    support.visit(case, "2023-06-20", "2", started_on="2023-05-02")
    fact = support.fact(case)
    assert (fact["state"], fact["since"], fact["milestone"], fact["late_from"]) == ("started", "2023-05-02", "2", None)
    support.pay(case, 28)
    support.visit(case, "2023-09-10", "5", **FINISHED)
    support.pay(case, 12, tranche="2", voucher="CT2", paid_on="2023-09-20")
    support.pay(case, 10, tranche="all", voucher="TT1", paid_on="2023-09-20", fund_source="tai_tro")
    fact = support.fact(case)
    assert (fact["state"], fact["since"], fact["paid"]) == ("complete", "2023-09-01", 50 * MILLION)
    assert support.money(case) == {"nstw": (40, 40), "tai_tro": (10, 10)}
    assert support.doubts(case) == []
    assert support.sound()


@ON_EACH_DATABASE
def test_cases_of_some_villages_stand_by_village_as_in_the_list_of_the_whole_province(support: Cases) -> None:
    """Found by their own village and sorted, not by a walk through all households before it."""
    villages = ["2023.01930.003", HERE, "2023.01930.002", HERE]
    for village, name in zip(villages, ("Ba", "Xa", "An", "Ca"), strict=True):
        home = support.save("household", {"village": village, "head_name": f"Ly Thi {name}"})
        support.case(support.save("housing_need", {"household": home, "visited_on": "2023-01-10"}))
    with support.inside():
        whole, some = (
            RecordSearch(SupportCase, areas, sort="village") for areas in (None, frozenset({HERE, villages[0]}))
        )
        listed = [one for one in whole.page(25, 0, 4) if db.session.get_one(SupportCase, one).area != villages[2]]
        with counted() as asked:
            assert some.page(25, 0, 3) == listed
        assert len(listed) == 3
        (words,) = (words for words, _values in asked if "support_case" in words)
        assert "ORDER BY support_case.area" in words


@a_walk
@AGAIN_ON_POSTGRESQL
def test_an_upgrade_counts_by_fund_source_the_cases_that_were_there_and_had_not_begun(support: Cases) -> None:
    support.case()
    with support.app.app_context():
        command.downgrade(alembic_config(), "0043")
    upgrade(support.app)
    with support.app.app_context():
        kept = IDLE_MONEY_TALLY.by_village
        assert set(db.session.scalars(sa.select(kept.c.source))) == {"nstw", "tai_tro"}
        assert cases.miscounted() == []


def test_what_is_complete_and_paid_out_from_each_source_is_to_be_settled_by_the_commune_within_the_days_of_the_rule(
    support: Cases, page: Callable[..., Page]
) -> None:
    """Since the later of the two days; a source too little or a counter-entry, and it is the payment that is due."""
    case = support.case()
    support.visit(case, "2023-09-10", "5", **FINISHED)
    support.pay(case, 40, tranche="2", paid_on="2023-09-20")
    assert (support.fact(case)["late_from"], "Đợt chi còn lại 10.000.000 đồng" in page(f"/cases/{case}").text) == (
        None,
        True,
    )
    last = support.pay(case, 10, tranche="all", voucher="TT1", paid_on="2023-09-25", fund_source="tai_tro")
    assert support.fact(case)["late_from"] == "2023-10-25"
    told = page(f"/cases/{case}").text
    assert "Quyết toán: nhà đã hoàn thành, đã chi đủ số được duyệt Chờ: Xã, từ ngày 25/09/2023" in told
    assert "Lẽ ra phải quyết toán trước ngày 25/10/2023." in told
    assert "Hồ sơ chờ quyết toán" in page("/").text
    listed = page("/cases/?only=settle")
    assert case in listed.html
    assert "cần quyết toán trước 25/10/2023" in listed.text
    rule = {"code": "settle_within_days", "number": "90"}
    support.save("threshold", rule, id_of("threshold", rule))
    assert support.fact(case)["late_from"] == "2023-12-24"
    back = {"entry": "but_toan_dao", "fund_source": "tai_tro", "corrects": last, "paid_on": "2023-10-01"}
    support.pay(case, 10, tranche="all", voucher="H1", **back)
    assert (support.fact(case)["late_from"], case in page("/cases/?only=settle").html) == (None, False)
    assert support.sound()


def test_an_old_visit_that_names_no_case_counts_for_the_case_of_its_need(support: Cases) -> None:
    need = support.need()
    household = support.answer("housing_need", need, "household")
    old = {"household": household, "need": need, "visited_on": "2023-06-20", "need_type": "xay_moi"}
    visit = support.save("progress_visit", {**old, "milestone_new": "3"})
    case = support.case(need)
    assert support.fact(case)["milestone"] == "3"
    support.save("progress_visit", {WITHDRAWN: True}, visit)
    assert (support.fact(case)["milestone"], support.fact(case)["state"]) == (None, "approved")


def test_a_visit_that_goes_over_to_another_case_is_counted_there_and_here_no_more(support: Cases) -> None:
    one, other = support.case(), support.case()
    visit = support.visit(one, "2023-06-20", "2")
    need = support.answer("support_case", other, "need")
    support.save("progress_visit", {"case": other, "need": need}, visit)
    assert (support.fact(one)["milestone"], support.fact(other)["milestone"]) == (None, "2")
    assert support.sound()


@pytest.mark.parametrize(
    ("payments", "doubts"),
    [
        ([(35, {})], ["before_milestone"]),
        ([(41, {})], ["over_paid"]),
        ([(20, {"paid_on": "2023-04-01"})], ["before_decision"]),
        ([(14, {"voucher": "A"}), (14, {"voucher": "A"})], ["paid_twice"]),
        ([(14, {"voucher": "A"}), (14, {"voucher": "B"})], []),
        ([(5, {"entry": "but_toan_dao"})], ["taken_back_twice"]),
    ],
)
def test_what_a_desk_would_not_have_taken_is_a_doubt_when_it_comes_by_a_merge(
    support: Cases, payments: list[tuple[int, dict[str, Any]]], doubts: list[str]
) -> None:
    case = support.case(approved_tai_tro=None)
    support.visit(case, "2023-05-20", "2")
    for millions, answers in payments:
        support.pay(case, millions, **answers)
    assert support.doubts(case) == doubts


def test_money_paid_to_a_case_whose_approval_is_taken_back_is_a_doubt_until_it_is_approved_again(
    support: Cases,
) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "2")
    support.pay(case, 28)
    support.save("support_case", {"state": "on_commune_list"}, case)
    assert (support.doubts(case), support.fact(case)["approved"]) == (["not_approved"], 0)
    support.save("support_case", {"state": "approved"}, case)
    assert (support.doubts(case), support.fact(case)["approved"]) == ([], 50 * MILLION)


def test_less_done_than_before_is_a_doubt_until_somebody_says_why(support: Cases) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "3")
    later = support.visit(case, "2023-07-20", "2")
    assert (support.doubts(case), support.fact(case)["milestone"]) == (["went_back"], "3")
    support.save("progress_visit", {"went_back_reason": "Tường bị đổ do mưa lũ"}, later)
    assert (support.doubts(case), support.fact(case)["milestone"]) == ([], "2")


@pytest.mark.parametrize(
    ("programme", "need_type", "found", "doubted"),
    [
        ("gnbv_2022", "xay_moi", {"finished_area_m2": "29"}, True),
        ("gnbv_2022", "xay_moi", {"roof_hard": False}, True),
        ("gnbv_2022", "xay_moi", {}, False),
        ("ncc_2024", "sua_chua", {"finished_area_m2": "20", "floor_hard": False, "lasts_20_years": True}, False),
        ("ncc_2024", "sua_chua", {"roof_hard": False}, True),
    ],
)
def test_a_finished_house_is_looked_at_by_the_rule_of_its_own_programme(
    support: Cases, programme: str, need_type: str, found: dict[str, Any], doubted: bool
) -> None:
    case = support.case(programme=programme, need_type=need_type)
    stage = {"milestone_new": "5"} if need_type == "xay_moi" else {"milestone_new": None, "milestone_repair": "3"}
    support.visit(case, "2023-09-10", "", need_type=need_type, **stage, **{**FINISHED, **found})
    assert support.fact(case)["state"] == "complete"
    assert support.doubts(case) == (["not_as_required"] if doubted else [])


def test_two_cases_of_one_household_are_one_doubt_listed_on_the_younger_and_gone_when_one_is_refused(
    support: Cases,
) -> None:
    need = support.need()
    older, younger = support.case(need), support.case(need, "xahoihoa_bk")
    assert (support.doubts(older), support.doubts(younger)) == ([], ["second_case"])
    support.save("support_case", {"state": "refused"}, older)
    assert (support.doubts(older), support.doubts(younger)) == ([], [])


def test_sums_states_and_doubts_are_the_same_in_whatever_order_records_arrive(support: Cases) -> None:
    """A tablet brings the visit, two laptops the same voucher, a third one the counter-entry, the office the case."""
    seq, seen = count(1), set()
    with support.inside():
        begin_writing()
        quan = people.find_account("quan").id  # who may bring a case that is approved already
        for order in list(permutations(range(6)))[::101]:
            household, need, case, visit, *payments = (new_record_id() for _each in range(7))
            home = {"head_name": "Đặng Thị Mến", "village": HERE, "members": 4}
            named = {"household": household, "need": need}
            paid = {"household": household, "case": case, "fund_source": "nstw", "paid_on": "2023-06-01"}
            said = [
                (household, "household", home),
                (case, "support_case", {**named, **APPROVED, "programme": id_of_code("programme", "gnbv_2022")}),
                (visit, "progress_visit", {**named, "case": case, **FOUNDATION}),
                (payments[0], "payment", {**paid, "entry": "chi", "amount": 28 * MILLION, "voucher": "CT1"}),
                (payments[1], "payment", {**paid, "entry": "chi", "amount": 28 * MILLION, "voucher": "CT1"}),
                (payments[2], "payment", {**paid, "entry": "but_toan_dao", "amount": 3 * MILLION, "voucher": "D1"}),
            ]
            for place in order:
                record, survey, answers = said[place]
                intake.receive([elsewhere(record, answers, seq=next(seq), survey=survey, author=quan)], kind="file")
            row = db.session.get_one(CaseFact, case)
            seen.add((row.area, row.state, row.since, row.approved, row.paid, row.milestone, row.doubts))
        db.session.commit()
    assert seen == {(HERE, "started", "2023-05-02", 40 * MILLION, 53 * MILLION, "2", "over_paid paid_twice")}
    assert support.sound()


def test_a_batch_taken_back_moves_every_sum_back_and_there_again(support: Cases) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "2")
    before = support.fact(case), support.money(case)
    payment = support.pay(case, 28)
    after = support.fact(case), support.money(case)
    with support.inside():
        changes = [entry.change.id for entry in intake.journal().history(payment)]
    for verdict, expected in (("exclude", before), ("include", after), ("exclude", before), ("include", after)):
        with support.inside():
            begin_writing()
            intake.rule(changes, verdict, account=people.find_account("quan"))
            db.session.commit()
        assert (support.fact(case), support.money(case)) == expected
    assert support.sound()


def test_a_fact_altered_by_hand_is_found_and_made_right_again(support: Cases) -> None:
    case = support.case()
    with support.inside():
        begin_writing()
        db.session.execute(CaseFact.__table__.update().values(paid=7))  # type: ignore[attr-defined]
        told = intake.rebuild(check=True)
        assert told[0] == case
        counted = [each.split()[0] for each in told[1:]]
        assert {*counted} == {"counted_case", "counted_money"}, "and it does not count as what it is"
        intake.rebuild()
        db.session.commit()
    assert (support.fact(case)["paid"], support.sound()) == (0, True)


def test_a_rule_that_changes_is_followed_by_what_depends_on_it(support: Cases) -> None:
    case = support.case()
    support.save(
        "threshold", {"code": "start_within_days", "number": "30"}, id_of("threshold", {"code": "start_within_days"})
    )
    assert support.fact(case)["late_from"] == "2023-05-10"
    assert support.sound()

"""What is withdrawn at one node while another one builds on it: nothing that was paid is in no sum, and each pair is
told once, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.cases import budget, list_doubts, lists, signing, strays
from fieldapp.cases.signed import Paper
from fieldapp.db import begin_writing, db
from fieldapp.facts.plan import text_of
from fieldapp.facts.tables import CaseFact, CaseMoney, PaidTally
from fieldapp.problems import ListStays
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.surveys import SURVEYS
from sync import WITHDRAWN
from tests.nodes.conftest import Node
from tests.pages import Page
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.support.conftest import HERE, MILLION, Cases

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
GNBV = id_of_code("programme", "gnbv_2022")
PAPER = Paper((("A",), ("B",)), "T", (), ("1",), (("x",),), (), ())


class Stood(NamedTuple):
    """The records that a case stands on, before anybody goes apart."""

    case: str
    need: str
    home: str
    visit: str
    programme: str = GNBV


Made = Callable[[Cases, Stood], Any]


def stands(province: Cases) -> Stood:
    need = province.need()
    case = province.case(need)
    visit = province.visit(case, "2023-05-20", "5", completed_on="2023-05-20")
    return Stood(case, need, province.answer("housing_need", need, "household"), visit)


def paid(there: Cases, one: Stood) -> None:
    there.pay(one.case, 10, fund_source="tai_tro")


def paid_back_in_part(there: Cases, one: Stood) -> None:
    payment = there.pay(one.case, 25)
    there.pay(one.case, 15, entry="but_toan_dao", corrects=payment, tranche=None, voucher="D1")


def moved(there: Cases, one: Stood) -> None:
    there.save("support_case", {"state_note": "Chờ vật liệu"}, one.case)


def accepted(there: Cases, one: Stood) -> None:
    there.visit(one.case, "2023-06-20", "5", completed_on="2023-06-20", accepted_on="2023-06-20")


def decided(there: Cases, one: Stood) -> None:
    plan = text_of({one.case: {"nstw": 40 * MILLION}})
    decision = there.save("support_decision", {"state": "signed", "plan": plan})
    there.save("support_case", {"state": "approved", "decision": decision}, one.case)


PAIRS: dict[str, tuple[str, str, Made, list[str], int]] = {
    "a case, and a payment of it": ("support_case", "case", paid, ["withdrawn_with_money"], 10),
    "a case, and what of a payment is left": ("support_case", "case", paid_back_in_part, ["withdrawn_with_money"], 10),
    "a household, and a payment of its case": ("household", "home", paid, ["household_gone"], 10),
    "a household, and the acceptance of its house": ("household", "home", accepted, ["household_gone"], 0),
    "a household, and a move of its case": ("household", "home", moved, ["household_gone"], 0),
    "a need, and a payment of its case": ("housing_need", "need", paid, ["need_gone"], 10),
    "a case, and a move of it": ("support_case", "case", moved, ["moved_apart"], 0),
    "a case, and a decision that approves it": ("support_case", "case", decided, ["moved_apart"], 0),
    "a programme, and a payment under it": ("programme", "programme", paid, ["programme_gone"], 10),
    "a visit, and what it allowed to be paid": ("progress_visit", "visit", paid, ["before_milestone"], 10),
}
"""What is withdrawn at the province; what is done on the laptop; what is told of the case; the millions paid."""


def both(province: Node, laptop: Node) -> tuple[Cases, Cases]:
    return Cases(province.app), Cases(laptop.app)


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize(("survey", "which", "made", "told", "millions"), PAIRS.values(), ids=list(PAIRS))
def test_what_was_withdrawn_under_it_is_told_and_what_was_paid_stays_in_every_sum(
    province: Node, joined: Node, survey: str, which: str, made: Made, told: list[str], millions: int
) -> None:
    here, there = both(province, joined)
    one = stands(here)
    for node in (here, there) if survey == "programme" else ():
        with node.inside():
            intake.take_shipped()
    joined.sync()
    who = "quan" if survey == "programme" else "binh"
    here.save(survey, {WITHDRAWN: True}, getattr(one, which), who)
    made(there, one)
    joined.sync()
    for node in (here, there):
        assert node.doubts(one.case) == told
        assert sums(node, one.case) == {millions * MILLION}
        assert node.sound()
    here.save(survey, {WITHDRAWN: False}, getattr(one, which), who)
    joined.sync()
    for node in (here, there):
        assert node.doubts(one.case) == []
        assert sums(node, one.case) == {millions * MILLION}


def sums(node: Cases, case: str) -> set[int]:
    """What is paid of a case, in đồng, wherever it is added up."""
    with node.inside():
        money, month = CaseMoney.__table__.c, PaidTally.__table__.c
        by_source = db.session.scalar(sa.select(sa.func.sum(money.paid)).where(money.record == case)) or 0
        whole = db.session.scalar(sa.select(CaseFact.paid).where(CaseFact.record == case)) or 0
        everywhere = db.session.scalar(sa.select(sa.func.sum(money.paid))) or 0
        monthly = db.session.scalar(sa.select(sa.func.sum(month.amount))) or 0
        rest = int(everywhere) - int(whole)
    return {int(by_source), int(whole), int(monthly) - rest}


@ON_EACH_DATABASE
def test_an_allocation_that_was_withdrawn_while_money_of_it_was_paid_is_told_until_it_is_back(
    province: Node, joined: Node, page: Pages
) -> None:
    here, there = both(province, joined)
    said = {"programme": GNBV, "budget_year": 2023, "fund_source": "tai_tro", "place": None}
    allocation = here.save("budget", {**said, "amount": 90 * MILLION}, id_of("budget", said))
    one = stands(here)
    joined.sync()
    here.save("budget", {WITHDRAWN: True}, allocation)
    paid(there, one)
    joined.sync()
    for node in (here, there):
        with node.inside():
            assert [(each.promised, each.paid) for each in budget.taken_away()] == [(10 * MILLION, 10 * MILLION)]
    assert page("/cases/doubts").text.count("Vốn được giao đã bị rút") == 1
    here.save("budget", {WITHDRAWN: False}, allocation)
    with here.inside():
        assert budget.taken_away() == []


class Voted(NamedTuple):
    """A case that a village voted on, its list, and the meeting of that."""

    case: str
    list: str
    meeting: str


def voted(province: Cases) -> Voted:
    home = province.save("household", {"poverty_class": "ngheo", "village": HERE, "head_name": "Lý Văn Ở"})
    need = province.save("housing_need", {"household": home, "visited_on": "2023-01-05", "need_type": "xay_moi"})
    undecided = dict.fromkeys(("decision_on", "decision_number", "approved_nstw", "approved_tai_tro"))
    case = province.case(need, state="proposed", **undecided)
    with province.inside():
        begin_writing()
        one = lists.draw_up(HERE, GNBV, account=people.find_account("quan"))
        db.session.commit()
    province.save(
        "village_meeting", {"held_on": "2023-02-05", "present": 20, "chair": "Lý Thị Sao"}, lists.meeting_id(one)
    )
    province.save("list_line", {"agreed": 15}, lists.line_id(one, case))
    return Voted(case, one, lists.meeting_id(one))


def signed_off(there: Cases, one: Voted) -> None:
    with there.inside():
        begin_writing()
        found = db.session.get_one(SURVEYS["support_list"], one.list)
        signing.sign(found, PAPER, account=people.find_account("quan"))
        db.session.commit()


def counted_otherwise(there: Cases, one: Voted) -> None:
    signed_off(there, one)
    there.save("village_meeting", {"remarks": "Đếm lại"}, one.meeting)


LISTS: dict[str, tuple[str, str, Callable[[Cases, Voted], None], str]] = {
    "a list, and its signing": ("support_list", "list", signed_off, "Một cơ quan rút danh sách này"),
    "a meeting, and the signing of its list": (
        "village_meeting",
        "meeting",
        signed_off,
        "Cuộc họp của danh sách này đã bị rút",
    ),
    "a meeting, and what was said of it": (
        "village_meeting",
        "meeting",
        counted_otherwise,
        "Một cơ quan rút cuộc họp của danh sách này",
    ),
}


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize(("survey", "which", "made", "told"), LISTS.values(), ids=list(LISTS))
def test_a_list_that_was_signed_while_it_or_its_meeting_was_withdrawn_is_told_until_it_is_settled(
    province: Node,
    joined: Node,
    page: Pages,
    as_: Visitors,
    survey: str,
    which: str,
    made: Callable[[Cases, Voted], None],
    told: str,
) -> None:
    here, there = both(province, joined)
    one = voted(here)
    joined.sync()
    here.save(survey, {WITHDRAWN: True}, getattr(one, which), "binh")
    made(there, one)
    joined.sync()
    for node in (here, there):
        with node.inside():
            assert len(list_doubts.doubts(None)) == 1
        assert node.answer("support_case", one.case, "state") == "on_village_list"
        assert node.sound()
    assert page("/cases/doubts").text.count(told) == 1
    back = next(
        address
        for each in page("/cases/doubts").all(".//form")
        if (address := each.get("action") or "").endswith(getattr(one, which))
    )
    assert as_("dung").post(back).status_code == 403
    assert as_("binh").post(back).status_code == 302
    assert as_("binh").post(back).status_code == 404, "it is back already"
    joined.sync()
    for node in (here, there):
        with node.inside():
            assert list_doubts.doubts(None) == []


def test_a_list_is_not_signed_by_a_meeting_that_was_withdrawn(province: Node) -> None:
    here = Cases(province.app)
    one = voted(here)
    here.save("village_meeting", {WITHDRAWN: True}, one.meeting)
    with pytest.raises(ListStays, match="Cuộc họp đã bị rút"):
        signed_off(here, one)
    here.save("village_meeting", {WITHDRAWN: False}, one.meeting)
    signed_off(here, one)


@AGAIN_ON_POSTGRESQL
def test_a_visit_of_a_case_that_was_withdrawn_elsewhere_is_told_until_either_is_settled(
    province: Node, joined: Node, page: Pages
) -> None:
    here, there = both(province, joined)
    one = stands(here)
    here.save("progress_visit", {WITHDRAWN: True}, one.visit)
    joined.sync()
    here.save("support_case", {WITHDRAWN: True}, one.case, who="binh")
    visit = there.visit(one.case, "2023-06-20", "2")
    joined.sync()
    for node in (here, there):
        with node.inside():
            assert [(each.record, each.case) for each in strays.visits_for_nothing(None, 9)] == [(visit, one.case)]
            assert strays.count(None) == 1
    text = page("/cases/doubts").text
    assert text.count("Lần kiểm tra của hồ sơ đã rút") == 1
    assert "lần kiểm tra ngày 20/06/2023" in text
    here.save("support_case", {WITHDRAWN: False}, one.case, who="binh")
    with here.inside():
        assert strays.count(None) == 0
    here.save("support_case", {WITHDRAWN: True}, one.case, who="binh")
    here.save("progress_visit", {WITHDRAWN: True}, visit, who="binh")
    with here.inside():
        assert strays.count(None) == 0


def test_money_of_a_withdrawn_case_is_not_promised_again(province: Node, joined: Node) -> None:
    here, there = both(province, joined)
    said = {"programme": GNBV, "budget_year": 2023, "fund_source": "tai_tro", "place": None}
    here.save("budget", {**said, "amount": 15 * MILLION}, id_of("budget", said))
    one = stands(here)
    joined.sync()
    here.save("support_case", {WITHDRAWN: True}, one.case, who="binh")
    paid(there, one)
    joined.sync()
    for node in (here, there):
        with node.inside():
            [standing] = budget.standings(GNBV, 2023)
        assert (standing.promised, standing.paid, standing.left) == (0, 10 * MILLION, 5 * MILLION)

"""What is withdrawn at one node while another one builds on it: nothing that was paid is in no sum, and each pair is
told once, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import intake
from fieldapp.cases import budget
from fieldapp.db import db
from fieldapp.facts.plan import text_of
from fieldapp.facts.tables import CaseFact, CaseMoney, PaidTally
from fieldapp.reference.naming import id_of, id_of_code
from sync import WITHDRAWN
from tests.nodes.conftest import Node
from tests.pages import Page
from tests.postgres import ON_EACH_DATABASE
from tests.support.conftest import MILLION, Cases

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
GNBV = id_of_code("programme", "gnbv_2022")


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


@ON_EACH_DATABASE
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

"""The minutes of a stage and of the finished house are printed from what a visit found."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.cases.paying import faults_of_payment
from tests.pages import Page
from tests.support.conftest import Cases
from tests.support.test_facts import FINISHED

Pages = Callable[..., Page]


def test_a_visit_prints_form_05_while_the_house_is_built_and_form_06_once_it_is_finished(
    support: Cases, page: Pages
) -> None:
    case = support.case()
    stage = support.visit(case, "2023-05-20", "2", started_on="2023-05-02")
    done = support.visit(case, "2023-09-10", "5", **FINISHED)
    assert f"/cases/{case}/minutes/{stage}" in page(f"/cases/{case}").html
    first = page(f"/cases/{case}/minutes/{stage}").text
    assert "Mẫu số 05" in first
    assert "412/QĐ-UBND ngày 10/04/2023" in first
    last = page(f"/cases/{case}/minutes/{done}").text
    assert "Mẫu số 06" in last
    assert "36 m²" in last


def test_a_blocked_case_is_not_paid(support: Cases, page: Pages) -> None:
    case = support.case(state="blocked", blocked_from="approved", state_reason="dat_chua_hop_phap")
    household = support.answer("support_case", case, "household")
    with support.inside():
        asked = {"household": household, "case": case, "amount": 1000, "fund_source": "nstw", "entry": "chi"}
        assert "đang vướng mắc" in faults_of_payment(asked)["amount"]

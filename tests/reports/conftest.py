"""Support cases of two programmes in two districts, in many states, with payments."""

from __future__ import annotations

from itertools import count

import pytest
from flask import Flask

from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE
from tests.support.conftest import HERE, MILLION, Cases

FAR = village_id(2023, ELSEWHERE, 1)
OPEN = {"state": "proposed", "decision_on": None, "approved_nstw": None, "approved_tai_tro": None}
DONE = {"started_on": "2023-05-02", "completed_on": "2024-01-10"}


@pytest.fixture
def support(app: Flask) -> Cases:
    """The tiny province with ten cases: eight here, two in another district."""
    made, vouchers = Cases(app), count()

    def case(
        village: str = HERE, *, visits: str = "", paid: int = 0, programme: str = "gnbv_2022", **said: object
    ) -> str:
        home = made.save("household", {"village": village, "head_name": "Lý Thị Xa", "poverty_class": "ngheo"})
        kind = said.get("need_type", "xay_moi")
        need = made.save("housing_need", {"household": home, "visited_on": "2023-01-10", "need_type": kind})
        case = made.case(need, programme, **said)
        name = "milestone_repair" if kind == "sua_chua" else "milestone_new"
        for day, milestone in enumerate(visits, 20):
            done = DONE if milestone == "5" else {}
            asked = {"milestone_new": None, "need_type": kind, name: milestone, **done}
            made.visit(case, f"2023-06-{day}", milestone, **asked)
        if paid:
            made.pay(case, paid, voucher=f"PC{next(vouchers)}")
        return case

    case(visits="125", paid=40)
    case(visits="12", paid=28)
    repair = {"need_type": "sua_chua", "approved_nstw": 20 * MILLION, "approved_tai_tro": None}
    case(visits="2", programme="dtts_2021", **repair)
    waiting = case()
    made.visit(waiting, "2023-06-20", "0", not_started_reason="thieu_doi_ung")
    case(state="blocked", blocked_from="approved", state_reason="vat_lieu")
    case(**OPEN)
    case(**{**OPEN, "state": "refused", "state_on": "2023-03-01"}, proposed_on="2022-12-01")
    case(**{**OPEN, "state": "on_commune_list"}, programme="dtts_2021", need_type="sua_chua")
    case(FAR, visits="3", paid=60)
    case(FAR, state="settled", state_on="2024-02-01", decision_on="2022-05-01", approved_nsdp_xa=7 * MILLION)
    return made

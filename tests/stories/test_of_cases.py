"""Support between villages and the province: what tablets may say of it, and what follows when they come home."""

from __future__ import annotations

from typing import Any

from fieldapp import cases
from fieldapp.db import db
from fieldapp.facts.cases import CaseFact
from fieldapp.reference.naming import id_of_code
from sync import new_record_id
from tests.postgres import ON_EACH_DATABASE
from tests.stories.conftest import Person, Province
from tests.test_intake import HERE

pytestmark = ON_EACH_DATABASE


def fact(province: Province, case: str) -> Any:
    """What is kept beside a case; None where nothing is."""
    with province.inside():
        row = db.session.get(CaseFact, case)
        return None if row is None else (row.state, row.approved, row.paid, row.doubts)


def test_visits_of_two_tablets_move_a_case_that_neither_may_move_and_a_payment_of_a_tablet_waits_for_a_person(
    province: Province, lan: Person, mai: Person
) -> None:
    home, need = lan.create(HERE, members=4), new_record_id()
    lan.write(need, "housing_need", household=home, need_type="xay_moi", has_house="khong", visited_on="2023-01-10")
    case, named = cases.case_id(need, "gnbv_2022"), {"household": home, "need": need}
    said = {**named, "programme": id_of_code("programme", "gnbv_2022"), "need_type": "xay_moi", "state": "approved"}
    decided = {"decision_on": "2023-04-10", "approved_nstw": 40_000_000, "proposed_on": "2023-02-01"}
    own = lan.write(case, "support_case", **said, **decided)
    lan.sync()
    assert lan.told(own) == ("held", "may_not_support")
    assert fact(province, case) is None
    province.rule([own], "release")
    assert fact(province, case) == ("approved", 40_000_000, 0, "")
    mai.sync()
    visit = {**named, "case": case, "need_type": "xay_moi", "started_on": "2023-05-02"}
    mai.write(new_record_id(), "progress_visit", **visit, visited_on="2023-05-20", milestone_new="2")
    lan.write(new_record_id(), "progress_visit", **visit, visited_on="2023-05-04", milestone_new="1")
    paid = {"household": home, "case": case, "entry": "chi", "fund_source": "nstw", "amount": 30_000_000}
    payment = lan.write(new_record_id(), "payment", **paid, paid_on="2023-06-01", voucher="CT1")
    mai.sync()
    lan.sync()
    assert lan.told(payment) == ("held", "may_not_support")
    assert fact(province, case) == ("started", 40_000_000, 0, "")
    province.rule([payment], "release")
    assert fact(province, case) == ("started", 40_000_000, 30_000_000, "before_milestone")
    assert province.sound()

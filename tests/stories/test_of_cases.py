"""Support between villages and the province: what tablets may say of it, and what follows when they come home."""

from __future__ import annotations

from typing import Any

import pytest

from fieldapp import cases, intake, people
from fieldapp.cases import lists
from fieldapp.db import db
from fieldapp.facts.tables import CaseFact
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SupportList
from sync import new_record_id
from tests.again import a_walk, again
from tests.postgres import LATER_ON_POSTGRESQL
from tests.stories.conftest import Person, Province
from tests.test_intake import HERE

pytestmark = LATER_ON_POSTGRESQL


def fact(province: Province, case: str) -> Any:
    """What is kept beside a case; None where nothing is."""
    with province.inside():
        row = db.session.get(CaseFact, case)
        return None if row is None else (row.state, row.approved, row.paid, row.doubts)


@a_walk
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


APART = {"lan": {"a": 15, "b": 9}, "mai": {"a": 12, "c": 20}, "desk": {"b": 9, "c": 11}}
"""Who counted how many hands for which household: all three agree on one, and differ on two."""


@pytest.mark.parametrize("order", ["lan mai desk", again("mai desk lan"), again("desk lan mai")])
def test_two_tablets_and_a_desk_at_one_meeting_end_with_the_same_votes_and_what_they_count_differently_is_a_conflict(
    province: Province, lan: Person, mai: Person, order: str
) -> None:
    by_name = {name: _proposed(province, f"Bàn Thị {name}") for name in "abc"}
    with province.inside():
        record = lists.draw_up(HERE, id_of_code("programme", "gnbv_2022"), account=people.find_account("binh"))
    line = {name: lists.line_id(record, case) for name, case in by_name.items()}
    persons = {"lan": lan, "mai": mai}
    for who, person in persons.items():
        person.sync()
        for name, agreed in APART[who].items():
            person.write(line[name], "list_line", agreed=agreed)
    for who in order.split():
        if who in persons:
            persons[who].sync()
        else:
            _at_the_desk(province, {line[name]: agreed for name, agreed in APART[who].items()})
    for person in (*persons.values(), *persons.values()):
        person.sync()
    held = {name: province.row(id, "list_line") for name, id in line.items()}
    assert {name: sorted(row.conflicts.get("agreed", ())) for name, row in held.items()} == {
        "a": [12, 15], "b": [], "c": [11, 20],
    }  # fmt: skip
    assert held["b"].agreed == 9
    for person in persons.values():
        assert {name: (person.sees(id) or {})["agreed"] for name, id in line.items()} == {
            name: row.agreed for name, row in held.items()
        }
        assert {name for name, id in line.items() if person.conflicts(id)} == {"a", "c"}
    with province.inside():
        passing = {each.record.id: each.passes for each in lists.lines_of(db.session.get_one(SupportList, record))}
    assert passing == dict.fromkeys(line.values())  # nobody has said who was present, and two are in dispute
    assert province.sound()


def _proposed(province: Province, name: str) -> str:
    """A case that its village is to vote on."""
    home, need = new_record_id(), new_record_id()
    case, named = cases.case_id(need, "gnbv_2022"), {"household": home, "need": need}
    said = {**named, "programme": id_of_code("programme", "gnbv_2022"), "need_type": "xay_moi", "state": "proposed"}
    edits: list[tuple[str, str, dict[str, Any]]] = [
        ("household", home, {"head_name": name, "village": HERE}),
        ("housing_need", need, {"household": home, "need_type": "xay_moi", "has_house": "khong"}),
        ("support_case", case, {**said, "proposed_on": "2026-08-02", "state_on": "2026-08-02"}),
    ]
    with province.inside():
        intake.save_all(edits, account=people.find_account("quan"))
    return case


def _at_the_desk(province: Province, votes: dict[str, int]) -> None:
    """A page that was opened before anybody else had sent anything, and is saved now."""
    with province.inside():
        for record, agreed in votes.items():
            said, who = {"agreed": agreed}, people.find_account("binh")
            intake.save("list_line", record, said, account=who, knowing={"agreed": []})

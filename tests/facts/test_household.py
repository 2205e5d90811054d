"""What follows about each household is kept beside the records, and is always what follows from them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.facts import days, household, keeping
from fieldapp.facts.states import DecisionVerdict
from fieldapp.facts.tables import HouseholdFact, HouseholdProgramme
from fieldapp.people import Account
from fieldapp.reference import default_rules
from fieldapp.surveys import SURVEYS
from sync import WITHDRAWN, new_record_id
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.test_intake import HERE, THERE

pytestmark = [pytest.mark.usefixtures("context"), AGAIN_ON_POSTGRESQL]

HOME: dict[str, list[Any]] = {
    "village": [HERE, THERE],
    "head_name": ["Đặng Thị Mến", "Lý Văn Páo"],
    "poverty_class": ["ngheo", "can_ngheo", "khong"],
    "ethnic_group": ["kinh", "tay", None],
    "members": [1, 4],
    "location": [{"lat": "22.147", "lon": "105.8348", "accuracy_m": 5, "at": None, "source": "pin"}, None],
}
NEED: dict[str, list[Any]] = {
    "visited_on": ["2024-05-01", "2026-07-30", None],
    "has_house": ["nha_rieng", "khong"],
    "area_m2": ["12.5", "40"],
    "need_type": ["xay_moi", "sua_chua", "khong"],
    "disaster_damage": ["khong", None],
}
VISIT: dict[str, list[Any]] = {"need_type": ["xay_moi", "sua_chua"], "milestone_new": ["0", "2", "5"]}


class History:
    """Somebody writes down, corrects, takes back and decides at random; every record is about one of few households."""

    def __init__(self, seed: int, account: Account, supervisor: Account) -> None:
        self.drawn = random.Random(seed)
        self.account, self.supervisor = account, supervisor
        self.homes = [new_record_id() for _home in range(4)]
        self.records: dict[str, str] = {}

    def step(self) -> None:
        """One thing more."""
        begin_writing()
        self.drawn.choice([self.a_home, self.a_need, self.a_visit, self.an_edit, self.a_withdrawal, self.a_decision])()
        db.session.commit()

    def a_home(self) -> None:
        self.save("household", self.drawn.choice(self.homes), self.some(HOME))

    def a_need(self) -> None:
        self.save("housing_need", new_record_id(), {"household": self.drawn.choice(self.homes), **self.some(NEED)})

    def a_visit(self) -> None:
        self.save("progress_visit", new_record_id(), {"household": self.drawn.choice(self.homes), **self.some(VISIT)})

    def an_edit(self) -> None:
        if about := self.any_of("housing_need", "progress_visit"):
            self.save(self.records[about], about, {"household": self.drawn.choice(self.homes)})

    def a_withdrawal(self) -> None:
        if about := self.any_of(*SURVEYS):
            self.save(self.records[about], about, {WITHDRAWN: self.drawn.random() < 0.7})

    def a_decision(self) -> None:
        about = self.any_of("housing_need", "household")
        record = db.session.get(SURVEYS[self.records[about]], about) if about else None
        if record is not None and not record.withdrawn and not record.contested:
            verdict: DecisionVerdict = self.drawn.choice(["approve", "return", "refuse"])
            seen = review.heads_of(record)
            review.decide(record, verdict, account=self.supervisor, seen=seen, comment="Xem lại")

    def save(self, survey: str, record: str, answers: dict[str, Any]) -> None:
        self.records[record] = survey
        intake.save(survey, record, answers, account=self.account)

    def some(self, told: dict[str, list[Any]]) -> dict[str, Any]:
        return {name: self.drawn.choice(values) for name, values in told.items() if self.drawn.random() < 0.7}

    def any_of(self, *surveys: str) -> str | None:
        return self.drawn.choice([id for id, survey in self.records.items() if survey in surveys] or [""]) or None


def everything() -> list[list[Any]]:
    tables: list[Any] = [HouseholdFact.__table__, HouseholdProgramme.__table__]
    queries = [sa.select(*table.columns).order_by(*table.primary_key) for table in tables]
    return [[tuple(row) for row in db.session.execute(query)] for query in queries]


@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_is_what_follows_afresh_after_whatever_history(seed: int) -> None:
    history = History(seed, people.find_account("quan"), people.find_account("binh"))
    for _step in range(40):
        history.step()
        touched = [*history.homes, *history.records]
        assert keeping.differing(touched) == []
    kept = everything()
    begin_writing()
    db.session.execute(sa.delete(HouseholdFact))
    db.session.execute(sa.delete(HouseholdProgramme))
    keeping.make({record: record if survey == "household" else "" for record, survey in intake.journal().all_records()})
    assert everything() == kept


def test_a_household_whose_records_are_folded_in_many_portions_is_worked_out_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, worked_out, really = everything(), Counter[str](), household.work_out
    monkeypatch.setattr(intake, "CHUNK", 7)
    monkeypatch.setattr(household, "work_out", lambda homes, *told: (worked_out.update(homes), really(homes, *told))[1])
    begin_writing()
    intake.refold(record for record, _survey in intake.journal().all_records())
    assert worked_out.keys() >= {row[0] for row in kept[0]}
    assert {*worked_out.values()} == {1}
    assert everything() == kept


def test_a_fact_altered_by_hand_is_found_and_made_right_again() -> None:
    begin_writing()
    one = db.session.scalars(sa.select(HouseholdFact.household).where(HouseholdFact.need.is_not(None))).first()
    db.session.execute(sa.update(HouseholdFact).where(HouseholdFact.household == one).values(stage="nowhere"))
    assert intake.rebuild(check=True) == [one]
    intake.rebuild()
    assert intake.rebuild(check=True) == []


def test_a_household_counts_in_no_figure_once_it_is_withdrawn_and_is_told_of() -> None:
    quan = people.find_account("quan")
    before = sum((found for _village, found in household.sums(None)), Counter())
    begin_writing()
    one = db.session.scalars(sa.select(HouseholdFact.household).where(sa.not_(HouseholdFact.withdrawn))).first()
    intake.save("household", str(one), {WITHDRAWN: True}, account=quan)
    after = sum((found for _village, found in household.sums(None)), Counter())
    assert after["households"] == before["households"] - 1
    assert after["withdrawn"] == before["withdrawn"] + 1


@pytest.mark.parametrize("born", ["1966-11-30", "1948-02-29", "1966", None])
def test_between_two_days_that_are_named_the_law_does_not_change_its_mind(born: str | None) -> None:
    rules, day = default_rules(), date(2024, 12, 20)
    named = [day]
    while named[-1] < date(2026, 2, 1):
        named.append(days.next_one(named[-1], rules, born))
    for n in range(400):
        each = day + timedelta(n)
        assert days.next_one(each, rules, born) == next(one for one in named if one > each)
    assert {date(2024, 12, 31), date(2025, 1, 1)} < {*named}

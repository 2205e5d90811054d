"""Where records stand is kept beside them, and is always what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import intake, people, review
from fieldapp.db import db
from fieldapp.facts import household as facts
from fieldapp.facts import keeping, ranking, standing
from fieldapp.facts.standing import Standing
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS, Decision, Household, HouseholdMember
from sync import WITHDRAWN, new_record_id
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.statements import worked
from tests.test_intake import HERE, THERE, elsewhere

pytestmark = [pytest.mark.usefixtures("context"), AGAIN_ON_POSTGRESQL]


@pytest.fixture
def quan(context: Flask) -> Account:
    return people.find_account("quan")


@pytest.fixture
def home(quan: Account) -> str:
    record = new_record_id()
    answers = {"head_name": "Đặng Thị Mến", "village": HERE, "poverty_class": "can_ngheo", "members": 3}
    intake.save("household", record, answers, account=quan)
    return record


def need_of(household: str, account: Account, **answers: Any) -> str:
    record = new_record_id()
    intake.save("housing_need", record, {"household": household, **answers}, account=account)
    return record


def of(record: str) -> Any:
    db.session.expire_all()
    return db.session.get(Standing, record)


def test_the_sample_is_kept_as_it_follows_from_its_records_and_can_be_made_again() -> None:
    records = [record for record, _survey in intake.journal().all_records()]
    assert standing.differing(records) == []
    before = db.session.execute(sa.select(*standing.TOLD).order_by(Standing.record)).all()
    db.session.execute(sa.delete(Standing))
    assert {*standing.differing(records)} == {row.record for row in before}
    keeping.make(dict.fromkeys(records, ""))
    assert db.session.execute(sa.select(*standing.TOLD).order_by(Standing.record)).all() == before


def test_of_all_about_a_household_only_what_has_a_standing_is_read() -> None:
    homes = list(db.session.scalars(sa.select(Household.id)))
    kept = db.session.scalars(sa.select(Standing.record).where(Standing.household.in_(homes)))
    assert sorted(row.record for row in standing.read((), homes)) == sorted(kept)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HouseholdMember))


def test_a_member_in_dispute_has_a_standing_until_that_is_settled() -> None:
    member, home = db.session.execute(sa.select(HouseholdMember.id, HouseholdMember.household)).first() or ("", "")
    for is_contested in (True, False):
        table = HouseholdMember.__table__
        db.session.execute(sa.update(table).where(table.c.id == member).values(contested=is_contested))  # type: ignore[arg-type]
        keeping.make({home: home})
        assert (of(member) is not None) is is_contested
        assert standing.differing([member]) == []


def test_a_standing_altered_by_hand_is_found_and_made_right_again(home: str) -> None:
    db.session.execute(sa.update(Standing).where(Standing.record == home).values(status="approved"))
    here = f"{HERE} household"
    assert intake.rebuild(check=True) == [home, f"standing_tally {here} approved", f"standing_tally {here} waiting"]
    intake.rebuild()
    assert of(home).status == "waiting"
    assert intake.rebuild(check=True) == []


def test_counts_altered_by_hand_are_found_and_made_right_again() -> None:
    tables = [table for tally in keeping.TALLIES for table in tally.tables]
    before = [sorted(map(tuple, db.session.execute(sa.select(table)))) for table in tables]
    for table, rows in zip(tables, before, strict=True):
        first = zip(table.primary_key, rows[0], strict=False)
        db.session.execute(sa.delete(table).where(*(column == value for column, value in first)))
    wrong = [
        " ".join((table.name, *rows[0][: len(table.primary_key)])) for table, rows in zip(tables, before, strict=True)
    ]
    assert sorted(keeping.miscounted()) == sorted(wrong)
    keeping.all_made()
    assert [sorted(map(tuple, db.session.execute(sa.select(table)))) for table in tables] == before


def test_whatever_a_household_says_of_itself_moves_all_about_it_in_the_queue(home: str, quan: Account) -> None:
    need = need_of(home, quan, visited_on="2026-07-30", has_house="nha_rieng", area_m2="30")
    before = of(need).rank
    assert before == of(home).rank == facts.ranks_of([home])[home]
    intake.save("household", home, {"poverty_class": "ngheo", "members": 6}, account=quan)
    poorer = of(need).rank
    assert poorer == of(home).rank < before
    newer = need_of(home, quan, visited_on="2026-07-31", has_house="khong")
    assert of(need).rank == of(newer).rank == of(home).rank == facts.ranks_of([home])[home]
    intake.save("housing_need", newer, {WITHDRAWN: True}, account=quan)
    assert of(home).rank == of(need).rank == poorer
    assert of(newer).status == "withdrawn"


def test_a_household_that_moves_or_comes_late_takes_the_standings_about_it_along(quan: Account) -> None:
    home = new_record_id()
    need = need_of(home, quan, visited_on="2026-07-30")
    assert (of(need).area, of(need).rank) == ("", ranking.UNKNOWN)
    intake.receive([elsewhere(home, {"head_name": "Đặng Thị Mến", "village": HERE, "members": 3})], kind="file")
    assert (of(need).area, of(need).rank) == (HERE, of(home).rank)
    intake.save("household", home, {"village": THERE}, account=quan)
    assert of(need).area == of(home).area == THERE


def test_a_need_that_goes_over_to_another_household_leaves_the_first_as_it_was(home: str, quan: Account) -> None:
    alone, other = of(home).rank, new_record_id()
    intake.save("household", other, {"head_name": "Lý Văn Páo", "village": HERE, "members": 2}, account=quan)
    need = need_of(home, quan, visited_on="2026-07-30", has_house="khong")
    assert of(home).rank != alone
    intake.save("housing_need", need, {"household": other}, account=quan)
    assert (of(home).rank, of(need).rank) == (alone, of(other).rank)


def test_a_decision_a_reply_and_their_batch_taken_back_are_followed_at_once(home: str, quan: Account) -> None:
    binh = people.find_account("binh")
    record = db.session.get_one(Household, home)
    receipt = review.decide(record, "return", account=binh, seen=review.heads_of(record), comment="Đo lại")
    assert (of(home).status, of(home).waits) == ("returned", False)
    [decision] = review.decisions_about(home)
    review.reply(db.session.get_one(Household, home), decision, "Đã đo", account=quan)
    assert (of(home).status, of(home).waits) == ("answered", True)
    intake.rule([receipt.results[0].id], "refuse", account=people.find_account("quan"))
    assert of(home).status == "waiting"
    assert intake.rebuild(check=True) == []


MANY = 150
"""So many decisions about one record are added, twice."""


def read_of(record: str) -> int:
    """What it takes to find where a record stands."""
    with worked() as work:
        assert [each.status for each in standing.read([record], ())] == ["returned"]
    return work[0]


def test_where_a_record_stands_costs_as_much_more_for_each_decision_about_it_however_many_there_are(
    home: str, quan: Account
) -> None:
    """Two offices that return and approve it by turns make hundreds; each of them was compared with each."""
    record = db.session.get_one(Household, home)
    review.decide(record, "return", account=people.find_account("binh"), seen=review.heads_of(record), comment="Đo lại")
    table: Any = Decision.__table__
    made = dict(db.session.execute(sa.select(table).where(table.c.subject == home)).mappings().one())
    work = []
    for turn in "ab":
        later = [made | {"id": new_record_id(), "created_stamp": f"{turn}{at:03}"} for at in range(MANY)]
        db.session.execute(sa.insert(table), later)
        db.session.commit()
        work.append(read_of(home))
    assert len(review.decisions_about(home)) == 2 * MANY + 1
    assert work[1] < 2 * work[0]


def test_the_queue_is_in_the_order_of_the_law_and_as_long_as_it_says() -> None:
    found = review.queue(review.QueueFilter())
    assert [each.urgency.rank for each in found] == sorted(each.urgency.rank for each in found)
    assert len(found) == review.count_queue(review.QueueFilter()) > 10
    assert [review.queue(review.QueueFilter(), most=4, after=start)[0] for start in (0, 4)] == [found[0], found[4]]
    waiting = sum(tally.open for tally in review.tally(None).values())
    assert waiting == len(found)
    for survey in SURVEYS.values():
        few = review.queue(review.QueueFilter(surveys=[survey.survey]))
        assert few == [each for each in found if each.standing.survey == survey.survey]

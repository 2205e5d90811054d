"""Facts are worked out again after a rule has changed: in portions, whoever is killed, whatever arrives meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.cli import background
from fieldapp.db import begin_writing, db
from fieldapp.facts import household, refreshing
from fieldapp.facts.tables import FactsWork, HouseholdFact, HouseholdProgramme
from fieldapp.reference.naming import id_of_code
from fieldapp.today import today
from sync import new_record_id
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.test_intake import HERE

pytestmark = [pytest.mark.usefixtures("context"), AGAIN_ON_POSTGRESQL]
CAMPAIGN = "phatdong_2025"


def said_of_campaign() -> int:
    one = HouseholdProgramme.programme == CAMPAIGN
    return db.session.scalar(sa.select(sa.func.count()).select_from(HouseholdProgramme).where(one)) or 0


def wrong() -> list[str]:
    return household.differing(list(db.session.scalars(sa.select(HouseholdFact.household))))


@pytest.fixture
def reopened(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A programme that had ended goes on, and no household's fact knows it yet."""
    begin_writing()
    intake.take_shipped()
    refreshing.finish()
    begin_writing()
    quan = people.find_account("quan")
    intake.save("programme", id_of_code("programme", CAMPAIGN), {"ends_on": "2090-12-31"}, account=quan)
    db.session.commit()
    monkeypatch.setattr(refreshing, "PORTION", 5)


@pytest.mark.usefixtures("reopened")
def test_who_is_killed_goes_on_where_it_was_and_what_arrives_meanwhile_is_right() -> None:
    assert (said_of_campaign(), refreshing.is_due(), refreshing.progress()) == (0, True, (0, 32))
    assert [refreshing.portion(), refreshing.portion()] == [True, True]
    assert refreshing.progress() == (10, 32)
    begin_writing()
    home, quan = new_record_id(), people.find_account("quan")
    intake.save("household", home, {"head_name": "Đặng Thị Mến", "village": HERE}, account=quan)
    intake.save("housing_need", new_record_id(), {"household": home, "visited_on": "2026-07-01"}, account=quan)
    db.session.commit()
    refreshing.work_out_again([])
    db.session.rollback()  # a process that ends half way leaves no trace
    assert refreshing.progress() == (10, 32)
    refreshing.finish()
    assert (refreshing.is_due(), refreshing.progress(), refreshing.is_waiting(), wrong()) == (False, None, False, [])
    assert said_of_campaign() > 1


@pytest.mark.usefixtures("reopened")
def test_a_rule_that_changes_meanwhile_begins_the_work_anew() -> None:
    refreshing.portion()
    begin_writing()
    quan = people.find_account("quan")
    intake.save("programme", id_of_code("programme", CAMPAIGN), {"ends_on": "2025-12-31"}, account=quan)
    db.session.commit()
    assert refreshing.progress() == (0, 32)
    refreshing.finish()
    assert (said_of_campaign(), wrong()) == (0, [])


@pytest.mark.usefixtures("reopened")
def test_of_two_processes_one_does_the_work_until_it_is_heard_of_no_more() -> None:
    assert refreshing.portion()
    db.session.execute(sa.update(FactsWork).values(worker="another 1"))
    db.session.commit()
    assert not refreshing.portion()
    db.session.execute(sa.update(FactsWork).values(busy_until=0))
    db.session.commit()
    assert refreshing.portion()


@pytest.mark.usefixtures("reopened")
def test_a_clock_that_was_put_back_does_not_keep_the_work_for_a_process_that_is_no_more() -> None:
    assert refreshing.portion()
    years_ahead = int(time.time() * 1000) + 10 * 365 * 86_400_000
    db.session.execute(sa.update(FactsWork).values(worker="another 1", busy_until=years_ahead))
    db.session.commit()
    assert refreshing.portion()


@pytest.mark.usefixtures("reopened")
def test_what_goes_wrong_in_the_background_ends_nothing_and_is_done_at_the_next_look(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(household, "work_out", lambda _homes: {}["no rule"])
        background.look(context)
    assert refreshing.is_due()
    db.session.rollback()
    background.look(context)
    assert not refreshing.is_due()


@pytest.mark.usefixtures("reopened")
def test_what_waits_to_be_worked_out_again_is_no_difference_and_administrators_see_how_far_it_is(
    as_: Callable[[str], FlaskClient],
) -> None:
    assert intake.rebuild(check=True) == []
    refreshing.portion()
    db.session.remove()
    assert 'value="5"' in as_("quan").get("/").text
    refreshing.finish()
    assert "<progress" not in as_("quan").get("/").text


def test_a_day_that_matters_is_worked_out_when_it_comes() -> None:
    refreshing.finish()
    db.session.execute(sa.update(HouseholdFact).values(until=(today() + timedelta(1)).isoformat()))
    db.session.commit()
    assert not refreshing.is_waiting()
    one = db.session.scalars(sa.select(HouseholdFact.household).where(HouseholdFact.need.is_not(None))).first()
    db.session.execute(sa.update(HouseholdFact).where(HouseholdFact.household == one).values(until=f"{today()}"))
    db.session.commit()
    assert refreshing.is_waiting()
    refreshing.finish()
    assert not refreshing.is_waiting()

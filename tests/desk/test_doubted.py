"""What is odd about a household is a choice in the queue and in every list of records, answered by an index."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts.doubtful import KINDS, FactDoubtKind, households_with, is_so
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import CaseFact, HouseholdFact, HouseholdProgramme
from fieldapp.surveys import SURVEYS, Household, questions
from fieldapp.web.records.finding import RecordSearch
from tests.desk.conftest import Desk
from tests.desk.test_doubts import SOUND
from tests.pages import Page


def odd(desk: Desk) -> dict[FactDoubtKind, str]:
    """A household that waits, of each kind: what follows of two of them is written as it would be kept."""
    homes = desk.all("household", "waiting")
    with desk.inside():
        known = {name: getattr(db.session.get_one(Household, homes[0]), name) for name in questions("household")}
        facts = {"need_type": None, "promised": 0, "approved": 0, "paid": 0, "doubts": "second_case", "doubted": True}
        db.session.add(CaseFact(record=str(uuid4()), household=homes[2], state="proposed", **facts))
        db.session.add(HouseholdProgramme(household=homes[3], programme="p", met=None, lack="answer need area_m2"))
        db.session.commit()
    given = {name: value for name, value in known.items() if value is not None}
    twin, need = str(uuid4()), {"household": homes[0], "need_type": "xay_moi", **SOUND}
    desk.save("household", twin, {**given, "citizen_id": "006071999999"})
    desk.save("household", homes[1], {"location": None})
    desk.save("housing_need", str(uuid4()), {**need, "visited_on": "2026-08-20"})
    return {"no_position": homes[1], "sound_house": homes[0], "one_answer": homes[3], "alike": twin, "case": homes[2]}


def all_with(desk: Desk, kind: FactDoubtKind) -> set[str]:
    with desk.inside():
        return set(db.session.scalars(households_with(kind)))


def test_each_kind_leaves_the_households_of_which_it_is_so_in_the_queue_and_in_every_list(
    desk: Desk, page: Callable[..., Page]
) -> None:
    for kind, home in odd(desk).items():
        found = all_with(desk, kind)
        assert home in found, kind
        with desk.inside():
            every = {row.record: row for row in db.session.scalars(sa.select(Standing))}
            queue = {one.standing.id for one in review.queue(review.QueueFilter(doubt=kind))}
            assert queue == {id for id, row in every.items() if row.waits and row.household in found}, kind
            for survey in ("household", "housing_need"):
                listed = RecordSearch(SURVEYS[survey], None, doubt=kind)
                wanted = {id for id, row in every.items() if row.survey == survey and row.household in found}
                assert set(listed.page(500, 0, listed.count())) == wanted, (kind, survey)
                assert listed.count() == len(wanted)


def test_households_looked_up_one_after_another_are_those_that_are_gathered(desk: Desk) -> None:
    for kind in odd(desk):
        with desk.inside():
            ids = sa.select(HouseholdFact.household)
            looked_up = set(db.session.scalars(ids.where(is_so(kind, HouseholdFact.household))))
            assert looked_up == set(db.session.scalars(households_with(kind))), kind


def test_of_more_that_is_odd_than_is_counted_pages_say_that_there_is_more_and_show_it(
    desk: Desk, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd(desk)
    for module in (
        "facts.doubtful",
        "review.queue",
        "web.review.chosen_queue",
        "web.records.listing",
        "web.review.queue",
    ):
        monkeypatch.setattr(sys.modules[f"fieldapp.{module}"], "MANY", 1)
    first = page("/review?doubt=alike")
    assert "Hơn 1 phiếu" in first.html
    assert len(first.all(".//ol[@class='rows']/li")) > 1
    assert "Hơn 1 bản ghi" in page("/records/?doubt=alike").html
    assert "hơn 1 phiếu" in page(first.all(".//a[@class='row-name']")[0].get("href") or "").html


def test_the_queue_and_the_lists_offer_the_choice_and_keep_it_on_the_way(desk: Desk, page: Callable[..., Page]) -> None:
    odd(desk)
    for address in ("/review", "/records/?survey=household", "/records/?survey=household_member"):
        shown = page(f"{address}{'&' if '?' in address else '?'}doubt=no_position")
        assert [each.get("value") for each in shown.all(".//select[@name='doubt']/option")] == ["", *KINDS]
        assert [each.get("value") for each in shown.all(".//select[@name='doubt']/option[@selected]")] == [
            "no_position"
        ]
    assert "doubt=no_position" in page("/review?doubt=no_position").html


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_odd_is_found_by_an_index_and_no_table_is_read_through(context: Flask, kind: FactDoubtKind) -> None:
    statement = households_with(kind).compile(db.engine, compile_kwargs={"literal_binds": True})
    plan: list[Any] = [row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {statement}"))]
    read = [line for line in plan if line.startswith(("SCAN", "SEARCH")) and "INDEX" not in line]
    assert not [line for line in read if "subquery" not in line.lower() and "anon" not in line], plan

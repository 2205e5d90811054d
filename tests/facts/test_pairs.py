"""Two entries of one household: found when they arrive, merged so that all that names one counts for the other, and
taken apart again as if nothing had been."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.facts.tables import AlikePair, HouseholdFact
from fieldapp.intake.merging import ends, kept_of
from fieldapp.problems import NotTwoHouseholds, PairedMeanwhile
from fieldapp.review import pairs
from fieldapp.surveys import SURVEYS, Household, HousingNeed, questions
from sync import WITHDRAWN

COPIED = list(questions("household"))


def account(who: str = "binh") -> Any:
    return people.find_account(who)


def enter(answers: dict[str, Any], survey: str = "household", who: str = "lan") -> str:
    begin_writing()
    record = str(uuid4())
    intake.save(survey, record, answers, account=account(who))
    db.session.commit()
    return record


def someone(**more: Any) -> dict[str, Any]:
    """The answers of a household that is there, with others beside."""
    home = db.session.scalars(
        sa.select(Household)
        .where(Household.citizen_id.is_not(None), Household.location.is_not(None))
        .order_by(Household.id)
    ).first()
    assert home
    return {name: value for name in COPIED if (value := getattr(home, name)) is not None} | {"_id": home.id} | more


def twin_of_someone(**more: Any) -> tuple[str, str]:
    """A household, and another entry of it with other answers."""
    answers = someone(**more)
    home = answers.pop("_id")
    return home, enter(answers)


def say(kept: str, other: str, verdict: str, who: str = "binh") -> None:
    begin_writing()
    one, two = db.session.get(Household, kept), db.session.get(Household, other)
    assert one
    assert two
    before = pairs.pairing_of(kept, other)
    pairs.say(one, two, verdict, account=account(who), seen=review.heads_of(before) if before else ())
    db.session.commit()


def found(home: str) -> dict[str, set[str]]:
    return {
        row.other if row.one == home else row.one: set(row.what.split())
        for row in db.session.scalars(sa.select(AlikePair))
        if home in (row.one, row.other)
    }


def whole() -> dict[str, Any]:
    """Every row of the surveys and of the facts."""
    tables = [model.__table__ for name, model in SURVEYS.items() if not model.reference and name != "pairing"]
    tables += [HouseholdFact.__table__, AlikePair.__table__]
    return {
        str(table): sorted(json.dumps(list(row), default=str) for row in db.session.execute(sa.select(table)))
        for table in tables
    }


def test_another_entry_is_found_when_it_arrives_and_not_when_it_is_withdrawn(context: Flask) -> None:
    home, twin = twin_of_someone(head_name="Nguyễn Văn Lạ", birth_date="1931")
    assert found(twin)[home] >= {"citizen_id", "near", "village", "other_year"}
    begin_writing()
    intake.save("household", twin, {WITHDRAWN: True}, account=account())
    db.session.commit()
    assert found(home) == {}
    assert intake.rebuild(check=True) == []


def test_all_that_names_a_merged_household_counts_for_the_kept_one_also_what_comes_later(context: Flask) -> None:
    home, twin = twin_of_someone()
    need = enter({"household": twin, "need_type": "xay_moi"}, "housing_need")
    say(home, twin, "same")
    later = enter({"household": twin, "name": "Nông Văn Sau"}, "household_member")
    assert db.session.get(HousingNeed, need).household == home
    assert db.session.get(SURVEYS["household_member"], later).household == home
    assert db.session.get(Household, twin).withdrawn
    assert not db.session.get(Household, home).withdrawn
    assert db.session.get(HouseholdFact, twin).withdrawn
    assert intake.journal().state(need).values()["household"] == twin
    assert intake.rebuild(check=True) == []


def test_a_merge_taken_back_leaves_every_row_as_it_was(context: Flask) -> None:
    home, twin = twin_of_someone()
    enter({"household": twin, "need_type": "xay_moi"}, "housing_need")
    before = whole()
    say(home, twin, "same")
    assert whole() != before
    say(home, twin, "open")
    assert whole() == before
    say(twin, home, "same")
    assert kept_of([home]) == {home: twin}
    say(twin, home, "open")
    assert whole() == before
    assert intake.rebuild(check=True) == []


def test_a_merged_household_lies_where_the_kept_one_lies_and_goes_with_it(context: Flask) -> None:
    answers = someone()
    home, old = answers.pop("_id"), answers["village"]
    others = db.session.scalars(sa.select(Household.area).where(Household.area != old).distinct()).all()
    twin = enter({**answers, "village": others[0]})
    need = enter({"household": twin, "need_type": "xay_moi"}, "housing_need")
    say(home, twin, "same", "quan")
    assert set(intake.journal().areas_of([home, twin, need]).values()) == {old}
    begin_writing()
    intake.save("household", home, {"village": others[1]}, account=account("quan"))
    db.session.commit()
    assert set(intake.journal().areas_of([home, twin, need]).values()) == {others[1]}
    say(home, twin, "open", "quan")
    assert intake.journal().areas_of([twin, need]) == {twin: others[0], need: others[0]}


def test_two_households_are_not_asked_about_again_until_that_is_taken_back(context: Flask) -> None:
    home, twin = twin_of_someone()
    say(home, twin, "two")
    enter({**{name: value for name, value in someone().items() if name != "_id"}})
    assert twin not in found(home)
    assert not db.session.get(Household, twin).withdrawn
    say(home, twin, "open")
    assert twin in found(home)


def test_what_is_a_part_already_or_was_judged_meanwhile_is_not_merged(context: Flask) -> None:
    home, twin = twin_of_someone()
    say(home, twin, "same")
    third = enter({name: value for name, value in someone().items() if name != "_id"})
    one, two, three = (db.session.get(Household, each) for each in (home, twin, third))
    begin_writing()
    with pytest.raises(NotTwoHouseholds):
        pairs.say(three, two, "same", account=account(), seen=())
    with pytest.raises(PairedMeanwhile):
        pairs.say(one, two, "open", account=account(), seen=())


def test_where_a_chain_of_merges_ends_does_not_hang_on_who_is_asked_first() -> None:
    assert ends([("b", "a"), ("c", "b")]) == {"a": "c", "b": "c"}
    assert ends([("b", "a"), ("c", "a")]) == {"a": "c"}
    for circle in permutations([("b", "a"), ("c", "b"), ("a", "c")]):
        assert ends(circle) == {"b": "a", "c": "a"}


def test_an_office_form_that_shows_the_kept_household_does_not_say_it(context: Flask) -> None:
    home, twin = twin_of_someone()
    need = enter({"household": twin, "need_type": "xay_moi"}, "housing_need")
    say(home, twin, "same")
    begin_writing()
    intake.save("housing_need", need, {"household": home, "need_type": "sua_chua"}, account=account())
    db.session.commit()
    assert intake.journal().state(need).values()["household"] == twin
    assert db.session.get(HousingNeed, need).need_type == "sua_chua"

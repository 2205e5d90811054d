"""Which survey of a household counts, and how far its house is: one answer, whoever is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from fieldapp import housing, intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.facts import counting
from fieldapp.facts.household import ranks_of
from fieldapp.facts.ranking import classes_in
from fieldapp.facts.tables import HouseholdFact
from fieldapp.surveys import HousingNeed, choices
from sync import new_record_id
from tests.surveys.cases import table, why
from tests.tablet.bare import bare_page

HERE = "2023.01930.001"
CASES = table("counting")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        made.evaluate("async () => { globalThis.counting = await import('/twins/counting.js'); }")
        yield made


@pytest.mark.parametrize("row", CASES["needs"], ids=why)
def test_the_survey_that_counts_is_the_one_the_table_names(row: dict[str, Any]) -> None:
    needs = [{"id": id, "visited_on": day, "changed_stamp": stamp} for id, day, stamp in row["needs"]]
    for some in (needs, needs[::-1]):
        found = counting.that_counts(some)
        assert (found["id"] if found else None) == row["counts"]


@pytest.mark.parametrize("row", CASES["visits"], ids=why)
def test_a_house_is_as_far_as_the_table_says(row: dict[str, Any]) -> None:
    visits = [
        dict(zip(("need_type", "milestone_new", "milestone_repair"), each, strict=True)) for each in row["visits"]
    ]
    assert counting.how_far(visits, row["need_type"]) == row["stage"]


def test_the_tablet_says_the_same(page: Page) -> None:
    wrong = page.evaluate(
        """([{ needs, visits }, last]) => {
            const need = ([id, day, changed]) => ({ id, changed, values: { visited_on: day } });
            const visit = ([need_type, milestone_new, milestone_repair]) =>
                ({ values: { need_type, milestone_new, milestone_repair } });
            const counts = (some) => counting.thatCounts(some.map(need))?.id ?? null;
            return [
                ...needs.filter((row) => [row.needs, row.needs.toReversed()].some((all) => counts(all) !== row.counts)),
                ...visits.filter((row) => counting.howFar(row.visits.map(visit), row.need_type, last) !== row.stage),
            ].map(({ why }) => why);
        }""",
        [CASES, housing.LAST],
    )
    assert wrong == []


@pytest.fixture
def repaired(context: Flask) -> dict[str, str]:
    """A household surveyed in June 2026, which asks for a repair; an older paper sheet, typed in later, says that its
    house is about to fall and asks for a new one. The repair is approved and done."""
    begin_writing()
    quan, binh = people.find_account("quan"), people.find_account("binh")
    home, repair, old, visit = (new_record_id() for _each in range(4))
    house = {"household": home, "has_house": "nha_rieng", "area_m2": "60"}
    spot = {"lat": "22.300000", "lon": "105.600000", "accuracy_m": None, "at": None, "source": "pin"}
    done = {"household": home, "need": repair, "need_type": "sua_chua", "milestone_repair": "3"}
    answers: list[tuple[str, str, dict[str, Any]]] = [
        ("household", home, {"head_name": "Đặng Thị Mến", "village": HERE, "poverty_class": "ngheo", "members": 3}),
        ("household", home, {"location": spot}),
        ("housing_need", repair, {**house, "visited_on": "2026-06-10", "need_type": "sua_chua"}),
        ("progress_visit", visit, done),
        ("housing_need", old, {**house, "in_danger_of_collapse": True}),
        ("housing_need", old, {"visited_on": "2025-11-02", "need_type": "xay_moi"}),
    ]
    for survey, record, given in answers:
        intake.save(survey, record, given, account=quan)
    need = db.session.get_one(HousingNeed, repair)
    review.decide(need, "approve", account=binh, seen=review.heads_of(need))
    db.session.commit()
    return {"home": home, "repair": repair, "old": old}


def test_report_queue_criteria_form_and_map_speak_of_the_same_survey(
    repaired: dict[str, str], as_: Callable[[str], FlaskClient]
) -> None:
    home, repair = repaired["home"], repaired["repair"]
    need = counting.need_of(home)
    assert need is not None
    assert need.id == repair
    fact = db.session.get_one(HouseholdFact, home)
    assert (fact.need, fact.wanted, fact.status, fact.stage) == (repair, "repair", "approved", "complete")
    assert classes_in(ranks_of([home])[home])[1] is None  # the older sheet would rank it first, as in danger
    db.session.remove()
    quan, binh = as_("quan"), as_("binh")
    in_danger = choices.label("priority2_tt01", "a", "vi")
    shown = {record: in_danger in binh.get(f"/records/{record}").text for record in (home, repair, repaired["old"])}
    assert shown == {home: False, repair: False, repaired["old"]: True}
    form = quan.get(f"/records/new/progress_visit?household={home}").text
    assert repair in form
    assert repaired["old"] not in form
    [state] = [point[3] for point in binh.get("/map/points").json["points"] if point[4] == home]
    assert state == "approved"

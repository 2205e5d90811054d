"""Who is to visit whom and by when: given away on the desk, given to somebody else, counted, and done by visiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.review import assigning
from fieldapp.surveys import Assignment
from fieldapp.today import today
from tests.desk.conftest import Desk
from tests.pages import Page
from tests.wire_client import Tablet, code

__all__ = ["code"]

SOON = "2099-12-05"


def known(desk: Desk) -> list[str]:
    """Households that both the enumerator and the supervisor look after."""
    return [home for home in desk.all("household", "waiting", "lan") if home in desk.all("household", "waiting")]


def ids(desk: Desk, *usernames: str) -> list[str]:
    with desk.inside():
        return [people.find_account(name).id for name in usernames]


def give(as_: Callable[[str], FlaskClient], homes: list[str], person: str, who: str = "binh", **more: str) -> Any:
    form = {"household": homes, "person": person, "due_on": "05/12/2099", **more}
    return as_(who).post("/assignments", data=form)


def open_now(desk: Desk, homes: list[str]) -> dict[str, tuple[str, str]]:
    """Who is still to visit these, and by when."""
    with desk.inside():
        found = assigning.open_among(homes)
        return {home: (row.person or "", row.due_on or "") for home, row in found.items()}


def test_ticked_households_are_given_to_one_person_and_the_load_of_each_is_seen(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    homes, [lan, binh] = known(desk)[:3], ids(desk, "lan", "binh")
    ticks = "&".join(f"household={home}" for home in homes)
    form = page(f"/assignments/new?{ticks}")
    assert {each.get("value") for each in form.all(".//select[@name='person']/option")} >= {lan, binh}
    assert len(form.all(".//input[@name='household']")) == len(homes)
    assert give(as_, homes, lan, note="Xem lại mái").status_code == 302
    assert open_now(desk, homes) == dict.fromkeys(homes, (lan, SOON))
    found = page("/assignments")
    assert "05/12/2099" in found.text
    assert "Xem lại mái" in found.text
    assert f"/assignments?person={lan}" in found.html
    assert f"/records/{homes[0]}" in page(f"/assignments?person={lan}").html
    assert f"/records/{homes[0]}" not in page("/assignments?only=late").html
    assert "05/12/2099" in page(f"/records/{homes[0]}").text
    assert f"/records/{homes[0]}" in page("/", "lan").html


def test_every_list_of_households_leads_to_it(desk: Desk, page: Callable[..., Page]) -> None:
    listing = page("/records/?survey=household&status=waiting")
    assert listing.all(".//form[@id='to-visit']")
    assert listing.all(".//input[@form='to-visit']")
    [whole] = [link.get("href") for link in listing.all(".//form[@id='to-visit']/a")]
    assert len(page(whole or "").all(".//input[@name='household']")) == len(desk.all("household", "waiting"))
    [home] = known(desk)[:1]
    for address in (f"/records/{home}", f"/review/family/{home}"):
        assert f"/assignments/new?household={home}" in page(address).html
    assert not page("/records/?survey=household", "dung").all(".//input[@form='to-visit']")


def test_given_to_somebody_else_it_is_one_record_and_who_had_it_before_stays_known(
    desk: Desk, as_: Callable[[str], FlaskClient]
) -> None:
    [home], [lan, binh] = known(desk)[:1], ids(desk, "lan", "binh")
    give(as_, [home], lan)
    give(as_, [home], binh)
    assert open_now(desk, [home]) == {home: (binh, SOON)}
    with desk.inside():
        history = intake.journal().history(assigning.assignment_id(home))
        assert [entry.change.answers["person"] for entry in history] == [lan, binh]


@pytest.mark.parametrize("survey", ["housing_need", "progress_visit"])
def test_it_is_done_by_the_form_of_a_later_day_or_of_the_same_day_written_since_and_by_no_other(
    desk: Desk, as_: Callable[[str], FlaskClient], survey: str
) -> None:
    [home], [lan] = known(desk)[:1], ids(desk, "lan")
    early, form = today().replace(year=today().year - 1).isoformat(), str(uuid4())
    desk.save(survey, str(uuid4()), {"household": home, "visited_on": today().isoformat()})
    give(as_, [home], lan)
    desk.save(survey, form, {"household": home, "visited_on": early})
    assert open_now(desk, [home]), "neither a form written before nor one of an earlier day is the visit"
    desk.save(survey, form, {"visited_on": today().isoformat()})
    assert not open_now(desk, [home])


def test_it_is_ended_and_can_be_given_away_again(desk: Desk, as_: Callable[[str], FlaskClient]) -> None:
    homes, [lan] = known(desk)[:2], ids(desk, "lan")
    give(as_, homes, lan)
    assert as_("binh").post("/assignments/end", data={"household": homes[:1], "state": "thoi"}).status_code == 302
    assert list(open_now(desk, homes)) == homes[1:]
    give(as_, homes, lan)
    assert set(open_now(desk, homes)) == set(homes)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"person": ""}, "no_visitor"),
        ({"person": "0" * 16}, "not_their_villages"),
        ({"due_on": ""}, "day_needed"),
        ({"due_on": "2099"}, "day_needed"),
        ({"due_on": "31/02/2099"}, "day_needed"),
        ({"due_on": "01/01/2020"}, "day_past"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence_and_nothing_is_given_away(
    desk: Desk, as_: Callable[[str], FlaskClient], form: dict[str, str], code: str
) -> None:
    [home], [lan] = known(desk)[:1], ids(desk, "lan")
    answer = give(as_, [home], **{"person": lan, **form})
    assert answer.status_code in (400, 409)
    assert f'data-code="{code}"' in answer.get_data(as_text=True)
    assert not open_now(desk, [home])


def test_only_who_decides_there_gives_away_and_only_to_who_looks_after_the_village(
    desk: Desk, as_: Callable[[str], FlaskClient]
) -> None:
    [home], [lan] = known(desk)[:1], ids(desk, "lan")
    assert give(as_, [home], lan, "lan").status_code == 403
    assert give(as_, [home], lan, "dung").status_code == 403
    elsewhere = desk.elsewhere("household")
    assert give(as_, [elsewhere], lan).status_code == 404
    with desk.inside():
        far = assigning.homes_of([elsewhere], None)[0].area
        assert lan not in [each.id for each in assigning.visitors([far])]
    assert give(as_, [elsewhere], lan, "quan").status_code == 409
    assert not open_now(desk, [home, elsewhere])


def test_two_supervisors_who_give_a_household_away_apart_see_both_until_one_gives_it_again(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    [home], [lan, binh, quan] = known(desk)[:1], ids(desk, "lan", "binh", "quan")
    give(as_, [home], lan)
    record = assigning.assignment_id(home)
    with desk.inside():
        heads = dict(db.session.get_one(Assignment, record).heads)
    for person in (binh, quan):
        desk.save("assignment", record, {"person": person}, "quan", knowing=heads)
    assert "Hai cán bộ duyệt" in page("/assignments").text
    give(as_, [home], lan, note="một")
    with desk.inside():
        assert not db.session.get_one(Assignment, record).contested
    assert open_now(desk, [home]) == {home: (lan, SOON)}


def test_an_entry_merged_into_another_keeps_its_visit_for_the_kept_one(
    desk: Desk, as_: Callable[[str], FlaskClient]
) -> None:
    [home, twin], [lan] = known(desk)[:2], ids(desk, "lan")
    give(as_, [twin], lan)
    assert (
        as_("binh").post(f"/pairs/{home}/{twin}", data={"verdict": "same", "kept": home, "seen": ""}).status_code == 302
    )
    assert open_now(desk, [home, twin]) == {home: (lan, SOON)}


def test_what_was_filled_in_before_it_was_given_to_somebody_else_counts_and_no_tablet_gives_away(
    desk: Desk, as_: Callable[[str], FlaskClient], client: FlaskClient, code: str
) -> None:
    tablet = Tablet(client, code)
    [home], [lan, binh] = known(desk)[:1], ids(desk, "lan", "binh")
    give(as_, [home], lan)
    need = str(uuid4())
    unsent = tablet.change("housing_need", need, {"household": home, "visited_on": "2026-08-01"})
    give(as_, [home], binh)
    assert [each["verdict"] for each in tablet.push(unsent)] == ["stored"]
    assert desk.answer("housing_need", need, "household") == home
    mine = tablet.change("assignment", assigning.assignment_id(home), {"household": home, "person": lan})
    assert [(each["verdict"], each["reason"]) for each in tablet.push(mine)] == [("held", "not_a_supervisor")]
    assert open_now(desk, [home]) == {home: (binh, SOON)}

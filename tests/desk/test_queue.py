"""The queue: what was chosen of it, in which order, and on from one record to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from fieldapp import places, review
from fieldapp.facts import standing as kept
from fieldapp.facts.tables import HouseholdProgramme
from fieldapp.surveys import Household
from fieldapp.today import now
from fieldapp.vietnamese import sought
from tests.conftest import Server
from tests.desk.conftest import Desk
from tests.pages import Page, words

Decide = Callable[..., Any]


def rows() -> list[kept.Standing]:
    """Every standing there is."""
    return list(kept.db.session.scalars(kept.sa.select(kept.Standing)))


def chosen(**how: Any) -> list[str]:
    return [one.standing.id for one in review.queue(review.QueueFilter(**how))]


def test_each_choice_leaves_exactly_what_it_says(context: Flask) -> None:
    every, waiting = rows(), [row for row in rows() if row.waits]
    village, until = waiting[0].area, now() - timedelta(days=230)
    assert set(chosen()) == {row.record for row in waiting}
    assert set(chosen(surveys=["household"])) == {row.record for row in waiting if row.survey == "household"}
    assert set(chosen(areas=frozenset({village}))) == {row.record for row in waiting if row.area == village}
    assert set(chosen(until=until)) == {row.record for row in waiting if row.since <= until}
    for status in review.STATUSES:
        assert set(chosen(status=status)) == {row.record for row in every if row.status == status}
    helped = kept.sa.select(HouseholdProgramme.programme, HouseholdProgramme.household).where(HouseholdProgramme.met)
    homes: dict[str, set[str]] = {}
    for programme, household in kept.db.session.execute(helped):
        homes.setdefault(programme, set()).add(household)
    for programme in [*homes, "none"]:
        wanted = {row.record for row in waiting if row.household in homes.get(programme, ())}
        assert set(chosen(programme=programme)) == wanted
    for main in review.CLASSES:
        of_class = {row.record for row in waiting if row.rank.split(".")[0].replace("zz", "z") == main}
        assert set(chosen(main=main)) == of_class
    assert sum(len(chosen(main=main)) for main in review.CLASSES) == len(waiting)


def test_a_name_is_found_without_its_accents_in_whatever_is_about_the_household(context: Flask) -> None:
    record = next(row for row in rows() if row.waits and row.survey == "housing_need")
    home = kept.db.session.get(Household, record.household)
    assert home
    assert home.head_name
    found = chosen(words=sought(home.head_name.lower()))
    assert record.record in found
    assert not chosen(words=sought("khongcoai"))


@pytest.mark.parametrize("sort", review.SORTS)
def test_who_goes_on_from_each_to_the_next_reads_the_queue_from_end_to_end_and_back(context: Flask, sort: Any) -> None:
    choice = review.QueueFilter(sort=sort)
    order = [one.standing.id for one in review.queue(choice)]
    found = [review.beside(choice, record) for record in order]
    assert [each.after for each in found] == [*order[1:], None]
    assert [each.before for each in found] == [None, *order[:-1]]


@pytest.mark.parametrize("verdict", ["approve", "return", "refuse"])
def test_a_decision_leads_to_the_next_of_what_was_chosen(desk: Desk, as_: Callable[[str], Any], verdict: str) -> None:
    chosen = {"queue": "1", "survey": "housing_need", "status": "waiting"}
    record = following(as_("binh"), chosen)
    for _time in range(2):
        data = {"verdict": verdict, "comment": "Vì lý do.", "seen": " ".join(desk.heads("housing_need", record))}
        data["decided"] = desk.decided(record)
        answer = as_("binh").post(f"/records/{record}/decisions", query_string=chosen, data=data)
        assert desk.status("housing_need", record) != "waiting"
        record = record_in(answer.location)
        assert "survey=housing_need&status=waiting" in answer.location
    assert following(as_("binh"), chosen) == record


def following(client: Any, chosen: dict[str, str]) -> str:
    """The record that is opened by whoever begins."""
    return record_in(client.get("/review/next", query_string=chosen).location)


def record_in(address: str) -> str:
    found = re.match(r"/records/([0-9a-f-]{36})\?", address)
    assert found, address
    return found[1]


def test_behind_the_last_one_comes_the_queue_and_a_record_opened_by_itself_stays(
    desk: Desk, as_: Callable[[str], Any], decide: Decide
) -> None:
    with desk.inside():
        alone = next(row for row in rows() if row.waits and row.survey == "housing_need" and row.status == "waiting")
        name = kept.db.session.get(Household, alone.household).head_name  # type: ignore[union-attr]
    chosen = {"queue": "1", "survey": "housing_need", "q": name, "village": alone.area}
    only = review.QueueFilter(frozenset({alone.area or ""}), ["housing_need"], words=sought(name or ""))
    last = as_("binh").get("/review/next", query_string=chosen)
    while last.location.startswith("/records/"):
        record = record_in(last.location)
        data = {"verdict": "return", "comment": "Sửa.", "seen": " ".join(desk.heads("housing_need", record))}
        data["decided"] = desk.decided(record)
        last = as_("binh").post(f"/records/{record}/decisions", query_string=chosen, data=data)
    assert last.location.startswith("/review?")
    with desk.inside():
        assert not review.queue(only)
    by_itself = desk.one("housing_need", "waiting")
    assert decide(by_itself, "approve").location == f"/records/{by_itself}"


def test_every_tile_of_the_first_page_opens_the_list_of_what_it_counts(page: Callable[..., Page]) -> None:
    home = page("/")
    links = [
        link for box in home.all(".//div[@class]") if "figure " in f"{box.get('class')} " for link in box.iter("a")
    ]
    tiles = [link for link in links if (link.get("href") or "").startswith("/review?")]
    told = [link.get("href") for link in home.all(".//p[@class='soft none-of']/a")]
    assert len(tiles) + sum(href.startswith("/review?") for href in told) == len(review.OPEN) + 3
    for tile in tiles:
        count = words(tile.find("span"))
        listed = page(tile.get("href"))
        assert words(listed.find(".//*[@data-live='count']")).startswith(f"{count} phiếu"), tile.get("href")


def test_a_commune_is_chosen_and_then_one_of_its_villages(desk: Desk, page: Callable[..., Page]) -> None:
    with desk.inside():
        village = next(row.area for row in rows() if row.waits and row.status == "waiting")
        commune = places.known_commune(village)
        assert commune
        code = commune.code
    assert not page("/review").all(".//select[@name='village']")
    offered = page(f"/review?commune={code}").all(".//select[@name='village']/option")
    assert village in [each.get("value") for each in offered]


def test_keys_lead_through_the_queue_and_are_no_keys_while_somebody_types(
    seat: Callable[..., BrowserPage], server: Server
) -> None:
    page = seat("binh", viewport={"width": 1366, "height": 768})
    page.goto(f"{server.url}/review?survey=housing_need&status=waiting")
    names = [each.get_attribute("href") for each in page.locator(".row-name").all()]
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("np?")
    expect(page.locator("#q")).to_have_value("np?")
    page.locator("#q").fill("")
    page.locator("h1").click()
    for key, to in (("n", names[0]), ("n", names[1]), ("p", names[0])):
        page.keyboard.press(key)
        page.wait_for_url(f"{server.url}{to}")
        page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.locator("dialog[open] dl")).to_contain_text("Phiếu tiếp theo")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type("na")
    expect(page.locator("#comment")).to_have_value("na")
    page.locator("#comment").blur()
    page.keyboard.press("a")
    page.locator("dialog[open] button[value=yes]").click()
    page.wait_for_url(f"{server.url}{names[1]}")
    expect(page.get_by_role("status")).to_contain_text("Đã duyệt")

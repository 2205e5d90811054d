"""axe finds nothing on the pages of cases, lists, decisions and money, on small and large screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from fieldapp import people
from fieldapp.cases import lists
from fieldapp.db import begin_writing, db
from fieldapp.reference.naming import id_of_code
from tests.conftest import Server
from tests.desk.test_axe import EACH, judge_on_screens
from tests.support.conftest import HERE, Cases

PROGRAMME = id_of_code("programme", "gnbv_2022")


def lived_in(app: Flask) -> dict[str, list[str]]:
    """An office in the middle of its work: a list with two counts of one vote, a draft, a signed decision, payments."""
    support = Cases(app)
    voted = support.case(state="proposed", decision_number=None, approved_nstw=None, approved_tai_tro=None)
    with support.inside():
        begin_writing()
        record = lists.draw_up(HERE, PROGRAMME, account=people.find_account("binh"))
        db.session.commit()
    for who, agreed in (("lan", 15), ("binh", 9)):
        support.apart("list_line", {"agreed": agreed}, lists.line_id(record, voted), who)
    signed = support.decided([paid := support.listed()])
    draft = support.draft([support.listed()])
    stage = support.visit(paid, "2023-05-20", "2", started_on="2023-05-02")
    support.pay(paid, 30)
    budget = {"programme": PROGRAMME, "budget_year": 2023, "fund_source": "nstw", "amount": 60_000_000}
    support.save("budget", budget)
    cases = [
        "/cases/",
        f"/cases/{voted}",
        f"/cases/{paid}",
        "/cases/doubts",
        "/cases/budget",
        "/cases/ready",
        f"/cases/{paid}/minutes/{stage}",
    ]
    papers = ["/decisions/", f"/decisions/{signed}", f"/decisions/{draft}"]
    return {"binh": [*cases, *papers, "/cases/lists/", f"/cases/lists/{record}"], "quan": ["/admin/lists"]}


@pytest.mark.parametrize("who", ["binh", "quan"])
def test_axe_finds_nothing_on_pages_of_cases_lists_decisions_and_money(
    seat: Callable[..., Page], server: Server, app: Flask, who: str
) -> None:
    page = seat(who)
    for path in lived_in(app)[who][::EACH]:
        judge_on_screens(page, server.url + path)
        page.set_viewport_size({"width": 1366, "height": 768})
        assert page.evaluate(CUT_OFF_BESIDE) == [], path
        assert cut_on_paper(page) == [], path


def cut_on_paper(page: Page) -> list[str]:
    """The tables of the page that is open which a sheet of A4 cuts off, each by what stands above it."""
    page.set_viewport_size({"width": 718, "height": 1000})  # between margins of a centimetre
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(CUT_ON_PAPER)
    page.emulate_media(media="screen")
    return found


CUT_ON_PAPER = """() => [...document.querySelectorAll(".table-scroll:not(.sheet *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText.slice(0, 60))"""
CUT_OFF_BESIDE = """() => [...document.querySelectorAll(".aside .table-scroll")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"""
"""The tables of the narrow column that are wider than it: the amount that is left stands at their end."""

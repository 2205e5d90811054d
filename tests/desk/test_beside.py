"""Two surveys of one house side by side: every answer of both, the differences marked, reached from both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from fieldapp.surveys import HousingNeed, questions
from tests.desk.conftest import Desk
from tests.pages import Page, words


def twice(desk: Desk) -> tuple[str, str, str]:
    """A household, a survey of its house, and a later one in which one answer is another."""
    first, second = desk.one("housing_need", "waiting"), str(uuid4())
    home = desk.answer("housing_need", first, "household")
    before = {name: desk.answer("housing_need", first, name) for name in questions(HousingNeed)}
    given = {name: value for name, value in before.items() if value is not None}
    desk.save("housing_need", second, {**given, "visited_on": "2026-08-20", "own_money": 12_345_000})
    return home, first, second


def rows(page: Page) -> dict[str, tuple[list[str], bool]]:
    """Of each question what both say, and whether it is marked."""
    found = {}
    for row in page.all(".//table//tr"):
        cells = [words(cell) for cell in row.iter("td")]
        if len(cells) == 2:
            label = words(row.find("th"))
            found[label.removesuffix(" khác nhau")] = (cells, label.endswith(" khác nhau"))
    return found


def test_every_answer_of_both_is_shown_the_older_first_and_what_differs_is_marked(
    desk: Desk, page: Callable[..., Page]
) -> None:
    _home, first, second = twice(desk)
    found = rows(page(f"/records/{second}/beside/{first}"))
    own, marked = found["Tiền tự có"]
    assert own[1] == "12.345.000 đồng"
    assert own[0] != own[1]
    assert marked
    assert len(found) > 20
    assert {name for name, (both, marked) in found.items() if marked} == {
        name for name, (both, _marked) in found.items() if both[0] != both[1]
    }
    only = rows(page(f"/records/{first}/beside/{second}?only=differs"))
    assert only == {name: row for name, row in found.items() if row[1]}


def test_the_page_of_each_of_the_household_and_of_the_family_lead_there(desk: Desk, page: Callable[..., Page]) -> None:
    home, first, second = twice(desk)
    for address in (f"/records/{first}", f"/records/{second}", f"/records/{home}", f"/review/family/{home}"):
        html = page(address).html
        assert f"/records/{first}/beside/{second}" in html or f"/records/{second}/beside/{first}" in html, address


def test_what_is_not_of_one_house_or_not_of_one_survey_or_elsewhere_is_not_compared(
    desk: Desk, as_: Callable[[str], FlaskClient]
) -> None:
    home, first, _second = twice(desk)
    others: list[Any] = [home, first, desk.elsewhere(), desk.all("housing_need", "approved")[0]]
    assert {as_("binh").get(f"/records/{first}/beside/{other}").status_code for other in others} == {404}

"""The list attached to a signed decision stays the paper that was signed, whatever comes after: line for line, and sum
for sum with its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.places import Gazetteer
from sync import WITHDRAWN
from tests.pages import check_page, words
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.reports.test_reorganised import communes_with_villages, reorganise
from tests.support.conftest import HERE, Cases

Visitors = Callable[[str], FlaskClient]
After = Callable[[Cases, list[str]], Any]
PAPERS = ("sheet", "posted", "file")


def home_of(support: Cases, case: str) -> str:
    return str(support.answer("support_case", case, "household"))


def corrected(support: Cases, cases: list[str]) -> None:
    said = {"head_name": "Đặng Thị Mền", "poverty_class": "can_ngheo"}
    support.save("household", said, home_of(support, cases[0]))


def moved(support: Cases, cases: list[str]) -> None:
    with support.inside():
        far = next(id for id in Gazetteer(db.session()).villages if id.split(".")[1] != HERE.split(".")[1])
    support.save("household", {"village": far}, home_of(support, cases[0]))


def withdrawn(support: Cases, cases: list[str]) -> None:
    support.save("support_case", {WITHDRAWN: True}, cases[0])


def household_withdrawn(support: Cases, cases: list[str]) -> None:
    support.save("household", {WITHDRAWN: True}, home_of(support, cases[0]))


def another_kind(support: Cases, cases: list[str]) -> None:
    support.save("support_case", {"need_type": "sua_chua"}, cases[0])


def settled(support: Cases, cases: list[str]) -> None:
    support.pay(cases[0], 40)
    support.save("support_case", {"state": "settled", "state_on": "2024-02-01"}, cases[0])


def reorganised(_support: Cases, _cases: list[str]) -> None:
    here = Gazetteer(db.session()).known(HERE)
    others = iter(["takes others in"])
    reorganise(["is merged" if one == here else next(others, "is renamed") for one in communes_with_villages()])


def ruled_out(support: Cases, cases: list[str]) -> None:
    begin_writing()
    changes = [entry.change.id for entry in intake.journal().history(cases[0])]
    intake.rule(changes, "exclude", account=people.find_account("quan"))
    db.session.commit()


AFTER: dict[str, After] = {
    "its household was corrected": corrected,
    "its household moved": moved,
    "its case was withdrawn": withdrawn,
    "its household was withdrawn": household_withdrawn,
    "its case is for another kind of work": another_kind,
    "its case was paid and settled": settled,
    "communes were merged and renamed": reorganised,
}


def printed(client: FlaskClient, decision: str, paper: str) -> list[list[str]]:
    """The lines and sums of a paper, and what it is attached to."""
    page = check_page(client.get(f"/decisions/{decision}/{paper}").get_data(as_text=True), "vi")
    under = words(page.find(".//p[@class='sheet-scope']"))
    return [[under], *([words(cell) for cell in row] for row in page.all(".//table[@class='official']//tr"))]


def total_of_page(client: FlaskClient, decision: str) -> str:
    page = check_page(client.get(f"/decisions/{decision}").get_data(as_text=True), "vi")
    return words(page.find(".//tfoot//td"))


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("after", AFTER.values(), ids=list(AFTER))
def test_it_is_printed_as_it_was_signed(support: Cases, as_: Visitors, after: After) -> None:
    cases = [support.listed() for _each in range(2)]
    decision, quan = support.decided(cases), as_("quan")
    before = {paper: printed(quan, decision, paper) for paper in PAPERS}
    assert "Xã Hoàng Trĩ" in str(before["sheet"]), "the commune of 2023"
    with support.inside():
        after(support, cases)
    assert {paper: printed(quan, decision, paper) for paper in PAPERS} == before
    assert before["sheet"][-1][-1] == total_of_page(quan, decision) == "80.000.000"


def test_a_case_that_is_not_here_any_more_keeps_its_line_and_its_amount(support: Cases, as_: Visitors) -> None:
    cases = [support.listed() for _each in range(2)]
    decision, quan = support.decided(cases), as_("quan")
    before = printed(quan, decision, "sheet")
    with support.inside():
        ruled_out(support, cases)
    after = printed(quan, decision, "sheet")
    assert len(after) == len(before)
    assert after[-1] == before[-1]


def test_the_list_of_a_draft_follows_what_is_corrected(support: Cases, as_: Visitors) -> None:
    cases = [support.listed() for _each in range(2)]
    draft, quan = support.draft(cases), as_("quan")
    corrected(support, cases)
    assert "Đặng Thị Mền" in str(printed(quan, draft, "sheet"))

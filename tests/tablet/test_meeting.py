"""A village meeting on a tablet without network: who is there, the votes household by household, the minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fieldapp import cases, housing, people
from fieldapp.cases import lists
from fieldapp.db import begin_writing, db
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SupportList
from tests.again import a_walk, asked_by
from tests.axe import faults
from tests.conftest import Server
from tests.support.conftest import HERE, Cases
from tests.surveys.cases import table
from tests.tablet.bare import bare_page
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.test_usable import RULES, SMALL, TOO_SMALL, TOO_WIDE

VOTES = table("voting")["votes"]


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        yield made


def test_a_vote_comes_to_the_same_on_the_tablet_and_in_the_office(bare: Page) -> None:
    wanted = [(row["why"], row["vote"]) for row in VOTES]
    assert [(row["why"], housing.vote_of(row["agreed"], row["present"])) for row in VOTES] == wanted
    run = "async (rows) => { const { voteOf } = await import('/twins/voting.js'); return rows.map((row) => voteOf(row.agreed, row.present)); }"  # noqa: E501
    assert [(row["why"], vote) for row, vote in zip(VOTES, bare.evaluate(run, VOTES), strict=True)] == wanted


def proposed(support: Cases, name: str, poor: str = "ngheo") -> str:
    """A case that its village is to vote on."""
    household = support.save("household", {"poverty_class": poor, "members": 4, "village": HERE, "head_name": name})
    need = support.save("housing_need", {"household": household, "has_house": "nha_rieng", "need_type": "xay_moi"})
    said = {"household": household, "need": need, "programme": id_of_code("programme", "gnbv_2022")}
    more = {"need_type": "xay_moi", "proposed_on": "2026-08-02", "state": "proposed", "state_on": "2026-08-02"}
    return support.save("support_case", {**said, **more}, cases.case_id(need, "gnbv_2022"))


def drawn_up(support: Cases) -> str:
    """The list of the village, in the order of the law."""
    with support.inside():
        begin_writing()
        record = lists.draw_up(HERE, id_of_code("programme", "gnbv_2022"), account=people.find_account("binh"))
        db.session.commit()
    return record


def votes(support: Cases, record: str) -> list[tuple[str, int | None, bool | None]]:
    with support.inside():
        found = lists.lines_of(db.session.get_one(SupportList, record))
        return [(each.household.head_name or "", each.record.agreed, each.passes) for each in found if each.household]


def vote(tablet: Tablet, agreed: str, objections: str = "") -> None:
    """Type a vote on the household that is asked about, and save it."""
    heading = tablet.page.locator("section h2[tabindex]").inner_text()
    if objections:
        tablet.answer("list_line", "objections", objections)
    tablet.answer("list_line", "agreed", agreed)
    tablet.page.get_by_role("button", name="Lưu, sang hộ tiếp theo").click()
    expect(tablet.page.locator("main > .saved")).to_contain_text(heading.partition(". ")[2])


def made_here(tablet: Tablet) -> list[dict[str, Any]]:
    return [row for row in tablet.rows("changes") if row["survey"] in ("list_line", "village_meeting")]


@a_walk
def test_a_village_votes_without_network_and_more_than_half_of_those_present_put_a_household_forward(
    tablet: Tablet, server: Server, tmp_path: Path
) -> None:
    support = Cases(server.app)
    for name in ("Bàn Thị A", "Lường Văn B", "Nông Thị C"):
        proposed(support, name)
    record = drawn_up(support)
    tablet.enrol()
    page = tablet.page
    page.set_viewport_size(SMALL)
    tablet.offline()
    page.locator(f".card-link[href='#/meeting/{record}']").click()
    page.get_by_role("link", name="Số người dự và biên bản").click()
    tablet.answer("village_meeting", "held_on", "05/08/2026")
    tablet.answer("village_meeting", "chair", "Triệu Văn Hiền")
    tablet.answer("village_meeting", "present", "20")
    tablet.next_part()
    tablet.add_photo("village_meeting", "minutes", a_photo(tmp_path, "bien-ban.png"))
    tablet.next_part()
    verdict = page.locator(".voting-form [role=status].badges")
    field = page.locator("#list_line-agreed")
    expect(page.locator("section h2[tabindex]")).to_have_text("1. Bàn Thị A")
    field.fill("10")
    expect(verdict).to_have_text(re.compile("Không đạt.*không quá nửa"))
    page.get_by_role("button", name="Thêm một").click()
    expect(verdict).to_have_text(re.compile("Được đề nghị.*quá nửa trong 20"))
    found = faults(page, RULES["vi"])
    assert not found, found
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(TOO_WIDE) == []
    vote(tablet, "11")
    vote(tablet, "10", "Nhà còn tốt")
    assert {row["receipt"] for row in made_here(tablet)} == {None}
    field.fill("7")
    tablet.until(lambda: any(row["survey"] == "list_line" for row in tablet.rows("drafts")))
    page.reload()  # the battery was empty
    expect(page.locator("#list_line-agreed")).to_have_value("7")
    expect(page.locator("section h2[tabindex]")).to_have_text("3. Nông Thị C")
    page.get_by_role("button", name="Cả 20 người").click()
    page.get_by_role("button", name="Lưu, sang hộ tiếp theo").click()
    expect(page.locator("main")).to_contain_text("Đã bình xét 3 trên 3 hộ; 2 hộ được đề nghị.")
    tablet.offline(False)
    tablet.sync()
    tablet.delivered(*[row["id"] for row in made_here(tablet)])
    assert votes(support, record) == [("Bàn Thị A", 11, True), ("Lường Văn B", 10, False), ("Nông Thị C", 20, True)]
    line = lists.line_id(record, lines_of_case(support, record)[1])
    assert support.answer("list_line", line, "objections") == "Nhà còn tốt"
    with support.inside():
        meeting = lists.meeting_of(db.session.get_one(SupportList, record))
        assert meeting is not None
        assert (meeting.present, len(meeting.minutes or [])) == (20, 1)


def lines_of_case(support: Cases, record: str) -> list[str]:
    with support.inside():
        return [each.case.id for each in lists.lines_of(db.session.get_one(SupportList, record))]


@asked_by(
    "tests/tablet/test_others_changes.py::test_two_answers_given_apart_are_both_shown_and_can_be_settled_on_the_tablet"
)
def test_what_was_counted_twice_is_shown_to_the_meeting_and_settled_by_a_person(tablet: Tablet, server: Server) -> None:
    support = Cases(server.app)
    case = proposed(support, "Bàn Thị A")
    record = drawn_up(support)
    support.save("village_meeting", {"present": 20, "held_on": "2026-08-05", "chair": "Hiền"}, lists.meeting_id(record))
    tablet.enrol()
    tablet.offline()
    line = lists.line_id(record, case)
    support.save("list_line", {"agreed": 9}, line)
    tablet.go(f"#/meeting/{record}")
    vote(tablet, "15")
    tablet.offline(False)
    tablet.sync()
    tablet.until(lambda: any(row["id"] == line and row["conflicts"] for row in tablet.rows("records")))
    tablet.go(f"#/meeting/{record}")
    tablet.page.get_by_role("button", name="Bàn Thị A").click()
    tablet.page.get_by_role("button", name="“15” là đúng").click()
    tablet.until(lambda: not any(row["id"] == line and row["conflicts"] for row in tablet.rows("records")))
    tablet.sync()
    assert votes(support, record) == [("Bàn Thị A", 15, True)]

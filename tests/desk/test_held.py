"""However many changes are held, each is found by who decides about it and by the supervisor of its record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.review.held import records_held
from fieldapp.web.admin.batches import AT_MOST
from fieldapp.web.review.queue import SHOWN
from sync import new_record_id
from sync.change import change_id
from tests.desk.conftest import Desk
from tests.desk.test_rights import FAR, HERE, made
from tests.pages import Page, words
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.statements import worked

OURS, THEIRS = 2 * SHOWN + 30, AT_MOST - 2 * SHOWN
"""So many households of our villages wait, and so many of a district far away: more than a page holds of both."""

OF_THE_SAMPLE = 1


@pytest.fixture
def season(desk: Desk) -> tuple[set[str], set[str]]:
    """What a tablet that was switched off held, of which nothing counts: the names of our households and of theirs."""
    near = [at % 2 == 0 or at >= 2 * THEIRS for at in range(OURS + THEIRS)]
    with desk.inside():
        lan = people.find_account("lan")
        texts = [
            made(lan, "household", new_record_id(), {"head_name": f"Nhà {at}", "village": village}, {}, seq=at + 1)
            for at, village in enumerate(HERE if is_near else FAR for is_near in near)
        ]
        begin_writing()
        intake.receive(texts, kind="node", from_node="f" * 16, held={change_id(each): "revoked" for each in texts})
        db.session.commit()
    ours, theirs = ({f"Nhà {at}" for at, here in enumerate(near) if here is side} for side in (True, False))
    return ours, theirs


def pages_from(address: str, who: str, page: Callable[..., Page]) -> Iterator[Page]:
    """A page of held changes and those that follow it, as its links lead."""
    following: str | None = address
    while following:
        yield (told := page(following, who))
        onward = told.tree.find(".//a[@rel='next']")
        following = None if onward is None else onward.get("href")


def names_on(told: Page) -> list[str]:
    return [name for each in told.all(".//ul[@class='changes']/li") for name in re.findall(r"Nhà \d+", words(each))]


@AGAIN_ON_POSTGRESQL
def test_a_supervisor_finds_each_held_change_of_her_area_on_one_page_and_is_told_how_many(
    season: tuple[set[str], set[str]], page: Callable[..., Page]
) -> None:
    ours, _theirs = season
    shown = [names_on(told) for told in pages_from("/review/held", "binh", page)]
    assert len(shown) == 3
    assert sorted(name for each in shown for name in each) == sorted(ours)
    for address in ("/", "/review/held"):
        assert f"{OURS + OF_THE_SAMPLE} thay đổi" in page(address, "binh").text


@AGAIN_ON_POSTGRESQL
def test_an_administrator_finds_each_held_change_while_others_decide_about_those_of_a_page_she_has_read(
    season: tuple[set[str], set[str]], page: Callable[..., Page], as_: Callable[[str], FlaskClient]
) -> None:
    seen: list[str] = []
    for told in pages_from("/admin/held", "quan", page):
        names, boxes = names_on(told), [str(box.get("value")) for box in told.all(".//input[@name='about']")]
        seen += names
        answer = as_("quan").post("/admin/rulings", data={"about": boxes[-3:], "verdict": "refuse", "after": "x"})
        assert answer.headers["Location"] == "/admin/held?after=x"
    assert sorted(seen) == sorted(set.union(*season))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_page_of_held_changes_costs_as_much_wherever_it_begins_and_the_whole_much_more(
    desk: Desk, season: tuple[set[str], set[str]]
) -> None:
    def cost(most: int, after: str = "") -> int:
        with desk.inside(), worked() as work:
            assert len(review.held_in([HERE], most, after)) == most
        return work[0]

    with desk.inside():
        late = review.held_in([HERE], OURS)[THEIRS - 40].entry.change.id
    assert cost(20, late) < 1.3 * cost(20) < cost(OURS) / 5


@AGAIN_ON_POSTGRESQL
def test_a_record_is_not_approved_with_others_while_a_change_of_it_or_a_decision_about_it_is_held_behind_many(
    desk: Desk, season: tuple[set[str], set[str]]
) -> None:
    one, other, free = desk.all("household", "waiting")[:3]
    with desk.inside():
        lan = people.find_account("lan")
        said = {"subject": one, "subject_survey": "household", "verdict": "approve", "seen": ["0" * 32]}
        texts = [
            made(lan, "decision", new_record_id(), said, {}, seq=9001),
            made(lan, "household", other, {"phone": "0912345678"}, {}, seq=9002),
        ]
        begin_writing()
        intake.receive(texts, kind="node", from_node="f" * 16, held={change_id(each): "revoked" for each in texts})
        db.session.commit()
        assert records_held([one, other, free]) == {one, other}
        assert {each.record for each in review.held_in([HERE], 3, after=change_id(texts[0]))} <= {one, other}

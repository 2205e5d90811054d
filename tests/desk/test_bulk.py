"""Approving many at once: a summary first, each pinned to what was shown; taken back where nobody has touched it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import intake, people, review
from fieldapp.cases import case_id
from fieldapp.db import begin_writing, db
from fieldapp.photos.attachments import PhotoUse
from fieldapp.reference.naming import id_of_code
from fieldapp.review import bulk
from fieldapp.sample.writer import Hand, RecordDraft
from fieldapp.surveys import Decision
from sync import WITHDRAWN, new_record_id
from sync.change import change_id
from tests.desk.conftest import Desk
from tests.pages import Page, check_page

As = Callable[[str], FlaskClient]
Pages = Callable[..., Page]


def ticked(page: Callable[..., Page]) -> dict[str, str]:
    """What the summary offers: what stands for each record as it is shown, by id."""
    offered = page("/review/bulk").all(".//input[@name='record']")
    return dict((each.get("value") or "").split(" ") for each in offered)


def approve(as_: As, records: dict[str, str]) -> Any:
    return as_("binh").post("/review/bulk", data={"record": [" ".join(pair) for pair in records.items()]})


def told_after(as_: As, address: str, records: dict[str, str] | None = None) -> str:
    """What the page says to which a press leads."""
    person = as_("binh")
    answer = person.post(address, data={"record": [" ".join(pair) for pair in (records or {}).items()]})
    return check_page(person.get(answer.location).get_data(as_text=True), "vi").text


def test_the_summary_offers_what_waits_without_a_doubt_and_says_why_the_rest_is_left_out(
    desk: Desk, page: Callable[..., Page]
) -> None:
    odd, contested = desk.one("household", "waiting"), desk.one("housing_need", "contested")
    desk.save("household", odd, {"location": None})
    offered = ticked(page)
    assert offered
    assert "trong tất cả phiếu" in page("/review/bulk").text.lower(), "all of so few were looked at"
    assert not {odd, contested} & offered.keys()
    assert all(desk.status("household", record) == "waiting" for record in offered)
    left = page("/review/bulk").find(".//section[@aria-labelledby='left']")
    assert {odd, contested} <= {(link.get("href") or "")[9:45] for link in left.iter("a")}


def test_each_is_approved_at_the_version_that_was_shown_and_what_changed_meanwhile_is_left_out(
    desk: Desk, as_: As, page: Callable[..., Page]
) -> None:
    offered = ticked(page)
    changed, *others = offered
    desk.save("household", changed, {"phone": "0912345678"})
    answer = approve(as_, offered)
    assert desk.status("household", changed) == "waiting"
    for record in others:
        assert desk.status("household", record) == "approved"
        assert desk.last_decision(record)["seen"] == desk.heads("household", record)
    told = as_("binh").get(answer.location).get_data(as_text=True)
    assert all(record in told for record in others)
    assert changed not in told


def test_taking_it_back_leaves_what_somebody_has_touched_since(
    desk: Desk, as_: As, page: Callable[..., Page], decide: Callable[..., Any]
) -> None:
    offered = ticked(page)
    edited, decided, *others = offered
    there = approve(as_, offered).location
    desk.save("household", edited, {"phone": "0912345678"})
    decide(decided, "return", survey="household", comment="Sửa số điện thoại.")
    assert as_("binh").post(f"{there}/undo").status_code == 302
    assert desk.status("household", edited) == "changed_since_approval"
    assert desk.status("household", decided) == "returned"
    assert {desk.status("household", record) for record in others} == {"waiting"}
    assert as_("binh").post(f"{there}/undo").status_code == 302, "twice is once"
    assert len([record for record in others if desk.last_decision(record)["verdict"] == "reopen"]) == len(others)


def test_nothing_beyond_the_own_area_is_approved_nor_anybody_elses_go_taken_back(
    desk: Desk, as_: As, page: Callable[..., Page]
) -> None:
    far = desk.elsewhere("household")
    with desk.inside():
        pins = bulk.pins([desk._record("household", far)])
    before = desk.status("household", far)
    assert approve(as_, pins).location == "/review/bulk"
    assert desk.status("household", far) == before
    there = approve(as_, ticked(page)).location
    assert as_("lan").post(f"{there}/undo").status_code == 403
    assert as_("binh").post("/review/bulk/1/undo").status_code == 404
    assert approve(as_, {}).status_code == 400
    assert as_("binh").post("/review/bulk", data={"record": "x"}).status_code == 400


@pytest.fixture
def needs_too(desk: Desk) -> None:
    """The sample has few photos, so most of its needs share one with another household: here nobody does."""
    with desk.inside():
        begin_writing()
        db.session.execute(sa.delete(PhotoUse))
        db.session.commit()


def decisions(desk: Desk, record: str) -> list[str]:
    with desk.inside():
        return [each.id for each in review.decisions_about(record)]


def last_verdict(desk: Desk, record: str) -> str:
    return str(desk.last_decision(record)["verdict"])


def approved_by(desk: Desk, who: str) -> list[str]:
    """What somebody has approved since the test began: the sample's approvals are older."""
    with desk.inside():
        query = sa.select(Decision.subject).where(Decision.author == people.find_account(who).id)
        return list(db.session.scalars(query.where(Decision.verdict == "approve", Decision.created_at >= TODAY)))


TODAY = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0)


def edited(desk: Desk, record: str) -> None:
    desk.save("household", record, {"phone": "0912345678"})


def withdrawn(desk: Desk, record: str) -> None:
    desk.save("household", record, {WITHDRAWN: True}, who="binh")


def withdrawn_and_brought_back(desk: Desk, record: str) -> None:
    withdrawn(desk, record)
    desk.save("household", record, {WITHDRAWN: False}, who="binh")


def contested(desk: Desk, record: str) -> None:
    for phone in ("0912345678", "0987654321"):
        desk.save("household", record, {"phone": phone}, knowing={"phone": []})


def moved_away(desk: Desk, record: str) -> None:
    far = desk.answer("household", desk.elsewhere("household"), "village")
    desk.save("household", record, {"village": far}, who="quan")


def decided(*verdicts: str, who: str = "quan") -> Callable[[Desk, str], None]:
    def act(desk: Desk, record: str) -> None:
        for verdict in verdicts:
            with desk.inside():
                begin_writing()
                found = desk._record(desk.survey_of(record), record)
                account = people.find_account(who)
                review.decide(found, verdict, account=account, seen=review.heads_of(found), comment="Xem lại.")
                db.session.commit()

    return act


def held(desk: Desk, record: str) -> None:
    """Another node holds a change of it that came."""
    with desk.inside():
        begin_writing()
        text = intake.compose("household", record, {"phone": "0912345678"}, account=people.find_account("lan"))
        assert text
        intake.receive([text], kind="node", from_node="f" * 16, held={change_id(text): "outside_area"})
        db.session.commit()


def of_its_household(act: Callable[[Desk, str], None]) -> Callable[[Desk, str], None]:
    return lambda desk, record: act(desk, desk.answer("housing_need", record, "household"))


def odd(desk: Desk, record: str) -> None:
    desk.save("household", record, {"location": None})


MEANWHILE: dict[str, tuple[str, Callable[[Desk, str], None]]] = {
    "it was edited": ("household", edited),
    "it was withdrawn": ("household", withdrawn),
    "it was withdrawn and brought back": ("household", withdrawn_and_brought_back),
    "two say different things": ("household", contested),
    "it went to another commune": ("household", moved_away),
    "it was returned": ("household", decided("return")),
    "it was approved and taken up again": ("household", decided("approve", "reopen")),
    "a change of it is held": ("household", held),
    "it lost its position": ("household", odd),
    "the household of a need was edited": ("housing_need", of_its_household(edited)),
    "the household of a need was withdrawn": ("housing_need", of_its_household(withdrawn)),
    "the household of a need is in dispute": ("housing_need", of_its_household(contested)),
    "the household of a need went to another commune": ("housing_need", of_its_household(moved_away)),
    "a need was returned": ("housing_need", decided("return")),
}


@pytest.mark.usefixtures("needs_too")
@pytest.mark.parametrize(("survey", "act"), MEANWHILE.values(), ids=list(MEANWHILE))
def test_nothing_is_approved_otherwise_than_it_was_shown_and_the_count_is_true(
    desk: Desk, as_: As, page: Pages, survey: str, act: Callable[[Desk, str], None]
) -> None:
    offered = ticked(page)
    one = next(record for record in offered if desk.survey_of(record) == survey)
    act(desk, one)
    before = decisions(desk, one)
    told = told_after(as_, "/review/bulk", offered)
    assert decisions(desk, one) == before
    out = [record for record in offered if desk.status(desk.survey_of(record), record) != "approved"]
    assert one in out
    assert f"{len(out)} phiếu không còn như lúc hiện ra" in told
    assert len(approved_by(desk, "binh")) == len(offered) - len(out)


def test_a_form_that_was_sent_twice_leads_to_what_it_did_and_says_so(desk: Desk, as_: As, page: Pages) -> None:
    offered = ticked(page)
    there = approve(as_, offered).location
    assert approve(as_, offered).location == there
    assert f"{len(offered)} phiếu đã được duyệt từ trước" in told_after(as_, "/review/bulk", offered)
    assert len(approved_by(desk, "binh")) == len(offered)


def test_what_a_colleague_approved_meanwhile_is_counted_as_approved(desk: Desk, as_: As, page: Pages) -> None:
    offered = ticked(page)
    one = next(iter(offered))
    decided("approve")(desk, one)
    told = told_after(as_, "/review/bulk", offered)
    assert "1 phiếu đã được duyệt từ trước" in told
    assert "không còn như lúc hiện ra" not in told
    assert len(decisions(desk, one)) == 1


@pytest.mark.usefixtures("needs_too")
def test_a_need_whose_household_does_not_stand_is_left_out_from_the_beginning(desk: Desk, page: Pages) -> None:
    need = next(record for record in ticked(page) if desk.survey_of(record) == "housing_need")
    of_its_household(withdrawn)(desk, need)
    assert need not in ticked(page)
    assert "Hộ của phiếu đã rút" in page("/review/bulk").text


def case_begun(desk: Desk, record: str) -> None:
    said = {"household": desk.answer("housing_need", record, "household"), "need": record, "state": "proposed"}
    programme = id_of_code("programme", "gnbv_2022")
    desk.save("support_case", case_id(record, "gnbv_2022"), {**said, "programme": programme}, who="quan")


def approved_earlier_elsewhere(desk: Desk, record: str) -> None:
    """A colleague's approval of before, on a node of which this one hears only now."""
    with desk.inside():
        begin_writing()
        found = desk._record(desk.survey_of(record), record)
        hand = Hand("a" * 16, people.find_account("quan").id)
        said = {"subject": record, "subject_survey": found.survey, "verdict": "approve"}
        answers = {**said, "seen": review.heads_of(found)}
        hand.write(RecordDraft("decision", new_record_id()), answers, datetime(2024, 1, 1, tzinfo=UTC))
        intake.receive(hand.take(), kind="node", from_node="f" * 16)
        db.session.commit()


SINCE: dict[str, tuple[str, Callable[[Desk, str], None]]] = {
    **{name: pair for name, pair in MEANWHILE.items() if pair[1] in (edited, withdrawn, contested, moved_away)},
    "the household of a need went to another commune": ("housing_need", of_its_household(moved_away)),
    "it was returned": ("household", decided("return")),
    "it was taken up again and approved by somebody else": ("household", decided("reopen", "approve")),
    "a colleague had approved it too": ("household", approved_earlier_elsewhere),
    "a case was begun from it": ("housing_need", case_begun),
}


@pytest.mark.usefixtures("needs_too")
@pytest.mark.parametrize(("survey", "act"), SINCE.values(), ids=list(SINCE))
def test_what_came_after_an_approval_of_many_is_not_undone_with_it(
    desk: Desk, as_: As, page: Pages, survey: str, act: Callable[[Desk, str], None]
) -> None:
    offered = ticked(page)
    there = approve(as_, offered).location
    one = next(record for record in offered if desk.survey_of(record) == survey)
    act(desk, one)
    before = decisions(desk, one)
    told = told_after(as_, f"{there}/undo")
    assert decisions(desk, one) == before
    stay = [record for record in offered if last_verdict(desk, record) != "reopen"]
    assert one in stay
    assert f"Đã hủy duyệt {len(offered) - len(stay)} phiếu" in told
    assert f"{len(stay)} phiếu giữ nguyên" in told

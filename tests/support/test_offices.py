"""Who holds the whole place of an office takes its steps: at the desk, on the wire and by a file alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people, places, review
from fieldapp.db import begin_writing, db
from fieldapp.housing.states import MOVES, Move
from fieldapp.intake.why_held import Judge
from fieldapp.people import Account, Device
from fieldapp.reference import defaults
from fieldapp.reference.naming import id_of
from fieldapp.surveys import SURVEYS
from sync import new_record_id
from sync.change import decode, encode
from tests.again import ALL
from tests.conftest import PASSWORD
from tests.pages import Page
from tests.support.conftest import MILLION, Cases
from tests.support.test_pages import post

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]

AREAS = {
    "village": [(2023, "2023.01930.001")],
    "commune": [(2023, "01930")],
    "merged": [(2025, "01933")],  # four communes, the last of another district
    "district": [(2023, "061")],
    "province": [(2023, "06")],
}
WHERE = {"admin": ("village",), "enumerator": ("province",), "leader": ("province",)}
"""Which area an account of the other roles has: the one that says most."""
OLD, NEW = "2023-04-10", "2026-08-01"
HOLD = {
    ("village", OLD): set(AREAS),
    ("village", NEW): set(AREAS),
    ("commune", OLD): {"commune", "merged", "district", "province"},
    ("commune", NEW): {"merged", "province"},
    ("district", OLD): {"district", "province"},
    ("province", OLD): {"province"},
    ("province", NEW): {"province"},
    ("any", OLD): set(AREAS),
    ("any", NEW): set(AREAS),
}
"""Whose area holds the place of an office, by its level and the day."""
DATED = ("posting", "decision")
"""The moves that say their day at the desk; the others are made today."""


def made(account: Account, case: str, answers: dict[str, Any], survey: str = "support_case") -> str:
    """A change of a case that its maker has seen as it stands."""
    device, record = account.devices[0], db.session.get(SURVEYS[survey], case)
    heads = record.heads if record is not None else {}
    return encode(
        survey=survey, record=case, answers=answers,
        base={name: heads[name] for name in answers if heads.get(name)},
        stamp=f"{1_785_000_000_000:012x}-000000-{device.id}", device=device.id, seq=1, prev=None, author=account.id,
        form_version=1, made_at={"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
    )  # fmt: skip


def judged(kind: str, account: Account, text: str) -> str | None:
    """What a door says of a change, without taking it in."""
    sent = decode(text)
    judge = Judge(intake.journal(), kind, account.devices[0] if kind == "wire" else None, {})
    judge.expect([sent])
    return judge(sent)


def hired(support: Cases) -> dict[tuple[str, str], str]:
    """Somebody of every role, supervisors with each area, with a tablet; by both, the username."""
    who = [(role, area) for role in people.ROLES for area in AREAS if role == "supervisor" or area in WHERE[role]]
    with support.inside():
        begin_writing()
        places.import_villages([(2023, "02041", 1, "Bản Mới"), (2023, "01888", 1, "Nà Mới")])
        for role, area in who:
            account = people.add_account(f"{role}.{area}", "Người thử", role, PASSWORD, AREAS[area])
            tablet = {"kind": "tablet", "name": "Máy thử", "token_hash": account.id, "report": {}}
            account.devices.append(Device(**tablet, enrolled_at=datetime.now(UTC)))
        db.session.commit()
    return {(role, area): f"{role}.{area}" for role, area in who}


def case_for(support: Cases, move: Move) -> str:
    """A case in the first state that a move begins at."""
    state = move.of[0]
    if state == "on_commune_list":
        return support.listed()
    if state != "complete":
        return support.case(state=state, blocked_from="proposed" if state == "blocked" else None)
    case = support.case()
    support.visit(case, "2023-09-05", "5", started_on="2023-05-02", completed_on="2023-09-01")
    return case


def chain_without_the_province(support: Cases) -> None:
    """Until 30/6/2025 the district decides."""
    for step in defaults()["approval_chain"]:
        if (step["level"], step["to_on"]) != ("province", "2025-06-30"):
            support.save("approval_chain", dict(step), id_of("approval_chain", step))


@pytest.mark.parametrize("last", ["province", "district"])
def test_each_step_is_taken_by_who_holds_the_place_of_its_office_on_that_day_and_by_administrators(
    support: Cases, as_: Visitors, last: str
) -> None:
    """Every role, area, step, level and day: what the desk, the wire and a file say is what the table above says."""
    who, wrong = hired(support), []
    if last == "district":
        chain_without_the_province(support)
    clients = {name: as_(name) for (role, _area), name in who.items() if role in ("supervisor", "admin")}
    moves = MOVES if ALL else {move.level: move for move in MOVES}.values()  # of each office one, or every one
    for move in moves if last == "province" else [one for one in moves if one.level == "last"]:
        case = case_for(support, move)
        for day in (OLD, NEW) if last == "province" else (OLD,):
            level = (last if day == OLD else "province") if move.level == "last" else move.level
            for (role, area), name in who.items():
                may = role == "admin" or (role == "supervisor" and area in HOLD[level, day])
                with support.inside():
                    account = people.find_account(name)
                    said = {"state": move.to or "proposed", "state_on": day}
                    said |= {"confirmed_seen": "x"} if move.name == "confirm" else {}
                    seen = " ".join(review.heads_of(db.session.get_one(SURVEYS["support_case"], case)))
                    text = made(account, case, said)
                    told = {kind: judged(kind, account, text) is None for kind in ("wire", "file")}
                if name in clients and (day == NEW or move.name in DATED):
                    told["desk"] = asked(clients[name], case, seen, move, day) != 403
                if set(told.values()) != {may}:
                    wrong.append((move.name, level, day, role, area, may, told))
    assert wrong == []


def asked(client: FlaskClient, case: str, seen: str, move: Move, day: str) -> int:
    """What the desk answers to a move of which nothing but its day is filled in."""
    typed = "/".join(reversed(day.split("-")))
    named = {"posting": "posted_from", "decision": "decision_on"}.get(move.name)
    form = {"move": move.name, "seen": seen, **({named: typed} if named else {})}
    return client.post(f"/cases/{case}/moves", data=form).status_code


def test_why_a_step_is_held_is_that_its_maker_does_not_hold_the_place_of_the_office(support: Cases) -> None:
    who, case = hired(support), support.listed()
    with support.inside():
        account = people.find_account(who["supervisor", "district"])
        text = made(account, case, {"state": "approved", "state_on": OLD})
        assert {judged(kind, account, text) for kind in ("wire", "file")} == {"not_of_that_office"}
        detour = made(account, case, {"state": "blocked", "state_on": OLD, "blocked_from": "approved"})
        assert judged("wire", account, detour) == "not_a_step"


@pytest.mark.parametrize("survey", ["support_decision", "support_list"])
def test_what_is_signed_on_the_wire_is_held_like_the_steps_that_it_brings(support: Cases, survey: str) -> None:
    """Whole in one change, or signed after a draft that is here."""
    who, case = hired(support), support.listed()
    new = {
        "support_decision": {"state": "signed", "level": "province", "plan": f"{case} nstw={40 * MILLION}"},
        "support_list": {"state": "signed", "level": "commune", "village": "2023.01930.001", "state_on": NEW},
    }[survey]
    draft = support.save(survey, {**new, "state": "draft"})
    with support.inside():
        for area, why in (("commune", "not_of_that_office"), ("province", None)):
            account = people.find_account(who["supervisor", area])
            for kind in ("wire", "file"):
                assert judged(kind, account, made(account, new_record_id(), new, survey)) == why
                assert judged(kind, account, made(account, draft, {"state": "signed"}, survey)) == why


def test_a_paper_is_judged_on_the_wire_by_the_day_it_says_and_by_no_level_it_says_of_a_decision(
    support: Cases,
) -> None:
    """As the desk judges it; the commune is one of four that were merged before the paper was made."""
    who, case = hired(support), support.listed()
    posted = {"state": "signed", "level": "commune", "village": "2023.01930.001", "state_on": NEW}
    decided = {"state": "signed", "level": "commune", "plan": f"{case} nstw={40 * MILLION}"}
    with support.inside():
        account = people.find_account(who["supervisor", "commune"])
        for said, why in (
            ({**posted, "posted_from": OLD}, None),
            ({**posted, "posted_from": NEW}, "not_of_that_office"),
            ({**decided, "decided_on": OLD}, "not_of_that_office"),
        ):
            survey = "support_decision" if "plan" in said else "support_list"
            for kind in ("wire", "file"):
                assert judged(kind, account, made(account, new_record_id(), said, survey)) == why, said


def test_a_step_whose_stamp_is_beyond_all_calendars_is_judged_too(support: Cases) -> None:
    who, case = hired(support), support.listed()
    with support.inside():
        account = people.find_account(who["supervisor", "commune"])
        text = made(account, case, {"state": "approved"}).replace(f"{1_785_000_000_000:012x}", "f" * 12)
        assert {judged(kind, account, text) for kind in ("wire", "file")} == {"not_of_that_office"}


def test_a_decision_is_drawn_up_by_a_commune_and_signed_and_taken_back_by_who_has_the_whole_province(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    hired(support)
    small, great, case = as_("supervisor.commune"), as_("supervisor.province"), support.listed()
    programme = support.answer("support_case", case, "programme")
    answer = small.post("/decisions/new", data={"programme": programme, "case": [case], "year": "2023"})
    address = answer.headers["Location"]
    form = {"number": "12/QĐ-UBND", "decided_on": "10/04/2023", "signer": "Nông Văn A", "level": "province"}
    form |= {"office": "UBND tỉnh Bắc Kạn", "budget_year": "2023", "sign": "1"}
    drawn = page(address, "supervisor.commune")
    assert "Đã ký: phê duyệt" not in drawn.text
    assert "cấp sau ký: Tỉnh" in drawn.text
    draft = address.rpartition("/")[2]
    assert small.post(address, data={**form, "seen": support.seen(draft)}).status_code == 403
    assert support.fact(case)["state"] == "on_commune_list"
    assert "Đã ký" in post(great, address, **form, seen=support.seen(draft)).text
    assert support.fact(case)["state"] == "approved"
    back = {"reason": "Sai tên", "seen": support.seen(draft)}
    assert small.post(f"{address}/withdrawal", data=back).status_code == 403
    assert "Hủy phê duyệt hỗ trợ: Tỉnh" in page(f"/cases/{case}", "supervisor.commune").text
    post(great, f"{address}/withdrawal", **back)
    assert support.fact(case)["state"] == "on_commune_list"


def test_a_list_of_a_commune_is_signed_off_by_who_has_the_whole_commune_of_that_day(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    hired(support)
    said = {"level": "commune", "programme": support.answer("support_case", support.listed(), "programme")}
    said |= {"list_year": 2023, "turn": 1, "village": "2023.01930.001", "state": "draft", "state_on": OLD}
    for posted, may in ((OLD, {"commune", "merged"}), (NEW, {"merged"})):
        one = support.save("support_list", {**said, "posted_from": posted, "posted_until": posted})
        for area in ("village", "commune", "merged"):
            seen = page(f"/cases/lists/{one}", f"supervisor.{area}")
            form = {"seen": next(each.get("value") for each in seen.all(".//input") if each.get("name") == "seen")}
            typed = "/".join(reversed(posted.split("-")))
            form |= {"posted_from": typed, "posted_until": typed, "then": "sign"}
            answer = as_(f"supervisor.{area}").post(f"/cases/lists/{one}", data=form)
            assert (answer.status_code != 403) is (area in may), (posted, area)
            assert ("Lưu, ký" in seen.text) is (area in may)


def test_a_case_that_was_decided_stays_decided_when_the_area_of_who_decided_it_is_narrowed(support: Cases) -> None:
    """Brought again by a file, it was made before the account was changed: the account of today says nothing of it."""
    who, case = hired(support), support.listed()
    with support.inside():
        begin_writing()
        account = people.find_account(who["supervisor", "province"])
        people.change_account(account, grants=[(2023, "01930")])
        db.session.commit()
        text = made(account, case, {"state": "approved", "state_on": OLD})
        assert (judged("file", account, text), judged("wire", account, text)) == (None, "not_of_that_office")

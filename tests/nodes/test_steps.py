"""A step of a case that the table of states does not let its author make is held on every node, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fieldapp import cases, intake, people
from fieldapp.db import begin_writing, db
from fieldapp.facts.tables import CaseFact
from fieldapp.housing.states import MOVES
from fieldapp.intake.steps import leads
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SupportCase
from sync import new_record_id
from sync.change import change_id
from tests.again import at_once
from tests.nodes.conftest import Node
from tests.test_intake import HERE

SUMS = {"decision_number": "412/QĐ-UBND", "decision_on": "2023-04-10", "approved_nstw": 40_000_000}


@pytest.fixture(autouse=True)
def binh_has_the_province(province: Node) -> None:
    """What these steps are judged by here is the table of states, not whose office they are of."""
    with province.inside():
        begin_writing()
        people.change_account(people.find_account("binh"), grants=[(2023, "06")])


def begun(node: Node) -> str:
    """A proposed case of a new household."""
    home, need = new_record_id(), new_record_id()
    case = cases.case_id(need, "gnbv_2022")
    programme = id_of_code("programme", "gnbv_2022")
    node.edit(home, {"head_name": "Đặng Thị Mến", "village": HERE})
    node.edit(need, {"household": home, "need_type": "xay_moi"}, survey="housing_need")
    said = {"household": home, "need": need, "programme": programme, "need_type": "xay_moi", "state": "proposed"}
    node.edit(case, said, "binh", "support_case")
    return case


def step(node: Node, case: str, **answers: Any) -> str:
    """A step as another program might write it: no page of ours was asked. Its text."""
    with node.inside():
        begin_writing()
        text = intake.compose("support_case", case, answers, account=people.find_account("binh"))
        assert text
        intake.receive([text], kind="office")
    return text


def held(node: Node) -> dict[str, str | None]:
    with node.inside():
        return {each.change.id: each.held for each in intake.journal().held()}


def state(node: Node, case: str) -> tuple[str, str]:
    """What the record says, and what follows from it."""
    with node.inside():
        return str(db.session.get_one(SupportCase, case).state), db.session.get_one(CaseFact, case).state


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "three steps at once": ({"state": "settled"}, "not_a_step"),
    "approved from nowhere": ({"state": "approved", **SUMS, "decision_level": "province"}, "not_a_step"),
    "what only visits find": ({"state": "complete"}, "not_a_step"),
    "half of the meeting": (
        {"state": "on_village_list", "meeting_present": 20, "meeting_agreed": 10}, "not_agreed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", at_once(WRONG, lambda why: why == "three steps at once"))
def test_a_step_out_of_turn_that_a_laptop_brings_is_held_there_too_and_what_follows_it(
    why: str, joined: Node, province: Node
) -> None:
    case = begun(joined)
    joined.sync()
    before = held(province)
    answers, reason = WRONG[why]
    wrong = change_id(step(joined, case, **answers))
    assert state(joined, case)[0] != "proposed"
    after = change_id(step(joined, case, state="returned", state_note="?"))
    joined.sync()
    assert held(province).items() - before.items() >= {(wrong, reason)}
    assert held(joined) == held(province)
    assert joined.versions() == province.versions()
    assert state(joined, case) == state(province, case) == ("proposed", "proposed")
    assert after in held(province)


def test_the_level_that_decides_is_the_last_of_the_chain_on_the_day_of_the_decision(
    joined: Node, province: Node
) -> None:
    case = begun(joined)
    for name in ("on_village_list", "on_commune_list"):
        step(joined, case, state=name)
    wrong = change_id(step(joined, case, state="approved", **SUMS, decision_level="district"))
    joined.sync()
    assert held(province)[wrong] == "not_that_level"
    assert state(joined, case) == state(province, case) == ("on_commune_list", "on_commune_list")
    right = change_id(step(joined, case, state="approved", **SUMS, decision_level="province"))
    joined.sync()
    assert right not in held(province)
    assert state(joined, case) == state(province, case) == ("approved", "approved")


def test_a_step_that_was_right_when_it_was_made_counts_whatever_others_did_meanwhile(
    joined: Node, province: Node
) -> None:
    case = begun(joined)
    joined.sync()
    one = change_id(step(joined, case, state="on_village_list", meeting_present=20, meeting_agreed=15))
    other = change_id(step(province, case, state="refused", state_note="Đã có nhà"))
    joined.sync()
    assert not {one, other} & held(province).keys()
    assert joined.versions() == province.versions()
    assert sorted(joined.row(case, "support_case").conflicts["state"]) == ["on_village_list", "refused"]


def test_what_the_province_has_let_count_counts_on_a_laptop_whatever_its_maker_may_do_since(
    joined: Node, province: Node
) -> None:
    """Or the laptop would hold it, and by its opinion the province too."""
    case = begun(province)
    for name in ("on_village_list", "on_commune_list"):
        step(province, case, state=name)
    step(province, case, state="approved", **SUMS, decision_level="province")
    with province.inside():
        people.change_account(people.find_account("binh"), role="enumerator", grants=[(2023, "01930")])
    before = held(province)
    for _turn in range(2):
        joined.sync()
        assert state(joined, case) == state(province, case) == ("approved", "approved")
    assert held(province) == before


def test_three_nodes_hold_the_same_whichever_hears_of_it_first(
    joined: Node, province: Node, new_node: Callable[[str], Node]
) -> None:
    """What it follows reaches one of them later than the step itself, so that one cannot judge it at first."""
    case, third = begun(joined), new_node("third")
    with joined.inside():
        texts = [entry.change.text for entry in intake.journal().history(case)]
    wrong = step(joined, case, state="settled")
    after = step(joined, case, state="approved", state_note="?")
    for node, some in ((province, [after, wrong]), (third, [*texts, wrong, after])):
        with node.inside():
            begin_writing()
            intake.receive(some, kind="file")
    assert not {change_id(wrong), change_id(after)} & held(province).keys()
    with province.inside():
        begin_writing()
        intake.receive(texts, kind="file")
    joined.sync()
    wanted = {change_id(wrong): "not_a_step", change_id(after): "not_a_step"}
    for node in (joined, province, third):
        assert held(node).items() >= wanted.items()
        with node.inside():
            assert db.session.get_one(SupportCase, case).state == "proposed"
    assert joined.versions() == province.versions()


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_every_move_of_the_table_leads_from_each_of_its_states(move: Any) -> None:
    stored = [name for name in move.of if name not in ("started", "complete")] or ["approved"]
    for name in stored:
        seen = {"state": name, "blocked_from": "on_commune_list"}
        assert leads([seen], {"state": move.to or "on_commune_list"}), name
        assert not leads([seen], {"state": "nowhere"})

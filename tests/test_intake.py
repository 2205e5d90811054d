"""The one door: whatever comes in leaves the same trace, and the rows are always what the journal says."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from sync import WITHDRAWN, encode, new_record_id
from sync.change import RULING, change_id
from tests.again import ALL
from tests.postgres import ON_EACH_DATABASE

pytestmark = [pytest.mark.usefixtures("context"), ON_EACH_DATABASE]

HERE, THERE = "2023.01930.001", "2023.01933.001"
STRANGER = "00000000000000aa"


@pytest.fixture
def quan(context: Flask) -> Account:
    return people.find_account("quan")


def household(account: Account, **answers: Any) -> str:
    record = new_record_id(1_785_000_000_000)
    intake.save("household", record, {"head_name": "Đặng Thị Mến", "village": HERE, **answers}, account=account)
    return record


def elsewhere(
    record: str,
    answers: dict[str, Any],
    base: dict[str, list[str]] | None = None,
    seq: int = 1,
    survey: str = "household",
    author: str = "somebody",
) -> str:
    """A change another device made without hearing of ours."""
    return encode(
        v=1,
        survey=survey,
        record=record,
        answers=answers,
        base=base or {},
        stamp=f"{1_785_000_000_000 + seq:012x}-000000-{STRANGER}",
        device=STRANGER,
        seq=seq,
        prev=None,
        author=author,
        form_version=2**53 - 1,
        made_at={"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
    )


def row(model: Any, record: str) -> Any:
    db.session.expire_all()
    return db.session.get(model, record)


def test_the_rows_of_the_sample_are_what_its_journal_says() -> None:
    assert intake.rebuild(check=True) == []


def test_a_row_altered_by_hand_is_found_and_made_right_again(quan: Account) -> None:
    record = household(quan, members=4)
    db.session.execute(sa.update(Household).where(Household.id == record).values(members=40))
    assert intake.rebuild(check=True) == [record]
    intake.rebuild()
    assert row(Household, record).members == 4


@pytest.mark.parametrize("spoilt", ["author", "wall", "tz"])
def test_a_change_with_a_nul_in_a_text_about_itself_spoils_no_other(spoilt: str) -> None:
    record, other = new_record_id(), new_record_id()
    good = elsewhere(record, {"head_name": "Đặng Thị Mến", "village": HERE})
    bad = elsewhere(other, {"head_name": "Đặng Thị Mến", "village": HERE}, seq=2)
    results = intake.receive([good, bad.replace(f'"{spoilt}":"', f'"{spoilt}":"\\u0000')], kind="file").results
    assert [(each.verdict, each.reason) for each in results] == [("stored", None), ("bad", "zero_character")]
    assert (row(Household, record).head_name, row(Household, other)) == ("Đặng Thị Mến", None)


def test_a_ruling_about_what_can_be_no_change_spoils_no_other(quan: Account) -> None:
    record = new_record_id()
    good = elsewhere(record, {"head_name": "Đặng Thị Mến", "village": HERE})
    about = {"about": ["a" * 40, "none"], "verdict": "exclude"}
    ruling = elsewhere(new_record_id(), about, seq=2, survey=RULING, author=quan.id)
    intake.receive([good, ruling], kind="file")
    assert row(Household, record).head_name == "Đặng Thị Mến"


def test_saving_what_is_shown_already_is_no_change(quan: Account) -> None:
    record = household(quan, members=4)
    assert intake.save("household", record, {"members": 4}, account=quan).results == []


def test_a_household_that_moves_takes_its_needs_along(quan: Account) -> None:
    home = household(quan)
    need = new_record_id(2)
    intake.save("housing_need", need, {"household": home, "visited_on": "2026-07-30"}, account=quan)
    assert row(HousingNeed, need).area == HERE
    intake.save("household", home, {"village": THERE}, account=quan)
    assert (row(Household, home).area, row(HousingNeed, need).area) == (THERE, THERE)
    page = intake.journal().feed([HERE], 0, 1000)
    while page.more:
        page = intake.journal().feed([HERE], page.next, 1000)
    assert {home, need} <= set(page.evicted)


def test_two_values_by_people_who_did_not_hear_of_each_other_are_both_kept_until_settled(quan: Account) -> None:
    record = household(quan, members=4)
    shown = row(Household, record).heads
    intake.save("household", record, {"members": 5}, account=quan)
    intake.receive([elsewhere(record, {"members": 6}, {"members": shown["members"]})], kind="file")
    contested = row(Household, record)
    assert contested.contested
    assert sorted(contested.conflicts["members"]) == [5, 6]
    intake.save("household", record, {"members": 6}, account=quan)
    assert not row(Household, record).contested
    assert row(Household, record).members == 6


def test_a_withdrawn_record_is_marked_and_an_edit_that_did_not_know_brings_it_to_a_person(quan: Account) -> None:
    record = household(quan, members=4)
    shown = row(Household, record).heads
    intake.save("household", record, {WITHDRAWN: True}, account=quan)
    assert row(Household, record).withdrawn
    intake.receive([elsewhere(record, {"members": 6}, {"members": shown["members"]})], kind="file")
    found = row(Household, record)
    assert (found.withdrawn, WITHDRAWN in found.conflicts) == (False, True)


def test_a_held_change_counts_once_it_is_released(quan: Account) -> None:
    record = household(quan, members=4)
    shown = row(Household, record).heads
    receipt = intake.receive([elsewhere(record, {"members": 4000}, {"members": shown["members"]})], kind="file")
    assert [result.reason for result in receipt.held] == ["impossible_value"]
    assert row(Household, record).members == 4
    intake.rule([receipt.held[0].id], "release", account=quan)
    # It counts now, and being impossible it stands beside the columns, not in one.
    assert row(Household, record).members is None
    assert row(Household, record).extra == {"members": 4000}


def test_a_batch_that_is_excluded_leaves_no_row_and_comes_back_whole(quan: Account) -> None:
    record = new_record_id(9)
    receipt = intake.receive([elsewhere(record, {"head_name": "Lý Thị Sao", "village": HERE})], kind="file")
    ids = [result.id for result in receipt.results]
    intake.rule(ids, "exclude", account=quan)
    assert row(Household, record) is None
    intake.rule(ids, "include", account=quan)
    assert row(Household, record).head_name == "Lý Thị Sao"


@pytest.mark.parametrize("told", ["revoked", "x" * 200, "\x00"])
def test_a_reason_of_another_node_that_is_no_word_for_one_holds_as_well(quan: Account, told: str) -> None:
    text = elsewhere(new_record_id(9), {"head_name": "Lý Thị Sao", "village": HERE})
    [result] = intake.receive([text], kind="node", held={change_id(text): told}).results
    assert (result.verdict, result.reason) == ("held", told if told == "revoked" else "held_elsewhere")


def test_the_same_changes_twice_are_once(quan: Account) -> None:
    record = new_record_id(9)
    text = elsewhere(record, {"head_name": "Lý Thị Sao", "village": HERE})
    assert [r.verdict for r in intake.receive([text], kind="file").results] == ["stored"]
    assert [r.verdict for r in intake.receive([text, text], kind="node").results] == ["duplicate", "duplicate"]


ODD: list[Any] = [
    *(2**53 - 1, -(2**31) - 1, -1, True, "", "x" * 20_000, "-0", "1." + "0" * 40, "0001", "9999-12-31", "\x01", "𒀀"),
    *([], ["x"], ["x", ["y"]], {"lat": "x"}, {"lat": "22.1", "lon": "105.8", "accuracy_m": -1}),
    *([{"sha256": "0" * 70}], [{"question": "members", "text": "x" * 5_000}], ["0" * 32], "2023." + "9" * 60),
]


def test_no_answer_is_so_odd_that_what_came_with_it_is_lost(quan: Account) -> None:
    """Of every kind of question; with ``make test-all`` in every survey that has one."""
    asked = {
        (survey if ALL else "", question.kind): (survey, name)
        for survey in SURVEYS
        for name, question in questions(SURVEYS[survey]).items()
    }
    odd = [(survey, name, value) for survey, name in asked.values() for value in ODD]
    texts = [
        elsewhere(f"01990000-0000-7000-8000-{seq:012x}", {name: value}, seq=seq, survey=survey, author="a" * 64)
        for seq, (survey, name, value) in enumerate(odd, 1)
    ]
    results = intake.receive(texts, kind="file").results
    assert {result.verdict for result in results} == {"stored", "held"}
    intake.rule([result.id for result in results if result.verdict == "held"], "release", account=quan)
    assert intake.rebuild(check=True) == []


def test_what_was_held_as_it_came_is_judged_where_a_ruling_of_the_same_file_lets_it_count(quan: Account) -> None:
    record, odd = new_record_id(1_785_000_000_000), {"poverty_class": "nonsense"}
    first = elsewhere(record, {"head_name": "Lò Văn Sử", "village": HERE, **odd})
    second = elsewhere(record, {"head_name": "Lò Văn Sử", "village": HERE}, seq=2)
    about = {"about": [change_id(first)], "verdict": "release"}
    ruling = elsewhere(new_record_id(), about, seq=3, survey=RULING, author=quan.id)
    assert intake.receive([first, second, ruling], kind="file").counts == {"held": 1, "stored": 2}
    told = row(Household, record)
    assert (told.poverty_class, told.extra) == (None, odd)
    assert intake.rebuild(check=True) == []


@pytest.mark.parametrize("is_ruled", [False, True], ids=["edited", "ruled too"])
def test_a_file_that_comes_in_portions_leaves_the_rows_and_the_download_of_one_that_comes_whole(
    quan: Account, monkeypatch: pytest.MonkeyPatch, is_ruled: bool
) -> None:
    monkeypatch.setattr(intake, "PORTION", 3)
    records = [new_record_id(1_785_000_000_000 + n) for n in range(3)]
    texts = [elsewhere(each, {"head_name": "Lò Văn Sử", "village": HERE}, seq=n) for n, each in enumerate(records, 1)]
    texts += [elsewhere(each, {"head_name": "Lò Văn Pú"}, seq=n) for n, each in enumerate(records[:2], 4)]
    about = {"about": [change_id(texts[4])], "verdict": "refuse"}
    excluded = {"about": [change_id(texts[2])], "verdict": "exclude"}
    rulings = [(about, 7), (excluded, 8)] if is_ruled else []
    texts += [elsewhere(new_record_id(), each, seq=n, survey=RULING, author=quan.id) for each, n in rulings]
    intake.receive(texts, kind="file")
    assert intake.rebuild(check=True) == []
    there = [each for record in records if (each := db.session.get(Household, record))]
    assert (
        [each.head_name for each in there] == ["Lò Văn Pú", "Lò Văn Sử"]
        if is_ruled
        else ["Lò Văn Pú", "Lò Văn Pú", "Lò Văn Sử"]
    )


def test_every_survey_has_a_table_of_its_name() -> None:
    assert all(model.__table__.name == name for name, model in SURVEYS.items())  # type: ignore[attr-defined]

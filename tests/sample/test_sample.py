"""The sample province: repeatable, valid, plain about being invented, and with every state in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from fieldapp import cases, create_app, intake, people, places, review, sample
from fieldapp.cases import chain, lists, signing
from fieldapp.config import Config
from fieldapp.db import db, upgrade
from fieldapp.facts.plan import plan_of
from fieldapp.facts.tables import CaseFact
from fieldapp.housing import assess
from fieldapp.intake.why_held import Judge
from fieldapp.photos import attachments
from fieldapp.problems import NotEmpty, UnknownSize
from fieldapp.reference import default_rules
from fieldapp.review.standing import standings
from fieldapp.sample import history, living
from fieldapp.sample.album import Album
from fieldapp.sample.drawing import pictures
from fieldapp.sample.households import INVENTED
from fieldapp.sample.names import PEOPLES, person, villages
from fieldapp.sample.sizes import JOINED, SIZES, share
from fieldapp.surveys import (
    SURVEYS,
    SupportCase,
    SupportDecision,
    SupportList,
    VillageMeeting,
    check,
    choices,
    questions,
)
from fieldapp.surveys.base import Record
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.progress_visit import ProgressVisit
from fieldapp.surveys.support_case import SOURCES
from sync.change import decode
from sync.tables import change
from tests.again import a_walk

TODAY = date(2026, 11, 1)
JUNE_30 = date(2025, 6, 30)


@contextmanager
def instance(folder: Path) -> Iterator[Flask]:
    app = create_app(Config(instance=folder, testing=True))
    upgrade(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def count(query: sa.Select[int]) -> int:
    return db.session.scalar(query) or 0


def everything() -> Iterator[Record]:
    for model in SURVEYS.values():
        yield from db.session.scalars(sa.select(model))


@a_walk
def test_two_nodes_with_one_seed_hold_the_same_changes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with instance(tmp_path / name):
            sample.build("tiny")
            found.append(sorted(db.session.connection().execute(sa.select(change.c.id)).scalars()))
    assert found[0] == found[1]
    assert len(found[0]) > 100


@a_walk
def test_another_seed_gives_another_province(tmp_path: Path, context: Flask) -> None:
    with instance(tmp_path / "other"):
        sample.build("tiny", seed=7)
        other = set(db.session.scalars(sa.select(Household.head_name)))
    with context.app_context():
        assert set(db.session.scalars(sa.select(Household.head_name))) != other


def test_a_place_that_is_in_use_is_left_alone(context: Flask) -> None:
    with pytest.raises(NotEmpty):
        sample.build("tiny")


def test_an_unknown_size_is_named(tmp_path: Path) -> None:
    with instance(tmp_path / "x"), pytest.raises(UnknownSize):
        sample.build("huge")


def test_every_household_says_that_it_is_invented(context: Flask) -> None:
    assert set(db.session.scalars(sa.select(Household.remarks))) == {INVENTED}


def test_no_answer_breaks_a_rule(context: Flask) -> None:
    for record in everything():
        answers = answers_of(record)
        findings = check(record.survey, answers, TODAY)
        assert [finding for finding in findings if finding.level == "error"] == [], answers


def test_few_answers_are_asked_about_again(context: Flask) -> None:
    warned: Counter[str] = Counter()
    for record in everything():
        answers = answers_of(record)
        warned.update(
            f"{record.survey}.{finding.question}.{finding.word}" for finding in check(record.survey, answers, TODAY)
        )
    assert sum(warned.values()) <= 3, warned


def test_only_the_stray_household_is_held(context: Flask) -> None:
    [held] = intake.journal().held()
    assert held.held == "outside_area"
    assert db.session.get(Household, held.change.record) is None


def test_every_house_lies_in_its_commune(context: Flask) -> None:
    homes = list(db.session.scalars(sa.select(Household)))
    told = review.doubts_about(homes, date(2026, 8, 23))
    assert len(homes) > 20
    assert [home.head_name for home in homes for doubt in told[home.id] if doubt.kind in ("outside", "far")] == []


def test_a_part_sent_twice_is_stored_once(context: Flask) -> None:
    verdicts: Counter[str] = Counter()
    for batch in intake.journal().batches(limit=100):
        verdicts.update(batch.counts)
    assert verdicts["duplicate"] == 3
    assert verdicts["bad"] == verdicts["fork"] == 0


def test_rows_are_what_the_journal_says(context: Flask) -> None:
    assert intake.rebuild(check=True) == []


def test_every_record_has_its_village(context: Flask) -> None:
    assert all(record.area for record in everything())


@pytest.mark.parametrize(
    "state", ["waiting", "returned", "corrected", "approved", "changed_since_approval", "contested"]
)
def test_every_state_is_found_where_the_supervisor_looks(context: Flask, state: str) -> None:
    binh = people.by_username("binh")
    assert binh is not None
    areas = people.areas_of(binh)
    assert state in {
        found.status for survey in SURVEYS.values() if survey.reviewed for found in standings(survey, areas)
    }


def test_one_household_was_taken_back(context: Flask) -> None:
    assert sum(record.withdrawn for record in everything()) == 1


def test_something_waits_outside_the_supervisors_area(context: Flask) -> None:
    elsewhere = places.villages_of(2023, sample.ELSEWHERE)
    assert "waiting" in {found.status for found in standings(Household, elsewhere)}


def test_work_is_seen_in_every_stage(context: Flask) -> None:
    stages = set(db.session.scalars(sa.select(ProgressVisit.milestone_new))) | set(
        db.session.scalars(sa.select(ProgressVisit.milestone_repair))
    )
    assert stages & {"2", "3", "4"}
    assert stages & {"5", "3"}


def test_all_photos_of_the_records_are_here(context: Flask) -> None:
    named = {
        photo["sha256"]
        for need in db.session.scalars(sa.select(HousingNeed))
        for photo in [*(need.photo_front or []), *(need.photo_inside or []), *(need.photo_damage or [])]
    }
    assert named
    assert set(attachments.states(named).values()) == {attachments.STORED}
    assert all(attachments.path(sha256).exists() for sha256 in named)


def test_each_photo_taken_from_an_album_is_a_file_of_its_own_that_can_be_shown(context: Flask) -> None:
    drawings = [attachments.look(data) for _shows, data in pictures(1, papers=False)]
    album = Album(drawings)
    taken = [album[0], album[0], Random(1).choice(album)]
    assert len({photo["sha256"] for photo in taken}) == 3
    assert [seen.sha256 for seen in album.given()] == [photo["sha256"] for photo in taken]
    for photo in taken:
        assert json.loads(attachments.look(attachments.path(photo["sha256"]).read_bytes()).named()) == photo
    assert list(album.given()) == []


def test_the_law_finds_the_difficulties_that_were_planned(context: Flask) -> None:
    plan = SIZES["tiny"]
    found: Counter[tuple[str, ...]] = Counter()
    for need in db.session.scalars(sa.select(HousingNeed)):
        home = db.session.get_one(Household, need.household)
        found[assess(answers_of(home), answers_of(need), rules=default_rules()).difficulty.met] += 1
    assert found.pop(("quality",)) + found.pop(("no_house",), 0) == plan.quality - plan.both
    assert found == {("area",): plan.area, ("area", "quality"): plan.both, (): plan.sound}


def answers_of(record: Record) -> dict[str, object]:
    return {name: getattr(record, name) for name in questions(record.survey)}


def test_points_lie_in_the_province(context: Flask) -> None:
    points = [point for point in db.session.scalars(sa.select(Household.location)) if point]
    assert len(points) > 20
    assert all(21.9 < float(point["lat"]) < 22.8 and 105.4 < float(point["lon"]) < 106.3 for point in points)


def test_the_four_people_sign_in_and_see_what_is_theirs(context: Flask) -> None:
    areas = {name: people.areas_of(people.find_account(name)) for name in ("lan", "binh", "quan", "dung")}
    assert areas["lan"] == set(sample.LAN_VILLAGES)
    assert areas["binh"] == {village for code in (*sample.OFFICE, JOINED) for village in places.villages_of(2023, code)}
    assert areas["quan"] is None
    assert areas["dung"] is None


def test_the_totals_of_the_full_size_are_those_of_the_province() -> None:
    full = SIZES["full"]
    assert full.area + full.quality == 13_688
    assert full.households == 21_946 + 7_935


def _told(full: dict[str, list[history.Past]], *names: str) -> list[history.Past]:
    return [past for cases in full.values() for past in cases if past.wave.name in names]


@pytest.fixture
def districts(context: Flask) -> dict[str, str]:
    return {place.code: place.parent_code or "" for place in places.communes(2023)}


@pytest.fixture
def full_history(districts: dict[str, str]) -> dict[str, list[history.Past]]:
    return history.spread(1, districts, dict.fromkeys(districts, 1.0))


def test_the_cases_of_the_full_size_add_up_to_what_the_province_has_told(
    full_history: dict[str, list[history.Past]],
) -> None:
    helped, listed = _told(full_history, "poor", "police"), _told(full_history, "campaign")
    days = [history.days_of(past, Random(n)) for n, past in enumerate(helped)]
    assert len(helped) == 4_145
    assert max(each.finished for each in days) <= date(2023, 8, 31)
    assert 127_900_000_000 <= sum(sum(past.wave.amounts.values()) for past in helped) <= 128_000_000_000
    assert Counter(past.wave.need_type for past in listed) == {"xay_moi": 3_975, "sua_chua": 730}
    with_merit = [*listed, *_told(full_history, "merit")]
    assert len(with_merit) == 4_979
    assert 274_000_000_000 < sum(sum(past.wave.amounts.values()) for past in with_merit) < 275_000_000_000


def test_of_the_list_of_2025_as_many_are_begun_in_the_middle_of_the_year_and_blocked_in_ba_be_as_was_told(
    full_history: dict[str, list[history.Past]], districts: dict[str, str]
) -> None:
    in_ba_be = {code: cases for code, cases in full_history.items() if districts[code] == history.BA_BE}
    there, everywhere = _told(in_ba_be, "campaign"), _told(full_history, "campaign")
    assert (len(there), sum(past.blocked for past in there)) == (844, 68)
    begun = [past for past in everywhere if not past.blocked and history.days_of(past, Random(1)).founded <= JUNE_30]
    assert len(begun) == 3_907


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sample.Built]:
    """The tiny communes with so many households that every kind of case is among them, and cases of years before."""
    size = replace(SIZES["tiny"], poor=130, near_poor=30, area=20, quality=90, both=5, complete=8, building=6)
    with instance(tmp_path_factory.mktemp("lively") / "x"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SIZES, "tiny", replace(size, helped=0.002, living=1))
            built = sample.build("tiny")
        yield built


def test_cases_and_lists_break_no_rule_and_follow_from_the_journal(lively: sample.Built) -> None:
    assert (lively.verdicts["held"], lively.verdicts["duplicate"]) == (1, 3)
    to_come = set(db.session.scalars(sa.select(VillageMeeting.id).where(VillageMeeting.held_on.is_(None))))
    for record in everything():
        wrong = [one for one in check(record.survey, answers_of(record), TODAY) if one.level == "error"]
        assert wrong == [] or record.id in to_come, (record.survey, answers_of(record))
    assert intake.rebuild(check=True) == []


def test_each_step_is_taken_by_somebody_who_may_take_it(lively: sample.Built) -> None:
    """Or another node would hold what it gets of this one: a province without its steps."""
    judge = Judge(intake.journal(), "file", None, {})
    texts = db.session.scalars(sa.select(change.c.text).where(change.c.held.is_(None)).order_by(change.c.n)).all()
    sent = [decode(text) for text in texts]
    judge.expect(sent)
    wrong = [(why, each.survey, each.answers) for each in sent if (why := judge(each))]
    assert wrong == []


def test_cases_of_years_before_are_settled(lively: sample.Built) -> None:
    before = sa.select(CaseFact.state).where(CaseFact.proposed_on < "2026")
    assert Counter(db.session.scalars(before)) == {"settled": 17}


def test_cases_of_this_year_are_in_every_state_late_and_blocked_among_them(lively: sample.Built) -> None:
    known = choices.codes("case_state")
    assert set(db.session.scalars(sa.select(CaseFact.state))) == known
    late = sa.select(CaseFact.record).where(CaseFact.state == "approved", CaseFact.late_from < TODAY.isoformat())
    assert db.session.scalars(late).all()
    assert all(db.session.scalars(sa.select(CaseFact.reason).where(CaseFact.state == "blocked")))
    assert not any(db.session.scalars(sa.select(CaseFact.doubted)))


def test_behind_every_case_that_is_decided_stands_a_decision_in_an_unbroken_chain(lively: sample.Built) -> None:
    assert chain.doubts() == []
    assert_a_decision_stands_behind_each()
    drafts = sa.select(SupportDecision.plan).where(SupportDecision.state == chain.DRAFT)
    waiting = {case for plan in db.session.scalars(drafts) for case in plan_of(plan)}
    states = set(db.session.scalars(sa.select(CaseFact.state).where(CaseFact.record.in_(waiting))))
    assert states == {"on_commune_list"}


def test_nothing_stood_against_those_who_were_proposed_this_year(lively: sample.Built) -> None:
    for case in db.session.scalars(sa.select(SupportCase).where(SupportCase.proposed_on >= "2026")):
        need = db.session.get_one(HousingNeed, case.need)
        assert cases.warnings_of(need, living.PROGRAMME, date.fromisoformat(case.proposed_on or "")) == []


def test_lists_are_in_the_order_of_the_law_and_say_what_they_said_when_they_were_signed(lively: sample.Built) -> None:
    there = list(db.session.scalars(sa.select(SupportList)))
    states = {(one.level, one.state) for one in there}
    assert states == {("village", "reopened"), *product(("village", "commune"), ("draft", "signed"))}
    for one in there:
        lines = lists.lines_of(one)
        assert [line.record.number for line in lines] == list(range(1, len(lines) + 1))
        keys = [line.place.key for line in lines if line.place]
        assert keys == sorted(keys)
        signed = signing.signed_as(one)
        assert (signed is not None) == (one.state != "draft")
        assert not signing.changed_since(one, lines)
        if one.state == "draft":
            assert signing.not_put_forward(one, lines) == []


def assert_a_decision_stands_behind_each() -> None:
    """Behind every case that is decided: its number, its day and its money, pinned to what stands today."""
    signed = {one.id: one for one in db.session.scalars(sa.select(SupportDecision)) if one.state == chain.SIGNED}
    decided = [one for one in db.session.scalars(sa.select(SupportCase)) if one.decision_on]
    assert decided
    for case in decided:
        behind = signed[case.decision or ""]
        assert (case.decision_number, case.decision_on, case.decision_signer, case.decision_level) == (
            behind.number, behind.decided_on, behind.signer, behind.level,
        )  # fmt: skip
        amounts = {each: getattr(case, f"approved_{each}") for each in SOURCES if getattr(case, f"approved_{each}")}
        assert plan_of(behind.plan)[case.id] == amounts
    assert not any(db.session.scalars(sa.select(CaseFact.reopened)))


@given(st.integers(0, 10_000), st.dictionaries(st.text(max_size=3), st.floats(0.1, 100), min_size=1))
def test_parts_add_up_to_their_total(total: int, weights: dict[str, float]) -> None:
    parts = share(total, weights)
    assert sum(parts.values()) == total
    assert all(part >= 0 for part in parts.values())


@pytest.mark.parametrize("people_code", sorted(PEOPLES))
def test_names_have_a_family_a_middle_and_a_given_name(people_code: str) -> None:
    rng = Random(1)
    names = {person(rng, people_code, sex) for sex in ("nam", "nu") for _time in range(200)}
    assert all(len(name.split()) == 3 for name in names)


def test_villages_of_a_commune_differ_and_groups_of_a_town_are_numbered() -> None:
    names = villages(Random(1), 12, urban=False)
    assert len(set(names)) == 12
    assert villages(Random(1), 2, urban=True) == ["Tổ dân phố 1", "Tổ dân phố 2"]


def test_progress_is_told_household_by_household(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    tell: Callable[[int, int], None] = lambda done, whole: told.append((done, whole))  # noqa: E731
    with instance(tmp_path / "x"):
        sample.build("tiny", progress=tell)
    assert told[-1] == (32, 32)

"""Whatever a node's history is, in whatever order another hears of it: both keep the facts that follow from it.

One node is on SQLite and lives through it step by step; the other, on PostgreSQL, gets the same changes in another
order, in portions, some of them twice. ``EX=50 pytest tests/facts/test_histories.py`` makes up new histories; what
fails says its seed, and ``SEED=…`` runs that one again.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app, intake, people, review
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.facts import cases, keeping, refreshing
from fieldapp.facts.pinned import PINNED, canonical, heads_of
from fieldapp.facts.plan import text_of
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import (
    CaseDecision,
    CaseFact,
    CaseMoney,
    CasePart,
    HouseholdFact,
    HouseholdProgramme,
)
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.payment import BACK, PAID
from sync import WITHDRAWN, new_record_id
from sync.tables import change
from tests.again import SOAK, so_many
from tests.postgres import Server
from tests.test_intake import HERE, THERE

EXAMPLES = so_many(1, 2, 1)
STEPS = int(os.environ.get("STEPS", so_many(40, 60, 60)))
PORTIONS = (1, 3, 20)
TABLES: tuple[Any, ...] = tuple(
    model.__table__
    for model in (
        HouseholdFact, HouseholdProgramme, Standing, CaseFact, CaseMoney, CasePart, CaseDecision,
    )
)  # fmt: skip
TALLIES = [table for tally in (*keeping.TALLIES, *cases.TALLIES) for table in tally.tables]
TALLIES += [kept.table for kept in cases.ONE_BY_ONE]
PROGRAMMES = [id_of_code("programme", code) for code in ("gnbv_2022", "dtts_2021")]
AT = {"lat": "22.147", "lon": "105.8348", "accuracy_m": 5, "at": None, "source": "pin"}
WORK = ["xay_moi", "sua_chua"]
DAYS = ["2024-05-01", "2026-02-03", "2026-07-30", None]
ANSWERS: dict[str, dict[str, list[Any]]] = {
    "household": {
        "village": [HERE, THERE],
        "head_name": ["Đặng Thị Mến", "Lý Văn Páo"],
        "poverty_class": ["ngheo", "can_ngheo", "khong"],
        "ethnic_group": ["kinh", "tay", None],
        "members": [1, 4],
        "location": [AT, None],
    },
    "housing_need": {
        "visited_on": DAYS,
        "has_house": ["nha_rieng", "khong"],
        "area_m2": ["12.5", "40"],
        "need_type": [*WORK, "khong"],
        "frame_material": ["go_tap", "tre", None],
    },
    "progress_visit": {
        "visited_on": DAYS,
        "need_type": WORK,
        "milestone_new": ["0", "2", "5"],
        "milestone_repair": ["0", "1", "3"],
        "went_back_reason": [None, "Lần trước ghi nhầm"],
        "not_started_reason": ["khac", None],
        "started_on": DAYS,
        "completed_on": DAYS,
    },
    "support_case": {
        "programme": [*PROGRAMMES, None],
        "need_type": WORK,
        "proposed_on": DAYS,
        "state": ["proposed", "approved", "approved", "settled", "refused", "blocked", "withdrawn"],
        "state_on": DAYS,
        "state_reason": ["khac", None],
        "blocked_from": ["approved", None],
        "planned_year": [2026, None],
        "decision_on": DAYS,
        "approved_nstw": [40_000_000, 20_000_000, None],
        "approved_tai_tro": [5_000_000, None],
        "overridden": [["second_case"], None],
    },
    "payment": {
        "entry": [PAID, PAID, BACK],
        "fund_source": ["nstw", "tai_tro"],
        "amount": [5_000_000, 28_000_000],
        "paid_on": DAYS,
        "voucher": ["PC-1", "PC-2"],
    },
    "support_decision": {"state": ["draft", "signed", "taken_back"], "programme": PROGRAMMES},
    "threshold": {"code": ["start_within_days"], "number": ["30", "90"], "from_on": [None, "2026-01-01"]},
    "programme_norm": {
        "programme": PROGRAMMES,
        "need_type": WORK,
        "amount": [44_000_000, 61_000_000],
        "meaning": ["minimum", "central_amount"],
        "from_on": ["2024-01-01", "2026-01-01"],
    },
    "programme": {"ends_on": [None, "2025-12-31"]},
}
POINTS = {
    "household": {},
    "housing_need": {"household": "household"},
    "progress_visit": {"household": "household", "need": "housing_need", "case": "support_case"},
    "support_case": {"household": "household", "need": "housing_need", "decision": "support_decision"},
    "payment": {"household": "household", "case": "support_case", "corrects": "payment"},
}  # fmt: skip
"""What a record of a survey names, and of which survey that is."""


class History:
    """People write down, correct, move, take back, decide, pay and change rules at random, all about few households."""

    def __init__(self, seed: str) -> None:
        self.drawn = random.Random(seed)
        self.quan, self.binh = people.find_account("quan"), people.find_account("binh")
        self.records: dict[str, str] = {}
        self.batches: list[int] = []
        self.excluded: list[str] = []
        for _home in range(3):
            self.fill("household", new_record_id())

    def step(self) -> None:
        """One thing more."""
        often = [self.a_record] * 4 + [self.an_edit] * 3 + [self.a_withdrawal, self.a_decision] * 2
        begin_writing()
        self.drawn.choice(
            [
                *often,
                self.a_conflict,
                self.an_approval,
                self.a_plan,
                self.a_rule,
                self.an_undo,
                self.a_redo,
                self.a_pairing,
                self.a_ruling,
            ]
        )()
        db.session.commit()

    def a_record(self) -> None:
        self.fill(self.drawn.choice(list(POINTS)), new_record_id())

    def an_edit(self) -> None:
        if record := self.any_of(*POINTS):
            self.fill(self.records[record], record)

    def a_conflict(self) -> None:
        """Two who did not know of each other, or of anything."""
        if record := self.any_of(*POINTS):
            for _side in range(2):
                self.fill(self.records[record], record, knowing={})

    def a_withdrawal(self) -> None:
        if record := self.any_of(*SURVEYS):
            self.save(self.records[record], record, {WITHDRAWN: self.drawn.random() < 0.7})

    def a_decision(self) -> None:
        record = self.any_of("housing_need", "household")
        row = db.session.get(SURVEYS[self.records[record]], record) if record else None
        if row is not None and not row.withdrawn and not row.contested:
            verdict: Any = self.drawn.choice(["approve", "return", "refuse"])
            review.decide(row, verdict, account=self.binh, seen=review.heads_of(row), comment="Xem lại")

    def an_approval(self) -> None:
        """A case that keeps what was seen of it and of its need when it was approved."""
        record = self.any_of("support_case")
        row: Any = db.session.get(SURVEYS["support_case"], record) if record else None
        if row is None:
            return
        need = db.session.get(SURVEYS["housing_need"], row.need or "")
        seen = {"case": heads_of(row.heads, PINNED), "need": heads_of(need.heads) if need else [], "household": []}
        pinned = canonical({**seen, "amounts": {}, "photos": [], "rules": ""})
        self.save("support_case", str(record), {"state": "approved", "decision_seen": pinned})

    def a_plan(self) -> None:
        """A decision that names some cases, one of them perhaps not here."""
        record = self.any_of("support_decision") if self.drawn.random() < 0.5 else None
        named = [each for each, survey in self.records.items() if survey == "support_case"] + [new_record_id()]
        plan = {each: {"nstw": 1_000_000} for each in self.drawn.sample(named, min(2, len(named)))}
        self.save(
            "support_decision", record or new_record_id(), {"plan": text_of(plan), **self.some("support_decision")}
        )

    def a_rule(self) -> None:
        survey = self.drawn.choice(["threshold", "programme_norm", "programme"])
        before = self.any_of(survey) or new_record_id()
        record = self.drawn.choice(PROGRAMMES) if survey == "programme" else before
        self.save(survey, record, self.some(survey))

    def an_undo(self) -> None:
        """Everything that came in together is taken out."""
        if self.batches:
            ids = intake.journal().changes_of_batch(self.drawn.choice(self.batches))
            self.excluded += ids
            intake.rule(ids, "exclude", account=self.quan)

    def a_redo(self) -> None:
        if self.excluded:
            intake.rule([self.drawn.choice(self.excluded)], "include", account=self.quan)

    def a_pairing(self) -> None:
        """Two households are said to be one, or two after all."""
        homes = sorted(record for record, survey in self.records.items() if survey == "household")
        one, other = self.drawn.sample(homes, 2)
        verdict = self.drawn.choice(["same", "same", "two", "open"])
        said = {"household": one, "other": other, "verdict": verdict}
        self.save("pairing", review.pairs.pairing_id(one, other), said)

    def a_ruling(self) -> None:
        """What waits for an administrator counts, or never will."""
        if held := intake.journal().held():
            verdict = self.drawn.choice(["release", "refuse"])
            intake.rule([self.drawn.choice(held).change.id], verdict, account=self.quan)

    def fill(self, survey: str, record: str, **how: Any) -> None:
        """Some answers of a record, and what it is about: sometimes what is not here yet."""
        about = {name: self.any_of(of) for name, of in POINTS[survey].items() if self.drawn.random() < 0.8}
        self.save(survey, record, {**self.some(survey), **about}, **how)

    def save(self, survey: str, record: str, answers: dict[str, Any], **how: Any) -> None:
        self.records[record] = survey
        self.batches.append(intake.save(survey, record, answers, account=self.quan, **how).batch)

    def some(self, survey: str) -> dict[str, Any]:
        told = ANSWERS[survey].items()
        return {name: self.drawn.choice(values) for name, values in told if self.drawn.random() < 0.7}

    def any_of(self, *surveys: str) -> str | None:
        return self.drawn.choice([id for id, survey in self.records.items() if survey in surveys] or [""]) or None


@pytest.fixture
def other(tmp_path: Path, postgres: Server, template_on_postgresql: tuple[Path, str]) -> Iterator[Flask]:
    """A node on PostgreSQL with the same people and places."""
    folder, database = template_on_postgresql
    name = postgres.create(database)
    instance = shutil.copytree(folder, tmp_path / "other")
    app = create_app(Config(instance=instance, database_url=postgres.url(name), testing=True))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop(name)


@pytest.mark.parametrize("number", range(EXAMPLES))
def test_both_nodes_keep_what_follows_in_whatever_order_they_hear_of_it(
    number: int, context: Flask, other: Flask
) -> None:
    seed = os.environ.get("SEED") or (str(random.SystemRandom().random()) if SOAK else str(number))
    before = set(db.session.connection().execute(sa.select(change.c.id)).scalars())
    history = History(seed)
    for _step in range(STEPS):
        history.step()
        touched = [*history.records]
        wrong = keeping.differing(touched) + cases.differing(touched)
        wrong = [history.records[each] for each in wrong] + keeping.miscounted() + cases.miscounted()
        assert wrong == [], f"SEED={seed}: {wrong}"
    texts = [
        text for id, text in db.session.connection().execute(sa.select(change.c.id, change.c.text)) if id not in before
    ]
    here = facts_of(history.records)
    db.session.remove()
    with other.app_context():
        for some in portions(texts, random.Random(seed)):
            begin_writing()
            intake.receive(some, kind="node", from_node="f" * 16)
            db.session.commit()
        there, lying = facts_of(history.records), intake.journal().areas_of(history.records)
        db.session.remove()
    assert intake.journal().areas_of(history.records) == lying, f"SEED={seed}: where records lie"
    for table, rows, others in zip([*TABLES, *TALLIES], here, there, strict=True):
        assert rows == others, f"SEED={seed}: {table.name}"


def test_a_record_whose_village_was_taken_back_lies_there_on_every_node_whatever_it_heard_first(
    context: Flask, other: Flask
) -> None:
    """A node that heard of the village while it counted, and one that heard at once that its batch was taken back."""
    home = new_record_id()
    changes = [({"village": HERE, "head_name": "Lý Thị Hoa"}, "lan"), ({WITHDRAWN: True}, "lan")]
    before = intake.journal().position(None)
    for answers, who in changes:
        begin_writing()
        intake.save("household", home, answers, account=people.find_account(who))
        db.session.commit()
    first = [each.change.id for each in intake.journal().history(home)][:1]
    begin_writing()
    intake.rule(first, "exclude", account=people.find_account("quan"))
    db.session.commit()
    texts = [text for (text,) in db.session.connection().execute(sa.select(change.c.text).where(change.c.n > before))]
    here = intake.journal().areas_of([home])
    db.session.remove()
    with other.app_context():
        for some in ([texts[-1]], [texts[1]], [texts[0]]):
            begin_writing()
            intake.receive(some, kind="node", from_node="f" * 16)
            db.session.commit()
        assert intake.journal().areas_of([home]) == here == {home: HERE}
        assert db.session.get_one(SURVEYS["household"], home).area == HERE
        db.session.remove()


HELD = {"members": -1}
"""Whatever says this is held."""


def written(*steps: tuple[str, str, dict[str, Any]]) -> list[str]:
    """The texts of what somebody at the office writes here, one after the other: survey, record, answers of each."""
    before = intake.journal().position(None)
    for survey, record, answers in steps:
        begin_writing()
        intake.save(survey, record, answers, account=people.find_account("quan"))
        db.session.commit()
    return [text for (text,) in db.session.connection().execute(sa.select(change.c.text).where(change.c.n > before))]


def lying_there(other: Flask, texts: list[str], records: list[str]) -> dict[str, str]:
    """Where these records lie on the other node, to which all of it comes the other way round."""
    db.session.remove()
    with other.app_context():
        for text in reversed(texts):
            begin_writing()
            intake.receive([text], kind="node", from_node="f" * 16)
            db.session.commit()
        lying = intake.journal().areas_of(records)
        assert intake.rebuild(check=True) == []
        db.session.remove()
    return lying


def test_a_record_of_which_only_what_is_held_names_a_village_lies_there_whatever_came_first(
    context: Flask, other: Flask
) -> None:
    """What is about it lies there too, whether what says so counts or is held."""
    home, need, about_held = (new_record_id() for _record in range(3))
    texts = written(
        ("household", home, {"village": HERE, **HELD}),
        ("household", home, {WITHDRAWN: True}),
        ("housing_need", need, {"household": home}),
        ("progress_visit", about_held, {"household": home, "need_type": "no such work"}),
        ("progress_visit", about_held, {WITHDRAWN: True}),
    )
    records = [home, need, about_held]
    assert intake.journal().areas_of(records) == dict.fromkeys(records, HERE)
    assert intake.rebuild(check=True) == []
    assert lying_there(other, texts, records) == dict.fromkeys(records, HERE)


def test_a_household_joined_and_parted_again_lies_where_its_own_changes_say(context: Flask, other: Flask) -> None:
    """And not where the household lies that it was a part of, though nothing that counts names its village."""
    kept, part = new_record_id(), new_record_id()
    pair = review.pairs.pairing_id(kept, part)
    texts = written(
        ("household", kept, {"village": HERE, "head_name": "Lý Thị Hoa"}),
        ("household", part, {"head_name": "Lý Thị Hoa"}),
        ("household", part, {"village": THERE, **HELD}),
        ("pairing", pair, {"household": kept, "other": part, "verdict": "same"}),
        ("pairing", pair, {"verdict": "two"}),
    )
    assert intake.journal().areas_of([kept, part]) == {kept: HERE, part: THERE}
    assert lying_there(other, texts, [kept, part]) == {kept: HERE, part: THERE}


def portions(texts: list[str], drawn: random.Random) -> Iterator[list[str]]:
    """All of them in another order, each once or more often."""
    mixed = drawn.sample(texts, len(texts)) + drawn.choices(texts, k=len(texts) // 10)
    while mixed:
        size = drawn.choice(PORTIONS)
        yield mixed[:size]
        mixed = mixed[size:]


def facts_of(records: dict[str, str]) -> list[list[Any]]:
    """What is kept of these records, when nothing is left to be worked out by and by."""
    refreshing.finish()
    assert intake.rebuild(check=True) == []
    found = []
    for table in TABLES:
        rows = db.session.execute(sa.select(*table.columns).order_by(*table.primary_key))
        found.append([tuple(row) for row in rows if row[0] in records])
    return found + [
        [tuple(row) for row in db.session.execute(sa.select(table).order_by(*table.primary_key))] for table in TALLIES
    ]

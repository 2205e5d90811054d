"""Two tablets, a laptop and the server each add what they know apart: the money is the same wherever all of it arrives,
and so is what a village meeting came to.

``EX=50 pytest tests/support/test_money_apart.py`` makes up new stories; what fails is shown as small as it can be.
"""

from __future__ import annotations

import secrets
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp import create_app, intake, people
from fieldapp.cases import case_id, lists, signing
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.facts.plan import text_of
from fieldapp.facts.tables import MONEY_TALLY, CaseFact, CaseMoney, PaidTally
from fieldapp.i18n import speaking
from fieldapp.reference.naming import id_of_code
from fieldapp.sample.writer import Hand, RecordDraft
from fieldapp.surveys import SupportList, VillageMeeting
from fieldapp.surveys.payment import BACK, PAID
from sync import WITHDRAWN, new_record_id
from sync.change import change_id
from tests.again import SOAK, so_many
from tests.support.conftest import HERE, MILLION

EXAMPLES = so_many(2, 6, 1)
WHO = ("tablet one", "tablet two", "laptop", "server")
SOURCES = ("nstw", "tai_tro")
AT = datetime(2023, 6, 1, 3, 0, tzinfo=UTC)

ACT = st.one_of(
    st.tuples(
        st.just("pay"), st.integers(0, 1), st.sampled_from(SOURCES), st.sampled_from([10, 28, 40]), st.integers(0, 2)
    ),
    st.tuples(st.just("take back")),
    st.tuples(st.just("visit"), st.sampled_from("125")),
    st.tuples(st.just("decide"), st.integers(0, 1), st.sampled_from([20, 40])),
    st.tuples(st.just("vote"), st.sampled_from([9, 15, 28])),
    st.tuples(st.just("count"), st.sampled_from([20, 30])),
    st.tuples(st.just("object"), st.sampled_from(["Nhà còn tốt", "Có nhà khác"])),
    st.tuples(st.just("block")),
)
PAYING = st.one_of(
    st.tuples(
        st.just("pay"), st.integers(0, 1), st.sampled_from(SOURCES), st.sampled_from([10, 40]), st.integers(0, 1)
    ),
    st.tuples(st.just("take back")),
    st.tuples(st.sampled_from(["withdraw", "bring back"]), st.integers(0, 1)),
    st.tuples(st.just("block")),
)
STORY = st.lists(st.tuples(st.sampled_from(WHO), ACT), min_size=4, max_size=14)


@dataclass
class Apart:
    """Somebody at a device who knows how it began, and nothing of what the others add. ``paid``: own payments that
    stand: their records, with case, source and amount."""

    hand: Hand
    cases: list[RecordDraft]
    vote: RecordDraft
    meeting: RecordDraft
    paid: list[tuple[RecordDraft, dict[str, Any]]] = field(default_factory=list)


class Kept(NamedTuple):
    """What a node keeps of the cases: their rows, and their money by source."""

    rows: list[tuple[Any, ...]]
    money: dict[tuple[str, str], tuple[int, int]]
    meeting: tuple[Any, ...]
    """Of the list: whether the household passes, the two counts and the objections with what differs, and what keeps it
    from being signed off."""

    def doubts(self, case: str) -> list[str]:
        """The codes of what is to be looked at about a case."""
        columns = list(CaseFact.__table__.c.keys())
        row = next(row for row in self.rows if row[0] == case)
        return str(row[columns.index("doubts")]).split()


class Story:
    """One household with two approved cases of two needs, and what is added to them apart."""

    def __init__(self, author: str) -> None:
        self.author, self.number = author, 0
        self.home, self.needs = new_record_id(), [new_record_id(), new_record_id()]
        programmes = ("gnbv_2022", "xahoihoa_bk")
        self.cases = [case_id(*pair) for pair in zip(self.needs, programmes, strict=True)]
        begun, self.list = Hand(secrets.token_hex(8), author), new_record_id()
        vote = RecordDraft("list_line", lists.line_id(self.list, self.cases[0]))
        meeting = RecordDraft("village_meeting", lists.meeting_id(self.list))
        begun.write(RecordDraft("household", self.home), {"head_name": "Lý Văn Páo", "village": HERE}, AT)
        drafts = []
        for need, case, programme in zip(self.needs, self.cases, programmes, strict=True):
            about = {"household": self.home, "need_type": "xay_moi"}
            begun.write(RecordDraft("housing_need", need), about, AT)
            said = {**about, "need": need, "programme": id_of_code("programme", programme), "proposed_on": "2023-02-01"}
            draft = RecordDraft("support_case", case)
            begun.write(
                draft, {**said, "state": "approved", "decision_on": "2023-04-10", "approved_nstw": 40 * MILLION}, AT
            )
            drafts.append(draft)
        of = {"level": "village", "programme": id_of_code("programme", programmes[0]), "village": HERE}
        begun.write(RecordDraft("support_list", self.list), {**of, "state": "draft", "list_year": 2023, "turn": 1}, AT)
        begun.write(meeting, {"of_list": self.list, "held_on": "2023-05-30", "chair": "Lý Thị Sao"}, AT)
        line = {"household": self.home, "of_list": self.list, "case": self.cases[0], "number": 1}
        begun.write(vote, line, AT)
        self.beginning = begun.take()
        self.people = {
            who: Apart(Hand(secrets.token_hex(8), author), [_copy(one) for one in drafts], _copy(vote), _copy(meeting))
            for who in WHO
        }
        self.said: dict[str, dict[str, Any]] = {name: {} for name in ("agreed", "present", "objections")}
        self.decisions: dict[str, dict[str, str]] = {who: {} for who in WHO}
        self.vouchers: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.texts: dict[str, list[str]] = defaultdict(list)

    def add(self, who: str, act: tuple[Any, ...]) -> None:
        """Somebody does something, apart from the others."""
        mine = self.people[who]
        getattr(self, "_" + act[0].replace(" ", "_"))(who, mine, *act[1:])
        self.texts[who] += mine.hand.take()

    def _pay(self, who: str, mine: Apart, at: int, source: str, millions: int, voucher: int) -> None:
        said = {"household": self.home, "case": self.cases[at], "entry": PAID, "tranche": "1", "fund_source": source}
        said |= {"amount": millions * MILLION, "paid_on": "2023-06-01", "voucher": f"CT{voucher}"}
        draft = RecordDraft("payment", new_record_id())
        mine.hand.write(draft, said, AT)
        mine.paid.append((draft, said))
        self.vouchers[who][self.cases[at], source] += said["amount"]

    def _take_back(self, who: str, mine: Apart) -> None:
        if mine.paid:
            paid, said = mine.paid.pop()
            back = {**said, "entry": BACK, "corrects": paid.record, "voucher": "HT", "tranche": None}
            mine.hand.write(RecordDraft("payment", new_record_id()), back, AT)
            self.vouchers[who][said["case"], said["fund_source"]] -= said["amount"]

    def _visit(self, who: str, mine: Apart, milestone: str) -> None:
        said = {"household": self.home, "need": self.needs[0], "case": self.cases[0], "need_type": "xay_moi"}
        said |= {"visited_on": "2023-05-20", "milestone_new": milestone, "started_on": "2023-05-02"}
        mine.hand.write(RecordDraft("progress_visit", new_record_id()), said, AT)

    def _decide(self, who: str, mine: Apart, at: int, millions: int) -> None:
        """A signed decision that names a case, and what the case then says."""
        if self.decisions[who]:
            return
        plan = text_of({self.cases[at]: {"nstw": millions * MILLION}})
        decision = new_record_id()
        mine.hand.write(RecordDraft("support_decision", decision), {"state": "signed", "plan": plan}, AT)
        mine.hand.write(
            mine.cases[at], {"state": "approved", "approved_nstw": millions * MILLION, "decision": decision}, AT
        )
        self.decisions[who][decision] = self.cases[at]

    def _vote(self, who: str, mine: Apart, agreed: int) -> None:
        mine.hand.write(mine.vote, {"agreed": agreed}, AT)
        self.said["agreed"][who] = agreed

    def _count(self, who: str, mine: Apart, present: int) -> None:
        mine.hand.write(mine.meeting, {"present": present}, AT)
        self.said["present"][who] = present

    def _object(self, who: str, mine: Apart, objections: str) -> None:
        mine.hand.write(mine.vote, {"objections": objections}, AT)
        self.said["objections"][who] = objections

    def _block(self, who: str, mine: Apart) -> None:
        """The second case cannot go on: perhaps somebody else decides about it at the same time."""
        mine.hand.write(mine.cases[1], {"state": "blocked", "blocked_from": "approved", "state_reason": "vat_lieu"}, AT)

    def _withdraw(self, who: str, mine: Apart, at: int) -> None:
        mine.hand.withdraw(mine.cases[at], AT)

    def _bring_back(self, who: str, mine: Apart, at: int) -> None:
        if WITHDRAWN in mine.cases[at].heads:
            mine.hand.write(mine.cases[at], {WITHDRAWN: False}, AT)

    def owed(self, who: Sequence[str]) -> dict[tuple[str, str], int]:
        """What the vouchers of these people add up to, by case and source, where there is any."""
        found: Counter[tuple[str, str]] = Counter()
        for one in who:
            found.update(self.vouchers[one])  # adds up, what is taken back too
        return {key: amount for key, amount in found.items() if amount}


def _copy(draft: RecordDraft) -> RecordDraft:
    return RecordDraft(draft.survey, draft.record, dict(draft.answers), dict(draft.heads))


@pytest.fixture(scope="module")
def both(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Flask]]:
    """Two nodes with the same people and places."""
    folder = tmp_path_factory.mktemp("apart")
    made = [create_app(Config(instance=shutil.copytree(template, folder / name), testing=True)) for name in "ab"]
    yield made
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def taken(app: Flask, texts: Sequence[str]) -> None:
    """A node hears of these changes, in this order, a few at a time."""
    with app.app_context():
        for start in range(0, len(texts), 5):
            begin_writing()
            intake.receive(list(texts[start : start + 5]), kind="node", from_node="f" * 16)
            db.session.commit()
        db.session.remove()


def ruled(app: Flask, texts: Sequence[str], verdict: str) -> None:
    with app.app_context():
        begin_writing()
        intake.rule([change_id(text) for text in texts], verdict, account=people.find_account("quan"))
        db.session.commit()
        db.session.remove()


def kept(app: Flask, story: Story) -> Kept:
    with app.app_context():
        fact, money = CaseFact.__table__, CaseMoney.__table__
        rows = db.session.execute(sa.select(fact).where(fact.c.record.in_(story.cases)).order_by(fact.c.record))
        sums = db.session.execute(sa.select(money).where(money.c.record.in_(story.cases)))
        money = {(row.record, row.source): (row.approved, row.paid) for row in sums}
        found = Kept([tuple(row) for row in rows], money, _meeting(story))
        db.session.remove()
        return found


def _meeting(story: Story) -> tuple[Any, ...]:
    one, held = (
        db.session.get_one(SupportList, story.list),
        db.session.get_one(VillageMeeting, lists.meeting_id(story.list)),
    )
    [line] = there = lists.lines_of(one)
    differing = {name: sorted(values) for each in (line.record, held) for name, values in each.conflicts.items()}
    counted = line.record.agreed, held.present, line.record.objections
    with speaking("en"):
        return line.passes, counted, differing, signing.faults(one, there)


def assert_the_meeting_is_as_it_was_counted(found: tuple[Any, ...], story: Story) -> None:
    """What was counted alike holds; what was counted differently passes nobody, and is told once."""
    passes, (agreed, present, _objections), differing, faults = found
    said = {name: set(values.values()) for name, values in story.said.items()}
    assert differing == {name: sorted(values) for name, values in said.items() if len(values) > 1}
    known = {name: next(iter(values)) for name, values in said.items() if len(values) == 1}
    if {"agreed", "present"} <= known.keys():
        assert (agreed, present) == (known["agreed"], known["present"])
        assert passes == (None if agreed > present else agreed * 2 > present)
    else:
        assert passes is None
    assert sum("differently" in each for each in faults) == ("present" in differing)
    assert len(faults) == len(set(faults))


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not SOAK, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.data())
def test_money_is_the_sum_of_the_vouchers_that_count_on_every_node_and_a_double_promise_is_a_doubt_once(
    both: list[Flask], data: st.DataObject
) -> None:
    with both[0].app_context():
        story = Story(people.find_account("quan").id)
        db.session.remove()
    for who, act in data.draw(STORY):
        story.add(who, act)
    everything = [*story.beginning, *(text for who in WHO for text in story.texts[who])]
    for app in both:
        taken(app, data.draw(st.permutations(everything)))
    here, there = (kept(app, story) for app in both)
    assert here == there
    assert_the_meeting_is_as_it_was_counted(here.meeting, story)
    assert {key: paid for key, (_approved, paid) in here.money.items() if paid} == story.owed(WHO)
    for case in story.cases:
        told = here.doubts(case)
        assert len(told) == len(set(told))
        named = sum(one == case for who in WHO for one in story.decisions[who].values())
        assert ("approved_twice" in told) is (named > 1)
        assert ("over_paid" in told) is any(
            paid > approved for (of, _source), (approved, paid) in here.money.items() if of == case
        )
    assert sorted("second_case" in here.doubts(case) for case in story.cases) == [False, True]
    busy = [who for who in WHO if story.texts[who]]
    gone = data.draw(st.sampled_from(busy))
    for app in both:
        ruled(app, story.texts[gone], "exclude")
    without, also = (kept(app, story) for app in both)
    assert without == also
    assert {key: paid for key, (_approved, paid) in without.money.items() if paid} == story.owed(
        [who for who in WHO if who != gone]
    )
    for app in both:
        ruled(app, story.texts[gone], "include")
    assert [kept(app, story) for app in both] == [here, here]


@settings(
    max_examples=so_many(6, 20, 3), deadline=None, derandomize=not SOAK, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.data())
def test_whatever_is_paid_taken_back_withdrawn_and_brought_back_apart_no_money_is_lost_or_left_untold(
    both: list[Flask], data: st.DataObject
) -> None:
    with both[0].app_context():
        story = Story(people.find_account("quan").id)
        db.session.remove()
    for who, act in data.draw(st.lists(st.tuples(st.sampled_from(WHO), PAYING), min_size=4, max_size=14)):
        story.add(who, act)
    everything = [*story.beginning, *(text for who in WHO for text in story.texts[who])]
    for app in both:
        taken(app, data.draw(st.permutations(everything)))
    here, there = (kept(app, story) for app in both)
    assert here == there
    assert {key: paid for key, (_approved, paid) in here.money.items() if paid} == story.owed(WHO)
    for (case, _source), (approved, paid) in here.money.items():
        told = {*here.doubts(case)} & {"withdrawn_with_money", "not_approved", "over_paid", "taken_back_twice"}
        assert told or 0 <= paid <= approved
    for app in both:
        assert_every_sum_is_the_same(app)


def assert_every_sum_is_the_same(app: Flask) -> None:
    """By case and source, by case, by village, ethnic group, and month: what tables, lists and files add up."""
    counted = (table.c.paid for table in MONEY_TALLY)
    columns = (CaseMoney.paid, CaseFact.paid, *counted, PaidTally.amount)
    with app.app_context():
        sums = {int(db.session.scalar(sa.select(sa.func.sum(column))) or 0) for column in columns}
        db.session.remove()
    assert len(sums) == 1

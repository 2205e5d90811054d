"""Three tablets and a server with everything that goes wrong between them, over the real journal on real SQLite.

What must always hold is checked at the end of thousands of made-up histories. Beside the engine stand its mutants: the
tempting shortcuts, each of which these properties must catch, for a property that no mutant can fail proves nothing.
``EX=1000 pytest tests/sync/test_properties.py`` tries harder.
"""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import hypothesis.stateful as stateful
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

import sync.change
import sync.composing
import sync.journal
import sync.knowing
from sync import WITHDRAWN, Change, Clock, decode
from sync.change import same_as
from sync.clock import MAX_AHEAD_MS, millis_of
from tests.again import so_many
from tests.sync.knowing import Knowing, proof
from tests.sync.nodes import ALL, Node

FOLD = sys.modules["sync.fold"]  # the package offers the function of that name
RECORDS = ["01990000-0000-7000-8000-000000000001", "01990000-0000-7000-8000-000000000002"]
QUESTIONS = ["head_name", "born"]
VALUES = ["Nguyễn Thị Hồng", unicodedata.normalize("NFD", "Nguyễn Thị Hồng"), "Trần Văn Tường", 1985, None]
TABLETS = "ABC"
HUGE = 10**9
START = 1_790_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
JUMPS = [0, -DAY, HOUR, 400 * DAY, 400 * 365 * DAY, -5 * 365 * DAY]
FAULTS = ["", "", "lost_answer", "lost", "twice"]

tablets = st.sampled_from(TABLETS)
records = st.sampled_from([RECORDS[0], *RECORDS])

EXAMPLES = so_many(4, 4, 1)
PROOF = proof(EXAMPLES, 40)
WALKS = EXAMPLES * 2


class Mission(Knowing, stateful.RuleBasedStateMachine):
    """Tablets A, B and C, a server S, edits, wrong clocks, lost answers, sticks, and a restored backup."""

    gives_new_epoch = True
    names_all_heads = True
    settles_by_cursor = False

    @initialize()
    def start(self) -> None:
        self.time = START
        self.skew = dict.fromkeys("ABCS", 0)
        self.nodes = {name: Node(name, self._clock_of(name)) for name in "ABCS"}
        self.known_when: dict[str, set[str]] = {}
        self.acknowledged: set[str] = set()
        self.image: bytes | None = None

    def _clock_of(self, name: str) -> Callable[[], int]:
        return lambda: self.time + self.skew[name]

    @property
    def server(self) -> Node:
        return self.nodes["S"]

    # --- edits ---------------------------------------------------------------

    def change(self, name: str, record: str, answers: dict[str, Any], **how: Any) -> None:
        node = self.nodes[name]
        known = node.ids()
        made = node.edit(record, answers, **how)
        if made is not None:
            self.known_when[made.id] = known

    @rule(name=tablets, record=records, q=st.sampled_from(QUESTIONS), v=st.sampled_from(VALUES))
    def edit(self, name: str, record: str, q: str, v: Any) -> None:
        state = self.nodes[name].journal.state(record)
        knowing = None
        if state is not None and not self.names_all_heads:
            knowing = {question: ids[:1] for question, ids in state.heads().items()}
        self.change(name, record, {q: v}, knowing=knowing)
        if state is not None and state.withdrawn:
            assert self.nodes[name].state(record).withdrawn, "an edit that knew of the withdrawal put it in doubt"

    @rule(pick=st.integers(0, 7))
    def resolve(self, pick: int) -> None:
        """A supervisor settles every conflict of some record that has any, on some node."""
        states = {(name, record): self.nodes[name].journal.state(record) for name in "SABC" for record in RECORDS}
        contested = [(*key, state) for key, state in states.items() if state is not None and state.conflicts]
        if not contested:
            return
        name, record, state = contested[pick % len(contested)]
        knowing = None if self.names_all_heads else {q: ids[:1] for q, ids in state.heads().items()}
        chosen = {q: False if q == WITHDRAWN else values[0] for q, values in state.conflicts.items()}
        self.change(name, record, chosen, knowing=knowing)
        left = self.nodes[name].state(record).conflicts
        assert not left, "a resolution must leave no conflict where it was made"

    @rule(name=tablets, record=records)
    def withdraw(self, name: str, record: str) -> None:
        if self.nodes[name].journal.state(record) is not None:
            self.change(name, record, {WITHDRAWN: True})

    # --- time ----------------------------------------------------------------

    @rule(ms=st.integers(0, 10**7))
    def pass_time(self, ms: int) -> None:
        self.time += ms

    @rule(name=tablets, ms=st.sampled_from(JUMPS))
    def clock_jumps(self, name: str, ms: int) -> None:
        self.skew[name] = ms

    # --- ways to meet, with everything that goes wrong -------------------------

    @rule(name=tablets, limit=st.integers(1, 4), fault=st.sampled_from(FAULTS))
    def push(self, name: str, limit: int, fault: str) -> None:
        tablet, server = self.nodes[name], self.server
        cursor = tablet.journal.peer_cursor(server.identity.node, server.identity.epoch)
        page = tablet.journal.offer(cursor, limit, HUGE)
        if fault == "lost":
            return
        results = server.put(page.changes)
        if fault == "twice":
            results = server.put(page.changes)
        if fault == "lost_answer":
            return
        assert [each.id for each in results] == [decode(text).id for text in page.changes]
        self.acknowledged.update(each.id for each in results)
        tablet.journal.keep_cursor(replace(cursor, pushed=page.next))

    @rule(name=tablets, limit=st.integers(1, 4), crashes=st.booleans())
    def pull(self, name: str, limit: int, crashes: bool) -> None:
        tablet, server = self.nodes[name], self.server
        cursor = tablet.journal.peer_cursor(server.identity.node, server.identity.epoch)
        page = server.journal.feed(None, cursor.pulled, limit)
        tablet.put(page.changes, ahead=page.ahead, trusting=True, from_node=server.identity.node)
        if not crashes:
            tablet.journal.keep_cursor(replace(cursor, pulled=page.next))

    @rule(name=tablets)
    def meet(self, name: str) -> None:
        """A tablet has a good line for a while."""
        self.push(name, ALL, "")
        self.pull(name, ALL, False)

    @rule(name=tablets, seed=st.integers(0, 9))
    def stick(self, name: str, seed: int) -> None:
        """A batch file: any part of what a tablet holds, in any order, any number of times."""
        dice = random.Random(seed)
        texts = [text for text in self.nodes[name].everything().changes if dice.random() < 0.6]
        dice.shuffle(texts)
        self.server.put(texts, kind="file")
        self.server.put(texts[: len(texts) // 2], kind="file")

    @rule()
    def back_up(self) -> None:
        self.image = self.server.backup()

    @precondition(lambda self: self.image is not None)
    @rule()
    def restore(self) -> None:
        """The province goes back to yesterday's database; what the tablets still hold is offered again."""
        assert self.image is not None
        self.server.close()
        server = Node("S", self._clock_of("S"), self.image)
        if self.gives_new_epoch:
            server.journal.new_epoch()
            server.identity = server.journal.identity()
        self.nodes["S"] = server
        held = set().union(*(node.ids() for node in self.nodes.values()))
        self.acknowledged &= held

    # --- the end ---------------------------------------------------------------

    def settle(self) -> None:
        for _ in range(2):
            for name in TABLETS:
                self.meet_wholly(self.nodes[name])

    def meet_wholly(self, tablet: Node) -> None:
        self.server.put(tablet.everything().changes)
        page = self.server.everything()
        tablet.put(page.changes, ahead=page.ahead, trusting=True, from_node=self.server.identity.node)

    def teardown(self) -> None:
        if not hasattr(self, "nodes"):
            return
        try:
            self.settle()
            self.check()
        finally:
            for node in self.nodes.values():
                node.close()

    def check(self) -> None:
        held = {name: node.ids() for name, node in self.nodes.items()}
        assert all(ids == held["S"] for ids in held.values()), "a change did not reach everyone"
        assert self.acknowledged <= held["S"], "an acknowledged change is gone"
        states = {name: node.states() for name, node in self.nodes.items()}
        assert all(each == states["S"] for each in states.values()), "the nodes differ"
        changes = self.server.changes()
        self.check_clocks()
        for record in RECORDS:
            self.check_record(record, [each for each in changes if each.record == record])

    def check_clocks(self) -> None:
        for node in self.nodes.values():
            own = [each.stamp for each in node.changes() if each.device == node.identity.device]
            assert own == sorted(set(own)), "own stamps must grow"
        last = Clock("", lambda: self.time, self.server.journal._voice()[1]).last
        assert millis_of(last) <= self.time + MAX_AHEAD_MS, "a stamp from the future dragged the server"

    def check_record(self, record: str, changes: list[Change]) -> None:
        state = self.server.journal.state(record)
        if state is None:
            assert not changes
            return
        values, conflicts = state.values(), state.conflicts
        for each in changes:
            for question, value in each.answers.items():
                heirs = [other for other in changes if question in other.answers and self.saw(other, each)]
                if not heirs and question != WITHDRAWN and not state.withdrawn:
                    shown = [values[question], *conflicts.get(question, [])]
                    assert same_as(value) in map(same_as, shown), f"silently lost {question}={value!r}"
        if state.withdrawn:
            self.check_withdrawn(changes)
        self.check_forms(state)
        self.check_doubts(state, changes)

    def check_withdrawn(self, changes: list[Change]) -> None:
        withdrawals = [each for each in changes if each.answers.get(WITHDRAWN)]
        for each in changes:
            if WITHDRAWN in each.answers:
                continue
            replaced = any(self.saw(o, each) and each.answers.keys() <= o.answers.keys() for o in changes)
            met = any(self.saw(w, each) or self.saw(each, w) for w in withdrawals)
            assert replaced or met, "a withdrawal hid an edit that knew nothing of it"

    def saw(self, later: Change, earlier: Change) -> bool:
        return later.id != earlier.id and earlier.id in self.known_when.get(later.id, set())


class ByCursor(Mission):
    """The same, settled by nothing but cursors, as in real life."""

    def settle(self) -> None:
        for _ in range(3):
            for name in TABLETS:
                self.meet(name)


def walk(machine: type[Mission], seed: int) -> None:
    """A history of forty steps taken at random: plainer than Hypothesis makes them, and denser."""
    dice = random.Random(seed)
    mission = machine()
    mission.start()
    for _ in range(40):
        step(mission, dice)
    mission.teardown()


def step(mission: Mission, dice: random.Random) -> None:
    tablet, record, limit = dice.choice(TABLETS), dice.choice([RECORDS[0], *RECORDS]), dice.randint(1, 4)
    steps: list[tuple[int, Callable[[], object]]] = [
        (10, lambda: mission.edit(tablet, record, dice.choice(QUESTIONS), dice.choice(VALUES))),
        (5, lambda: mission.resolve(dice.randrange(8))),
        (2, lambda: mission.withdraw(tablet, record)),
        (3, lambda: mission.pass_time(dice.randrange(10**7))),
        (2, lambda: mission.clock_jumps(tablet, dice.choice(JUMPS))),
        (6, lambda: mission.push(tablet, limit, dice.choice(FAULTS))),
        (6, lambda: mission.pull(tablet, limit, dice.random() < 0.5)),
        (4, lambda: mission.meet(tablet)),
        (2, lambda: mission.stick(tablet, dice.randrange(10))),
        (1, mission.back_up),
        (1, lambda: mission.restore() if mission.image is not None else None),
    ]
    dice.choices([act for _, act in steps], [weight for weight, _ in steps])[0]()


@pytest.mark.parametrize("machine", [Mission, ByCursor], ids=lambda machine: machine.__name__)
def test_nothing_is_lost_and_all_nodes_agree(machine: type[Mission]) -> None:
    run_state_machine_as_test(machine, settings=PROOF)


@pytest.mark.parametrize("machine", [Mission, ByCursor], ids=lambda machine: machine.__name__)
def test_nothing_is_lost_on_random_walks(machine: type[Mission]) -> None:
    for seed in range(WALKS):
        walk(machine, seed)


# --- mutants -------------------------------------------------------------------


class SingleBase(Mission):
    """A change names only the one value that was shown."""

    names_all_heads = False


class UpTo(Mission):
    """A change replaces everything that is not newer than what it saw."""


class NoNFC(Mission):
    """A name is taken as the keyboard sends it."""


class CursorFirst(ByCursor):
    """The cursor is stored before the page is, and the tablet dies in between."""

    @rule(name=tablets, limit=st.integers(1, 4), crashes=st.booleans())
    def pull(self, name: str, limit: int, crashes: bool) -> None:
        tablet, server = self.nodes[name], self.server
        cursor = tablet.journal.peer_cursor(server.identity.node, server.identity.epoch)
        page = server.journal.feed(None, cursor.pulled, limit)
        tablet.journal.keep_cursor(replace(cursor, pulled=page.next))
        if not crashes:
            tablet.put(page.changes, ahead=page.ahead, trusting=True, from_node=server.identity.node)


class NoEpoch(ByCursor):
    """The server is restored and nobody is told."""

    gives_new_epoch = False


class NoClamp(Mission):
    """Every stamp moves the clock."""


class BlindEdit(Mission):
    """An edit does not say which withdrawals it knew."""


class WithdrawnForGood(Mission):
    """A withdrawal stands, whoever knew nothing of it."""


class NeverWithdrawn(Mission):
    """A withdrawal is in doubt, whoever knew of it."""


class LocalMarks(Mission):
    """Every node marks the future by its own clock, and tells nobody."""

    def meet_wholly(self, tablet: Node) -> None:
        self.server.put(tablet.everything().changes)
        tablet.put(self.server.everything().changes, from_node=self.server.identity.node)


def _up_to(monkeypatch: pytest.MonkeyPatch) -> None:
    real = FOLD._heads

    def heads(claims: Any, *more: Any) -> Any:
        stamps = {each.id: each.stamp for each in claims}
        found = real(claims, *more)
        for question, left in found.items():
            seen = [
                (stamps[id], each.id)
                for each in claims
                if question in each.answers
                for id in each.base.get(question, ())
                if id in stamps
            ]
            kept = [h for h in left if not any(h.stamp <= stamp and h.id != by for stamp, by in seen)]
            found[question] = tuple(kept or left[:1])
        return found

    monkeypatch.setattr(FOLD, "_heads", heads)


def _no_nfc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.change, "_tidy", lambda value: value)
    monkeypatch.setattr(unicodedata, "is_normalized", lambda *_: True)


def _no_clamp(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sync.journal, sync.composing):
        monkeypatch.setattr(module, "Clock", partial(Clock, max_ahead_ms=10**14))


def _blind_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sync.knowing.Known.base

    def base(self: Any, answers: Any) -> Any:
        found = real(self, answers)
        return found if WITHDRAWN in answers else {q: ids for q, ids in found.items() if q != WITHDRAWN}

    monkeypatch.setattr(sync.knowing.Known, "base", base)


def _withdrawn_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FOLD, "_agreed", lambda *_: True)


def _never_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FOLD, "_agreed", lambda *_: False)


def _nothing(_: pytest.MonkeyPatch) -> None:
    """This mutant is wholly in its class."""


MUTANTS: list[tuple[type[Mission], Callable[[pytest.MonkeyPatch], None], str]] = [
    (SingleBase, _nothing, "must leave no conflict|saw everything"),
    (UpTo, _up_to, "silently lost"),
    (NoNFC, _no_nfc, "a name and itself"),
    (CursorFirst, _nothing, "did not reach everyone"),
    (NoEpoch, _nothing, "did not reach everyone"),
    (NoClamp, _no_clamp, "dragged the server"),
    (BlindEdit, _blind_edit, "put it in doubt|knew all"),
    (WithdrawnForGood, _withdrawn_for_good, "hid an edit"),
    (NeverWithdrawn, _never_withdrawn, "in doubt although everybody knew|put it in doubt"),
    (LocalMarks, _nothing, "the nodes differ"),
]


@pytest.mark.parametrize(("machine", "mutate", "caught"), MUTANTS, ids=[each[0].__name__ for each in MUTANTS])
def test_a_mutant_is_caught(
    machine: type[Mission], mutate: Callable[[pytest.MonkeyPatch], None], caught: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    with pytest.raises(AssertionError, match=caught):
        walk_until_caught(machine)


def walk_until_caught(machine: type[Mission]) -> None:
    for seed in range(max(100, WALKS)):
        walk(machine, seed)

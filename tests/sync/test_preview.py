"""What a preview says is what the import then does, and it leaves the journal as it was."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import WITHDRAWN, Change, Result, State
from sync.change import RULING, change_id, same_as
from sync.entries import Claim
from sync.preview import RecordPreview, rehearse
from tests.again import at_once, so_many
from tests.sync.nodes import Node
from tests.sync.test_change import a_text
from tests.sync.test_stories import HOUSE, OTHER, START, node, wrote

RECORDS = [HOUSE, OTHER, *(f"01990000-0000-7000-8000-00000000000{n}" for n in range(3, 7))]
QUESTIONS = ["head", "n"]
VALUES = ["An", "Ân", 3, None]
VERDICTS = ["release", "refuse", "exclude", "include"]
Judge = Callable[[Change], str | None]


class History:
    """A province, two laptops and a copy of one: edits, sticks, rulings, holds, clocks that are mad.

    Every stick is looked at before it is taken in.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.skew = dict.fromkeys("SABC", 0)
        self.nodes = {name: Node(name, self._clock_of(name)) for name in "SAB"}
        for _ in range(40):
            self._step()

    def _clock_of(self, name: str) -> Callable[[], int]:
        return lambda: START + self.skew[name]

    @property
    def server(self) -> Node:
        return self.nodes["S"]

    def _step(self) -> None:
        acts = {self._edit: 6, self._rule: 3, self._stick: 4, self._jump: 1, self._clone: 1}
        self.dice.choices(list(acts), list(acts.values()))[0]()

    def _node(self) -> Node:
        return self.nodes[self.dice.choice(sorted(self.nodes))]

    def _edit(self) -> None:
        one = self._node()
        answers = {self.dice.choice(QUESTIONS): self.dice.choice(VALUES)}
        if self.dice.random() < 0.15:
            answers = {WITHDRAWN: self.dice.random() < 0.7}
        one.edit(self.dice.choice(RECORDS), answers)

    def _rule(self) -> None:
        one = self._node()
        ids = sorted(one.ids())
        if ids:
            one.journal.rule(self.dice.sample(ids, min(len(ids), 2)), self.dice.choice(VERDICTS), one.name)

    def _stick(self) -> None:
        giver = self._node()
        ahead = giver.everything().ahead if self.dice.random() < 0.5 else []
        check(self.server if self.dice.random() < 0.7 else self._node(), self.part_of(giver), ahead)

    def _jump(self) -> None:
        self.skew[self.dice.choice("SABC")] = self.dice.choice([0, -86_400_000, 10**12])

    def _clone(self) -> None:
        if "C" not in self.nodes:
            self.nodes["C"] = Node("A", self._clock_of("C"), self.nodes["A"].backup())

    def part_of(self, giver: Node) -> list[str]:
        """Any part of what a node holds, in any order, with something that is no change."""
        texts = [text for text in giver.everything().changes if self.dice.random() < 0.5]
        if self.dice.random() < 0.3:
            self.dice.shuffle(texts)
        return [*texts, *texts[:1], *(["none"] if self.dice.random() < 0.2 else [])]

    def close(self) -> None:
        for one in self.nodes.values():
            one.close()


def judge(change: Change) -> str | None:
    return "doubtful" if change.survey != RULING and change.answers.get("n") == 3 else None


def told(results: list[Result]) -> list[tuple[str, str, str | None]]:
    return [(each.id, each.verdict, each.reason) for each in results]


def check(server: Node, texts: list[str], ahead: list[str]) -> None:
    image, before = server.backup(), server.states()
    with rehearse(server.journal, texts) as rehearsal:
        foretold = [each for some in rehearsal.take_in(texts, judge, ahead) for each in some]
        fates = {fate.record: fate for fate in rehearsal.fates()}
    assert server.backup() == image, "a preview changed something"
    assert told(foretold) == told(server.put(texts, judge=judge, ahead=ahead, kind="file"))
    after = server.states()
    for record in before.keys() | after.keys():
        check_record(fates.get(record), before.get(record), after.get(record))


def check_record(fate: RecordPreview | None, before: State | None, after: State | None) -> None:
    if fate is None:
        assert before == after, "a record changed of which the preview said nothing"
        return
    assert fate.state == after
    assert fate.is_new == (before is None and after is not None)
    known = before.conflicts if before else {}
    now = after.conflicts if after else {}
    assert set(fate.settled) == known.keys() - now.keys()
    clashing = {q for q, values in now.items() if [*map(same_as, values)] != [*map(same_as, known.get(q, []))]}
    assert set(fate.clashes) <= clashing
    assert now.keys() - known.keys() <= set(fate.clashes)
    if before is not None and (after is None or (before.answers, before.withdrawn) != (after.answers, after.withdrawn)):
        assert fate.is_changed or before.values() == (after.values() if after else None)


@settings(
    max_examples=so_many(5, 10, 10),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)
@given(st.integers(0, 10**9))
def test_what_a_preview_says_is_what_the_import_does(seed: int) -> None:
    History(seed).close()


@pytest.mark.usefixtures("on_postgresql")
@pytest.mark.parametrize("seed", at_once(range(4), lambda seed: seed == 0))
def test_the_same_of_a_journal_on_postgresql(seed: int) -> None:
    History(seed)


@pytest.mark.usefixtures("each_database")
def test_new_changed_and_clashing_are_told_apart() -> None:
    laptop, server = node("laptop"), node("server")
    wrote(laptop.edit(HOUSE, {"head": "An", "n": 1}))
    server.put(laptop.everything().changes)
    wrote(server.edit(HOUSE, {"n": 2}))
    wrote(laptop.edit(HOUSE, {"n": 4, "head": "Ân"}))
    wrote(laptop.edit(OTHER, {"n": 5}))
    texts = laptop.everything().changes
    with rehearse(server.journal, texts) as rehearsal:
        verdicts = [each.verdict for some in rehearsal.take_in(texts, lambda _: None) for each in some]
        house, other = (next(rehearsal.fates([record])) for record in (HOUSE, OTHER))
    assert verdicts == ["duplicate", "stored", "stored"]
    assert (house.is_new, house.is_changed, set(house.clashes), house.clashes["n"]) == (False, True, {"n"}, [2, 4])
    assert (other.is_new, other.is_changed, other.clashes) == (True, False, {})


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    "odd",
    [
        a_text(record="\x00"),
        a_text(device="\x00" * 16),
        a_text(seq=10**30),
        a_text(answers={"n": 31.5}),
        a_text().replace('"Nguyễn Thị Hồng"', "[" * 30_000),
        a_text(survey=RULING, answers={"about": ["\x00"], "verdict": "exclude"}),
    ],
    ids=["record", "device", "seq", "float", "depth", "ruling"],
)
def test_a_preview_of_what_no_node_would_write_says_what_the_import_then_does(odd: str) -> None:
    server = node("server")
    made = wrote(node("laptop").edit(HOUSE, {"n": 1}))
    check(server, [odd, made.text], [])
    assert server.state(HOUSE).values() == {"n": 1}


def test_of_a_text_that_is_no_change_its_record_and_the_answer_at_fault_are_told_where_they_can_be_read() -> None:
    texts = [a_text(record=HOUSE, answers={"area_m2": 31.5}), a_text(record=HOUSE, v=2), a_text(record="?", v=2), "{"]
    with rehearse(node("server").journal, texts) as rehearsal:
        claims = [each.claim for some in rehearsal.take_in(texts, judge) for each in some]
    assert claims == [Claim(HOUSE, "household", "area_m2"), Claim(HOUSE, "household"), None, None]


@pytest.mark.usefixtures("each_database")
def test_a_conflict_that_is_there_already_is_not_called_a_clash_and_one_that_is_settled_is_told() -> None:
    laptop, server = node("laptop"), node("server")
    wrote(laptop.edit(HOUSE, {"n": 1}))
    wrote(server.edit(HOUSE, {"n": 2}))
    server.put(laptop.everything().changes)
    laptop.put(server.everything().changes)
    wrote(laptop.edit(HOUSE, {"head": "An"}))
    texts = laptop.everything().changes
    with rehearse(server.journal, texts) as rehearsal:
        list(rehearsal.take_in(texts, lambda _: None))
        (fate,) = rehearsal.fates()
    assert (fate.is_changed, fate.clashes, fate.settled) == (True, {}, [])
    wrote(laptop.edit(HOUSE, {"n": 2}))
    texts = laptop.everything().changes
    with rehearse(server.journal, texts) as rehearsal:
        list(rehearsal.take_in(texts, lambda _: None))
        (fate,) = rehearsal.fates()
    assert (fate.clashes, fate.settled) == ({}, ["n"])


@pytest.mark.usefixtures("each_database")
def test_a_ruling_that_waits_for_what_the_texts_bring_is_reckoned_with() -> None:
    laptop, server, third = node("laptop"), node("server"), node("third")
    made = wrote(laptop.edit(HOUSE, {"n": 1}))
    third.put(laptop.everything().changes)
    server.put(third.journal.rule([made.id], "exclude", "quan"))
    with rehearse(server.journal, [made.text]) as rehearsal:
        list(rehearsal.take_in([made.text], lambda _: None))
        assert [(fate.is_new, fate.state) for fate in rehearsal.fates()] == [(False, None)]


@pytest.mark.usefixtures("each_database")
def test_what_a_ruling_about_a_ruling_turns_is_folded_anew() -> None:
    server = node("server")
    made = wrote(server.edit(HOUSE, {"n": 1}))
    (first,) = server.journal.rule([made.id], "exclude", "quan")
    assert server.journal.state(HOUSE) is None
    other = node("other")
    other.put(server.everything().changes)
    (second,) = other.journal.rule([change_id(first)], "exclude", "dung")
    results = server.put([second])
    assert server.journal.records_touched(results)[:1] == [HOUSE]
    assert server.state(HOUSE).values() == {"n": 1}

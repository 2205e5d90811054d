"""What is kept for first downloads is at every moment what the journal tells, or nothing."""

from __future__ import annotations

import random

import msgspec
import pytest

from sync import kept
from sync.fold import snapshot_of
from tests.again import again
from tests.sync.nodes import Node
from tests.sync.test_areas import act
from tests.sync.test_stories import HOUSE, OTHER, node, wrote

pytestmark = pytest.mark.usefixtures("each_database")

SEEDS = [*(("sqlite", seed) for seed in range(12)), *(again("postgresql", seed) for seed in range(2))]


def from_the_journal(server: Node, record: str) -> list[bytes]:
    """The same by the definition, from every change there is."""
    counting = [entry for entry in server.journal.history(record) if entry.counts]
    ahead = {entry.change.id for entry in counting if entry.ahead}
    return [msgspec.json.encode(snapshot_of([entry.change for entry in counting], ahead))] if counting else []


def check(server: Node) -> None:
    records = sorted(record for record, _survey in server.journal.all_records())
    wanted = [text for record in records for text in from_the_journal(server, record)]
    page, _more = server.journal.snapshot(None)
    assert kept.unpacked(page) == wanted
    assert kept.unpacked(server.journal.snapshots(records)) == wanted
    assert server.journal.unlike(records) == []


def happen(dice: random.Random, server: Node, other: Node) -> None:
    """What may befall a journal, and now and then what is kept is brought up to date."""
    held = [entry.change.id for entry in server.journal.held()]
    texts = other.everything().changes
    some = dice.sample(texts, dice.randint(0, len(texts)))
    match dice.randrange(8):
        case 0:
            server.put(some, judge=lambda change: dice.choice([None, "impossible_value"]))
        case 1:
            server.put(some, ahead=[each.id for each in other.changes() if dice.random() < 0.3])
        case 2 if held:
            server.journal.hold({id: dice.choice([None, "unknown_survey"]) for id in held})
        case 3 | 4:
            server.journal.settle([record for record in (HOUSE, OTHER) if dice.random() < 0.7])
        case _:
            act(dice, server, other, [])


def live(seed: int) -> None:
    dice, now = random.Random(seed), [1_790_000_000_000]
    server, other = Node("server", lambda: now[0]), Node("other", lambda: now[0] + dice.choice([0, 10**9]))
    for _ in range(30):
        now[0] += 1000
        happen(dice, server, other)
        check(server)
    server.close()
    other.close()


def live_long() -> None:
    for seed in range(12):
        live(seed)


@pytest.mark.parametrize(("each_database", "seed"), SEEDS, indirect=["each_database"])
def test_a_first_download_tells_what_the_journal_tells_whatever_happened(seed: int) -> None:
    live(seed)


@pytest.mark.parametrize("each_database", ["sqlite"], indirect=True)
def test_that_nothing_is_forgotten_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.kept.forget", lambda *_: None)
    with pytest.raises(AssertionError):
        live_long()


def test_what_is_kept_is_read_and_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = node("server")
    wrote(server.edit(HOUSE, {"n": 1}))
    server.journal.settle([HOUSE])
    monkeypatch.setattr("sync.telling.snapshot_of", None)
    assert len(server.journal.snapshot(None)[0]) == 1


def test_a_record_of_which_no_change_counts_is_settled_too_and_told_to_nobody() -> None:
    server = node("server")
    server.journal.rule([wrote(server.edit(HOUSE, {"n": 1})).id], "exclude", "quan")
    assert server.journal.unsettled(10) == [HOUSE]
    server.journal.settle([HOUSE])
    assert server.journal.unsettled(10) == []
    assert server.journal.snapshot(None) == ([], None)


def test_what_is_kept_and_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    server = node("server")
    wrote(server.edit(HOUSE, {"n": 1}))
    server.journal.settle([HOUSE])
    monkeypatch.setattr("sync.kept.forget", lambda *_: None)
    wrote(server.edit(HOUSE, {"n": 2}))
    assert server.journal.unlike([HOUSE, OTHER]) == [HOUSE]

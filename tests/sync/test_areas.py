"""Who may see an area sees all of it and nothing else: feeds, moves, evictions, first downloads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from sync import WITHDRAWN, Journal, decode, feeds, fold, kept
from sync.fold import SnapshotRecord
from tests.again import again, so_many
from tests.sync.nodes import Node
from tests.sync.test_fold import told
from tests.sync.test_stories import HOUSE, OTHER, node, wrote

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def server() -> Node:
    return node("server")


def test_a_record_appears_once_its_area_is_known(server: Node) -> None:
    first = wrote(server.edit(HOUSE, {"n": 1}))
    assert server.journal.feed(["north"], 0).changes == []
    server.journal.place(HOUSE, "north")
    second = wrote(server.edit(HOUSE, {"n": 2}))
    page = server.journal.feed(["north"], 0)
    assert page.changes == [first.text, second.text]
    assert server.journal.feed(["south"], 0).changes == []
    assert server.journal.feed(["north"], page.next).changes == []
    assert server.journal.area_of(HOUSE) == "north"
    assert server.journal.area_of(OTHER) == ""


def test_a_record_that_moves_is_evicted_from_one_feed_and_whole_in_the_other(server: Node) -> None:
    texts = [wrote(server.edit(HOUSE, {"n": number})).text for number in range(3)]
    server.journal.place(HOUSE, "north")
    page = server.journal.feed(["north"], 0)
    server.journal.place(HOUSE, "south")
    left = server.journal.feed(["north"], page.next)
    assert (left.changes, left.evicted) == ([], [HOUSE])
    assert server.journal.feed(["south"], 0).changes == texts
    assert server.journal.feed(["north"], 0).changes == []


def test_held_and_refused_changes_reach_no_tablet(server: Node) -> None:
    tablet = node("tablet")
    shown = wrote(server.edit(HOUSE, {"n": 1}))
    server.journal.place(HOUSE, "north")
    held = wrote(tablet.edit(HOUSE, {"n": 2}))
    server.put([held.text], judge=lambda _: "outside_area")
    assert server.journal.feed(["north"], 0).changes == [shown.text]
    assert server.journal.feed(None, 0).changes == [shown.text, held.text]
    server.journal.rule([held.id], "release", "quan")
    assert set(follow(server, "north").changes) == {shown.id, held.id}
    server.journal.rule([held.id], "refuse", "quan")
    assert set(follow(server, "north").changes) == {shown.id}


def test_an_excluded_change_is_taken_back_from_the_tablets(server: Node) -> None:
    kept, wrong = wrote(server.edit(HOUSE, {"n": 1})), wrote(server.edit(HOUSE, {"n": 2}))
    server.journal.place(HOUSE, "north")
    tablet = Follower("north")
    tablet.pull(server)
    assert set(tablet.changes) == {kept.id, wrong.id}
    server.journal.rule([wrong.id], "exclude", "quan")
    tablet.pull(server)
    assert set(tablet.changes) == {kept.id}
    server.journal.rule([wrong.id], "include", "quan")
    tablet.pull(server)
    assert set(tablet.changes) == {kept.id, wrong.id}


def test_no_page_has_a_record_both_as_evicted_and_with_changes(server: Node) -> None:
    for number in range(3):
        wrote(server.edit(HOUSE, {"n": number}))
    for area in ("north", "south", "north"):
        server.journal.place(HOUSE, area)
    after, more = 0, True
    while more:
        page = server.journal.feed(["north", "south"], after)
        assert not {decode(text).record for text in page.changes} & set(page.evicted)
        after, more = page.next, page.more


def test_a_page_is_small_enough_to_send(server: Node) -> None:
    for _ in range(30):
        wrote(server.edit(HOUSE, {"note": random.Random(1).randbytes(15_000).hex()}, knowing={"note": []}))
    page = server.journal.feed(None, 0)
    assert page.more
    assert sum(map(len, page.changes)) <= 512 * 1024


def test_snapshots_come_in_pages_and_say_where_the_feed_goes_on(server: Node) -> None:
    records = [f"01990000-0000-7000-8000-{number:012}" for number in range(5)]
    for record in records:
        wrote(server.edit(record, {"n": 1}))
        server.journal.place(record, "north")
    found, after = [], None
    while True:
        page, after = server.journal.snapshot(["north"], after, 2)
        found += [each.record for each in downloaded(page)]
        if after is None:
            break
    assert found == records
    assert server.journal.snapshot(["south"]) == ([], None)
    assert server.journal.feed(["north"], server.journal.position()).changes == []


def downloaded(page: Sequence[bytes]) -> list[SnapshotRecord]:
    return [msgspec.json.decode(text, type=SnapshotRecord) for text in kept.unpacked(page)]


class Follower:
    """What a tablet does with one area: a first download, then pages."""

    def __init__(self, area: str) -> None:
        self.area = area
        self.snapshots: dict[str, SnapshotRecord] = {}
        self.changes: dict[str, str] = {}
        self.ahead: set[str] = set()
        self.after = 0

    def download(self, server: Node) -> None:
        self.after = server.journal.position()
        texts, _ = server.journal.snapshot([self.area], None, 100)
        page = downloaded(texts)
        self.snapshots = {each.record: each for each in page}
        self.changes, self.ahead = {}, {id for each in page for id in each.ahead}

    def pull(self, server: Node, limit: int = 2) -> None:
        more = True
        while more:
            page = server.journal.feed([self.area], self.after, limit)
            for record in page.evicted:
                self.forget(record)
            self.changes.update((decode(text).id, text) for text in page.changes)
            self.ahead.update(page.ahead)
            self.after, more = page.next, page.more

    def forget(self, record: str) -> None:
        self.snapshots.pop(record, None)
        self.changes = {id: text for id, text in self.changes.items() if decode(text).record != record}

    def states(self) -> dict[str, Any]:
        changes = [decode(text) for text in self.changes.values()]
        records = {*self.snapshots, *(each.record for each in changes)}
        found = {}
        for record in records:
            own = [each for each in changes if each.record == record]
            found[record] = told(fold(own, self.ahead, self.snapshots.get(record)))
        return found


def follow(server: Node, area: str) -> Follower:
    tablet = Follower(area)
    tablet.pull(server)
    return tablet


SEEDS = [("sqlite", so_many(12, 12, 40)), again("postgresql", so_many(2, 2, 6))]


@pytest.mark.parametrize(("each_database", "times"), SEEDS, indirect=["each_database"])
def test_a_tablet_that_follows_an_area_knows_what_the_server_knows(times: int) -> None:
    for seed in range(times):
        follow_for_a_while(random.Random(seed))


@pytest.mark.parametrize("each_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mutant", ["nothing is fed anew", "evictions are not heard", "moves are not evicted"])
def test_a_mutant_feed_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if mutant == "nothing is fed anew":
        monkeypatch.setattr("sync.feeds.refresh", lambda *_: None)
    elif mutant == "evictions are not heard":
        monkeypatch.setattr(Follower, "forget", lambda *_: None)
    else:
        real = feeds._start_anew
        monkeypatch.setattr(feeds, "_start_anew", lambda c, known, areas: real(c, dict.fromkeys(known, ""), areas))
    with pytest.raises(AssertionError):
        follow_for_long()


def follow_for_long() -> None:
    for seed in range(40):
        follow_for_a_while(random.Random(seed))


def follow_for_a_while(dice: random.Random) -> None:
    now = [1_790_000_000_000]
    server, other = Node("server", lambda: now[0]), Node("other", lambda: now[0] + dice.choice([0, 10**9]))
    followers = [Follower("north"), Follower("south"), Follower("north")]
    for _ in range(30):
        now[0] += 1000
        act(dice, server, other, followers)
    for follower in followers:
        follower.pull(server)
        areas = server.journal.areas_of([HOUSE, OTHER])
        mine = {r: told(state) for r, state in server.states().items() if areas[r] == follower.area}
        assert follower.states() == mine
    server.close()
    other.close()


def act(dice: random.Random, server: Node, other: Node, followers: list[Follower]) -> None:
    """Something happens."""
    record, where = dice.choice([HOUSE, OTHER]), dice.choice([server, other])
    held = sorted(server.ids())
    match dice.randrange(8):
        case 0 | 1:
            where.edit(record, {dice.choice("pq"): dice.randrange(3)})
        case 2:
            where.edit(record, {WITHDRAWN: dice.random() < 0.6})
        case 3:
            server.put(dice.sample(texts := other.everything().changes, dice.randint(0, len(texts))))
        case 4:
            other.put(server.everything().changes)
        case 5 if record in dict(server.journal.all_records()):
            server.journal.place(record, dice.choice(["north", "south", ""]))
        case 6 if held:
            verdict = dice.choice(["exclude", "include", "refuse", "release"])
            server.journal.rule(dice.sample(held, dice.randint(1, min(3, len(held)))), verdict, "quan")
        case 7 if followers:
            follower = dice.choice(followers)
            dice.choice([follower.pull, follower.pull, follower.download])(server)
        case _:
            pass


@pytest.mark.parametrize("seed", range(so_many(2, 2, 6)))
def test_what_a_journal_still_knows_of_what_just_came_in_is_what_the_database_says(seed: int) -> None:
    dice, now = random.Random(seed), [1_790_000_000_000]
    server, other = Node("server", lambda: now[0]), Node("other", lambda: now[0])
    for _ in range(30):
        now[0] += 1000
        act(dice, server, other, [Follower("north")])
        asked = Journal(server.connection)
        assert server.journal.areas_of([HOUSE, OTHER]) == asked.areas_of([HOUSE, OTHER])
        assert server.journal.states([HOUSE, OTHER]) == asked.states([HOUSE, OTHER])
        devices = [server.identity.device, other.identity.device]
        assert [server.journal.acked_seq(each) for each in devices] == [asked.acked_seq(each) for each in devices]

"""One story each of what happens in the villages, on real journals."""

from __future__ import annotations

import pytest

from sync import WITHDRAWN, Change, SyncProblem, decode
from sync.change import RULING
from tests.sync.nodes import EMPTY, Node

pytestmark = pytest.mark.usefixtures("each_database")

HOUSE = "01990000-0000-7000-8000-000000000001"
OTHER = "01990000-0000-7000-8000-000000000002"
START = 1_790_000_000_000
DAY = 86_400_000


def node(name: str, at: int = START, image: bytes = EMPTY) -> Node:
    return Node(name, lambda: at, image)


def wrote(change: Change | None) -> Change:
    assert change is not None
    return change


def send(source: Node, target: Node) -> list[str]:
    """Everything that is at one node comes to the other; returns the verdicts."""
    return [each.verdict for each in target.put(source.everything().changes)]


@pytest.fixture
def tablet() -> Node:
    return node("tablet")


@pytest.fixture
def server() -> Node:
    return node("server")


def test_an_update_that_arrives_before_its_create(tablet: Node, server: Node) -> None:
    create, update = wrote(tablet.edit(HOUSE, {"head": "An", "n": 1})), wrote(tablet.edit(HOUSE, {"head": "Ân"}))
    server.put([update.text])
    assert server.state(HOUSE).values() == {"head": "Ân"}
    server.put([create.text])
    assert server.state(HOUSE).values() == {"head": "Ân", "n": 1}
    assert server.state(HOUSE).conflicts == {}


def test_the_first_of_three_offline_updates_is_missing(tablet: Node, server: Node) -> None:
    made = [wrote(tablet.edit(HOUSE, {"n": number})) for number in range(1, 4)]
    server.put([each.text for each in made[1:]])
    device = tablet.identity.device
    assert (server.journal.acked_seq(device), server.journal.gaps(device)) == (0, [(1, 1)])
    assert server.state(HOUSE).values() == {"n": 3}
    server.put([made[0].text])
    assert (server.journal.acked_seq(device), server.journal.gaps(device)) == (3, [])
    assert server.state(HOUSE).values() == {"n": 3}


def test_what_was_sent_twice_is_there_once(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"n": 1}))
    assert send(tablet, server) == ["stored"]
    before = server.states()
    assert send(tablet, server) == ["duplicate"]
    text = tablet.everything().changes[0]
    assert [each.verdict for each in server.put([text, text])] == ["duplicate", "duplicate"]
    assert server.states() == before


def test_an_update_sent_before_another_tablets_and_received_after(tablet: Node, server: Node) -> None:
    other = node("other")
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    send(tablet, other)
    first, second = wrote(tablet.edit(HOUSE, {"head": "Ân"})), wrote(other.edit(HOUSE, {"head": "Anh"}))
    server.put([*other.everything().changes, first.text])
    assert server.state(HOUSE).conflicts == {"head": [c.answers["head"] for c in newest_first(first, second)]}


def newest_first(*changes: Change) -> list[Change]:
    return sorted(changes, key=lambda each: (each.stamp, each.id), reverse=True)


def test_two_tablets_create_the_same_household_as_two_records(tablet: Node, server: Node) -> None:
    other = node("other")
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    wrote(other.edit(OTHER, {"head": "An"}))
    send(tablet, server), send(other, server)
    assert {record: state.values() for record, state in server.states().items()} == {
        HOUSE: {"head": "An"},
        OTHER: {"head": "An"},
    }


def test_a_supervisor_settles_while_a_third_edit_is_on_its_way(tablet: Node, server: Node) -> None:
    second, third = node("second"), node("third")
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    send(tablet, second), send(tablet, third)
    wrote(tablet.edit(HOUSE, {"head": "Ân"})), wrote(second.edit(HOUSE, {"head": "Anh"}))
    wrote(third.edit(HOUSE, {"head": "Ánh"}))
    send(tablet, server), send(second, server)
    wrote(server.edit(HOUSE, {"head": "Anh"}))
    assert server.state(HOUSE).conflicts == {}
    send(third, server)
    assert sorted(server.state(HOUSE).conflicts["head"]) == ["Anh", "Ánh"]


def test_a_withdrawn_record_updated_offline_is_a_conflict_for_a_person(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    send(tablet, server)
    wrote(server.edit(HOUSE, {WITHDRAWN: True}))
    assert server.state(HOUSE).withdrawn
    wrote(tablet.edit(HOUSE, {"head": "Ân"}))
    send(tablet, server)
    assert server.state(HOUSE).conflicts == {WITHDRAWN: [True, False]}
    wrote(server.edit(HOUSE, {WITHDRAWN: True}))
    assert server.state(HOUSE).withdrawn


def test_an_edit_says_only_what_differs(tablet: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An", "n": 1, "phone": None}))
    assert tablet.everything().changes == [wrote(tablet.journal.history(HOUSE)[0].change).text]
    assert tablet.edit(HOUSE, {"head": " An ", "n": 1}) is None
    assert wrote(tablet.edit(HOUSE, {"head": "An", "n": 2})).answers == {"n": 2}
    assert wrote(tablet.edit(HOUSE, {"n": None})).answers == {"n": None}


def test_a_form_opened_before_somebody_elses_edit_changes_only_what_was_typed(tablet: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An", "n": 1}))
    seen = tablet.state(HOUSE).heads()
    wrote(tablet.edit(HOUSE, {"head": "Ân"}))
    late = wrote(tablet.edit(HOUSE, {"head": "An", "n": 2}, knowing=seen))
    assert late.answers == {"n": 2}
    assert tablet.state(HOUSE).values() == {"head": "Ân", "n": 2}
    clash = wrote(tablet.edit(HOUSE, {"head": "Anh"}, knowing=seen))
    assert clash.base["head"] == seen["head"]
    assert sorted(tablet.state(HOUSE).conflicts["head"]) == ["Anh", "Ân"]


def test_naming_the_shown_value_of_a_conflict_settles_it(tablet: Node) -> None:
    seen: dict[str, list[str]] = {"head": []}
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    wrote(tablet.edit(HOUSE, {"head": "Ân"}, knowing=seen))
    assert tablet.state(HOUSE).conflicts == {"head": ["Ân", "An"]}
    wrote(tablet.edit(HOUSE, {"head": "Ân"}))
    assert tablet.state(HOUSE).conflicts == {}


def test_unknown_questions_are_kept_and_folded(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"question_of_next_year": ["a", "b"]}))
    send(tablet, server)
    assert server.state(HOUSE).values() == {"question_of_next_year": ["a", "b"]}


def test_the_same_batch_by_wire_and_by_stick(tablet: Node, server: Node) -> None:
    for number in range(5):
        wrote(tablet.edit(HOUSE, {"n": number}))
    send(tablet, server)
    again = server.put(tablet.everything().changes, kind="file")
    assert {each.verdict for each in again} == {"duplicate"}
    rows = server.journal.batches()
    assert [(row.kind, row.counts) for row in rows] == [("file", {"duplicate": 5}), ("wire", {"stored": 5})]
    assert [each.verdict for each in server.journal.entries(rows[0].id)] == ["duplicate"] * 5
    assert [each.change for each in server.journal.entries(rows[0].id)] == tablet.changes()


def test_of_a_batch_too_long_to_list_what_is_held_or_unreadable_comes_first(tablet: Node, server: Node) -> None:
    for number in range(9):
        wrote(tablet.edit(HOUSE, {"n": number}))
    made = tablet.changes()
    server.put([made[0].text])
    last = made[-1].id
    server.put([*(each.text for each in made), "no change"], judge=lambda c: "outside_area" if c.id == last else None)
    number, whole = server.journal.batches()[0].id, [*["stored"] * 7, "held", "duplicate", "bad"]
    assert [each.verdict for each in server.journal.entries(number)] == whole
    found = [[each.verdict for each in server.journal.entries(number, most)] for most in (1, 2, 4, 50)]
    wanted = ["held", "bad", *["stored"] * 7, "duplicate"]
    assert found == [wanted[:1], wanted[:2], wanted[:4], wanted]


def test_a_bad_change_never_spoils_the_others(tablet: Node, server: Node) -> None:
    good = wrote(tablet.edit(HOUSE, {"n": 1}))
    results = server.put(["{", good.text, "x" * 70_000, good.text.replace('"n":1', '"n":1.5')])
    assert [(each.verdict, each.reason) for each in results] == [
        ("bad", "not_json"),
        ("stored", None),
        ("too_big", "too_big"),
        ("bad", "float"),
    ]
    row = server.journal.batches()[0]
    assert row.counts == {"bad": 2, "stored": 1, "too_big": 1}
    assert {reason: len(raw) for _, reason, raw in server.journal.quarantined(row.id)} == {
        "not_json": 1,
        "too_big": 70_000,
        "float": len(good.text) + 2,
    }
    assert [each.verdict for each in server.journal.entries(row.id)] == ["stored", "bad", "too_big", "bad"]
    assert [each.verdict for each in server.put(["{"])] == ["bad"]


def test_a_stamp_from_the_future_is_stored_and_loses(server: Node) -> None:
    mad = node("mad", START + 400 * 365 * DAY)
    wrote(server.edit(HOUSE, {"head": "An"}))
    wrote(mad.edit(HOUSE, {"head": "Ân"}))
    assert send(mad, server) == ["clock_ahead"]
    assert server.state(HOUSE).conflicts == {"head": ["An", "Ân"]}
    assert [each.ahead for each in server.journal.history(HOUSE)] == [False, True]
    assert wrote(server.edit(OTHER, {"n": 1})).stamp < mad.changes()[0].stamp
    page = server.everything()
    assert page.ahead == [mad.changes()[0].id]
    assert [each.reason for each in mad.put(page.changes, ahead=page.ahead, trusting=True)] == [None, "marked", None]
    assert mad.state(HOUSE) == server.state(HOUSE)


def test_a_clock_that_lost_its_battery_judges_nobody(tablet: Node, server: Node) -> None:
    wrote(server.edit(OTHER, {"n": 1}))
    asleep = Node("asleep", lambda: START - 5 * 365 * DAY, server.backup())
    wrote(tablet.edit(HOUSE, {"n": 1}))
    assert send(tablet, asleep) == ["stored"]


def test_held_changes_count_once_released(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    results = server.put([made.text], judge=lambda _: "outside_area")
    assert [(each.verdict, each.reason) for each in results] == [("held", "outside_area")]
    assert server.journal.state(HOUSE) is None
    assert [each.held for each in server.journal.held()] == ["outside_area"]
    server.journal.rule([made.id], "release", "quan")
    assert server.journal.held() == []
    assert server.state(HOUSE).values() == {"n": 1}
    assert server.journal.history(HOUSE)[0].ruling == "release"


def test_refused_changes_stay_out_on_every_node(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    server.put([made.text], judge=lambda _: "impossible_value")
    server.journal.rule([made.id], "refuse", "quan")
    assert server.journal.held() == []
    assert server.journal.state(HOUSE) is None
    send(server, tablet)
    assert tablet.journal.state(HOUSE) is None
    assert tablet.journal.history(HOUSE)[0].ruling == "refuse"


def test_a_batch_undone_and_redone_is_as_if_nothing_had_happened(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    send(tablet, server)
    wrote(tablet.edit(HOUSE, {"head": "Ân"})), wrote(tablet.edit(OTHER, {"n": 1}))
    held = wrote(tablet.edit(OTHER, {"n": 2}))
    server.put(tablet.everything().changes, judge=lambda c: "impossible_value" if c.id == held.id else None)
    batch, before = server.journal.batches()[0], server.states()
    assert batch.counts == {"duplicate": 1, "stored": 2, "held": 1}
    brought = server.journal.changes_of_batch(batch.id)
    server.journal.rule(brought, "exclude", "quan")
    assert {record: state.values() for record, state in server.states().items()} == {HOUSE: {"head": "An"}}
    assert server.journal.batches()[1].undone
    assert send(tablet, server) == ["duplicate"] * 4
    assert not server.journal.held()
    server.journal.rule(brought, "include", "quan")
    assert server.states() == before
    assert [each.change.id for each in server.journal.held()] == [held.id]
    assert not [each for each in server.journal.batches() if each.undone]


def test_a_ruling_may_arrive_before_what_it_is_about(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    other = node("other")
    send(tablet, server)
    (ruling,) = server.journal.rule([made.id], "exclude", "quan")
    other.put([ruling])
    results = other.put([made.text])
    assert other.journal.records_touched(results) == [HOUSE]
    assert other.journal.state(HOUSE) is None


def test_a_ruling_says_which_records_to_fold_again(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    send(tablet, server)
    (ruling,) = server.journal.rule([made.id], "exclude", "quan")
    assert decode(ruling).survey == RULING
    results = tablet.put([ruling])
    assert tablet.journal.records_touched(results) == [HOUSE]


def test_a_ruling_that_is_held_says_nothing_until_released(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    send(tablet, server)
    (ruling,) = tablet.journal.rule([made.id], "exclude", "an enumerator")
    server.put([ruling], judge=lambda _: "ruling")
    assert server.state(HOUSE).values() == {"n": 1}
    server.journal.rule([decode(ruling).id], "release", "quan")
    assert server.journal.state(HOUSE) is None


def test_two_rulings_that_exclude_each_other_end_in_the_later(tablet: Node, server: Node) -> None:
    made = wrote(tablet.edit(HOUSE, {"n": 1}))
    (first,) = tablet.journal.rule([made.id], "exclude", "quan")
    (second,) = tablet.journal.rule([decode(first).id], "exclude", "binh")
    assert tablet.state(HOUSE).values() == {"n": 1}
    send(tablet, server)
    assert server.states() == tablet.states()
    backwards = node("backwards")
    backwards.put([second, first, made.text])
    assert backwards.states() == tablet.states()


def test_a_ruling_undone_before_it_was_known_to_come_from_the_future_is_undone_everywhere(server: Node) -> None:
    mad = node("mad", START + 400 * 365 * DAY)
    made = wrote(server.edit(HOUSE, {"n": 1}))
    send(server, mad)
    (first,) = mad.journal.rule([made.id], "exclude", "quan")
    send(mad, server)
    (second,) = server.journal.rule([decode(first).id], "exclude", "binh")
    assert server.state(HOUSE).values() == {"n": 1}
    mad.put([second])
    assert mad.journal.state(HOUSE) is None
    page = server.everything()
    results = mad.put(page.changes, ahead=page.ahead, trusting=True)
    assert mad.journal.records_touched(results) == [HOUSE]
    assert mad.states() == server.states()


def test_many_changes_are_ruled_by_several_rulings(tablet: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.journal.RULED_AT_ONCE", 3)
    for number in range(7):
        wrote(tablet.edit(HOUSE, {"n": number}))
    texts = tablet.journal.rule(sorted(tablet.ids()), "exclude", "quan")
    assert [len(decode(text).answers["about"]) for text in texts] == [3, 3, 1]
    assert tablet.journal.state(HOUSE) is None


def test_a_batch_of_which_each_change_was_ruled_on_alone_can_be_undone_and_redone(
    tablet: Node, server: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.change.MAX_BYTES", 1500)
    for number in range(30):
        wrote(tablet.edit(HOUSE, {"n": number}))
    batch = server.put(tablet.everything().changes, judge=lambda _: "outside_area")
    for each in batch:
        server.journal.rule([each.id], "release", "quan")
    before, ids = server.states(), sorted(tablet.ids())
    texts = server.journal.rule(ids, "exclude", "quan")
    assert sorted(id for text in texts for id in decode(text).answers["about"]) == ids
    assert server.journal.state(HOUSE) is None
    server.journal.rule(ids, "include", "quan")
    assert server.states() == before


def test_a_ruling_names_those_before_it_that_nothing_has_replaced(server: Node) -> None:
    one, other = wrote(server.edit(HOUSE, {"n": 1})).id, wrote(server.edit(OTHER, {"n": 1})).id

    def ruled(verdict: str, *about: str) -> tuple[str, list[str]]:
        (text,) = server.journal.rule(about, verdict, "quan")
        return decode(text).id, decode(text).base.get("about", [])

    out, _ = ruled("exclude", one, other)
    back, seen = ruled("include", one)
    assert seen == [out]
    again, seen = ruled("exclude", one, other)
    assert seen == sorted([out, back])  # about the other change nothing has replaced the first
    refused, seen = ruled("refuse", other)
    assert seen == [again]
    included, seen = ruled("include", other)
    assert seen == sorted([again, refused])
    ruled("exclude", included)
    assert ruled("exclude", other)[1] == sorted([again, refused, included])  # what counts no more replaces nothing


def test_an_unknown_verdict_is_a_problem(tablet: Node) -> None:
    with pytest.raises(SyncProblem, match="unknown_verdict"):
        tablet.journal.rule([], "forget", "quan")


def test_a_tablet_cloned_to_two_people_is_seen_and_nothing_is_lost(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    clone = node("clone", image=tablet.backup())
    mine, theirs = wrote(tablet.edit(HOUSE, {"head": "Ân"})), wrote(clone.edit(HOUSE, {"head": "Anh"}))
    more = wrote(clone.edit(HOUSE, {"n": 2}))
    assert send(tablet, server) == ["stored", "stored"]
    assert send(clone, server) == ["duplicate", "fork", "fork"]
    assert server.state(HOUSE).values() == {"head": "Ân"}
    assert [each.change.id for each in server.journal.held()] == [theirs.id, more.id]
    other = node("other")
    send(clone, other), send(server, other)
    assert other.state(HOUSE).values() == {"head": "Anh", "n": 2}
    texts = server.journal.rule([theirs.id, more.id], "release", "quan")
    other.put(texts)
    assert sorted(server.state(HOUSE).conflicts["head"]) == ["Anh", "Ân"]
    assert server.state(HOUSE) == other.state(HOUSE)
    assert mine.id in server.state(HOUSE).heads()["head"]


def test_refusing_one_side_of_a_fork_keeps_the_other_on_every_node(tablet: Node, server: Node) -> None:
    clone = node("clone", image=tablet.backup())
    wrote(tablet.edit(HOUSE, {"n": 1}))
    theirs = wrote(clone.edit(HOUSE, {"n": 2}))
    other = node("other")
    send(tablet, server), send(clone, server)
    send(clone, other), send(tablet, other)
    other.put(server.journal.rule([theirs.id], "refuse", "quan"))
    assert server.state(HOUSE) == other.state(HOUSE)
    assert server.state(HOUSE).values() == {"n": 1}


@pytest.mark.parametrize("verdict", ["release", "refuse"])
def test_one_ruling_settles_a_fork_with_all_that_goes_on_from_it_here(tablet: Node, server: Node, verdict: str) -> None:
    clone, other = node("clone", image=tablet.backup()), node("other")
    wrote(tablet.edit(HOUSE, {"n": 1}))
    theirs = wrote(clone.edit(HOUSE, {"n": 2}))
    for number in (3, 4):
        wrote(tablet.edit(OTHER, {"n": number}))
    send(tablet, server), send(clone, server)
    send(clone, other), send(tablet, other)
    assert (len(server.journal.held()), len(other.journal.held())) == (1, 2)  # the last has a number of its own
    other.put(server.journal.rule([theirs.id], verdict, "quan"))
    assert server.journal.held() == other.journal.held() == []
    assert server.states() == other.states()
    assert server.state(OTHER).values() == {"n": 4}
    assert server.state(HOUSE).conflicts == ({"n": [2, 1]} if verdict == "release" else {})


def test_a_ruling_about_a_fork_leaves_alone_what_goes_on_from_it_but_is_held_for_another_reason_or_ruled_on(
    tablet: Node, server: Node
) -> None:
    clone = node("clone", image=tablet.backup())
    wrote(tablet.edit(HOUSE, {"n": 1}))
    refused, odd = wrote(tablet.edit(HOUSE, {"n": 2})), wrote(tablet.edit(HOUSE, {"n": 3}))
    theirs = wrote(clone.edit(HOUSE, {"n": 4}))
    server.put(tablet.everything().changes, judge=lambda c: "impossible_value" if c.id == odd.id else None)
    server.journal.rule([refused.id], "refuse", "quan")
    send(clone, server)
    server.journal.rule([theirs.id], "release", "quan")
    assert [(each.change.id, each.held) for each in server.journal.held()] == [(odd.id, "impossible_value")]
    assert sorted(server.state(HOUSE).conflicts["n"]) == [1, 4]


def test_what_goes_on_from_a_fork_elsewhere_waits_where_it_is_met_second_until_it_is_ruled_on_there(
    tablet: Node, server: Node
) -> None:
    clone, other = node("clone", image=tablet.backup()), node("other")
    for number in (1, 2, 3):
        wrote(tablet.edit(HOUSE, {"n": number}))
    theirs = wrote(clone.edit(HOUSE, {"n": 4}))
    send(tablet, server), send(clone, server)
    more = [wrote(clone.edit(OTHER, {"n": number})) for number in (5, 6)]
    send(clone, other), send(tablet, other)
    other.put(server.journal.rule([theirs.id], "release", "quan"))
    assert (other.journal.held(), other.state(OTHER).values()) == ([], {"n": 6})
    send(other, server)
    assert [(each.change.id, each.held) for each in server.journal.held()] == [(each.id, "fork") for each in more]
    assert server.journal.state(OTHER) is None
    other.put(server.journal.rule([more[0].id], "release", "quan"))  # and with it what goes on from it
    assert server.journal.held() == []
    assert server.states() == other.states()


def test_a_chain_that_arrives_in_any_order_is_no_fork(tablet: Node, server: Node) -> None:
    for number in range(6):
        wrote(tablet.edit(HOUSE, {"n": number}))
    texts = tablet.everything().changes
    for order in ([4, 2], [0, 5, 3], [1]):
        assert {each.verdict for each in server.put([texts[i] for i in order])} == {"stored"}
    assert server.journal.acked_seq(tablet.identity.device) == 6


def test_a_server_restored_from_yesterday_gets_again_what_the_tablets_hold(tablet: Node, server: Node) -> None:
    wrote(tablet.edit(HOUSE, {"head": "An"}))
    send(tablet, server)
    yesterday = server.backup()
    wrote(server.edit(HOUSE, {"head": "Ân"})), send(server, tablet)
    cursor = tablet.journal.peer_cursor(server.identity.node, server.identity.epoch)
    tablet.journal.keep_cursor(cursor)
    restored = node("server", image=yesterday)
    epoch = restored.journal.new_epoch()
    assert restored.journal.identity().node == server.identity.node
    cursor = tablet.journal.peer_cursor(server.identity.node, epoch)
    offered = tablet.journal.offer(cursor, 100, 10**9)
    assert [each.verdict for each in restored.put(offered.changes)] == ["duplicate", "stored"]
    assert restored.states() == server.states()
    wrote(restored.edit(HOUSE, {"head": "Anh"}))
    assert restored.journal.held() == []
    send(restored, tablet)
    assert tablet.states() == restored.states()


def test_what_came_from_a_node_is_not_offered_back(tablet: Node, server: Node) -> None:
    wrote(server.edit(HOUSE, {"n": 1}))
    tablet.put(server.everything().changes, from_node=server.identity.node)
    own = wrote(tablet.edit(HOUSE, {"n": 2}))
    cursor = tablet.journal.peer_cursor(server.identity.node, server.identity.epoch)
    page = tablet.journal.offer(cursor, 100, 10**9)
    assert (page.changes, page.next, page.more) == ([own.text], 2, False)


def test_a_change_composed_for_another_device_continues_its_chain(server: Node) -> None:
    first = wrote(server.edit(HOUSE, {"n": 1}, device="d" * 16))
    second = wrote(server.edit(HOUSE, {"n": 2}, device="d" * 16))
    assert [(c.device, c.seq, c.prev) for c in (first, second)] == [("d" * 16, 1, None), ("d" * 16, 2, first.id)]
    assert first.stamp < second.stamp
    assert server.journal.acked_seq("d" * 16) == 2

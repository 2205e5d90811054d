"""Two nodes that exchange end up equal, wherever the line is cut and whoever answers instead of the other node."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from sync import SyncProblem, compare
from sync.client import Outcome, exchange
from sync.journal import Journal, Result
from sync.peer import MOST_BYTES, PART_BYTES
from sync.protocol import Spoken
from sync.tables import change
from tests.sync.nodes import Node
from tests.sync.test_stories import HOUSE, OTHER, node, wrote

pytestmark = pytest.mark.usefixtures("each_database")
OF_THE_WIRE = pytest.mark.parametrize("each_database", ["sqlite"], indirect=True)
"""What says nothing of the database is asked with one."""

PHOTO = random.Random(1).randbytes(3 * PART_BYTES + 7)
SERVER = f"{int.from_bytes(b'server'):016x}"
PHOTO_NAME = hashlib.sha256(PHOTO).hexdigest()


class Server:
    """The other side of ``/sync/v1/``, over a real journal; it fails at the request it is told to fail at."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.requests = 0
        self.fails_at: int | None = None
        self.fails_after_work = True
        self.most_changes = 500
        self.parts: dict[str, dict[int, bytes]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        fails = self.requests == self.fails_at
        if fails and not self.fails_after_work:
            raise httpx.ConnectError("no route")
        answer = self.answer(request)
        if fails:
            raise httpx.ReadTimeout("the answer is lost")
        return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.url.path.removeprefix("/sync/v1/").split("/"):
            case ["hello"]:
                return self.say({"proto_min": 1, "proto_max": 1})
            case ["compare"]:
                return self.compare(json.loads(gzip.decompress(request.content)))
            case ["push"]:
                return self.push(request)
            case ["pull"]:
                return self.pull(int(request.url.params["after"]), int(request.url.params["limit"]))
            case ["blob", name, "missing"]:
                return self.blob(name, int(request.url.params["parts"]))
            case ["blob", name, i]:
                self.parts.setdefault(name, {})[int(i)] = request.content
                return self.blob(name, int(request.url.params["parts"]))
            case ["blob", name]:
                return self.part(name, request.headers["Range"])
        return self.say({}, 404)

    def say(self, body: dict[str, Any], status: int = 200) -> httpx.Response:
        identity = self.node.journal.identity()
        told = {"proto": 1, "node": identity.node, "epoch": identity.epoch, "now": "2026-08-01T07:30:00.000Z"}
        return httpx.Response(status, json={**told, **body})

    def push(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Encoding"] == "gzip"
        sent = json.loads(gzip.decompress(request.content))
        texts, held = sent["changes"], sent["held"]
        if len(texts) > self.most_changes:
            return self.say({"error": {"code": "too_large", "message": "Gửi ít hơn."}}, 413)
        results = self.node.put(texts, judge=lambda change: held.get(change.id))
        return self.say({"results": [{"id": each.id, "verdict": each.verdict} for each in results], "acked_seq": 0})

    def pull(self, after: int, limit: int) -> httpx.Response:
        page = self.node.journal.feed(None, after, min(limit, 3))
        told = {"changes": page.changes, "evicted": page.evicted, "ahead": page.ahead, "held": page.held}
        return self.say({**told, "next": page.next, "more": page.more})

    def compare(self, told: dict[str, Any]) -> httpx.Response:
        connection = self.node.connection
        if "want" in told:
            page = compare.some(connection, told["want"], limit=2)
            return self.say({"changes": page.changes, "ahead": page.ahead, "held": page.held})
        later = compare.since(connection, told["until"])
        left = compare.differing(compare.hashes(connection, later), told["buckets"])
        return self.say({"differ": dict(compare.ids(connection, left[:2])), "left": left[2:], "later": sorted(later)})

    def part(self, name: str, range: str) -> httpx.Response:
        whole = b"".join(part for _, part in sorted(self.parts.get(name, {}).items()))
        first, last = map(int, range.removeprefix("bytes=").split("-"))
        told = {"Content-Range": f"bytes {first}-{min(last, len(whole) - 1)}/{len(whole)}"}
        return httpx.Response(206, content=whole[first : last + 1], headers=told) if whole else self.say({}, 404)

    def blob(self, name: str, parts: int) -> httpx.Response:
        missing = [i for i in range(parts) if i not in self.parts.get(name, {})]
        return self.say({"missing": missing, "state": "partial" if missing else "stored"})


class Photos:
    """The photos of a laptop."""

    def __init__(self, own: dict[str, bytes], wanted: Iterable[str] = ()) -> None:
        self.own, self.named, self.done = own, list(wanted), set[str]()
        self.begun: dict[str, dict[int, bytes]] = {}
        self.parts: dict[str, int] = {}

    def to_send(self) -> Iterable[tuple[str, str]]:
        return [(name, "image/jpeg") for name in self.own if name not in self.done]

    def load(self, sha256: str) -> bytes:
        return self.own[sha256]

    def sent(self, sha256: str) -> None:
        self.done.add(sha256)

    def wanted(self) -> Iterable[str]:
        return [name for name in self.named if name not in self.own]

    def missing(self, sha256: str) -> list[int] | None:
        begun = self.begun.get(sha256)
        return None if begun is None else [i for i in range(self.parts[sha256]) if i not in begun]

    def store(self, sha256: str, i: int, parts: int, content: bytes) -> list[int]:
        self.parts[sha256] = parts
        self.begun.setdefault(sha256, {})[i] = content
        missing = self.missing(sha256) or []
        if not missing:
            self.own[sha256] = b"".join(part for _, part in sorted(self.begun[sha256].items()))
            self.done.add(sha256)
        return missing


@pytest.fixture
def laptop() -> Node:
    made = node("laptop")
    for number in range(7):
        wrote(made.edit(HOUSE, {"n": number}))
    return made


@pytest.fixture
def server() -> Server:
    made = node("server")
    for number in range(7):
        wrote(made.edit(OTHER, {"n": number}))
    wrote(made.edit(HOUSE, {"n": 100}))
    return Server(made)


def run(laptop: Node, server: Callable[[httpx.Request], httpx.Response], **how: Any) -> Outcome:
    @contextmanager
    def journals() -> Iterator[Journal]:
        laptop.connection.exec_driver_sql("BEGIN")
        try:
            yield laptop.journal
        except BaseException:
            laptop.connection.exec_driver_sql("ROLLBACK")
            raise
        laptop.connection.exec_driver_sql("COMMIT")

    def receive(_: Journal, texts: list[str], ahead: list[str], held: dict[str, str]) -> list[Result]:
        judge = {**held}.get
        return laptop.put(texts, judge=lambda c: judge(c.id), ahead=ahead, trusting=True, from_node=SERVER, kind="node")

    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        return exchange(journals, "https://tinh.example/", "secret", receive=receive, client=client, **how)


def test_after_an_exchange_both_nodes_are_equal(laptop: Node, server: Server) -> None:
    outcome = run(laptop, server)
    assert laptop.states() == server.node.states()
    assert sorted(laptop.state(HOUSE).conflicts["n"]) == [6, 100]
    assert (outcome.sent, outcome.received) == (7, 15)
    assert outcome.sent_verdicts == {"stored": 7}
    assert outcome.received_verdicts == {"stored": 8, "duplicate": 7}


def test_a_second_exchange_has_nothing_to_do(laptop: Node, server: Server) -> None:
    run(laptop, server)
    outcome = run(laptop, server)
    assert (outcome.sent, outcome.received) == (0, 0)
    wrote(laptop.edit(HOUSE, {"n": 5}))
    assert run(laptop, server).sent == 1
    assert laptop.states() == server.node.states()
    assert laptop.state(HOUSE).conflicts == {}


@OF_THE_WIRE
@pytest.mark.parametrize("after_work", [True, False], ids=["the answer is lost", "the request is lost"])
@pytest.mark.parametrize("cut", range(1, 13))
def test_the_line_may_be_cut_at_every_request(laptop: Node, server: Server, cut: int, after_work: bool) -> None:
    photos = Photos({PHOTO_NAME: PHOTO})
    server.fails_at, server.fails_after_work = cut, after_work
    with pytest.raises(SyncProblem, match="no_network"):
        run(laptop, server, blobs=photos)
    run(laptop, server, blobs=photos)
    assert laptop.states() == server.node.states()
    assert photos.done == {PHOTO_NAME}
    assert laptop.ids() == server.node.ids()


def test_a_whole_exchange_has_as_many_requests_as_were_cut(laptop: Node, server: Server) -> None:
    run(laptop, server, blobs=Photos({PHOTO_NAME: PHOTO}))
    assert server.requests == 12


def test_what_is_held_on_one_node_is_held_on_the_other(laptop: Node, server: Server) -> None:
    tablet = node("tablet")
    for there in (laptop, server.node):
        text = wrote(tablet.edit(OTHER, {"n": there.name})).text
        there.put([text], judge=lambda _: "outside_area")
    run(laptop, server)
    assert [each.held for each in laptop.journal.held()] == ["outside_area"] * 2
    assert laptop.states() == server.node.states()
    server.node.journal.rule([each.change.id for each in server.node.journal.held()], "release", "quan")
    run(laptop, server)
    assert laptop.journal.held() == []
    assert laptop.states() == server.node.states()


def test_a_restored_server_is_offered_everything_again(laptop: Node, server: Server) -> None:
    yesterday = server.node.backup()
    run(laptop, server)
    wrote(server.node.edit(OTHER, {"n": 9}))
    run(laptop, server)
    lost = server.node.states()
    restored = Server(Node("server", server.node.now, yesterday))
    restored.node.journal.new_epoch()
    outcome = run(laptop, restored)
    assert outcome.restored
    assert restored.node.states() == lost == laptop.states()
    assert not run(laptop, restored).sent


@OF_THE_WIRE
def test_photos_are_sent_in_parts_and_fetched_whole(laptop: Node, server: Server) -> None:
    photos = Photos({PHOTO_NAME: PHOTO})
    assert run(laptop, server, blobs=photos).blobs_sent == 1
    assert max(map(len, server.parts[PHOTO_NAME].values())) == PART_BYTES
    other = Photos({}, wanted=[PHOTO_NAME, "0" * 64])
    assert run(node("other"), server, blobs=other).blobs_received == 1
    assert other.own == {PHOTO_NAME: PHOTO}


@OF_THE_WIRE
def test_a_push_that_is_too_large_is_halved(laptop: Node, server: Server) -> None:
    server.most_changes = 2
    assert run(laptop, server).sent_verdicts == {"stored": 7}
    assert laptop.states() == server.node.states()


ANSWERS = {
    "a hotel's page": (httpx.Response(200, html="<h1>Wi-Fi</h1>"), "no_network"),
    "somebody else's JSON": (httpx.Response(200, json={"ok": True}), "no_network"),
    "a list": (httpx.Response(200, json=[]), "no_network"),
    "a page that moved": (httpx.Response(302, headers={"Location": "/login"}), "no_network"),
}
OURS = {"proto": 1, "node": "5" * 16, "epoch": "e", "now": "", "error": {"code": "x", "message": "Xin thử lại."}}
ANSWERS |= {
    "a token revoked": (httpx.Response(401, json=OURS), "unknown_token"),
    "too old": (httpx.Response(426, json=OURS), "too_old"),
    "an earlier protocol only": (httpx.Response(200, json={**OURS, "proto_min": 0, "proto_max": 0}), "too_old"),
    "busy": (httpx.Response(503, json=OURS, headers={"Retry-After": "7"}), "busy"),
    "refused": (httpx.Response(400, json=OURS), "refused"),
}


@OF_THE_WIRE
@pytest.mark.parametrize(("answer", "code"), ANSWERS.values(), ids=ANSWERS)
def test_whoever_answers_instead_changes_nothing(laptop: Node, answer: httpx.Response, code: str) -> None:
    before = laptop.backup()
    with pytest.raises(SyncProblem) as found:
        run(laptop, lambda _: answer)
    assert found.value.code == code
    assert laptop.backup() == before


@OF_THE_WIRE
def test_another_node_than_the_one_known_is_not_talked_to(laptop: Node, server: Server) -> None:
    with pytest.raises(SyncProblem, match="another_node"):
        run(laptop, server, node="7" * 16)
    assert server.requests == 1


@OF_THE_WIRE
@pytest.mark.parametrize("cut", range(5, 9))
def test_a_photo_comes_in_parts_and_the_line_may_be_cut_at_each_of_them(server: Server, cut: int) -> None:
    server.parts[PHOTO_NAME] = {0: PHOTO}
    photos, other = Photos({}, wanted=[PHOTO_NAME]), node("other")
    server.fails_at, asked = cut, list[str]()

    def listen(request: httpx.Request) -> httpx.Response:
        answer = server(request)
        asked.append(request.headers.get("Range", ""))
        return answer

    with pytest.raises(SyncProblem, match="no_network"):
        run(other, listen, blobs=photos)
    run(other, listen, blobs=photos)
    assert photos.own == {PHOTO_NAME: PHOTO}
    ranges = [each for each in asked if each]
    assert len(ranges) == len(set(ranges)) == 4, "no part that had arrived is asked for again"


@OF_THE_WIRE
def test_the_line_is_cut_where_the_parts_are() -> None:
    assert PART_BYTES <= 240 * 1024


def lose(of: Node, *ids: str) -> None:
    """Changes vanish behind the engine's back."""
    of.connection.execute(change.delete().where(change.c.id.in_(ids)))


@pytest.mark.parametrize("where", ["laptop", "server"])
def test_what_vanished_on_one_side_behind_its_cursors_is_found_by_the_comparison(
    laptop: Node, server: Server, where: str
) -> None:
    run(laptop, server)
    before = laptop.ids()
    lose(laptop if where == "laptop" else server.node, *sorted(before)[:5])
    run(laptop, server)
    assert laptop.ids() != server.node.ids(), "the cursors alone do not see it"
    outcome = run(laptop, server, comparing=True)
    assert (outcome.lacked, outcome.given_again) == ((5, 0) if where == "laptop" else (0, 5))
    assert laptop.ids() == server.node.ids() == before
    assert laptop.states() == server.node.states()


def test_both_sides_lack_something_in_the_same_bucket(laptop: Node, server: Server) -> None:
    run(laptop, server)
    before = sorted(laptop.ids())
    lose(laptop, *before[::2])
    lose(server.node, *before[1::2])
    run(laptop, server, comparing=True)
    assert sorted(laptop.ids()) == sorted(server.node.ids()) == before


def test_equal_sides_are_compared_with_one_request(laptop: Node, server: Server) -> None:
    run(laptop, server)
    server.requests = 0
    run(laptop, server)
    plain, server.requests = server.requests, 0
    outcome = run(laptop, server, comparing=True)
    assert server.requests == plain + 1
    assert (outcome.compared, outcome.lacked, outcome.given_again) == (True, 0, 0)


def test_what_is_still_on_its_way_is_no_difference(
    laptop: Node, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "BUCKETS", ("",))  # what is on its way is listed with what is lost
    run(laptop, server)
    before = sorted(laptop.ids())
    lose(laptop, *before[:2])
    lose(server.node, *before[2:5])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("compare"):  # both write between the exchange and the comparison
            wrote(server.node.edit(OTHER, {"late": len(server.node.ids())}))
            wrote(laptop.edit(HOUSE, {"late": len(laptop.ids())}))
        return server(request)

    outcome = run(laptop, answer, comparing=True)
    assert (outcome.lacked, outcome.given_again) == (2, 3)


@OF_THE_WIRE
@pytest.mark.parametrize("cut", range(9, 16))
def test_a_comparison_that_is_cut_is_done_by_the_next(laptop: Node, server: Server, cut: int) -> None:
    run(laptop, server)
    before = sorted(laptop.ids())
    lose(laptop, *before[:4])
    lose(server.node, *before[-4:])
    server.fails_at = server.requests + cut - 6
    with pytest.raises(SyncProblem, match="no_network"):
        run(laptop, server, comparing=True)
    run(laptop, server, comparing=True)
    assert sorted(laptop.ids()) == sorted(server.node.ids()) == before


def test_a_node_too_old_for_the_other_hands_over_what_it_holds_and_then_says_so(laptop: Node, server: Server) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        told = server(request)
        if request.url.path.endswith("hello"):
            return server.say({"proto_min": 2, "proto_max": 3})
        return httpx.Response(426, json={**told.json(), "error": {"code": "too_old", "message": "Cũ."}})

    held = len(server.node.ids())
    with pytest.raises(SyncProblem) as found:
        run(laptop, answer)
    assert (found.value.code, found.value.details["whose"]) == ("too_old", "ours")
    assert len(server.node.ids()) == held + 7
    assert run(laptop, server).sent == 0, "after its update nothing is sent twice"


@OF_THE_WIRE
def test_each_request_says_what_is_spoken(laptop: Node, server: Server) -> None:
    told = set()

    def listen(request: httpx.Request) -> httpx.Response:
        told.add(request.headers["Sync-Protocol"])
        return server(request)

    run(laptop, listen)
    assert told == {"1"}


@OF_THE_WIRE
@pytest.mark.parametrize(("client", "served"), [(0, None), (1, None), (2, 2), (3, 3), (4, 3)])
def test_a_server_speaks_its_version_and_the_one_before(client: int, served: int | None) -> None:
    assert Spoken(2, 3).serves(client) == served


@OF_THE_WIRE
def test_a_bomb_for_an_answer_is_not_taken_in(laptop: Node) -> None:
    bomb = gzip.compress(bytes(3 * MOST_BYTES))
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Once(bomb))
    with pytest.raises(SyncProblem) as found:
        run(laptop, lambda _: answer)
    assert found.value.details["why"] == "too_large"


class Once(httpx.SyncByteStream):
    """An answer as it comes from the network."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield from (self.content[start : start + 65536] for start in range(0, len(self.content), 65536))


@OF_THE_WIRE
def test_the_token_travels_as_a_bearer(laptop: Node, server: Server) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Authorization"], str(request.url)))
        return server(request)

    run(laptop, answer)
    assert {token for token, _ in seen} == {"Bearer secret"}
    assert all(url.startswith("https://tinh.example/sync/v1/") for _, url in seen)

"""Every request of a laptop meets with everything a proxy or a line can make of it: afterwards both hold the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fieldapp import nodes
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.photos import attachments
from sync.client import Outcome
from sync.peer import PART_BYTES, PeerClient
from tests.conftest import Server
from tests.mishaps import Mishap, OddLine, meetings
from tests.nodes.conftest import Node
from tests.nodes.test_wire import name_of, needs

REQUESTS = {
    "who is there": "GET /sync/v1/hello",
    "names": "GET /sync/v1/directory",
    "changes up": "POST /sync/v1/push",
    "changes down": "GET /sync/v1/pull",
    "comparing": "POST /sync/v1/compare",
    "what of a photo is missing": "GET /sync/v1/blob/[0-9a-f]+/missing",
    "a part of a photo up": "PUT /sync/v1/blob/",
    "a part of a photo down": r"GET /sync/v1/blob/[0-9a-f]+($|\?)",
}
AT_ONCE = ("changes up", "changes down", "a part of a photo up")
TELLS_IT = {
    "a gateway without its server": {"no_network gateway"},
    "a gateway that waited no longer": {"no_network gateway"},
    "a gateway for which it is too large": {"too_large gateway", ""},
    "a sign-in page": {"no_network page"},
    "nothing at all": {"no_network stranger"},
    "led to a sign-in page": {"no_network portal"},
    "the answer to somebody else's question": {"no_network mixed_up"},
    "the answer to an earlier question of its kind": {"no_network mixed_up"},
    "cut, and no length told": {"no_network cut", "no_network photo"},
    "cut, with a length that fits": {"no_network cut", "no_network photo"},
}
"""Which sentence says what went wrong; of all others, that the line was cut. "": it helps itself, nothing is said."""


@pytest.fixture
def line(server: Server) -> Iterator[OddLine]:
    with OddLine(server.port) as made:
        yield made


@pytest.mark.long
def test_whatever_a_request_meets_with_it_is_told_and_the_next_sync_brings_the_rest_and_nothing_twice(
    joined: Node, province: Node, line: OddLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with joined.inside():
        nodes.find("tinh").url = line.url
    for number, (request, mishap) in enumerate(meetings(REQUESTS, AT_ONCE)):
        photos = work(joined, province, number)
        told = suffer(joined, line, REQUESTS[request], mishap, monkeypatch)
        assert told in TELLS_IT.get(mishap.name, {"no_network cut"}), (request, mishap.name)
        done = compared(joined)
        assert (done.lacked, done.given_again) == (0, 0), (request, mishap.name)
        assert holding(joined, photos) == holding(province, photos) == photos, (request, mishap.name)
        assert joined.versions() == province.versions(), (request, mishap.name)


def suffer(joined: Node, line: OddLine, request: str, mishap: Mishap, monkeypatch: pytest.MonkeyPatch) -> str:
    """A sync meets with it. Gives what a person is told, by its code, "" for nothing."""
    line.expect(request, mishap)
    try:
        with monkeypatch.context() as patched:
            if mishap.stalls:
                patched.setattr(PeerClient, "_send", impatient(PeerClient._send))
            compared(joined)
            return ""
    except ExchangeProblem as problem:
        return f"{problem.sync_code} {problem.values.get('why')}"
    finally:
        assert line.met.is_set(), request
        line.go_on()


def impatient(send: Callable[..., Any]) -> Callable[..., Any]:
    """Waits a moment only for the answer that stands still."""

    def hurried(self: PeerClient, *given: Any, **how: Any) -> Any:
        self.client.timeout = httpx.Timeout(60, read=2)
        return send(self, *given, **how)

    return hurried


def compared(joined: Node) -> Outcome:
    with joined.inside():
        return nodes.exchange(nodes.find("tinh"), comparing=True)


def work(joined: Node, province: Node, number: int) -> list[bytes]:
    """Each side changes a household, and names a new photo of two parts, which are given."""
    need, (_first, one, other, *_more) = needs(province)[0], province.households()
    photos = [bytes([2 * number + i]) * (PART_BYTES + 5000) for i in (0, 1)]
    sides = (joined, one, "photo_front"), (province, other, "photo_inside")
    for (node, household, question), data in zip(sides, photos, strict=True):
        with node.inside():
            name = attachments.store(data).sha256
        photo = {"sha256": name, "type": "image/jpeg", "bytes": len(data), "width": 1, "height": 1}
        node.edit(need, {question: [photo]}, survey="housing_need")
        node.edit(household, {"members": number % 9 + 1})
    return photos


def holding(node: Node, photos: list[bytes]) -> list[bytes]:
    """Those of the photos that are whole there."""
    with node.inside():
        return [data for data in photos if attachments.path(name_of(data)).read_bytes() == data]

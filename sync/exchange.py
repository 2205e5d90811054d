"""The client side of ``/sync/v1/`` between two nodes. It may be cut off anywhere: the next run goes on from there.

What is pulled and how far the pulling got are stored in one transaction. When the other node was restored from a
backup it has a new epoch; then everything is offered again, for it may have lost what it once had.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx
import msgspec

from sync.journal import Journal, PeerCursor, Result
from sync.problems import SyncProblem

PROTO = 1
PUSH_CHANGES = 500
PUSH_BYTES = 240 * 1024
PART_BYTES = 200 * 1024

Journals = Callable[[], AbstractContextManager[Journal]]
"""Gives a journal in a transaction of its own, which ends well with the context, or not at all."""

Receive = Callable[[Journal, list[str], list[str], dict[str, str]], list[Result]]
"""Takes changes in (texts, ids of those marked as ahead, those held there and why): the one door of the node."""


class Blobs(Protocol):
    """The photos of this node."""

    def to_send(self) -> Iterable[tuple[str, str]]:
        """(SHA-256, media type) of each photo that the other node may lack."""

    def load(self, sha256: str) -> bytes:
        """The bytes of a photo."""

    def sent(self, sha256: str) -> None:
        """The other node has it."""

    def wanted(self) -> Iterable[str]:
        """SHA-256 of each photo that is named here and not here."""

    def store(self, sha256: str, content: bytes) -> None:
        """Keep a photo that came."""


@dataclass(frozen=True)
class Hello:
    """What the other node says of itself."""

    node: str
    epoch: str
    now: str
    proto_min: int
    proto_max: int


@dataclass
class Outcome:
    """What an exchange did. ``verdicts``: what the other node said to what was sent, and this one to what came."""

    node: str = ""
    restored: bool = False
    sent: int = 0
    received: int = 0
    blobs_sent: int = 0
    blobs_received: int = 0
    sent_verdicts: dict[str, int] = field(default_factory=dict)
    received_verdicts: dict[str, int] = field(default_factory=dict)


Progress = Callable[[Outcome], None]


class Peer:
    """Another node, as it answers over HTTP.

    Every call raises SyncProblem: no_network (nobody of ours answered), unknown_token, too_old, busy (``wait`` in
    seconds), too_large, refused (``message`` from the other side).
    """

    def __init__(self, url: str, token: str, *, client: httpx.Client | None = None, language: str = "vi") -> None:
        self.root = f"{url.rstrip('/')}/sync/v1/"
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, "Accept-Encoding": "gzip"}
        self.client = client or httpx.Client(timeout=httpx.Timeout(60, connect=8))

    def hello(self) -> Hello:
        """Who is there. Raises too_old if the two share no protocol."""
        body = self._ask("GET", "hello")
        found = Hello(
            body["node"], body["epoch"], str(body["now"]), body.get("proto_min", PROTO), body.get("proto_max", PROTO)
        )
        if not found.proto_min <= PROTO <= found.proto_max:
            raise SyncProblem("too_old", proto_min=found.proto_min, proto_max=found.proto_max)
        return found

    def push(self, texts: Sequence[str], held: Mapping[str, str]) -> list[dict[str, Any]]:
        """Offer changes, and tell which of them are held here and why; returns their verdicts, in order.

        A push that is too large is halved until it is not.
        """
        packed = gzip.compress(msgspec.json.encode({"changes": texts, "held": held}), 6)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        try:
            results: list[dict[str, Any]] = self._ask("POST", "push", content=packed, headers=headers)["results"]
        except SyncProblem as problem:
            if problem.code != "too_large" or len(texts) < 2:
                raise
            half = len(texts) // 2
            return self.push(texts[:half], held) + self.push(texts[half:], held)
        if len(results) != len(texts):
            raise SyncProblem("no_network", why="answer")
        return results

    def pull(self, after: int, limit: int = 1000) -> dict[str, Any]:
        """A page of everything this node may have: changes, evicted, ahead, held, next, more."""
        return self._ask("GET", "pull", params={"area": "*", "after": after, "limit": limit})

    def send_blob(self, sha256: str, kind: str, content: bytes) -> str:
        """Send the parts of a photo that are missing there. Returns its state there: stored, not_a_photo, partial."""
        parts = max(1, -(-len(content) // PART_BYTES))
        told = self._ask("GET", f"blob/{sha256}/missing", params={"parts": parts})
        for i in told["missing"]:
            part = content[i * PART_BYTES : (i + 1) * PART_BYTES]
            headers = {"Content-Type": "application/octet-stream", "X-Type": kind}
            told = self._ask("PUT", f"blob/{sha256}/{i}", params={"parts": parts}, content=part, headers=headers)
        return str(told["state"])

    def fetch_blob(self, sha256: str) -> bytes | None:
        """The bytes of a photo, None if the other node has not got it."""
        try:
            answer = self.client.get(f"{self.root}blob/{sha256}", headers=self.headers)
        except httpx.HTTPError as error:
            raise SyncProblem("no_network", why=str(error)) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        whole = answer.content if answer.status_code == httpx.codes.OK else b""
        if hashlib.sha256(whole).hexdigest() != sha256:
            raise SyncProblem("no_network", why="photo")
        return whole

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = self.client.request(
                method, self.root + path, params=params, content=content, headers={**self.headers, **(headers or {})}
            )
            body = msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise SyncProblem("no_network", why=str(error)) from None
        if not isinstance(body, dict) or body.get("proto") != PROTO or not isinstance(body.get("node"), str):
            raise SyncProblem("no_network", why=f"status {answer.status_code}")
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer, body)
        return body


def exchange(
    journals: Journals,
    url: str,
    token: str,
    *,
    receive: Receive,
    blobs: Blobs | None = None,
    node: str | None = None,
    client: httpx.Client | None = None,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Send what the other node lacks, take what it has, then photos both ways. Raises SyncProblem as Peer does.

    ``node``: the id the other must have, where that is known; another_node is raised if it has not.
    """
    peer = Peer(url, token, client=client)
    hello = peer.hello()
    if node is not None and hello.node != node:
        raise SyncProblem("another_node", expected=node, found=hello.node)
    with journals() as journal:
        cursor = journal.peer_cursor(hello.node, hello.epoch)
        outcome = Outcome(hello.node, restored=cursor.everything_until > 0)
    cursor = _push(peer, journals, cursor, outcome, progress)
    _pull(peer, journals, cursor, receive, outcome, progress)
    if blobs is not None:
        _exchange_blobs(peer, blobs, outcome, progress)
    return outcome


def _push(peer: Peer, journals: Journals, cursor: PeerCursor, outcome: Outcome, progress: Progress) -> PeerCursor:
    more = True
    while more:
        with journals() as journal:
            page = journal.offer(cursor, PUSH_CHANGES, PUSH_BYTES)
        if page.changes:
            for result in peer.push(page.changes, page.held):
                _count(outcome.sent_verdicts, result["verdict"])
            outcome.sent += len(page.changes)
        cursor, more = replace(cursor, pushed=page.next), page.more
        with journals() as journal:
            journal.keep_cursor(cursor)
        progress(outcome)
    return cursor


def _pull(
    peer: Peer, journals: Journals, cursor: PeerCursor, receive: Receive, outcome: Outcome, progress: Progress
) -> None:
    more = True
    while more:
        page = peer.pull(cursor.pulled)
        cursor, more = replace(cursor, pulled=page["next"]), page["more"]
        with journals() as journal:
            for result in _take(journal, page, receive):
                _count(outcome.received_verdicts, result.verdict)
            journal.keep_cursor(cursor)
        outcome.received += len(page["changes"])
        progress(outcome)


def _take(journal: Journal, page: Mapping[str, Any], receive: Receive) -> list[Result]:
    if not page["changes"]:
        return []
    return receive(journal, page["changes"], page.get("ahead") or [], page.get("held") or {})


def _exchange_blobs(peer: Peer, blobs: Blobs, outcome: Outcome, progress: Progress) -> None:
    for sha256, kind in blobs.to_send():
        if peer.send_blob(sha256, kind, blobs.load(sha256)) != "partial":
            blobs.sent(sha256)
            outcome.blobs_sent += 1
            progress(outcome)
    for sha256 in blobs.wanted():
        content = peer.fetch_blob(sha256)
        if content is not None:
            blobs.store(sha256, content)
            outcome.blobs_received += 1
            progress(outcome)


def _count(counts: dict[str, int], verdict: str) -> None:
    counts[verdict] = counts.get(verdict, 0) + 1


def _refusal(answer: httpx.Response, body: dict[str, Any]) -> SyncProblem:
    told = body.get("error") or {}
    status = answer.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return SyncProblem("unknown_token", message=told.get("message"))
    if status == httpx.codes.UPGRADE_REQUIRED:
        return SyncProblem("too_old", message=told.get("message"))
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return SyncProblem("too_large", message=told.get("message"))
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        wait = answer.headers.get("Retry-After", "")
        return SyncProblem("busy", wait=int(wait) if wait.isdigit() else 30, message=told.get("message"))
    return SyncProblem("refused", status=status, reason=told.get("code"), message=told.get("message"))

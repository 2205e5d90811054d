"""The client side of ``/sync/v1/`` between two nodes. It may be cut off anywhere: the next run goes on from there.

What is pulled and how far the pulling got are stored in one transaction. When the other node was restored from a
backup it has a new epoch; then everything is offered again, for it may have lost what it once had.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx
import msgspec

from sync import compare, protocol
from sync.change import change_id
from sync.entries import Page
from sync.journal import Journal, PeerCursor, Result
from sync.problems import SyncProblem

PUSH_CHANGES = 500
PUSH_BYTES = 240 * 1024
PART_BYTES = 200 * 1024
WANTED = 1000
MOST_BYTES = 32 * 1024 * 1024
"""No answer of ours inflates to more than this."""

Journals = Callable[[], AbstractContextManager[Journal]]
"""Gives a journal in a transaction of its own, which ends well with the context, or not at all."""

Receive = Callable[[Journal, list[str], list[str], dict[str, str]], list[Result]]
"""Takes changes in (texts, ids of those marked as ahead, those held there and why): the intake of the node."""


class Blobs(Protocol):
    """The photos of this node."""

    def to_send(self) -> Iterable[tuple[str, str]]:
        """(SHA-256, media type) of each photo that the other node may lack."""

    def load(self, sha256: str) -> bytes:
        """The bytes of a photo."""

    def sent(self, sha256: str) -> None:
        """Note that the other node has this photo."""

    def wanted(self) -> Iterable[str]:
        """SHA-256 of each photo that a record names and that is not stored here."""

    def missing(self, sha256: str) -> list[int] | None:
        """The parts of it that have not arrived, None while none has."""

    def store(self, sha256: str, i: int, parts: int, content: bytes) -> list[int]:
        """Keep a part, one of so many, and the whole once it is whole. Returns the parts still missing."""


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
    """What an exchange did. ``verdicts``: what the other node said to what was sent, and this one to what came.

    ``restored``: the other node was put back to an earlier day, and this is the first exchange with it since.
    ``compared``: whether both sides were compared; then ``lacked`` changes were missing here and were fetched, and
    ``given_again`` were missing there although they had been sent.
    """

    node: str = ""
    restored: bool = False
    sent: int = 0
    received: int = 0
    blobs_sent: int = 0
    blobs_received: int = 0
    compared: bool = False
    lacked: int = 0
    given_again: int = 0
    sent_verdicts: dict[str, int] = field(default_factory=dict)
    received_verdicts: dict[str, int] = field(default_factory=dict)


OutcomeProgress = Callable[[Outcome], None]


class PeerClient:
    """Another node, as it answers over HTTP.

    Every call raises SyncProblem: no_network (nobody of ours answered; ``why``: unreachable, certificate, cut, portal,
    page, photo, too_large or stranger), unknown_token, too_old (``whose``: ours or theirs), busy (``wait`` in seconds),
    too_large, refused (``message`` from the other side).
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client: httpx.Client | None = None,
        language: str = "vi",
        spoken: protocol.Spoken | None = None,
    ) -> None:
        self.root = f"{url.rstrip('/')}/sync/v1/"
        self.spoken = spoken or protocol.spoken()
        self.headers = {
            "Accept-Language": language,
            "Accept-Encoding": "gzip",
            protocol.HEADER: str(self.spoken.newest),
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        self.client = client or httpx.Client(timeout=httpx.Timeout(60, connect=8))

    def enrol(self, code: str, name: str) -> dict[str, Any]:
        """Exchange a one-time code for a token of one's own."""
        return self.ask("POST", "enrol", params={"kind": "node"}, body={"code": code, "name": name})

    def directory(self) -> dict[str, Any]:
        """The names of villages and people there."""
        return self.ask("GET", "directory")

    def hello(self) -> Hello:
        """Ask for the id, the epoch, the time and the protocol range of the other node."""
        body = self.ask("GET", "hello")
        told = body["proto"]
        return Hello(
            body["node"], body["epoch"], str(body["now"]), body.get("proto_min", told), body.get("proto_max", told)
        )

    def misfit(self, hello: Hello) -> SyncProblem | None:
        """too_old, if the two share no version of the wire; ``whose`` tells which of them is to be updated."""
        if self.spoken.meets(hello.proto_min, hello.proto_max):
            return None
        whose = "theirs" if hello.proto_max < self.spoken.oldest else "ours"
        return SyncProblem("too_old", whose=whose, proto_min=hello.proto_min, proto_max=hello.proto_max)

    def push(self, texts: Sequence[str], held: Mapping[str, str]) -> list[dict[str, Any]]:
        """Offer changes, and tell which of them are held here and why; returns their verdicts, in order.

        A push that is too large is halved until it is not. One that is too old is stored all the same.
        """
        try:
            results = self.ask("POST", "push", body={"changes": texts, "held": held})["results"]
        except SyncProblem as problem:
            if problem.code == "too_old" and problem.details.get("results"):
                results = problem.details["results"]
            elif problem.code == "too_large" and len(texts) > 1:
                half = len(texts) // 2
                return self.push(texts[:half], held) + self.push(texts[half:], held)
            else:
                raise
        if len(results) != len(texts):
            raise SyncProblem("no_network", why="stranger")
        return list(results)

    def pull(self, after: int, limit: int = 1000) -> dict[str, Any]:
        """A page of everything this node may have: changes, evicted, ahead, held, next, more."""
        return self.ask("GET", "pull", params={"area": "*", "after": after, "limit": limit})

    def compare(self, buckets: Mapping[str, str], until: int) -> dict[str, Any]:
        """The ids of the buckets that differ there (``differ``, and ``left`` for the next call), and those that came
        there after a position (``later``)."""
        return self.ask("POST", "compare", body={"buckets": buckets, "until": until})

    def some(self, ids: Sequence[str]) -> dict[str, Any]:
        """Some changes by their ids, as far as they fit into one answer: changes, ahead, held."""
        return self.ask("POST", "compare", body={"want": ids})

    def send_blob(self, sha256: str, kind: str, content: bytes) -> str:
        """Send the parts of a photo that are missing there. Returns its state there: stored, not_a_photo, partial."""
        parts = max(1, -(-len(content) // PART_BYTES))
        told = self.ask("GET", f"blob/{sha256}/missing", params={"parts": parts})
        for i in told["missing"]:
            part = content[i * PART_BYTES : (i + 1) * PART_BYTES]
            headers = {"Content-Type": "application/octet-stream", "X-Type": kind}
            told = self.ask("PUT", f"blob/{sha256}/{i}", params={"parts": parts}, content=part, headers=headers)
        return str(told["state"])

    def fetch_part(self, sha256: str, i: int) -> tuple[bytes, int] | None:
        """A part of a photo and the number of its parts, None if the other node has not got it."""
        start = i * PART_BYTES
        wish = {**self.headers, "Range": f"bytes={start}-{start + PART_BYTES - 1}", "Accept-Encoding": "identity"}
        status, headers, content = self._send("GET", f"blob/{sha256}", headers=wish)
        if status == httpx.codes.NOT_FOUND:
            return None
        told = re.fullmatch(rf"bytes {start}-\d+/(\d+)", headers.get("Content-Range", ""))
        if status != httpx.codes.PARTIAL_CONTENT or told is None or len(content) > PART_BYTES:
            raise SyncProblem("no_network", why="photo")
        return content, max(1, -(-int(told[1]) // PART_BYTES))

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Our JSON. ``body`` is sent as JSON, compressed; ``content`` as it is."""
        headers = {**self.headers, **(headers or {})}
        if body is not None:
            content = gzip.compress(msgspec.json.encode(body), 6)
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        status, told, data = self._send(method, path, params=params, content=content, headers=headers)
        answer = _ours(status, told, data)
        if status != httpx.codes.OK:
            raise _refusal(status, told, answer)
        if answer["proto"] > self.spoken.newest:
            raise SyncProblem("too_old", whose="ours", proto_min=answer["proto"], proto_max=answer["proto"])
        return answer

    def _send(self, method: str, path: str, **how: Any) -> tuple[int, httpx.Headers, bytes]:
        try:
            with self.client.stream(method, self.root + path, **how) as answer:
                return answer.status_code, answer.headers, _inflated(answer)
        except httpx.TransportError as error:
            raise SyncProblem("no_network", why=_why(error), said=str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SyncProblem("no_network", why="stranger", said=str(error)) from None


def _why(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "certificate"
    return "unreachable" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "cut"


def _inflated(answer: httpx.Response) -> bytes:
    """The content of an answer, whatever it inflates to: never more than is allowed is in memory."""
    whole = bytearray()
    for piece in _pieces(answer):
        whole += piece
        if len(whole) > MOST_BYTES:
            raise SyncProblem("no_network", why="too_large")
    return bytes(whole)


def _pieces(answer: httpx.Response) -> Iterator[bytes]:
    if answer.headers.get("Content-Encoding", "identity").lower() != "gzip":
        yield from answer.iter_bytes()
        return
    machine = zlib.decompressobj(wbits=31)
    try:
        for packed in answer.iter_raw():
            yield machine.decompress(packed, MOST_BYTES + 1)
    except zlib.error:
        raise SyncProblem("no_network", why="cut") from None
    if not machine.eof:
        raise SyncProblem("no_network", why="too_large" if machine.unconsumed_tail else "cut")


def _ours(status: int, headers: httpx.Headers, content: bytes) -> dict[str, Any]:
    """What a node of ours has said.

    :raises SyncProblem: it is somebody else who answers there, or between here and there.
    """
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    own = ("proto", int), ("node", str), ("epoch", str)
    if isinstance(body, dict) and all(isinstance(body.get(name), kind) for name, kind in own):
        return body
    if 300 <= status < 400 or status == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED:
        raise SyncProblem("no_network", why="portal", status=status)
    page = headers.get("Content-Type", "").startswith("text/html")
    raise SyncProblem("no_network", why="page" if page else "stranger", status=status)


def exchange(
    journals: Journals,
    url: str,
    token: str,
    *,
    receive: Receive,
    blobs: Blobs | None = None,
    node: str | None = None,
    client: httpx.Client | None = None,
    progress: OutcomeProgress = lambda _: None,
    comparing: bool = False,
) -> Outcome:
    """Send what the other node lacks, take what it has, then photos both ways. Raises SyncProblem as PeerClient does.

    ``node``: the id the other must have, where that is known; another_node is raised if it has not. ``comparing``: also
    compare what both hold, whatever the cursors say, and put right what differs. A node that is too old for the other
    hands over what it has before too_old is raised: it is kept there.
    """
    peer = PeerClient(url, token, client=client)
    hello = peer.hello()
    if node is not None and hello.node != node:
        raise SyncProblem("another_node", expected=node, found=hello.node)
    misfit = peer.misfit(hello)
    if misfit and misfit.details["whose"] == "theirs":
        raise misfit
    with journals() as journal:
        cursor = journal.peer_cursor(hello.node, hello.epoch)
        outcome = Outcome(hello.node, restored=cursor.everything_until > 0 and not cursor.pushed)
    cursor = _push(peer, journals, cursor, receive, outcome, progress)
    if misfit:
        raise misfit
    cursor = _pull(peer, journals, cursor, receive, outcome, progress)
    if comparing:
        _compare(peer, journals, cursor, receive, outcome)
        progress(outcome)
    if blobs is not None:
        _exchange_blobs(peer, blobs, outcome, progress)
    return outcome


def _push(
    peer: PeerClient,
    journals: Journals,
    cursor: PeerCursor,
    receive: Receive,
    outcome: Outcome,
    progress: OutcomeProgress,
) -> PeerCursor:
    more = True
    while more:
        with journals() as journal:
            page = journal.offer(cursor, PUSH_CHANGES, PUSH_BYTES)
        if page.changes:
            results = peer.push(page.changes, page.held)
            for result in results:
                _count(outcome.sent_verdicts, result["verdict"])
            outcome.sent += len(page.changes)
            _hold_too(journals, receive, page, results)
        cursor, more = replace(cursor, pushed=page.next), page.more
        with journals() as journal:
            journal.keep_cursor(cursor)
        progress(outcome)
    return cursor


def _hold_too(journals: Journals, receive: Receive, page: Page, results: Sequence[Mapping[str, Any]]) -> None:
    """What counts here and is held there comes in here once more, as held: so both tell the same."""
    told = {each["id"]: each["reason"] for each in results if each["verdict"] == "held" and each.get("reason")}
    why = {id: reason for id, reason in told.items() if id not in page.held}
    if texts := [text for text in page.changes if change_id(text) in why]:
        with journals() as journal:
            receive(journal, texts, [], why)


def _pull(
    peer: PeerClient,
    journals: Journals,
    cursor: PeerCursor,
    receive: Receive,
    outcome: Outcome,
    progress: OutcomeProgress,
) -> PeerCursor:
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
    return cursor


def _take(journal: Journal, page: Mapping[str, Any], receive: Receive) -> list[Result]:
    if not page["changes"]:
        return []
    return receive(journal, page["changes"], page.get("ahead") or [], page.get("held") or {})


def _compare(peer: PeerClient, journals: Journals, cursor: PeerCursor, receive: Receive, outcome: Outcome) -> None:
    """Find out what one side lacks although the cursors say that it has it, and give it."""
    with journals() as journal:
        left = compare.hashes(journal.connection, compare.unsent(journal.connection, cursor))
    while left:
        told = peer.compare(left, cursor.pulled)
        theirs = {id for listed in told["differ"].values() for id in listed}
        with journals() as journal:
            own = {id for _, listed in compare.ids(journal.connection, told["differ"]) for id in listed}
            awaited = compare.unsent(journal.connection, cursor)
        outcome.lacked += _fetch(peer, journals, sorted(theirs - own.union(told["later"])), receive)
        outcome.given_again += _give(peer, journals, own - theirs - awaited)
        left = {bucket: left[bucket] for bucket in told["left"] if bucket in left and bucket not in told["differ"]}
    outcome.compared = True


def _fetch(peer: PeerClient, journals: Journals, lacking: Sequence[str], receive: Receive) -> int:
    """Get some changes by their ids. Returns how many came."""
    left, came = list(lacking), 0
    while left:
        page = peer.some(left[:WANTED])
        with journals() as journal:
            got = {result.id for result in _take(journal, page, receive)}
        if not got.intersection(left):
            break  # the other side has not got them any more
        left = [id for id in left if id not in got]
        came += len(got)
    return came


def _give(peer: PeerClient, journals: Journals, lacking: Collection[str]) -> int:
    """Send changes once more. Returns how many went."""
    went, after, more = 0, 0, bool(lacking)
    while more:
        with journals() as journal:
            page = compare.some(journal.connection, lacking, after, PUSH_CHANGES, PUSH_BYTES)
        if page.changes:
            peer.push(page.changes, page.held)
        went, after, more = went + len(page.changes), page.next, page.more
    return went


def _exchange_blobs(peer: PeerClient, blobs: Blobs, outcome: Outcome, progress: OutcomeProgress) -> None:
    for sha256, kind in blobs.to_send():
        if peer.send_blob(sha256, kind, blobs.load(sha256)) != "partial":
            blobs.sent(sha256)
            outcome.blobs_sent += 1
            progress(outcome)
    for sha256 in blobs.wanted():
        if _fetch_blob(peer, blobs, sha256):
            outcome.blobs_received += 1
            progress(outcome)


def _fetch_blob(peer: PeerClient, blobs: Blobs, sha256: str) -> bool:
    """Get the parts of a photo that are missing here. Returns whether it is whole now."""
    missing = blobs.missing(sha256) or [0]
    while missing:
        part = peer.fetch_part(sha256, missing[0])
        if part is None:
            return False
        content, parts = part
        left = blobs.store(sha256, missing[0], parts, content)
        if missing[0] in left:
            raise SyncProblem("no_network", why="photo")  # the parts do not make what they are called
        missing = left
    return True


def _count(counts: dict[str, int], verdict: str) -> None:
    counts[verdict] = counts.get(verdict, 0) + 1


def _refusal(status: int, headers: httpx.Headers, body: dict[str, Any]) -> SyncProblem:
    told = body.get("error") or {}
    message = told.get("message")
    if status == httpx.codes.UNAUTHORIZED and not str(told.get("code")).endswith("_code"):
        return SyncProblem("unknown_token", message=message)
    if status == httpx.codes.UPGRADE_REQUIRED:
        return SyncProblem("too_old", whose="ours", message=message, results=body.get("results"))
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return SyncProblem("too_large", message=message)
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        wait = headers.get("Retry-After", "")
        return SyncProblem("busy", wait=int(wait) if wait.isdigit() else 30, message=message)
    return SyncProblem("refused", status=status, reason=told.get("code"), message=message)

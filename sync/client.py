"""The exchange with another node over ``/sync/v1/``. It may be cut off anywhere: the next run goes on from there.

What is pulled and how far the pulling got are stored in one transaction. When the other node was restored from a
backup it has a new epoch; then everything is offered again, for it may have lost what it once had.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx

from sync import compare
from sync.change import change_id
from sync.entries import Page
from sync.journal import Journal, PeerCursor, Result
from sync.peer import PeerClient
from sync.problems import SyncProblem

PUSH_CHANGES = 500
PUSH_BYTES = 240 * 1024
WANTED = 1000

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


@dataclass
class Outcome:
    """What an exchange did. ``verdicts``: what the other node said to what was sent, and this one to what came.

    ``restored``: the other node was put back to an earlier day, and this is the first exchange with it since.
    ``compared``: whether both sides were compared; then ``lacked`` changes were missing here and were fetched, and
    ``given_again`` were missing there although they had been sent.
    ``ahead_ms``: by so much the clock here is ahead of the other's, in milliseconds and with the time of one answer.
    """

    node: str = ""
    restored: bool = False
    ahead_ms: int = 0
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
    with PeerClient(url, token, client=client) as peer:
        hello = peer.hello()
        if node is not None and hello.node != node:
            raise SyncProblem("another_node", expected=node, found=hello.node)
        misfit = peer.misfit(hello)
        if misfit and misfit.details["whose"] == "theirs":
            raise misfit
        with journals() as journal:
            cursor = journal.peer_cursor(hello.node, hello.epoch)
            restored = cursor.everything_until > 0 and not cursor.pushed
            outcome = Outcome(hello.node, restored, hello.behind(journal.now()))
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

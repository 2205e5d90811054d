"""Joining another node and syncing with it over the network, as a client of its ``/sync/v1/``."""

from __future__ import annotations

import ipaddress
import platform
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import begin_writing, db
from fieldapp.i18n import language
from fieldapp.nodes import directory
from fieldapp.nodes.models import Peer, PeerPhoto
from fieldapp.nodes.peers import trust
from fieldapp.nodes.sentences import telling
from fieldapp.photos import attachments
from fieldapp.photos.attachments import NOT_A_PHOTO, STORED, Attachment, PhotoUse
from fieldapp.problems import BadAddress, NotJoined, PeerKeyKnown
from fieldapp.today import now
from sync import client as wire
from sync.client import Outcome
from sync.journal import Journal, Result
from sync.peer import PeerClient
from sync.problems import SyncProblem

_HOST = re.compile(r"[^\s/@%<>{}|\\^`\"]+")
OutcomeProgress = Callable[[Outcome], None]

EVERY = timedelta(days=1)
"""So often two nodes compare all that they hold."""


def join(url: str, code: str, name: str = "") -> Peer:
    """Enrol this node at another with a one-time code, and trust it. Begins as a writer once that one
    has answered; the caller commits.

    :param name: what to call the other node here; its address by default.
    :raises BadAddress: that is no address.
    :raises ExchangeProblem: nobody answers there, or the code is refused.
    """
    url = whole_address(url)
    parts = urlsplit(url)
    with telling(), PeerClient(url, "", language=language()) as other:
        told = other.enrol(code.strip(), platform.node() or "node")
    begin_writing()
    peer = _known(told["server_key"], name or parts.netloc)
    peer.url, peer.token, peer.node = url, told["token"], told["node"]
    return peer


def whole_address(typed: str) -> str:
    """An address as people type it or read it out: without ``https://``, which is then put before it; or ``http://``
    where only this room can be meant, by a bare name or a number of a local network.

    :raises BadAddress: it is none.
    """
    url = typed.strip().rstrip("/")
    try:
        near = "http" if _is_near(urlsplit(f"//{url}").hostname or "") else "https"
        whole = url if "://" in typed else f"{near}://{url}"
        parts = urlsplit(whole)
        good = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadAddress(url=url)
    return whole


def _is_near(host: str) -> bool:
    """Whether a host is of this machine or of the network in this room, where no certificate is to be had."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".local")


def _known(key: str, name: str) -> Peer:
    try:
        return trust(name, key)
    except PeerKeyKnown as known:
        return db.session.get_one(Peer, known.values["name"])


def joined(url: str) -> Peer:
    """The peer this node has joined at this address, or by this name.

    :raises NotJoined: there is none.
    """
    url = url.strip().rstrip("/")
    addresses = {url}
    with suppress(BadAddress):
        addresses.add(whole_address(url))
    known = sa.select(Peer).where(sa.or_(Peer.url.in_(addresses), Peer.name == url), Peer.token != "")
    found = db.session.scalar(known)
    if found is None:
        raise NotJoined(url=url)
    return found


def exchange(
    peer: Peer, progress: OutcomeProgress = lambda _outcome: None, *, comparing: bool | None = None
) -> Outcome:
    """Sync with a peer: changes both ways, then photos. What was exchanged before a failure is kept.

    :param comparing: also compare what both hold, whatever was exchanged before; by default once a day.
    :raises ExchangeProblem: nobody answers, the token is refused, it is another node than the one joined …
    :raises NotJoined: this node has not joined it.
    """
    if not peer.token:
        raise NotJoined(url=peer.name)
    name, url, token, node = peer.name, peer.url, peer.token, peer.node
    comparing = _is_due(peer) if comparing is None else comparing
    db.session.rollback()
    with telling():
        _learn(url, token, node)
        outcome = wire.exchange(
            _transaction,
            url,
            token,
            receive=_receiver(node),
            blobs=_Photos(name, node),
            node=node,
            progress=_noticing(name, progress),
            comparing=comparing,
        )
    _note(name, outcome)
    return outcome


def _noticing(name: str, progress: OutcomeProgress) -> OutcomeProgress:
    """Note at once that a peer was put back to an earlier day, whatever comes in between later."""

    def told(outcome: Outcome) -> None:
        if outcome.restored and (name, outcome.node) not in noted:
            noted.add((name, outcome.node))
            with _transaction():
                peer = db.session.get_one(Peer, name)
                peer.report = {**(peer.report or {}), "put_back": now().isoformat(timespec="seconds"), "untold": True}
        progress(outcome)

    noted = set[tuple[str, str]]()
    return told


def was_put_back(name: str) -> bool:
    """Whether it is still to be told that a peer was put back to an earlier day; asked once, it is told."""
    db.session.rollback()
    if not (db.session.get_one(Peer, name).report or {}).get("untold"):
        return False
    with _transaction():
        peer = db.session.get_one(Peer, name)
        peer.report = {key: value for key, value in peer.report.items() if key != "untold"}
    return True


def _is_due(peer: Peer) -> bool:
    """Whether the last comparison was a day ago, or is said to be in the future."""
    told = (peer.report or {}).get("compared")
    return told is None or not timedelta() <= now() - datetime.fromisoformat(told) < EVERY


def _learn(url: str, token: str, node: str | None) -> None:
    """Ask for the names of villages and people before what points to them arrives."""
    try:
        with PeerClient(url, token, language=language()) as other:
            told = other.directory()
    except SyncProblem as problem:
        if problem.code != "too_old":
            raise
        return  # the exchange says it, after it has handed over what this node holds
    if node is not None and told.get("node") != node:
        raise SyncProblem("another_node", expected=node, found=told.get("node"))
    with _transaction():
        directory.take(told, leads=True)


@contextmanager
def _transaction() -> Iterator[Journal]:
    begin_writing()
    try:
        yield intake.journal()
    except BaseException:
        db.session.rollback()
        raise
    db.session.commit()


def _receiver(node: str | None) -> wire.Receive:
    def receive(_journal: Journal, texts: list[str], ahead: list[str], held: dict[str, str]) -> list[Result]:
        return intake.receive(texts, kind="node", from_node=node, ahead=ahead, held=held).results

    return receive


def _note(name: str, outcome: Outcome) -> None:
    begin_writing()
    peer = db.session.get_one(Peer, name)
    peer.synced_at = now()
    told = {"sent": outcome.sent, "received": fresh(outcome), "clock_ahead_ms": outcome.ahead_ms}
    peer.report = {**(peer.report or {}), **told, **_compared(outcome)}
    db.session.commit()


def _compared(outcome: Outcome) -> dict[str, object]:
    """What a comparison found; what an earlier one found stands until another finds something."""
    if not outcome.compared:
        return {}
    at = now().isoformat(timespec="seconds")
    found = {"lacked": outcome.lacked, "given_again": outcome.given_again, "found_at": at}
    return {"compared": at, **(found if outcome.lacked or outcome.given_again else {})}


def fresh(outcome: Outcome) -> int:
    """How many of the changes that came were new here."""
    return outcome.received - outcome.received_verdicts.get("duplicate", 0)


class _Photos:
    """The photos of this node, as the exchange asks for them; each call is a transaction of its own."""

    def __init__(self, peer: str, node: str | None) -> None:
        self.peer, self.node = peer, node

    def _epoch(self) -> str:
        """The peer's of now: changes were exchanged with it a moment ago."""
        return (intake.journal().epoch_of(self.node) if self.node else None) or ""

    def to_send(self) -> Iterable[tuple[str, str]]:
        given = sa.select(PeerPhoto.sha256).where(PeerPhoto.peer == self.peer, PeerPhoto.epoch == self._epoch())
        query = sa.select(Attachment.sha256, Attachment.type).where(
            Attachment.state.in_([STORED, NOT_A_PHOTO]), Attachment.sha256.not_in(given)
        )
        found = [(sha256, kind) for sha256, kind in db.session.execute(query)]
        db.session.rollback()
        return found

    def load(self, sha256: str) -> bytes:
        return attachments.path(sha256).read_bytes()

    def sent(self, sha256: str) -> None:
        with _transaction():
            db.session.merge(PeerPhoto(peer=self.peer, sha256=sha256, epoch=self._epoch()))

    def wanted(self) -> Iterable[str]:
        whole = sa.select(Attachment.sha256).where(Attachment.state.in_([STORED, NOT_A_PHOTO]))
        query = sa.select(PhotoUse.sha256).distinct().where(PhotoUse.sha256.not_in(whole))
        found = list(db.session.scalars(query))
        db.session.rollback()
        return found

    def missing(self, sha256: str) -> list[int] | None:
        begun = db.session.get(Attachment, sha256)
        found = attachments.missing(sha256, begun.parts) if begun else None
        db.session.rollback()
        return found

    def store(self, sha256: str, i: int, parts: int, content: bytes) -> list[int]:
        with _transaction():
            attachments.take_part(sha256, i, parts, content)
        attachments.finish(sha256)
        missing = attachments.missing(sha256, parts)
        db.session.rollback()
        if not missing:
            self.sent(sha256)
        return missing

"""Who this node is, and which others it trusts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.nodes.models import Peer, PeerPhoto
from fieldapp.nodes.sentences import telling
from fieldapp.problems import OwnKey, PeerKeyKnown, PeerNameTaken, UnknownPeer
from fieldapp.today import now
from fieldapp.vietnamese import clean
from sync.keys import Keys, PublicKey


@dataclass(frozen=True)
class Own:
    """What this node tells others of itself."""

    node: str
    epoch: str
    key: str


def keys() -> Keys:
    """The secret keys of this node, made on first use and kept in the instance, readable by their owner only.

    :raises ExchangeProblem: the file of keys is damaged.
    """
    path = settings().keys
    with telling():
        try:
            return Keys.load(path)
        except FileNotFoundError:
            return _make(path)


def _make(path: Path) -> Keys:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another process made them a moment before
        Keys.generate().save(path)
    return Keys.load(path)


def public_key() -> str:
    """The one string other nodes know this one by."""
    return keys().public


def own() -> Own:
    """The number, epoch and public key of this node. Commit afterwards: on first use it is given its number."""
    identity = intake.journal().identity()
    return Own(identity.node, identity.epoch, public_key())


def peers() -> list[Peer]:
    """The nodes this one knows, by name."""
    return list(db.session.scalars(sa.select(Peer).order_by(Peer.name)))


def trusted() -> dict[str, str]:
    """The public keys of the peers, by name."""
    return {peer.name: peer.key for peer in peers()}


def find(name: str) -> Peer:
    """The peer of this name.

    :raises UnknownPeer: there is none.
    """
    found = db.session.get(Peer, clean(name))
    if found is None:
        raise UnknownPeer(name=name)
    return found


def trust(name: str, key: str) -> Peer:
    """Trust a node by its key; the same again changes nothing. The caller commits.

    :raises ExchangeProblem: that is no key.
    :raises OwnKey: it is the key of this node.
    :raises PeerNameTaken, PeerKeyKnown: another peer has this name, or this key.
    """
    name, key = clean(name)[:60], key.strip()
    with telling():
        PublicKey.parse(key)
    if key == public_key():
        raise OwnKey()
    known = db.session.scalar(sa.select(Peer).where(Peer.key == key))
    if known is not None and known.name != name:
        raise PeerKeyKnown(name=known.name)
    return known or _add(name or key[-8:], key)


def _add(name: str, key: str) -> Peer:
    if db.session.get(Peer, name) is not None:
        raise PeerNameTaken(name=name)
    peer = Peer(name=name, key=key, added_at=now(), url="", token="", report={})
    db.session.add(peer)
    db.session.flush()
    return peer


def forget(peer: Peer) -> None:
    """Trust a node no longer: its files are refused, and this node does not sync with it. What it sent stays."""
    db.session.execute(sa.delete(PeerPhoto).where(PeerPhoto.peer == peer.name))
    db.session.delete(peer)

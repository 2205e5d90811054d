"""What was given to a peer by file and what it has acknowledged; and the receipts this node writes in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from fieldapp import intake, trouble
from fieldapp.batches.choice import BatchFilter, Left
from fieldapp.db import begin_writing, db
from fieldapp.nodes.models import FileIn, FileOut, Peer
from fieldapp.nodes.peers import keys, trusted
from fieldapp.nodes.sentences import telling
from fieldapp.problems import FileNotReadable, NotByFile, UnknownPeer
from sync import receipt
from sync.batch import Manifest
from sync.clock import moment_at
from sync.journal import Stopped
from sync.problems import SyncProblem
from sync.receipt import BatchOutcome, BatchReceipt, UncountedChange

NAMED = 5000
"""So many held and refused changes a receipt names; its counts are of all."""


RECEIPT = ".far"
"""What the name of a receipt ends with."""

MOST = 10_000
"""So many changes that wait for a receipt are counted; beyond, there are just more."""


@dataclass(frozen=True)
class SentFile:
    """A file made for a peer, and what the peer said of it last; ``made_at`` is None where only the receipt tells."""

    file_hash: str
    made_at: datetime | None
    changes: int
    photos: int
    receipt: BatchReceipt | None

    @property
    def received_at(self) -> datetime | None:
        """When the peer took it in, by its own clock."""
        return moment_at(self.receipt.told.received_at) if self.receipt else None


def note_given(peer: Peer, made: Manifest) -> None:
    """Remember a file that was made for a peer."""
    row = FileOut(
        file_hash=made.file_hash,
        key=peer.key,
        made_at=moment_at(made.made_at),
        since=made.since,
        until=made.until,
        changes=made.changes,
        photos=made.blobs,
        receipt=None,
    )
    db.session.add(row)


def note_taken(number: int, told: Manifest, choice: BatchFilter, missing: Left) -> FileIn:
    """Remember a file that was taken in and what of it is not here; of the same file, taken before, no more is."""
    stretches = missing.stretches()
    row = FileIn(
        batch=number,
        file_hash=told.file_hash,
        key=told.from_key,
        made_at=moment_at(told.made_at),
        epoch=told.from_epoch,
        since=told.since,
        until=told.until,
        changes=told.changes,
        photos=told.blobs,
        devices=dict(told.devices),
        left_out=len(missing.changes),
        missing=len(missing.changes),
        stretches=stretches,
        chosen=choice.told(),
    )
    same = sa.update(FileIn).where(FileIn.file_hash == told.file_hash)
    db.session.execute(same.values(missing=row.missing, stretches=stretches))
    db.session.add(row)
    return row


def left_out() -> dict[str, list[tuple[int, int]]]:
    """By device, its numbers that were left out when files were taken in, and that have not come by one since."""
    found: dict[str, set[tuple[int, int]]] = {}
    for row in db.session.scalars(sa.select(FileIn).where(FileIn.missing > 0)):
        for device, stretches in row.stretches.items():
            found.setdefault(device, set()).update((first, last) for first, last in stretches)
    return {device: sorted(stretches) for device, stretches in found.items()}


def taken_in(number: int) -> FileIn | None:
    """What is known of the file that a batch came by."""
    return db.session.get(FileIn, number)


def taken_whole(file_hash: str) -> FileIn | None:
    """The batch by which all of a file came in, if it did."""
    return _newest(FileIn.file_hash == file_hash)


def taken_whole_as(beginning: str) -> FileIn | None:
    """The same by the beginning of its hash, hexadecimal, as a file that waits is called."""
    return _newest(FileIn.file_hash.startswith(beginning))


def _newest(fits: sa.ColumnElement[bool]) -> FileIn | None:
    query = sa.select(FileIn).where(fits, FileIn.missing == 0)
    return db.session.scalars(query.order_by(FileIn.batch.desc()).limit(1)).first()


def given(peer: Peer, limit: int = 20) -> list[SentFile]:
    """The files made for a peer, the newest first."""
    query = sa.select(FileOut).where(FileOut.key == peer.key)
    rows = db.session.scalars(query.order_by(FileOut.made_at.is_(None), FileOut.made_at.desc()).limit(limit))
    return [SentFile(row.file_hash, row.made_at, row.changes, row.photos, _receipt(row)) for row in rows]


def _receipt(row: FileOut) -> BatchReceipt | None:
    return msgspec.convert(row.receipt, BatchReceipt) if row.receipt else None


def acknowledged(peer: Peer) -> int:
    """The position in the journal up to which a peer is known to hold everything: by receipts, or by the network.

    What was given and not acknowledged is given again: a stick can be lost. So is what a peer had before it went back
    to a backup, as far as anything tells that it did.
    """
    epoch = _epoch(peer)
    position = max((pushed for at, pushed in _by_wire(peer) if at == epoch), default=0)
    for row in db.session.scalars(sa.select(FileOut).where(FileOut.key == peer.key).order_by(FileOut.since)):
        found = _receipt(row)
        whole = found is not None and found.from_epoch == epoch and not found.told.left_out
        if whole and row.made_at is not None and row.since <= position:
            position = max(position, row.until)
    return position


def _by_wire(peer: Peer) -> Iterator[tuple[str, int]]:
    """(its epoch, how far this node's changes were sent) of an exchange over the network."""
    known = intake.journal().pushed_to(peer.node) if peer.node else None
    return iter([known] if known else [])


def _epoch(peer: Peer) -> str | None:
    """The epoch a peer was heard from in last, over whichever way."""
    heard = [(peer.synced_at, epoch) for epoch, _pushed in _by_wire(peer) if peer.synced_at]
    rows = db.session.scalars(sa.select(FileOut).where(FileOut.key == peer.key, FileOut.receipt.is_not(None)))
    heard += [(moment_at(found.made_at), found.from_epoch) for row in rows if (found := _receipt(row))]
    files = sa.select(FileIn.made_at, FileIn.epoch).where(FileIn.key == peer.key)
    heard += [(row.made_at, row.epoch) for row in db.session.execute(files)]
    return max(heard, default=(None, None), key=lambda each: each[0])[1]


def unacknowledged(peer: Peer, most: int = MOST) -> int:
    """How many changes that did not come from a peer it has not acknowledged yet; counted up to ``most`` and one."""
    return intake.journal().made_elsewhere_since(acknowledged(peer), peer.node, most + 1)


def write(number: int, path: Path) -> None:
    """Write the receipt of a batch that came by file, as things stand now, for the node that made the file.

    :raises NotByFile: the batch did not come by a file, or before this version kept what a receipt needs.
    :raises UnknownPeer: who made it is not trusted any more.
    :raises NoRoomFor, FileNotWritable: there is no room, or no folder.
    """
    told, key = tell(number)
    own = intake.journal().identity()
    with telling(), trouble.writing(path):
        receipt.write(path, told, node=own.node, epoch=own.epoch, keys=keys(), to=key)


def tell(number: int) -> tuple[BatchOutcome, str]:
    """What a receipt says of a batch, and the key it is for.

    :raises NotByFile: the batch did not come in as a file.
    :raises UnknownPeer: the node that made the file is not trusted here any more.
    """
    journal = intake.journal()
    row, here = taken_in(number), journal.batch(number)
    if row is None or here is None:
        raise NotByFile(number=number)
    if row.key not in trusted().values():
        raise UnknownPeer(name=row.key[-8:])
    told = BatchOutcome(
        file_hash=row.file_hash,
        epoch=row.epoch,
        since=row.since,
        until=row.until,
        changes=row.changes,
        left_out=row.missing,
        batch=number,
        received_at=here.received_at,
        counts=dict(here.counts),
        held=_named(journal.held_of_batch(number, NAMED)),
        refused=_unreadable(number) + _named(journal.refused_of_batch(number, NAMED)),
        undone=here.undone,
    )
    return told, row.key


def _named(stopped: Iterable[Stopped]) -> list[UncountedChange]:
    return [UncountedChange(each.id, each.record, each.held or "refused") for each in stopped]


def _unreadable(number: int) -> list[UncountedChange]:
    return [UncountedChange(id, "", why) for id, why in intake.journal().unreadable_of_batch(number, NAMED)]


def read(path: Path) -> SentFile:
    """Read a receipt that came back and remember what it says; an older one than is known changes nothing.

    :raises ExchangeProblem: it is none, damaged, for another node, from an unknown one, or not from whom the file
        was made for.
    :raises FileNotReadable: there is no such file.
    """
    try:
        with telling():
            found = receipt.read(path, keys(), trusted())
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FileNotReadable(path=str(path)) from error
    begin_writing()
    row = db.session.get(FileOut, found.told.file_hash) or _only_told(found)
    if row.key != found.from_key:
        db.session.rollback()
        with telling():
            raise SyncProblem("receipt_other")
    known = _receipt(row)
    if known is None or known.made_at <= found.made_at:
        row.receipt = msgspec.to_builtins(found)
    peer = db.session.get_one(Peer, found.sender)
    peer.node = found.from_node
    db.session.commit()
    return SentFile(row.file_hash, row.made_at, row.changes, row.photos, _receipt(row))


def _only_told(found: BatchReceipt) -> FileOut:
    told = found.told
    row = FileOut(
        file_hash=told.file_hash,
        key=found.from_key,
        made_at=None,
        since=told.since,
        until=told.until,
        changes=told.changes,
        photos=0,
        receipt=None,
    )
    db.session.add(row)
    return row

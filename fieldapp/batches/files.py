"""Batch files: made for a peer, looked at, taken in whole or in part."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from fieldapp import intake, trouble
from fieldapp.batches import choice as choosing
from fieldapp.batches import foretelling, receipts
from fieldapp.batches.choice import BatchFilter, Left, Scene
from fieldapp.batches.foretelling import Foretold
from fieldapp.db import begin_writing, db
from fieldapp.nodes import directory
from fieldapp.nodes.models import FileIn, Peer
from fieldapp.nodes.peers import find, keys, trusted
from fieldapp.nodes.sentences import telling
from fieldapp.photos import attachments
from fieldapp.problems import FileNotReadable, NothingInIt
from sync import batch
from sync.clock import moment_at
from sync.journal import Journal
from sync.problems import SyncProblem

Progress = Callable[[int, int], None]
WHOLE = BatchFilter()


def _silent(_done: int, _whole: int) -> None:
    """No progress is told."""


_PHOTO = re.compile(r'"sha256":"([0-9a-f]{64})"')


@dataclass(frozen=True)
class CheckedBatch:
    """A batch file that was checked, and what became, or would become, of what is in it.

    ``batch``: the number it was imported as; ``before`` is the same number when that was done by an earlier import,
    and this one changed nothing; ``undone`` whether that import was taken back since. ``left_out``: how many changes
    of the file are not here because they were not asked for. ``foretold``: what a preview found.
    """

    sender: str
    from_node: str
    made_at: datetime
    changes: int
    photos: int
    devices: Mapping[str, tuple[int, int, int]]
    file_hash: str
    counts: dict[str, int] = field(default_factory=dict)
    batch: int | None = None
    before: int | None = None
    undone: bool = False
    left_out: int = 0
    foretold: Foretold = field(default_factory=Foretold)


class _Directory(msgspec.Struct):
    """The names in a file, as a directory tells them."""

    places: list[tuple[int, str, str, str, str | None]] = []
    became: list[tuple[int, str, int, str, bool]] = []
    villages: list[tuple[int, str, int, str]] = []
    people: list[dict[str, Any]] = []


def export(path: Path, peer: Peer, *, since: int = 0) -> CheckedBatch:
    """Write what this node holds, with photos, into a file that only ``peer`` can open; then begin as a writer to note
    that it was given. The caller commits. All villages and people go along, as by wire: what fills in records where
    there never is a network has to know its places, those without any record as well.

    :param since: a position in the journal; 0 means everything. What the peer has acknowledged need not be sent again:
        see :func:`fieldapp.batches.acknowledged`.
    :raises NoRoomFor, FileNotWritable: there is no room, or no folder.
    """
    here = intake.journal()
    mentioned = _mentioned(here, since)
    with telling(), trouble.writing(path):
        made = batch.export(
            path,
            here,
            keys=keys(),
            to=peer.key,
            since=since,
            blobs=_photos(mentioned),
            names=directory.give(),
        )
    begin_writing()
    receipts.note_given(peer, made)
    return _parcel(made)


def _mentioned(here: Journal, since: int) -> Iterable[str]:
    """The photos that changes after a position name."""
    found: dict[str, None] = {}
    after, more = since, True
    while more:
        page = here.feed(None, after)
        found.update(dict.fromkeys(name for text in page.changes for name in _PHOTO.findall(text)))
        after, more = page.next, page.more
    return found


def _photos(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Those of the photos that are whole here."""
    for name in names:
        file = attachments.path(name)
        if file.exists():
            yield name, file.read_bytes()


def show(path: Path) -> CheckedBatch:
    """Check a file and tell what it says of itself.

    :raises ExchangeProblem: truncated, altered, for another node, from an unknown one …
    :raises FileNotReadable: there is no such file.
    """
    with _opened(path) as opened:
        return _parcel(opened.manifest)


def preview(path: Path, progress: Progress = _silent, choice: BatchFilter = WHOLE) -> CheckedBatch:
    """What an import would do. Nothing is stored, and nobody waits for it.

    :raises ExchangeProblem, FileNotReadable: as :func:`show`.
    """
    with _opened(path) as opened:
        told = opened.manifest
        before = receipts.taken_whole(told.file_hash)
        left = choosing.split(opened, choice, _scene(opened, choice))
        found = foretelling.foretell(
            opened, lambda: choosing.taken(opened, left), lambda done: progress(done, told.changes)
        )
        return _parcel(told, dict(found.counts), before=before, left_out=len(left.missing().changes), foretold=found)


def _scene(opened: batch.Opened, choice: BatchFilter) -> Scene:
    return foretelling.scene(opened, lambda _done: None) if choice.looks_ahead else Scene()


def take_in(
    path: Path, author: str | None = None, progress: Progress = _silent, choice: BatchFilter = WHOLE
) -> CheckedBatch:
    """Import a file: what was chosen of it, or nothing. What is all here is not taken again.

    :param author: the account of the administrator who does it.
    :param progress: told how many changes are in, of how many.
    :param choice: what to take. The rest stays in the file: importing it again, later, brings it.
    :raises ExchangeProblem, FileNotReadable: as :func:`show`.
    :raises NothingInIt: nothing of the file fits the choice.
    """
    if (known := _known(path)) is not None:
        return known
    with _opened(path) as opened:
        left = choosing.split(opened, choice, _scene(opened, choice))
        if left.changes and len(left.changes) >= opened.manifest.changes:
            raise NothingInIt()
        photos = _looked_at(opened, left)
        begin_writing()
        if (before := receipts.taken_whole(opened.manifest.file_hash)) is not None:
            return _parcel(opened.manifest, before=before)
        _learn(opened.manifest)
        receipt = _receive(opened, left, author, progress)
        for photo in photos:
            attachments.note(photo)
        find(opened.manifest.sender).node = opened.manifest.from_node
        row = receipts.note_taken(receipt.batch, opened.manifest, choice, left.missing())
        parcel = _parcel(opened.manifest, dict(receipt.counts), number=row.batch, left_out=row.left_out)
        db.session.commit()
        return parcel


def _known(path: Path) -> CheckedBatch | None:
    """What is known of a file that was checked and imported whole before, byte for byte: it need not be opened."""
    try:
        return imported_before(file_hash(path))
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FileNotReadable(path=str(path)) from error


def imported_before(hash: str) -> CheckedBatch | None:
    """What is known of a file that was imported whole, by its SHA-256 or the beginning of that."""
    row = receipts.taken_whole_as(hash)
    found = intake.journal().batch(row.batch) if row else None
    if row is None or found is None:
        db.session.rollback()
        return None
    sender = next((name for name, key in trusted().items() if key == row.key), row.key[-8:])
    return CheckedBatch(
        sender,
        found.from_node or "",
        row.made_at,
        row.changes,
        row.photos,
        row.devices,
        row.file_hash,
        batch=row.batch,
        before=row.batch,
        undone=found.undone,
    )


def _learn(told: batch.Manifest) -> None:
    """Take over the names in a file."""
    try:
        names = msgspec.convert(told.names, _Directory)
        directory.take(msgspec.to_builtins(names))
    except (msgspec.ValidationError, KeyError, TypeError, ValueError):
        with telling():
            raise SyncProblem("unknown_format", why="names") from None


def _looked_at(opened: batch.Opened, left: Left) -> list[attachments.PhotoCheck]:
    """The photos that what is taken names, of a whole file all of them: on the disk, and decoded, before anybody waits
    for what is written."""
    named = {name for text in choosing.taken(opened, left) for name in _PHOTO.findall(text)} if left.changes else None
    return [attachments.look(data) for name, data in opened.blobs() if named is None or name in named]


@contextmanager
def _opened(path: Path) -> Iterator[batch.Opened]:
    known, own = trusted(), keys()
    db.session.rollback()  # checking a large file takes a while; nobody need wait for it
    try:
        with telling(), batch.read(path, own, known) as opened:
            yield opened
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FileNotReadable(path=str(path)) from error


def _receive(opened: batch.Opened, left: Left, author: str | None, progress: Progress) -> intake.Receipt:
    told = opened.manifest
    return intake.receive(
        choosing.taken(opened, left),
        kind="file",
        author=author,
        file_hash=told.file_hash,
        from_node=told.from_node,
        ahead=told.ahead,
        held=told.held,
        led=bool(find(told.sender).url),
        progress=lambda done: progress(done, told.changes - len(left.changes)),
    )


def _parcel(
    told: batch.Manifest,
    counts: dict[str, int] | None = None,
    *,
    number: int | None = None,
    before: FileIn | None = None,
    left_out: int = 0,
    foretold: Foretold | None = None,
) -> CheckedBatch:
    found = intake.journal().batch(before.batch) if before else None
    return CheckedBatch(
        sender=told.sender,
        from_node=told.from_node,
        made_at=moment_at(told.made_at),
        changes=told.changes,
        photos=told.blobs,
        devices=told.devices,
        file_hash=told.file_hash,
        counts=counts or {},
        batch=before.batch if before else number,
        before=before.batch if before else None,
        undone=found.undone if found else False,
        left_out=left_out,
        foretold=foretold or Foretold(),
    )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

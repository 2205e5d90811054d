"""Batch files: made for a peer, looked at, taken in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from fieldapp import attachments, intake
from fieldapp.db import begin_writing, db
from fieldapp.nodes.models import Peer
from fieldapp.nodes.peers import find, keys, trusted
from fieldapp.nodes.sentences import telling
from fieldapp.problems import FileNotReadable, FileNotWritable
from fieldapp.verdicts import TAKEN
from sync import batch
from sync.journal import Journal, Result
from sync.tables import batch as batches

FIRST = 200
"""So many changes of a file are listed before it is imported."""

Progress = Callable[[int, int], None]


def _silent(_done: int, _whole: int) -> None:
    """No progress is told."""


_PHOTO = re.compile(r'"sha256":"([0-9a-f]{64})"')


@dataclass(frozen=True)
class Parcel:
    """A batch file that was checked, and what became, or would become, of its changes.

    ``first``: some of them, those that need a look at the top. ``batch``: the number it was imported as; ``before`` is
    the same number when that was done by an earlier import, and this one changed nothing.
    """

    sender: str
    from_node: str
    made_at: datetime
    changes: int
    photos: int
    devices: dict[str, tuple[int, int, int]]
    counts: dict[str, int] = field(default_factory=dict)
    first: list[Result] = field(default_factory=list)
    batch: int | None = None
    before: int | None = None


def export(path: Path, peer: Peer, *, since: int = 0) -> Parcel:
    """Write what this node holds, with its photos, into a file that only ``peer`` can open. The caller commits.

    :param since: a position in the journal; 0 means everything.
    :raises FileNotWritable: there is no room, or no folder.
    """
    here = intake.journal()
    with telling(), _writing(path):
        made = batch.export(path, here, keys=keys(), to=peer.key, since=since, blobs=_photos(here, since))
    peer.report = {**(peer.report or {}), "given": made.until}
    return _parcel(made)


def _photos(here: Journal, since: int) -> Iterator[tuple[str, bytes]]:
    """The photos that changes after a position name, as far as they are whole here."""
    given: set[str] = set()
    after, more = since, True
    while more:
        page = here.feed(None, after)
        named = dict.fromkeys(name for text in page.changes for name in _PHOTO.findall(text))
        for name in named:
            file = attachments.path(name)
            if name not in given and file.exists():
                given.add(name)
                yield name, file.read_bytes()
        after, more = page.next, page.more


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileNotWritable(path=str(path), why=error.strerror or str(error)) from error


def show(path: Path) -> Parcel:
    """Check a file and tell what it says of itself.

    :raises ExchangeProblem: truncated, altered, for another node, from an unknown one …
    :raises FileNotReadable: there is no such file.
    """
    with _opened(path) as opened:
        return _parcel(opened.manifest)


def preview(path: Path, progress: Progress = _silent) -> Parcel:
    """What an import would do: it is done, looked at, and undone.

    :raises ExchangeProblem, FileNotReadable: as :func:`show`.
    """
    with _opened(path) as opened:
        begin_writing()
        before = _imported(opened.manifest.file_hash)
        receipt = _receive(opened, None, progress)
        db.session.rollback()
        return _parcel(opened.manifest, receipt, before=before)


def take_in(path: Path, author: str | None = None, progress: Progress = _silent) -> Parcel:
    """Import a file: all of it or nothing. The same file again changes nothing.

    :param author: the account of the administrator who does it.
    :param progress: told how many changes are in, of how many.
    :raises ExchangeProblem, FileNotReadable: as :func:`show`.
    """
    with _opened(path) as opened:
        begin_writing()
        if (before := _imported(opened.manifest.file_hash)) is not None:
            db.session.rollback()
            return _parcel(opened.manifest, batch_number=before, before=before)
        receipt = _receive(opened, author, progress)
        for _name, data in opened.blobs():
            attachments.store(data)
        peer = find(opened.manifest.sender)
        peer.node = opened.manifest.from_node
        db.session.commit()
        return _parcel(opened.manifest, receipt, batch_number=receipt.batch)


@contextmanager
def _opened(path: Path) -> Iterator[batch.Opened]:
    known, own = trusted(), keys()
    db.session.rollback()  # checking a large file takes a while; nobody need wait for it
    try:
        with telling(), batch.read(path, own, known) as opened:
            yield opened
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FileNotReadable(path=str(path)) from error


def _receive(opened: batch.Opened, author: str | None, progress: Progress) -> intake.Receipt:
    told = opened.manifest
    return intake.receive(
        opened.texts(),
        kind="file",
        author=author,
        file_hash=told.file_hash,
        from_node=told.from_node,
        ahead=told.ahead,
        held=told.held,
        progress=lambda done: progress(done, told.changes),
    )


def _imported(file_hash: str) -> int | None:
    """The batch a file was imported as, if it was."""
    query = sa.select(batches.c.id).where(batches.c.file_hash == file_hash).limit(1)
    return db.session.scalar(query)


def _parcel(
    told: batch.Manifest,
    receipt: intake.Receipt | None = None,
    batch_number: int | None = None,
    before: int | None = None,
) -> Parcel:
    worst_first = sorted(receipt.results if receipt else [], key=lambda result: result.verdict in TAKEN)
    return Parcel(
        sender=told.sender,
        from_node=told.from_node,
        made_at=datetime.fromtimestamp(told.made_at / 1000, UTC).replace(tzinfo=None),
        changes=told.changes,
        photos=told.blobs,
        devices=told.devices,
        counts=dict(receipt.counts) if receipt else {},
        first=worst_first[:FIRST],
        batch=batch_number,
        before=before,
    )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Batch files (``*.fab``): changes and photos of one node for one other, carried by anyone and read by none.

Inside is a SQLite database (``meta``, ``change``, ``blob``), signed over its content by the node that made it; outside,
zstd and the age format, encrypted to the node it is for. Nothing in a file is believed before its signature was
checked, and no statement of a file is ever run: its schema must be, byte for byte, the one written here.

Format 2 also carries names: of what the changes only point to. Files of format 1, which lack them, are read too.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sync.clock import wall_ms
from sync.envelope import Heading, put, scratch, seal, unseal
from sync.files import see_that_it_can_lie
from sync.journal import Journal
from sync.keys import Keys, PublicKey
from sync.problems import SyncProblem

__all__ = ["Keys", "Manifest", "Opened", "PublicKey", "export", "read", "show"]

FORMAT = 2
READABLE = (1, 2)
PART_BYTES = 200 * 1024
MAX_BLOB = 64 * 1024**2
SECONDS = 600

SCHEMA = (
    "CREATE TABLE meta(k TEXT NOT NULL PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE change(id TEXT NOT NULL, bytes BLOB NOT NULL)",
    "CREATE TABLE blob(hash TEXT NOT NULL, i INT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(hash, i)) WITHOUT ROWID",
)


class Manifest(Heading, frozen=True, kw_only=True):
    """What a file says of itself. ``since`` and ``until`` are positions in the journal of the node that made it.

    ``devices``: (lowest seq, highest seq, how many) of each device; ``ahead``: ids with stamps too far in the future;
    ``held``: ids of changes held on the node that made the file, and why. ``names``: as ``export`` was given them.
    ``sender`` (its name among the trusted keys) and ``file_hash`` (SHA-256) are told by the reader, not by the file.
    """

    since: int
    until: int
    changes: int
    blobs: int
    devices: dict[str, tuple[int, int, int]]
    ahead: list[str]
    held: dict[str, str]
    names: dict[str, Any] = {}
    sender: str = ""
    file_hash: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was checked: what it says of itself, and what is in it."""

    manifest: Manifest
    database: sqlite3.Connection

    def texts(self) -> Iterator[str]:
        """The exact texts, in the order in which the node that made the file got them."""
        for (raw,) in _rows(self.database, "SELECT bytes FROM change ORDER BY rowid"):
            yield bytes(raw).decode("utf-8", "surrogateescape")

    def named_texts(self) -> Iterator[tuple[str, str]]:
        """(id, text) of each, in the same order."""
        for id, raw in _rows(self.database, "SELECT id, bytes FROM change ORDER BY rowid"):
            yield id, bytes(raw).decode("utf-8", "surrogateescape")

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """(SHA-256, bytes) of each photo; each is what its hash says."""
        for name in _rows(self.database, "SELECT DISTINCT hash FROM blob ORDER BY hash"):
            parts = _rows(self.database, "SELECT bytes FROM blob WHERE hash = ? ORDER BY i", name)
            yield name[0], b"".join(part for (part,) in parts)


def export(
    path: Path,
    journal: Journal,
    *,
    keys: Keys,
    to: str,
    since: int = 0,
    blobs: Iterable[tuple[str, bytes]] = (),
    names: Mapping[str, Any] | None = None,
) -> Manifest:
    """Write what came into the journal after the position ``since``, for the node whose public key is ``to``.

    ``names``, any JSON, travels along for the reader to call things by. The file appears whole or not at all. In what
    is returned ``file_hash`` is that of the file. Raises not_a_key, and OSError with ``path`` as its filename.
    """
    receiver = PublicKey.parse(to)
    see_that_it_can_lie(path)
    with scratch() as folder:  # what is not encrypted never lies on a stick, not even for a moment
        with closing(sqlite3.connect(folder / "plain")) as database:
            manifest = _fill(database, journal, keys, to, since, blobs, dict(names or {}))
        seal(folder, receiver)
        manifest = msgspec.structs.replace(manifest, file_hash=_hash_of(folder / "sealed"))
        put(folder, path)
    return manifest


def show(path: Path, keys: Keys, trusted: Mapping[str, str]) -> Manifest:
    """Check a file as ``read`` does, and tell what it says of itself."""
    with read(path, keys, trusted) as opened:
        return opened.manifest


@contextmanager
def read(path: Path, keys: Keys, trusted: Mapping[str, str]) -> Iterator[Opened]:
    """Check a file and open it. ``trusted``: the public keys of known nodes, by a name or id of the caller's choice.

    Raises SyncProblem, before anything was handed out: not_a_batch, truncated, altered, foreign_node (it is for
    another), unknown_sender, unknown_format, too_big, counts_differ.
    """
    with scratch() as folder:
        shutil.copyfile(path, folder / "sealed")
        unseal(folder, keys)
        with closing(_open(folder / "plain")) as database:
            manifest = _check(database, keys, trusted)
            yield Opened(msgspec.structs.replace(manifest, file_hash=_hash_of(folder / "sealed")), database)


@dataclass(slots=True)
class _Content:
    """What a file was found to hold: how many changes and blobs, and (lowest seq, highest seq, count) by device."""

    changes: int = 0
    blobs: int = 0
    devices: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def count(self, raw: bytes) -> None:
        try:
            link = _links.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            raise SyncProblem("altered") from None
        low, high, count = self.devices.get(link.device, (link.seq, link.seq, 0))
        self.devices[link.device] = (min(low, link.seq), max(high, link.seq), count + 1)
        self.changes += 1


class _Link(msgspec.Struct):
    device: str
    seq: int


_links = msgspec.json.Decoder(_Link)


def _fill(
    database: sqlite3.Connection,
    journal: Journal,
    keys: Keys,
    to: str,
    since: int,
    blobs: Iterable[tuple[str, bytes]],
    names: dict[str, Any],
) -> Manifest:
    database.execute("PRAGMA journal_mode=DELETE")
    for statement in SCHEMA:
        database.execute(statement)
    content = _Content()
    marked, held, until = _fill_changes(database, journal, since, content)
    _fill_blobs(database, blobs, content)
    identity = journal.identity()
    manifest = Manifest(
        format=FORMAT,
        from_node=identity.node,
        from_epoch=identity.epoch,
        from_key=keys.public,
        to_key=to.strip(),
        made_at=wall_ms(),
        since=since,
        until=until,
        changes=content.changes,
        blobs=content.blobs,
        devices=content.devices,
        ahead=marked,
        held=held,
        names=names,
    )
    _sign(database, manifest, keys)
    database.execute("VACUUM")
    return manifest


def _sign(database: sqlite3.Connection, manifest: Manifest, keys: Keys) -> None:
    told = {name: value for name, value in msgspec.to_builtins(manifest).items() if name not in ("sender", "file_hash")}
    rows = [(name, msgspec.json.encode(value).decode()) for name, value in told.items()]
    database.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    signature = keys.signing.sign(_digest(database, _Content())).hex()
    database.execute("INSERT INTO meta VALUES ('signature', ?)", [signature])
    database.commit()


def _fill_changes(
    database: sqlite3.Connection, journal: Journal, since: int, content: _Content
) -> tuple[list[str], dict[str, str], int]:
    """Write the changes; returns the ids marked as ahead, those held and why, and the position after the last."""
    marked: list[str] = []
    held: dict[str, str] = {}
    after, more = since, True
    while more:
        page = journal.feed(None, after)
        raws = [text.encode() for text in page.changes]
        for raw in raws:
            content.count(raw)
        rows = [(hashlib.sha256(raw).hexdigest()[:32], raw) for raw in raws]
        database.executemany("INSERT INTO change VALUES (?, ?)", rows)
        marked += page.ahead
        held |= page.held
        after, more = page.next, page.more
    return sorted(marked), held, after


def _fill_blobs(database: sqlite3.Connection, blobs: Iterable[tuple[str, bytes]], content: _Content) -> None:
    for name, whole in blobs:
        content.blobs += 1
        parts = [(name, i, whole[at : at + PART_BYTES]) for i, at in enumerate(range(0, len(whole) or 1, PART_BYTES))]
        database.executemany("INSERT INTO blob VALUES (?, ?, ?)", parts)


def _digest(database: sqlite3.Connection, content: _Content) -> bytes:
    """What is signed: all of the content, in its order, read once; what is met on the way is counted.

    Raises altered where an id is not that of its bytes, too_big for a blob of more than 64 MB.
    """
    whole = hashlib.sha256(b"fab1")
    for name, value in _rows(database, "SELECT k, v FROM meta WHERE k <> 'signature' ORDER BY k"):
        whole.update(f"{len(name)} {name} {len(value)} {value}\n".encode())
    for id, raw in _rows(database, "SELECT id, bytes FROM change ORDER BY rowid"):
        hashed = _sha256(raw)
        if hashed.hex()[:32] != id:
            raise SyncProblem("altered", change=str(id)[:32])
        whole.update(hashed)
        content.count(raw)
    whole.update(b"blobs")
    for line in _blob_lines(database, content):
        whole.update(line)
    return whole.digest()


def _blob_lines(database: sqlite3.Connection, content: _Content) -> Iterator[bytes]:
    """What is signed of each part, after checking that each blob is what its name says."""
    for (name,) in _rows(database, "SELECT DISTINCT hash FROM blob ORDER BY hash"):
        whole, size = hashlib.sha256(), 0
        for i, part in _rows(database, "SELECT i, bytes FROM blob WHERE hash = ? ORDER BY i", [name]):
            hashed = _sha256(part)
            whole.update(part)
            size += len(part)
            if size > MAX_BLOB:
                raise SyncProblem("too_big", limit=MAX_BLOB)
            yield f"{name} {i} {hashed.hex()}\n".encode()
        if whole.hexdigest() != name:
            raise SyncProblem("altered", blob=str(name)[:64])
        content.blobs += 1


def _sha256(raw: object) -> bytes:
    # A column of SQLite holds whatever was put there.
    if not isinstance(raw, bytes):
        raise SyncProblem("altered")
    return hashlib.sha256(raw).digest()


def _open(path: Path) -> sqlite3.Connection:
    with path.open("rb") as file:
        head = file.read(100)
    if head[:16] != b"SQLite format 3\x00":
        raise SyncProblem("not_a_batch")
    if head[18:20] != b"\x01\x01":
        raise SyncProblem("unknown_format", why="write-ahead log")
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 16 * 1024**2)
    database.execute("PRAGMA trusted_schema=OFF")
    database.execute("PRAGMA cell_size_check=ON")
    database.text_factory = _strict_text
    return database


def _strict_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise SyncProblem("altered") from None


def _rows(database: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> Iterator[Any]:
    """The rows of a query of ours on a file of somebody's. Raises altered where the file is not what it seems."""
    try:
        yield from database.execute(query, values)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):  # SQLite quotes the file in what it says
        raise SyncProblem("altered") from None


def _check(database: sqlite3.Connection, keys: Keys, trusted: Mapping[str, str]) -> Manifest:
    """Check everything, within a bounded time."""
    end = time.monotonic() + SECONDS
    database.set_progress_handler(lambda: int(time.monotonic() > end), 100_000)
    found = [row[0] for row in _rows(database, "SELECT sql FROM sqlite_schema ORDER BY rowid")]
    if found != list(SCHEMA):
        raise SyncProblem("unknown_format", why="schema")
    rows: dict[str, str] = dict(_rows(database, "SELECT k, v FROM meta"))
    signature = rows.pop("signature", "")
    manifest = _manifest(rows)
    if manifest.to_key != keys.public:
        raise SyncProblem("foreign_node")
    sender = _sender(manifest, trusted)
    content = _Content()
    if not PublicKey.parse(manifest.from_key).signed(_from_hex(signature), _digest(database, content)):
        raise SyncProblem("altered")
    if content != _Content(manifest.changes, manifest.blobs, manifest.devices):
        raise SyncProblem("counts_differ", told=manifest.changes, found=content.changes)
    database.set_progress_handler(None, 0)
    return msgspec.structs.replace(manifest, sender=sender)


def _manifest(rows: Mapping[str, str]) -> Manifest:
    try:
        values: dict[str, Any] = {name: msgspec.json.decode(value) for name, value in rows.items()}
        if values.get("format") not in READABLE:
            raise SyncProblem("unknown_format", format=values.get("format"))
        return msgspec.convert(values, Manifest)
    except msgspec.DecodeError:
        raise SyncProblem("unknown_format", why="meta") from None


def _sender(manifest: Manifest, trusted: Mapping[str, str]) -> str:
    for name, public in trusted.items():
        if public.strip() == manifest.from_key:
            return name
    raise SyncProblem("unknown_sender", node=manifest.from_node, key=manifest.from_key)


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SyncProblem("altered") from None


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

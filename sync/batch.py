"""Batch files (``*.fab``): changes and photos of one node for one other, carried by anyone and read by none.

Inside is a SQLite database (``meta``, ``change``, ``blob``), signed over its content by the node that made it; outside,
zstd and the age format, encrypted to the node it is for. Nothing in a file is believed before its signature was
checked, and no statement of a file is ever run: its schema must be, byte for byte, the one written here.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyrage
import zstandard

from sync.clock import wall_ms
from sync.journal import Journal
from sync.keys import Keys, PublicKey
from sync.problems import SyncProblem

__all__ = ["Keys", "Manifest", "Opened", "PublicKey", "export", "read", "show"]

FORMAT = 1
PART_BYTES = 200 * 1024
MAX_RATIO = 200
MAX_BYTES = 16 * 1024**3
SECONDS = 600
_ROOM = 64 * 1024**2
_WINDOW = 128 * 1024**2
_AGE_CHUNK = 64 * 1024
_MAGIC = b"age-encryption.org/v1\n"

SCHEMA = (
    "CREATE TABLE meta(k TEXT NOT NULL PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE change(id TEXT NOT NULL, bytes BLOB NOT NULL)",
    "CREATE TABLE blob(hash TEXT NOT NULL, i INT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(hash, i)) WITHOUT ROWID",
)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself. ``since`` and ``until`` are positions in the journal of the node that made it.

    ``devices``: (lowest seq, highest seq, how many) of each device; ``ahead``: ids with stamps too far in the future;
    ``held``: ids of changes held on the node that made the file, and why.
    ``sender`` (its name among the trusted keys) and ``file_hash`` (SHA-256) are told by the reader, not by the file.
    """

    format: int
    from_node: str
    from_epoch: str
    from_key: str
    to_key: str
    made_at: int
    since: int
    until: int
    changes: int
    blobs: int
    devices: dict[str, tuple[int, int, int]]
    ahead: list[str]
    held: dict[str, str]
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

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """(SHA-256, bytes) of each photo; each is what its hash says."""
        for name in _rows(self.database, "SELECT DISTINCT hash FROM blob ORDER BY hash"):
            parts = _rows(self.database, "SELECT bytes FROM blob WHERE hash = ? ORDER BY i", name)
            whole = b"".join(part for (part,) in parts)
            if hashlib.sha256(whole).hexdigest() != name[0]:
                raise SyncProblem("altered", blob=name[0])
            yield name[0], whole


def export(
    path: Path,
    journal: Journal,
    *,
    keys: Keys,
    to: str,
    since: int = 0,
    blobs: Iterable[tuple[str, bytes]] = (),
) -> Manifest:
    """Write what came into the journal after the position ``since``, for the node whose public key is ``to``.

    The file appears whole or not at all. Raises not_a_key.
    """
    receiver = PublicKey.parse(to)
    with _scratch(path.parent) as folder:
        with closing(sqlite3.connect(folder / "plain")) as database:
            manifest = _fill(database, journal, keys, to, since, blobs)
        _seal(folder, receiver)
        (folder / "sealed").replace(path)
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
    with _scratch() as folder:
        shutil.copyfile(path, folder / "sealed")
        _unseal(folder, keys)
        with closing(_open(folder / "plain")) as database:
            manifest = _check(database, keys, trusted)
            yield Opened(msgspec.structs.replace(manifest, file_hash=_hash_of(folder / "sealed")), database)


@contextmanager
def _scratch(beside: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".fab-", dir=beside) as folder:
        yield Path(folder)


def _fill(
    database: sqlite3.Connection, journal: Journal, keys: Keys, to: str, since: int, blobs: Iterable[tuple[str, bytes]]
) -> Manifest:
    database.execute("PRAGMA journal_mode=DELETE")
    for statement in SCHEMA:
        database.execute(statement)
    marked, held, until = _fill_changes(database, journal, since)
    count = _fill_blobs(database, blobs)
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
        changes=database.execute("SELECT count(*) FROM change").fetchone()[0],
        blobs=count,
        devices=_devices(database),
        ahead=marked,
        held=held,
    )
    told = {name: value for name, value in msgspec.to_builtins(manifest).items() if name not in ("sender", "file_hash")}
    rows = [(name, msgspec.json.encode(value).decode()) for name, value in told.items()]
    database.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    signature = keys.signing.sign(_digest(database)).hex()
    database.execute("INSERT INTO meta VALUES ('signature', ?)", [signature])
    database.commit()
    database.execute("VACUUM")
    return manifest


def _fill_changes(database: sqlite3.Connection, journal: Journal, since: int) -> tuple[list[str], dict[str, str], int]:
    """Write the changes; returns the ids marked as ahead, those held and why, and the position after the last."""
    marked: list[str] = []
    held: dict[str, str] = {}
    after, more = since, True
    while more:
        page = journal.feed(None, after)
        raws = (text.encode() for text in page.changes)
        rows = [(hashlib.sha256(raw).hexdigest()[:32], raw) for raw in raws]
        database.executemany("INSERT INTO change VALUES (?, ?)", rows)
        marked += page.ahead
        held |= page.held
        after, more = page.next, page.more
    return sorted(marked), held, after


def _fill_blobs(database: sqlite3.Connection, blobs: Iterable[tuple[str, bytes]]) -> int:
    count = 0
    for name, whole in blobs:
        count += 1
        parts = [(name, i, whole[at : at + PART_BYTES]) for i, at in enumerate(range(0, len(whole) or 1, PART_BYTES))]
        database.executemany("INSERT INTO blob VALUES (?, ?, ?)", parts)
    return count


class _Link(msgspec.Struct):
    device: str
    seq: int


def _devices(database: sqlite3.Connection) -> dict[str, tuple[int, int, int]]:
    """(lowest seq, highest seq, how many) of each device."""
    decoder = msgspec.json.Decoder(_Link)
    found: dict[str, tuple[int, int, int]] = {}
    for (raw,) in _rows(database, "SELECT bytes FROM change"):
        try:
            link = decoder.decode(raw)
        except msgspec.DecodeError:
            raise SyncProblem("altered") from None
        low, high, count = found.get(link.device, (link.seq, link.seq, 0))
        found[link.device] = (min(low, link.seq), max(high, link.seq), count + 1)
    return found


def _digest(database: sqlite3.Connection) -> bytes:
    """What is signed: all of the content, in its order. Raises altered where an id is not that of its bytes."""
    whole = hashlib.sha256(b"fab1")
    for name, value in _rows(database, "SELECT k, v FROM meta WHERE k <> 'signature' ORDER BY k"):
        whole.update(f"{len(name)} {name} {len(value)} {value}\n".encode())
    for id, raw in _rows(database, "SELECT id, bytes FROM change ORDER BY rowid"):
        hashed = _sha256(raw)
        if hashed.hex()[:32] != id:
            raise SyncProblem("altered", change=str(id)[:32])
        whole.update(hashed)
    whole.update(b"blobs")
    for name, i, part in _rows(database, "SELECT hash, i, bytes FROM blob ORDER BY hash, i"):
        whole.update(f"{name} {i} {_sha256(part).hex()}\n".encode())
    return whole.digest()


def _sha256(raw: object) -> bytes:
    # A column of SQLite holds whatever was put there.
    if not isinstance(raw, bytes):
        raise SyncProblem("altered")
    return hashlib.sha256(raw).digest()


def _seal(folder: Path, receiver: PublicKey) -> None:
    with (folder / "plain").open("rb") as plain, (folder / "packed").open("wb") as packed:
        zstandard.ZstdCompressor(level=3, write_checksum=True).copy_stream(
            plain, packed, size=(folder / "plain").stat().st_size
        )
    pyrage.encrypt_file(str(folder / "packed"), str(folder / "sealed"), [receiver.recipient])


def _unseal(folder: Path, keys: Keys) -> None:
    with (folder / "sealed").open("rb") as sealed, (folder / "packed").open("wb") as packed:
        _decrypt(sealed, packed, keys)
    size = (folder / "packed").stat().st_size
    with (folder / "packed").open("rb") as packed, (folder / "plain").open("wb") as plain:
        _inflate(packed, plain, min(MAX_BYTES, max(_ROOM, size * MAX_RATIO)))


def _decrypt(sealed: BinaryIO, packed: BinaryIO, keys: Keys) -> None:
    head = sealed.read(len(_MAGIC))
    if head != _MAGIC:
        raise SyncProblem("truncated" if _MAGIC.startswith(head) else "not_a_batch")
    sealed.seek(0)
    try:
        pyrage.decrypt_io(sealed, packed, [keys.identity])
    except pyrage.DecryptError as error:
        said = str(error)
        if "No matching keys" in said:
            raise SyncProblem("foreign_node") from None
        raise SyncProblem("truncated" if "ncomplete" in said or "fill whole" in said else "altered") from None
    except OSError as error:
        if error.errno is not None:
            raise
        # A piece does not match its seal. If no further whole piece follows, the file was most likely cut there.
        left = Path(sealed.name).stat().st_size - packed.tell()
        raise SyncProblem("truncated" if left <= _AGE_CHUNK + 2048 else "altered") from None


def _inflate(packed: BinaryIO, plain: BinaryIO, limit: int) -> None:
    """Write out at most ``limit`` bytes, whatever the file says of its size. Raises too_big, truncated, altered."""
    machine = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    try:
        while piece := packed.read(4096):
            plain.write(machine.decompress(piece))
            if plain.tell() > limit:
                raise SyncProblem("too_big", limit=limit)
    except zstandard.ZstdError:
        raise SyncProblem("altered") from None
    if not machine.eof:
        raise SyncProblem("truncated")
    if machine.unused_data:
        raise SyncProblem("altered")


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
    except (sqlite3.Error, OverflowError):
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
    if not PublicKey.parse(manifest.from_key).signed(_from_hex(signature), _digest(database)):
        raise SyncProblem("altered")
    _check_counts(database, manifest)
    database.set_progress_handler(None, 0)
    return msgspec.structs.replace(manifest, sender=sender)


def _manifest(rows: Mapping[str, str]) -> Manifest:
    try:
        values: dict[str, Any] = {name: msgspec.json.decode(value) for name, value in rows.items()}
        if values.get("format") != FORMAT:
            raise SyncProblem("unknown_format", format=values.get("format"))
        return msgspec.convert(values, Manifest)
    except msgspec.DecodeError:
        raise SyncProblem("unknown_format", why="meta") from None


def _sender(manifest: Manifest, trusted: Mapping[str, str]) -> str:
    for name, public in trusted.items():
        if public.strip() == manifest.from_key:
            return name
    raise SyncProblem("unknown_sender", node=manifest.from_node, key=manifest.from_key)


def _check_counts(database: sqlite3.Connection, manifest: Manifest) -> None:
    ((changes, blobs),) = _rows(
        database, "SELECT (SELECT count(*) FROM change), (SELECT count(DISTINCT hash) FROM blob)"
    )
    if (changes, blobs, _devices(database)) != (manifest.changes, manifest.blobs, manifest.devices):
        raise SyncProblem("counts_differ", told=manifest.changes, found=changes)


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SyncProblem("altered") from None


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""A backup: one ZIP with the database as of one moment, the photos, and the keys."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldapp import trouble
from fieldapp.config import Config
from fieldapp.instance import at_work, damage, dump, last_backup, moved
from fieldapp.problems import FileNotWritable, NoRoomFor, NothingSaved, ToolFailed
from sync.files import DRAFT

DATABASE, DUMP, MANIFEST = "fieldapp.db", "fieldapp.dump", "manifest.json"
KINDS = "SQLite", "PostgreSQL"
SCRATCH, PIECE = ".tmp", 1024 * 1024
FORMAT = "fieldapp-backup/1"
LEFT_OUT = {DATABASE, DUMP, f"{DATABASE}-wal", f"{DATABASE}-shm", "epoch", "machine", "fieldapp.log"}
LEFT_OUT |= {"thumbs", "arriving", "incoming", at_work.FOLDER, damage.FILE, last_backup.FILE, "demo-begun", moved.FILE}
"""Not copied as files: the database is copied as one moment, thumbnails are made again, parts of photos that broke off
are sent again, and what tells this folder from others must not return."""
NAMED = "SELECT sha256 FROM attachment WHERE state IN ('stored', 'not_a_photo')"
"""The photos that the database says are here."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BackupResult:
    """A backup: its bytes, how many photos are named and not in it, where the last one that had all of them is kept."""

    size: int
    missing: int = 0
    kept: Path | None = None


def write(target: Path, progress: Progress) -> BackupResult:
    """Write the instance of the moment into a file that appears whole or not at all, readable by its owner only.

    It is read again before it takes the place of the one that is there. Where photos are missing here, the last backup
    that had them all is kept beside it.

    :raises NothingSaved: the database is damaged; what was at ``target`` is as it was.
    :raises NoRoomFor, FileNotWritable: the disk is full, or nothing can be written there.
    :raises ToolsMissing, ToolFailed: the data are in PostgreSQL, whose own programs are needed and missing, or failed.
    """
    try:
        return _write(Config.from_env(), target, progress)
    except (OSError, sqlite3.Error, ToolFailed) as error:
        if trouble.is_full(error, target.parent):
            raise NoRoomFor(file=str(target)) from error
        if isinstance(error, OSError) and f"/.{target.name}." in str(error.filename):
            raise FileNotWritable(path=str(target), why=trouble.why(error)) from error
        raise


def _write(config: Config, target: Path, progress: Progress) -> BackupResult:
    draft, scratch = (target.with_name(f".{target.name}{end}") for end in (DRAFT, SCRATCH))
    _remove(draft, scratch)  # of a backup that was killed
    try:
        scratch.mkdir(mode=0o700)
        moment, made_at = scratch / name_of(config), datetime.now(UTC)
        _save(config, moment, target)
        # After the moment, so that no photo it knows is missed; a photo of later than it does no harm.
        missing = _pack(draft, moment, config.instance, _named(config, moment), made_at, progress)
        _read_again(draft, target)
        kept = _keep_whole(target) if missing else None
        draft.replace(target)
    finally:
        _remove(draft, scratch)
    last_backup.note(config.instance, made_at)
    return BackupResult(target.stat().st_size, missing, kept)


def _remove(draft: Path, scratch: Path) -> None:
    draft.unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)


def name_of(config: Config) -> str:
    """What the database is called in the file."""
    return DATABASE if config.on_sqlite else DUMP


def _save(config: Config, moment: Path, target: Path) -> None:
    """The database as of one moment, and whole."""
    if not config.on_sqlite:
        dump.write(config, moment)
        dump.read_through(config, moment)
        return
    try:
        _copy(config.instance / DATABASE, moment)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise NothingSaved(what=error, file=target) from error


def _copy(database: Path, copy: Path) -> None:
    """Copy a database while others write, and see that the copy is sound and has all changes the database had."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as sink:
        before = _changes(source)
        source.backup(sink)
        sink.execute("PRAGMA journal_mode=DELETE")
        said = sink.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok" or _changes(sink) < before:
            raise _Damaged(said)


class _Damaged(sqlite3.DatabaseError):
    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def _changes(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM change").fetchone()[0])


def _named(config: Config, moment: Path) -> set[str]:
    if not config.on_sqlite:
        return dump.column(config, NAMED)
    with closing(sqlite3.connect(moment)) as connection:
        return {row[0] for row in connection.execute(NAMED)}


def _files(instance: Path) -> Iterator[Path]:
    for path in sorted(instance.rglob("*")):
        inside = path.relative_to(instance).parts
        left_out = LEFT_OUT & set(inside) or inside[0].startswith(("tmp", ".")) or path.name.endswith(DRAFT)
        if path.is_file() and not left_out:
            yield path


def _pack(draft: Path, database: Path, instance: Path, named: set[str], made_at: datetime, progress: Progress) -> int:
    """:returns: how many of the photos that are named are not in it as they should be."""
    files = list(_files(instance))
    with (
        open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as pack,
    ):
        pack.write(database, database.name)
        for done, path in enumerate(files, start=1):
            named.discard(_add(pack, path, path.relative_to(instance).as_posix()))
            progress(done, len(files))
        told = {"format": FORMAT, "made_at": made_at.isoformat(), "files": len(files) + 1, "missing": len(named)}
        pack.writestr(MANIFEST, json.dumps(told))
        pack.close()
        raw.flush()
        os.fsync(raw.fileno())
    return len(named)


def _add(pack: zipfile.ZipFile, path: Path, name: str) -> str:
    """Pack a file; its SHA-256."""
    entry = zipfile.ZipInfo.from_file(path, name)
    # Photos do not get smaller.
    entry.compress_type = zipfile.ZIP_STORED if "attachments" in path.parts else zipfile.ZIP_DEFLATED
    found = hashlib.sha256()
    with path.open("rb") as file, pack.open(entry, "w") as packed:
        while piece := file.read(PIECE):
            found.update(piece)
            packed.write(piece)
    return found.hexdigest()


def _read_again(draft: Path, target: Path) -> None:
    """See that the disk gives back what it was given."""
    with zipfile.ZipFile(draft) as pack:
        broken = pack.testzip()
    if broken:
        raise NothingSaved(what=broken, file=target)


def _keep_whole(target: Path) -> Path | None:
    """The file that is there may be the last with the photos that are missing now: it is kept beside the new one."""
    try:
        with zipfile.ZipFile(target) as pack:
            told = json.loads(pack.read(MANIFEST))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return None
    if told.get("missing"):
        return None
    made_at = datetime.fromisoformat(told["made_at"])
    return target.replace(target.with_name(f"{target.stem}-{made_at:%Y%m%d-%H%M%S}{target.suffix}"))

"""A backup: one ZIP with the database as of one moment, the photos, and the keys."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from fieldapp import at_work, backups, damage, dump, trouble
from fieldapp.config import Config
from fieldapp.problems import (
    NoRoomFor,
    NotABackup,
    NotEmptyDatabase,
    NotEmptyInstance,
    NothingSaved,
    OtherDatabase,
    ToolFailed,
)
from sync.files import DRAFT

DATABASE, DUMP, MANIFEST = "fieldapp.db", "fieldapp.dump", "manifest.json"
KINDS = "SQLite", "PostgreSQL"
SCRATCH, PIECE = ".tmp", 1024 * 1024
FORMAT = "fieldapp-backup/1"
LEFT_OUT = {DATABASE, DUMP, f"{DATABASE}-wal", f"{DATABASE}-shm", "epoch", "machine", "fieldapp.log"}
LEFT_OUT |= {"thumbs", "arriving", "incoming", at_work.FOLDER, damage.FILE, backups.FILE, "demo-begun"}
"""Not copied as files: the database is copied as one moment, thumbnails are made again, parts of photos that broke off
are sent again, and what tells this folder from others must not return."""
NAMED = "SELECT sha256 FROM attachment WHERE state IN ('stored', 'not_a_photo')"
"""The photos that the database says are here."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Written:
    """A backup: its bytes, how many photos are named and not in it, where the last one that had all of them is kept."""

    size: int
    missing: int = 0
    kept: Path | None = None


def write(target: Path, progress: Progress) -> Written:
    """Write the instance of the moment into a file that appears whole or not at all, readable by its owner only.

    It is read again before it takes the place of the one that is there. Where photos are missing here, the last backup
    that had them all is kept beside it.

    :raises NothingSaved: the database is damaged; what was at ``target`` is as it was.
    :raises NoRoomFor: the disk is full.
    :raises ToolsMissing, ToolFailed: the data are in PostgreSQL, whose own programs are needed and missing, or failed.
    """
    try:
        return _write(Config.from_env(), target, progress)
    except (OSError, sqlite3.Error, ToolFailed) as error:
        if trouble.is_full(error, target.parent):
            raise NoRoomFor(file=str(target)) from error
        raise


def _write(config: Config, target: Path, progress: Progress) -> Written:
    draft, scratch = (target.with_name(f".{target.name}{end}") for end in (DRAFT, SCRATCH))
    _remove(draft, scratch)  # of a backup that was killed
    try:
        scratch.mkdir(mode=0o700)
        moment, made_at = scratch / _name(config), datetime.now(UTC)
        _save(config, moment, target)
        # After the moment, so that no photo it knows is missed; a photo of later than it does no harm.
        missing = _pack(draft, moment, config.instance, _named(config, moment), made_at, progress)
        _read_again(draft, target)
        kept = _keep_whole(target) if missing else None
        draft.replace(target)
    finally:
        _remove(draft, scratch)
    backups.note(config.instance, made_at)
    return Written(target.stat().st_size, missing, kept)


def _remove(draft: Path, scratch: Path) -> None:
    draft.unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)


def _name(config: Config) -> str:
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


def restore(source: Path, replace: bool, progress: Progress) -> list[str]:
    """Put a backup in place, after it was found whole.

    :returns: where what was here before is kept, if anything was: a schema of the database, a folder.
    :raises NotABackup: the file is damaged or something else; nothing was changed.
    :raises NotEmptyInstance, NotEmptyDatabase: there is a database already, and ``replace`` was not said.
    :raises OtherDatabase: it holds a database of the other kind.
    :raises ToolsMissing, ToolFailed: PostgreSQL's own programs are missing, or one failed; nothing was changed.
    """
    config = Config.from_env()
    if not replace:
        _see_that_nothing_is_there(config)
    config.instance.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{config.instance.name}-restore-"
    for left in config.instance.parent.glob(f"{prefix}*"):  # of one that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=config.instance.parent) as scratch:
        fresh = Path(scratch) / "instance"
        made_at = _unpack(config, source, fresh, progress)
        _keep_sealing_key(config, fresh)
        kept = [] if config.on_sqlite else [_load(config, fresh / DUMP, Path(scratch))]
        kept.append(_aside(config.instance))
        _move_in(fresh, config.instance)
        backups.note(config.instance, made_at)
    return [each for each in kept if each]


def _see_that_nothing_is_there(config: Config) -> None:
    if config.on_sqlite and (config.instance / DATABASE).exists():
        raise NotEmptyInstance(instance=config.instance)
    if not config.on_sqlite and dump.tables(config):
        raise NotEmptyDatabase()


def _keep_sealing_key(config: Config, fresh: Path) -> None:
    """A backup of before there was such a key has none, and tablets may be locked with the one that is here."""
    ours, theirs = config.sealing_key, fresh / config.sealing_key.name
    if ours.exists() and not theirs.exists():
        shutil.copy2(ours, theirs)


def _load(config: Config, packed: Path, scratch: Path) -> str | None:
    """Into PostgreSQL, from a file that is not kept."""
    apart = scratch / DUMP
    packed.replace(apart)
    return dump.restore(config, apart)


def _unpack(config: Config, source: Path, target: Path, progress: Progress) -> datetime:
    """:returns: when it was made."""
    try:
        with zipfile.ZipFile(source) as pack:
            made_at, names = _listed(pack, source)
            if _name(config) not in names and {DATABASE, DUMP} & set(names):
                held, wanted = reversed(KINDS) if config.on_sqlite else KINDS
                raise OtherDatabase(file=source.name, held=held, wanted=wanted)
            for done, name in enumerate(names, start=1):
                _extract(pack, name, target, source)
                progress(done, len(names))
        _check(config, target / _name(config))
        return made_at
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        OSError,
        sqlite3.DatabaseError,
        NotABackup,
    ) as error:
        if trouble.is_full(error, target.parent):
            raise NoRoomFor(file=target.parent.parent) from error
        raise NotABackup(file=source.name) from error


def _listed(pack: zipfile.ZipFile, source: Path) -> tuple[datetime, list[str]]:
    """When a backup was made, and the files of one that says how many it has."""
    manifest = json.loads(pack.read(MANIFEST))
    names = [name for name in pack.namelist() if name != MANIFEST]
    if manifest["format"] != FORMAT or manifest["files"] != len(names) or not {DATABASE, DUMP} & set(names):
        raise NotABackup(file=source.name)
    return datetime.fromisoformat(manifest["made_at"]), names


def _check(config: Config, database: Path) -> None:
    if config.on_sqlite:
        _sound(database)
    else:
        dump.check(config, database)


def _extract(pack: zipfile.ZipFile, name: str, target: Path, source: Path) -> None:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or "\\" in name or ":" in name or name.startswith("/"):
        raise NotABackup(file=source.name)
    path = target.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with pack.open(name) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)


def _sound(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("quick_check")
        connection.execute("SELECT count(*) FROM change").fetchone()


def _aside(instance: Path) -> str | None:
    """Move what is in the way to a folder beside it. The database goes first: of a half nobody takes it for a whole."""
    if not _contents(instance):
        return None
    kept = instance.with_name(f"{instance.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    kept.mkdir(mode=0o700)
    _settle(instance / DATABASE)
    for path in _contents(instance):
        shutil.move(path, kept / path.name)
    return str(kept)


def _settle(database: Path) -> None:
    """All that was written into the one file of the database, as far as it can be read."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _move_in(fresh: Path, instance: Path) -> None:
    """Put what was unpacked in its place, the database last."""
    for path in reversed(_contents(fresh)):
        shutil.move(path, instance / path.name)


def _contents(folder: Path) -> list[Path]:
    """What is in a folder, the files of the database before all others, but not who is at work there."""
    inside = [path for path in folder.iterdir() if path.name != at_work.FOLDER]
    return sorted(inside, key=lambda path: (not path.name.startswith(DATABASE), path.name))

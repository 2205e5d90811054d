"""A backup: one ZIP with the database as of one moment, the photos, and the keys."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.problems import NotABackup, NotEmptyInstance, OnlySqlite

DATABASE, MANIFEST = "fieldapp.db", "manifest.json"
FORMAT = "fieldapp-backup/1"
LEFT_OUT = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "epoch", "fieldapp.log", "thumbs"}
"""Not copied as files: the database is copied as one moment, thumbnails are made again, the epoch must not return."""
Progress = Callable[[int, int], None]


def write(target: Path, progress: Progress) -> int:
    """Write the instance of the moment into a file that appears whole or not at all, readable by its owner only.

    :returns: its size in bytes.
    :raises OnlySqlite: the data are in PostgreSQL, which has its own tools.
    """
    config = Config.from_env()
    if db.engine.dialect.name != "sqlite":
        raise OnlySqlite()
    files = list(_files(config.instance))
    draft = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=config.instance) as scratch:
            moment = _moment(config.instance / DATABASE, Path(scratch) / DATABASE)
            _pack(draft, moment, config.instance, files, progress)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def _moment(database: Path, copy: Path) -> Path:
    """The database as of one moment, while others write."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as sink:
        source.backup(sink)
        sink.execute("PRAGMA journal_mode=DELETE")
    return copy


def _files(instance: Path) -> Iterator[Path]:
    for path in sorted(instance.rglob("*")):
        inside = path.relative_to(instance).parts
        if path.is_file() and not LEFT_OUT & set(inside) and not inside[0].startswith(("tmp", ".")):
            yield path


def _pack(draft: Path, database: Path, instance: Path, files: list[Path], progress: Progress) -> None:
    manifest = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "files": len(files) + 1}
    with (
        open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as pack,
    ):
        pack.writestr(MANIFEST, json.dumps(manifest))
        pack.write(database, DATABASE)
        for done, path in enumerate(files, start=1):
            # Photos do not get smaller.
            kind = zipfile.ZIP_STORED if "attachments" in path.parts else zipfile.ZIP_DEFLATED
            pack.write(path, path.relative_to(instance).as_posix(), kind)
            progress(done, len(files))


def restore(source: Path, replace: bool, progress: Progress) -> Path | None:
    """Put a backup in place, after it was found whole.

    :returns: where what was here before is kept, if anything was.
    :raises NotABackup: the file is damaged or something else; nothing was changed.
    :raises NotEmptyInstance: there is a database already, and ``replace`` was not said.
    """
    config = Config.from_env()
    if config.database_url:
        raise OnlySqlite()
    if (config.instance / DATABASE).exists() and not replace:
        raise NotEmptyInstance(instance=config.instance)
    config.instance.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.instance.parent) as scratch:
        fresh = Path(scratch) / "instance"
        _unpack(source, fresh, progress)
        kept = _aside(config.instance)
        shutil.move(fresh, config.instance)
    return kept


def _unpack(source: Path, target: Path, progress: Progress) -> None:
    try:
        with zipfile.ZipFile(source) as pack:
            manifest = json.loads(pack.read(MANIFEST))
            names = [name for name in pack.namelist() if name != MANIFEST]
            if manifest["format"] != FORMAT or manifest["files"] != len(names) or DATABASE not in names:
                raise NotABackup(file=source.name)
            for done, name in enumerate(names, start=1):
                _extract(pack, name, target, source)
                progress(done, len(names))
        _sound(target / DATABASE)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        OSError,
        sqlite3.DatabaseError,
    ) as error:
        raise NotABackup(file=source.name) from error


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


def _aside(instance: Path) -> Path | None:
    """Move what is in the way to a folder beside it."""
    if not instance.exists():
        return None
    if not any(instance.iterdir()):
        instance.rmdir()
        return None
    kept = instance.with_name(f"{instance.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    instance.rename(kept)
    return kept

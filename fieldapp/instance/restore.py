"""A backup put back: found whole first, and what was here before is kept beside it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from fieldapp import trouble
from fieldapp.config import Config
from fieldapp.instance import at_work, dump, last_backup
from fieldapp.instance.backup import DATABASE, DUMP, FORMAT, KINDS, MANIFEST, Progress, name_of
from fieldapp.problems import (
    NoRoomFor,
    NotABackup,
    NotEmptyDatabase,
    NotEmptyInstance,
    OtherDatabase,
)
from fieldapp.today import local, now


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
        last_backup.note(config.instance, made_at)
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
            if name_of(config) not in names and {DATABASE, DUMP} & set(names):
                held, wanted = reversed(KINDS) if config.on_sqlite else KINDS
                raise OtherDatabase(file=source.name, held=held, wanted=wanted)
            for done, name in enumerate(names, start=1):
                _extract(pack, name, target, source)
                progress(done, len(names))
        _check(config, target / name_of(config))
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
    kept = instance.with_name(f"{instance.name}-{local(now()):%Y%m%d-%H%M%S}")
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

"""The backup file a tablet saves (``*.jsonl.gz``): checked as a whole, then taken in as if that tablet had sent it.

Lines of JSON: the first says whose it is, the others are changes, drafts and parts of photos, and the last seals all
before it with HMAC-SHA256 under the hash of the tablet's token, which nobody else knows. Drafts stay in the file: what
is not finished counts nowhere.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
import sqlalchemy as sa

from fieldapp import attachments, intake
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _l
from fieldapp.people import Device
from fieldapp.problems import Problem
from sync.journal import Result
from sync.tables import batch

FORMAT = 1
LONGEST_LINE = 1024 * 1024
MOST_BYTES = 2 * 1024**3
"""So much a file may inflate to: 100 photos are 30 MB."""


class NotABackup(Problem):
    code, status = "not_a_backup", 400
    sentence = _l("This is not a backup file of a tablet. Such a file is named phieu-….jsonl.gz. Nothing was changed.")


class DamagedBackup(Problem):
    code, status = "damaged_backup", 400
    sentence = _l(
        "The backup file is cut off or was altered. Nothing was changed. "
        "Copy it from the tablet again, or save a new one there."
    )


class StrangeBackup(Problem):
    code, status = "strange_backup", 400
    sentence = _l("The tablet that saved this file was never enrolled here. Nothing was changed.")


class Line(msgspec.Struct):
    """One line of the file: which of its fields are there tells what it is."""

    format: int = 0
    device: str = ""
    change: str = ""
    draft: dict[str, object] = {}
    photo: str = ""
    i: int = 0
    of: int = 0
    base64: str = ""
    seal: str = ""


@dataclass
class Restored:
    """What a backup file brought: the batch, each change's fate, how many photos arrived whole, and drafts left in it.

    ``before``: it was read before, as that batch, and nothing was done now.
    """

    device: Device
    batch: int
    before: bool = False
    results: list[Result] = field(default_factory=list)
    photos: int = 0
    drafts: int = 0


def restore(path: Path) -> Restored:
    """Take in a backup file, and commit. Reading it twice is reading it once.

    :raises NotABackup, DamagedBackup, StrangeBackup: nothing was changed.
    """
    with _opened(path) as file:
        device, seal = _checked(file)
    begin_writing()
    if (number := _read_before(seal)) is not None:
        return Restored(device, number, before=True)
    with _opened(path) as file:
        found = _take_in(file, db.session.get_one(Device, device.id), seal)
    db.session.commit()
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) as file:
            yield file  # type: ignore[misc]
    except gzip.BadGzipFile as error:
        raise (DamagedBackup if _begins_as_gzip(path) else NotABackup)() from error
    except (EOFError, zlib.error) as error:
        raise DamagedBackup() from error


def _begins_as_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _lines(file: BinaryIO) -> Iterator[bytes]:
    size = 0
    while line := file.readline(LONGEST_LINE):
        size += len(line)
        if size > MOST_BYTES or not line.endswith(b"\n"):
            raise DamagedBackup()
        yield line


def _checked(file: BinaryIO) -> tuple[Device, str]:
    """Whose the file is, and its seal, once every line has been seen to be what that tablet wrote."""
    lines = _lines(file)
    last = next(lines, b"")
    device = _device(last)
    seal = hmac.new(device.token_hash.encode(), digestmod=hashlib.sha256)
    for line in lines:
        seal.update(last)
        last = line
    if not hmac.compare_digest(_line(last).seal, seal.hexdigest()):
        raise DamagedBackup()
    return device, seal.hexdigest()


def _device(first: bytes) -> Device:
    try:
        head = msgspec.json.decode(first, type=Line)
    except msgspec.DecodeError as error:
        raise NotABackup() from error
    if head.format != FORMAT or not head.device:
        raise NotABackup()
    found = db.session.get(Device, head.device)
    if found is None or found.kind != "tablet":
        raise StrangeBackup()
    return found


def _line(line: bytes) -> Line:
    try:
        return msgspec.json.decode(line, type=Line)
    except msgspec.DecodeError as error:
        raise DamagedBackup() from error


def _read_before(seal: str) -> int | None:
    query = sa.select(batch.c.id).where(batch.c.file_hash == seal)
    return db.session.connection().execute(query).scalar()


def _take_in(file: BinaryIO, device: Device, seal: str) -> Restored:
    """Changes first; then photos, one at a time."""
    texts, drafts, photos = list[str](), 0, 0
    parts: list[Line] = []
    for line in map(_line, _lines(file)):
        if line.change:
            texts.append(line.change)
        elif line.draft:
            drafts += 1
        elif line.photo:
            parts = [*parts, line] if line.i else [line]
            photos += _kept(parts)
    receipt = intake.receive(texts, kind="wire", device=device, file_hash=seal)
    return Restored(device, receipt.batch, results=receipt.results, photos=photos, drafts=drafts)


def _kept(parts: list[Line]) -> bool:
    """Keep a photo once its last part is there, if it is the one it is named after."""
    if len(parts) != parts[-1].of:
        return False
    data = b"".join(base64.b64decode(part.base64) for part in parts)
    if hashlib.sha256(data).hexdigest() != parts[-1].photo:
        return False
    attachments.store(data)
    return True

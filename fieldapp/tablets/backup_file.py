"""The backup file a tablet saves (``*.jsonl.gz``): checked as a whole, then taken in as if that tablet had sent it.

Lines of JSON: the first says whose it is, the others are changes, drafts and parts of photos, and the last seals all
before it with HMAC-SHA256. Drafts stay in the file: what is not finished counts nowhere.

========================================= ========================================================================
``{"format": 2, "device", "node",         the head; ``key``: the key of all the tablet keeps, sealed for this node
"epoch", "made_at", "key"}``
``{"sealed": {"id", "kid", "box"}}``      a change, as the tablet sealed it
``{"boxed": {"id", "box"}}``              a change it had no key to seal with: as it lies there, under its own key
``{"change"}``                            a change in the clear
``{"draft": {...}}``                      an unfinished form, as it lies there
``{"photo", "type", "i", "of", "key",     a part of a photo; with ``key``, the sealed key of that photo, encrypted
"base64"}``
``{"seal"}``                              HMAC-SHA256 of all lines before, under what a locked tablet shows for itself
========================================= ========================================================================

Format 1, of tablets that were not encrypted, has everything in the clear, and its seal is made with the hash of the
tablet's token.
"""

from __future__ import annotations

import base64
import binascii
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

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _l, ngettext
from fieldapp.people import Device
from fieldapp.photos import attachments
from fieldapp.problems import Problem
from fieldapp.tablets import sealing
from fieldapp.tablets.sealing import Sealed, Unopened
from sync.journal import Result

CLEAR, ENCRYPTED = 1, 2
"""The formats there are."""
LONGEST_LINE = 1024 * 1024
MOST_BYTES = 2 * 1024**3
"""So much a file may inflate to: 100 photos are 30 MB."""
MOST_OPENED = 256 * 1024**2
"""So much the changes in it may inflate to, which are compressed before they are sealed."""


class NotATabletBackup(Problem):
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


class Boxed(msgspec.Struct):
    """A change as it lies on the tablet; ``box`` in base64."""

    id: str
    box: str


class FileLine(msgspec.Struct):
    """One line of the file: which of its fields are there tells what it is."""

    format: int = 0
    device: str = ""
    key: str = ""
    change: str = ""
    sealed: Sealed | None = None
    boxed: Boxed | None = None
    draft: dict[str, object] = {}
    photo: str = ""
    i: int = 0
    of: int = 0
    base64: str = ""
    seal: str = ""


@dataclass
class Restored:
    """What a backup file brought: the batch, each change's fate, how many photos arrived whole, and drafts left in it.

    ``before``: it was read before, as that batch, and nothing was done now. ``unopened``: how many changes and photos
    this node has no key for; the file can be read again once it has.
    """

    device: Device
    batch: int
    before: bool = False
    results: list[Result] = field(default_factory=list)
    photos: int = 0
    drafts: int = 0
    unopened: int = 0


def still_closed(found: Restored) -> str:
    """What could not be opened and what to do, in the language of the moment; "" if everything was."""
    if not found.unopened:
        return ""
    return ngettext(
        "%(n)s change or photo in it is sealed for a key that this server does not have. Put the file sealing.keys "
        "back from a backup of the server, then read this file again.",
        "%(n)s changes or photos in it are sealed for a key that this server does not have. Put the file sealing.keys "
        "back from a backup of the server, then read this file again.",
        found.unopened,
    )


def restore(path: Path) -> Restored:
    """Take in a backup file, and commit. Reading it twice is reading it once.

    :raises NotATabletBackup, DamagedBackup, StrangeBackup: nothing was changed.
    """
    with _opened(path) as file:
        device, seal = _checked(file)
    reading = _Reading(device, seal)
    if _read_before(seal) is None:
        with _opened(path) as file:
            reading.read(file)
    begin_writing()
    if (number := _read_before(seal)) is not None:
        return Restored(device, number, before=True)
    found = reading.take_in()
    db.session.commit()
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) as file:
            yield file  # type: ignore[misc]
    except gzip.BadGzipFile as error:
        raise (DamagedBackup if _begins_as_gzip(path) else NotATabletBackup)() from error
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
    device, secret = _head(last)
    seal = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for line in lines:
        seal.update(last)
        last = line
    if not hmac.compare_digest(_line(last).seal, seal.hexdigest()):
        raise DamagedBackup()
    return device, seal.hexdigest()


def _head(first: bytes) -> tuple[Device, str]:
    """Whose the file says it is, and what its seal must then be made with."""
    try:
        head = msgspec.json.decode(first, type=FileLine)
    except msgspec.DecodeError as error:
        raise NotATabletBackup() from error
    if head.format not in (CLEAR, ENCRYPTED) or not head.device:
        raise NotATabletBackup()
    found = db.session.get(Device, head.device)
    if found is None or found.kind != "tablet":
        raise StrangeBackup()
    return found, found.token_hash if head.format == CLEAR else people.courier(found.token_hash)


def _line(line: bytes) -> FileLine:
    try:
        return msgspec.json.decode(line, type=FileLine)
    except msgspec.DecodeError as error:
        raise DamagedBackup() from error


def _read_before(seal: str) -> int | None:
    return intake.journal().batch_of_file(seal)


class _Reading:
    """A file that was found whole, line by line: changes are gathered, photos looked at one at a time. Then all of it
    is taken in, with nobody waiting for what is slow."""

    def __init__(self, device: Device, seal: str) -> None:
        self.seal, self.found, self.ours = seal, Restored(device, 0), sealing.key()
        self.texts, self.parts, self.key, self.size = list[str](), list[FileLine](), "", 0
        self.photos = list[attachments.PhotoCheck]()

    def read(self, file: BinaryIO) -> None:
        """Gather what is in the file."""
        for line in map(_line, _lines(file)):
            self._one(line)

    def take_in(self) -> Restored:
        """Take in everything. A file of which something stayed closed may come again, so it is not noted as read."""
        for photo in self.photos:
            attachments.note(photo)
            attachments.note_bringer(photo.sha256, self.found.device.account_id)
        device, known = self.found.device, None if self.found.unopened else self.seal
        receipt = intake.receive(self.texts, kind="wire", device=device, file_hash=known)
        self.found.batch, self.found.results = receipt.batch, receipt.results
        return self.found

    def _one(self, line: FileLine) -> None:
        if line.format:
            self.key = line.key
        elif line.draft:
            self.found.drafts += 1
        elif line.photo:
            self.parts = [*self.parts, line] if line.i else [line]
            self.found.photos += self._kept()
        elif line.change:
            self._change(line.change)
        elif line.sealed:
            self._change(sealing.open_change(self.ours, line.sealed))
        elif line.boxed:
            self._change(self._opened(line.boxed))

    def _change(self, text: str | None) -> None:
        if text is None:
            self.found.unopened += 1
            return
        self.size += len(text)
        if self.size > MOST_OPENED:
            raise DamagedBackup()
        self.texts.append(text)

    def _opened(self, boxed: Boxed) -> str | None:
        try:
            return sealing.open_boxed_change(self.found.device, self.key, boxed.id, _bytes(boxed.box))
        except Unopened:
            return None

    def _kept(self) -> bool:
        """Keep a photo once its last part is there, if it is the one it is named after."""
        sha256, of = self.parts[-1].photo, self.parts[-1].of
        if len(self.parts) != of:
            return False
        try:
            data = b"".join(map(_part, self.parts))
        except Unopened:
            self.found.unopened += 1
            return False
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        self.photos.append(attachments.look(data))
        return True


def _part(line: FileLine) -> bytes:
    data = _bytes(line.base64)
    return sealing.open_photo(line.key, data, line.photo, line.i) if line.key else data


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise DamagedBackup() from error

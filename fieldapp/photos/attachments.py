"""Photos: named by the SHA-256 of their bytes, sent in parts after the change that names them, kept as files.

A picture is decoded once when it comes, and what cannot be shown is kept all the same, with the reason. Decoding is
slow and takes memory: one picture at a time in a process, outside of any transaction that writes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp import trouble
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.problems import BrokenPhoto, HugePhoto, NoPhoto, NotFound, Problem
from fieldapp.surveys.base import Base
from fieldapp.today import now
from sync.files import write_over
from sync.statements import Ready, among_texts, texts

MAX_PART = 256 * 1024
MAX_PARTS = 200
THUMB = (320, 320)
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""Of each kind its media type; MPO is the JPEG with a second picture behind it that some cameras write."""
OPENED = ("JPEG", "PNG", "WEBP")
BEGINNINGS = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF....WEBP", re.DOTALL)
MEGAPIXELS = {"JPEG": 25, "MPO": 25, "PNG": 25, "WEBP": 16}
"""The most a picture may have, in millions of pixels. Of WebP less: decoding takes sixteen bytes for each pixel there,
of the others eight at most."""
REFUSALS: dict[str, type[Problem]] = {each.code: each for each in (NoPhoto, HugePhoto, BrokenPhoto)}

Image.MAX_IMAGE_PIXELS = (
    None  # of any picture the size is asked here before it is decoded, and held against our own limit
)
_decoding = threading.Lock()

ABSENT, PARTIAL, STORED, NOT_A_PHOTO = "absent", "partial", "stored", "not_a_photo"


class Attachment(Base):
    """One file a record names. ``state``: partial, stored, or not_a_photo (kept whole all the same).

    ``reason``: why it is none, the code of one of the ``REFUSALS``.
    """

    __tablename__ = "attachment"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(16))
    type: Mapped[str] = mapped_column(sa.String(40), default="")
    bytes: Mapped[int] = mapped_column(sa.Integer, default=0)
    width: Mapped[int] = mapped_column(sa.Integer, default=0)
    height: Mapped[int] = mapped_column(sa.Integer, default=0)
    parts: Mapped[int] = mapped_column(sa.Integer, default=1)
    reason: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime)


class AttachmentPart(Base):
    """A part that has arrived while others have not."""

    __tablename__ = "attachment_part"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    i: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    bytes: Mapped[bytes] = mapped_column(sa.LargeBinary)


class UnnamedPart(Base):
    """A part that a device brought of a photo which no record named then: see :mod:`fieldapp.photos.unnamed`."""

    __tablename__ = "unnamed_part"

    device: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    i: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    bytes: Mapped[int] = mapped_column(sa.Integer)
    at: Mapped[datetime] = mapped_column(sa.DateTime)


class Bringer(Base):
    """Who brought the bytes of a photo: an account, by a tablet, a form in the office or a backup file."""

    __tablename__ = "attachment_bringer"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(16), primary_key=True)


class PhotoUse(Base):
    """Which records name, or once named, a photo: who may see its record may see it."""

    __tablename__ = "photo_use"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
    survey: Mapped[str] = mapped_column(sa.String(64))
    question: Mapped[str] = mapped_column(sa.String(64))


class BadPart(Problem):
    code, status = "bad_part", 400


def state(sha256: str) -> str:
    """absent, partial, stored or not_a_photo."""
    found = db.session.get(Attachment, sha256)
    return found.state if found else ABSENT


def states(hashes: Iterable[str]) -> dict[str, str]:
    """The states of many files; those never heard of are left out."""
    asked, connection = list(hashes), db.session.connection()
    return {row.sha256: row.state for row in _states(connection, photos=texts(connection, asked))} if asked else {}


def _ask_states(dialect: sa.Dialect) -> sa.Select[Any]:
    row: Any = Attachment.__table__.c
    return sa.select(row.sha256, row.state).where(among_texts(dialect, row.sha256, "photos"))


_states = Ready(_ask_states)


def missing(sha256: str, parts: int) -> list[int]:
    """Which of so many parts have not arrived, from 0; none when the whole is here."""
    if state(sha256) in (STORED, NOT_A_PHOTO):
        return []
    have = set(db.session.scalars(sa.select(AttachmentPart.i).where(AttachmentPart.sha256 == sha256)))
    return [i for i in range(parts) if i not in have]


def take_part(sha256: str, i: int, parts: int, data: bytes, by: str = "") -> None:
    """Keep one part. Any part may come twice. Once it is committed, :func:`finish` sees whether the whole is here.

    :param by: the account that brings it: with the last part it has brought the photo.
    :raises BadPart: a hash, number or size no client of ours sends.
    """
    must_be_a_part(sha256, i, parts)
    if not 0 < len(data) <= MAX_PART:
        raise BadPart()
    if i in missing(sha256, parts):
        db.session.merge(Attachment(sha256=sha256, state=PARTIAL, parts=parts, updated_at=now()))
        db.session.add(AttachmentPart(sha256=sha256, i=i, bytes=data))
        db.session.flush()
        if by and not missing(sha256, parts):
            note_bringer(sha256, by)


def finish(sha256: str) -> None:
    """When all parts of a photo are here, put them together and check the whole, in transactions of its own.

    What was begun and killed here is gone on with whenever it is asked for. A whole that does not match its hash starts
    again: all its parts are missing.
    """
    data = _all_parts(sha256)
    if data is None:
        return
    db.session.rollback()
    seen = look(data) if hashlib.sha256(data).hexdigest() == sha256 else None
    begin_writing()
    if seen:
        note(seen)
    else:
        db.session.execute(sa.delete(Bringer).where(Bringer.sha256 == sha256))
    db.session.execute(sa.delete(AttachmentPart).where(AttachmentPart.sha256 == sha256))
    db.session.commit()


def note_bringer(sha256: str, account: str) -> None:
    """Remember that this account brought the bytes of a photo. The caller commits."""
    db.session.merge(Bringer(sha256=sha256, account=account))


def _all_parts(sha256: str) -> bytes | None:
    found = db.session.get(Attachment, sha256)
    if found is None or found.state != PARTIAL or missing(sha256, found.parts):
        return None
    query = sa.select(AttachmentPart.bytes).where(AttachmentPart.sha256 == sha256).order_by(AttachmentPart.i)
    return b"".join(db.session.scalars(query)) or None


def must_be_a_part(sha256: str, i: int, parts: int) -> None:
    """Nothing is read, and no file is named, for what no client of ours asks.

    :raises BadPart: a hash or number no client of ours sends.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not 0 <= i < parts <= MAX_PARTS:
        raise BadPart()


@dataclass(frozen=True)
class PhotoCheck:
    """What a file turned out to be. ``reason``: empty for a photo, else the code of what is wrong with it."""

    sha256: str
    bytes: int
    type: str = "application/octet-stream"
    width: int = 0
    height: int = 0
    reason: str = ""

    def named(self) -> str:
        """The photo as an answer names it, as JSON."""
        names = ("sha256", "type", "bytes", "width", "height")
        return json.dumps({name: getattr(self, name) for name in names}, separators=(",", ":"))


def look(data: bytes) -> PhotoCheck:
    """Write a whole file to the disk, and decode it once to see what it is. Slow: outside of what writes."""
    sha256 = hashlib.sha256(data).hexdigest()
    _write(path(sha256), data)
    try:
        kind, (width, height) = _decoded(data)
    except Problem as why:
        return PhotoCheck(sha256, len(data), reason=why.code)
    return PhotoCheck(sha256, len(data), kind, width, height)


def note(seen: PhotoCheck) -> Attachment:
    """Remember a file that was looked at. The caller commits."""
    state = NOT_A_PHOTO if seen.reason else STORED
    found = Attachment(
        sha256=seen.sha256,
        state=state,
        type=seen.type,
        bytes=seen.bytes,
        width=seen.width,
        height=seen.height,
        reason=seen.reason,
        updated_at=now(),
    )
    return db.session.merge(found)


def store(data: bytes) -> Attachment:
    """Keep a whole file at once, as a form in the office or a batch file brings it."""
    return note(look(data))


def refusal(sha256: str) -> Problem | None:
    """Why a file that is whole here is no photo to show; nothing for a photo, and for what has not arrived."""
    found = db.session.get(Attachment, sha256)
    if found is None or found.state != NOT_A_PHOTO:
        return None
    return REFUSALS.get(found.reason, NoPhoto)()


def forget_lost() -> int:
    """Ask again for what the database says is here and the disk has not got. Commits.

    :returns: how many photos those are: other nodes still believe that they are here.
    """
    gone = lost()
    if gone:
        begin_writing()
        for sha256 in gone:
            db.session.execute(sa.delete(Attachment).where(Attachment.sha256 == sha256))
        db.session.commit()
    return len(gone)


def lost() -> list[str]:
    """The SHA-256 of each photo that the database says is here and the disk has not got."""
    whole = sa.select(Attachment.sha256).where(Attachment.state.in_([STORED, NOT_A_PHOTO]))
    return [sha256 for sha256 in db.session.scalars(whole) if not path(sha256).exists()]


def path(sha256: str) -> Path:
    """Where the whole file lies or would lie."""
    return settings().attachments / sha256[:2] / sha256


def thumbnail(sha256: str) -> Path:
    """A small JPEG of a stored photo, made on first asking.

    :raises NotFound: there is no such photo here, or it is none that can be shown.
    """
    if state(sha256) != STORED:
        raise NotFound()
    small = settings().attachments / "thumbs" / f"{sha256}.jpg"
    if not small.exists():
        db.session.rollback()  # nobody waits for a connection while this one waits for its turn
        try:
            _write(small, _small(path(sha256)))
        except OSError as error:
            if not trouble.is_full(error):
                raise
            return path(sha256)  # where there is no room for a small one, the large one is shown
    return small


def _small(file: Path) -> bytes:
    buffer = io.BytesIO()
    try:
        with file.open("rb") as source, _decoding:
            _thumb(_opened(source)).save(buffer, "JPEG", quality=80)
    except (FileNotFoundError, NoPhoto, HugePhoto, BrokenPhoto):
        raise NotFound() from None  # one of an earlier version, which was not looked at like this when it came
    return buffer.getvalue()


def _decoded(data: bytes) -> tuple[str, tuple[int, int]]:
    """Media type and size in pixels of a picture that can be shown: it has been decoded to its last row.

    :raises NoPhoto, HugePhoto, BrokenPhoto: it cannot.
    """
    with _decoding:
        image = _opened(io.BytesIO(data))
        size = image.size
        _thumb(image)
    return TYPES[image.format or ""], size


def _opened(source: IO[bytes]) -> Image.Image:
    """A picture of which only the header was read.

    :raises NoPhoto: it is none of the kinds that are shown.
    :raises BrokenPhoto: it begins like one, and goes on like none.
    :raises HugePhoto: decoded, it would fill the memory.
    """
    try:
        image = Image.open(source, formats=OPENED)
    except MemoryError:
        raise  # a failure of ours never counts against a photo
    except Exception:  # whatever a file brings a decoder to: it comes from outside
        source.seek(0)
        raise (BrokenPhoto if BEGINNINGS.match(source.read(12)) else NoPhoto)() from None
    if image.width * image.height > MEGAPIXELS[image.format or ""] * 1_000_000:
        raise HugePhoto()
    return image


def _thumb(image: Image.Image) -> Image.Image:
    """The whole decoded, made small and turned upright; what is transparent is white.

    :raises BrokenPhoto: it ends before its last row, or cannot be decoded.
    """
    try:
        if image.mode not in ("RGB", "RGBA", "L", "CMYK"):
            image.load()
            image = image.convert("L" if image.mode.startswith("I") else "RGBA")
        image.thumbnail(THUMB)
        image.load()  # one that is small already has not been decoded yet
    except MemoryError:
        raise
    except Exception:
        raise BrokenPhoto() from None
    return _on_white(_upright(image))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # what a camera noted beside a sound picture may be anything
        return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all, on the disk before anyone is told."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_over(target, data)

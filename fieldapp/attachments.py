"""Photos: named by the SHA-256 of their bytes, sent in parts after the change that names them, kept as files."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.problems import NotFound, Problem
from fieldapp.surveys.base import Base

MAX_PART = 256 * 1024
MAX_PARTS = 200
THUMB = (320, 320)
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

ABSENT, PARTIAL, STORED, NOT_A_PHOTO = "absent", "partial", "stored", "not_a_photo"


class Attachment(Base):
    """One file a record names. ``state``: partial, stored, or not_a_photo (kept whole all the same)."""

    __tablename__ = "attachment"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(16))
    type: Mapped[str] = mapped_column(sa.String(40), default="")
    bytes: Mapped[int] = mapped_column(sa.Integer, default=0)
    width: Mapped[int] = mapped_column(sa.Integer, default=0)
    height: Mapped[int] = mapped_column(sa.Integer, default=0)
    parts: Mapped[int] = mapped_column(sa.Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime)


class AttachmentPart(Base):
    """A part that has arrived while others have not."""

    __tablename__ = "attachment_part"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    i: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    bytes: Mapped[bytes] = mapped_column(sa.LargeBinary)


class BadPart(Problem):
    code, status = "bad_part", 400


def state(sha256: str) -> str:
    """absent, partial, stored or not_a_photo."""
    found = db.session.get(Attachment, sha256)
    return found.state if found else ABSENT


def states(hashes: Iterable[str]) -> dict[str, str]:
    """The states of many files; those never heard of are left out."""
    query = sa.select(Attachment.sha256, Attachment.state).where(Attachment.sha256.in_(list(hashes)))
    return dict(db.session.execute(query).all())


def missing(sha256: str, parts: int) -> list[int]:
    """Which of so many parts have not arrived, from 0; none when the whole is here."""
    if state(sha256) in (STORED, NOT_A_PHOTO):
        return []
    have = set(db.session.scalars(sa.select(AttachmentPart.i).where(AttachmentPart.sha256 == sha256)))
    return [i for i in range(parts) if i not in have]


def take_part(sha256: str, i: int, parts: int, data: bytes) -> tuple[str, list[int]]:
    """Keep one part; when it was the last, check the whole and keep it as a file. Any part may come twice.

    :returns: the state, and the parts still missing. A whole that does not match its hash starts again:
        all its parts are missing.
    :raises BadPart: a hash, number or size no client of ours sends.
    """
    must_be_a_part(sha256, i, parts)
    if not 0 < len(data) <= MAX_PART:
        raise BadPart()
    if i not in missing(sha256, parts):
        return state(sha256), missing(sha256, parts)
    db.session.merge(Attachment(sha256=sha256, state=PARTIAL, parts=parts, updated_at=_now()))
    db.session.add(AttachmentPart(sha256=sha256, i=i, bytes=data))
    db.session.flush()
    if not missing(sha256, parts):
        _assemble(sha256)
    return state(sha256), missing(sha256, parts)


def must_be_a_part(sha256: str, i: int, parts: int) -> None:
    """Nothing is read, and no file is named, for what no client of ours asks.

    :raises BadPart: a hash or number no client of ours sends.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not 0 <= i < parts <= MAX_PARTS:
        raise BadPart()


def store(data: bytes) -> Attachment:
    """Keep a whole file at once, as a form in the office or a batch file brings it."""
    sha256 = hashlib.sha256(data).hexdigest()
    _write(path(sha256), data)
    kind, width, height = _look(data)
    found = Attachment(
        sha256=sha256,
        state=STORED if kind else NOT_A_PHOTO,
        type=kind or "application/octet-stream",
        bytes=len(data),
        width=width,
        height=height,
        updated_at=_now(),
    )
    return db.session.merge(found)


def path(sha256: str) -> Path:
    """Where the whole file lies or would lie."""
    return settings().attachments / sha256[:2] / sha256


def thumbnail(sha256: str) -> Path:
    """A small JPEG of a stored photo, made on first asking.

    :raises NotFound: there is no such photo here, or it is none.
    """
    if state(sha256) != STORED:
        raise NotFound()
    small = settings().attachments / "thumbs" / f"{sha256}.jpg"
    if not small.exists():
        with Image.open(path(sha256)) as image:
            picture = ImageOps.exif_transpose(image).convert("RGB")
        picture.thumbnail(THUMB)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=80)
        _write(small, buffer.getvalue())
    return small


def _assemble(sha256: str) -> None:
    query = sa.select(AttachmentPart.bytes).where(AttachmentPart.sha256 == sha256).order_by(AttachmentPart.i)
    data = b"".join(db.session.scalars(query))
    if hashlib.sha256(data).hexdigest() == sha256:
        store(data)
    db.session.execute(sa.delete(AttachmentPart).where(AttachmentPart.sha256 == sha256))


def _look(data: bytes) -> tuple[str | None, int, int]:
    """Media type and size in pixels, or nothing for what is no photo. Guards against pictures made to explode."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                image.verify()
        return TYPES.get(image.format or ""), image.width, image.height
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, 0, 0


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all, on the disk before anyone is told."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

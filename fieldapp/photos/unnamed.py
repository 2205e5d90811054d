"""Bytes of photos that no record names: a device may bring some, but not fill the disk with them.

A tablet sends a photo after the change that names it, so of honest work nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people import Device
from fieldapp.photos import broken_off
from fieldapp.photos.attachments import PhotoUse, UnnamedPart
from fieldapp.problems import UnnamedPhoto
from fieldapp.today import now
from sync.journal import Journal
from sync.statements import among

MEGABYTES = 50
"""So much of what nobody has named a device may bring in a day."""
DAY = timedelta(days=1)


def counts(device: Device, sha256: str, more: int) -> bool:
    """Whether so many bytes more of a photo count for the device that brings them: no record names it.

    Other nodes bring the photos of many, and what a change of the device's person names is never refused.

    :raises UnnamedPhoto: it has brought too many of those that count.
    """
    if device.kind == "node" or _named([sha256]):
        return False
    brought = _brought(device.id)
    named = _named(brought)
    total = sum(size for each, size in brought.items() if each not in named)
    if total + more <= MEGABYTES * 1_000_000:
        return True
    if not _mentioned(device, sha256):
        raise UnnamedPhoto(most=MEGABYTES)
    return False


def note(device: str, sha256: str, i: int, size: int) -> None:
    """Count a part that was taken. The caller commits."""
    at = now()
    old = sa.delete(UnnamedPart).where(UnnamedPart.device == device, UnnamedPart.at < at - DAY)
    db.session.execute(old)
    db.session.merge(UnnamedPart(device=device, sha256=sha256, i=i, bytes=size, at=at))


def _brought(device: str) -> dict[str, int]:
    """What a device brought in the last day, and what broke off and lies here, in bytes of each photo."""
    since = now() - DAY
    sizes = broken_off.sizes(device)
    query = sa.select(UnnamedPart.sha256, UnnamedPart.bytes).where(UnnamedPart.device == device, UnnamedPart.at > since)
    for sha256, size in db.session.execute(query):
        sizes[sha256] = sizes.get(sha256, 0) + size
    return sizes


def _named(hashes: Collection[str]) -> set[str]:
    column = PhotoUse.__table__.c.sha256
    return set(db.session.scalars(sa.select(column).where(among(db.session.connection(), column, hashes))))


def _mentioned(device: Device, sha256: str) -> bool:
    """Whether a change of its person mentions the photo: one that is held, or whose record says something else now."""
    theirs = db.session.scalars(sa.select(Device.id).where(Device.account_id == device.account_id)).all()
    return Journal(db.session.connection()).is_mentioned(sha256, theirs)

"""The nodes this one knows: laptops and servers it exchanges changes with, by wire or by file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.surveys.base import Base


class Peer(Base):
    """Another node. Its key is what this node trusts; its address and token are there once this node joined it."""

    __tablename__ = "peer"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, unique=True)
    node: Mapped[str | None] = mapped_column(sa.String(16))
    url: Mapped[str] = mapped_column(sa.Text, default="")
    token: Mapped[str] = mapped_column(sa.Text, default="")
    added_at: Mapped[datetime] = mapped_column(sa.DateTime)
    synced_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    report: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    def when(self, what: str) -> datetime | None:
        """When ``compared``, ``found_at`` or ``put_back`` of its report was, in UTC; None if it never was."""
        at = (self.report or {}).get(what)
        return datetime.fromisoformat(at) if at else None


class PeerPhoto(Base):
    """A photo that a peer is known to have had in its epoch of then. In another epoch it may have lost it."""

    __tablename__ = "peer_photo"

    peer: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    epoch: Mapped[str] = mapped_column(sa.String(16), default="")


class FileOut(Base):
    """A batch file made here for a peer, and the newest receipt that came back.

    ``since`` and ``until``: the stretch of this node's journal in it. ``made_at`` is None where only a receipt says
    that there was such a file: it was made before this node went back to a backup.
    """

    __tablename__ = "file_out"

    file_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, index=True)
    made_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    since: Mapped[int] = mapped_column(sa.BigInteger)
    until: Mapped[int] = mapped_column(sa.BigInteger)
    changes: Mapped[int] = mapped_column(sa.Integer)
    photos: Mapped[int] = mapped_column(sa.Integer)
    receipt: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class FileIn(Base):
    """A batch file taken in here, whole or in part: what its receipt has to say beside the counts of its batch.

    ``left_out``: how many of its changes were not taken and were not here; ``missing``: how many of them are not here
    yet; ``stretches``: their numbers, as [first, last] by device; ``chosen``: what was asked for.
    """

    __tablename__ = "file_in"

    batch: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    file_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    key: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime)
    epoch: Mapped[str] = mapped_column(sa.String(16))
    since: Mapped[int] = mapped_column(sa.BigInteger)
    until: Mapped[int] = mapped_column(sa.BigInteger)
    changes: Mapped[int] = mapped_column(sa.Integer)
    photos: Mapped[int] = mapped_column(sa.Integer)
    devices: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    left_out: Mapped[int] = mapped_column(sa.Integer, default=0)
    missing: Mapped[int] = mapped_column(sa.Integer, default=0)
    stretches: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    chosen: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

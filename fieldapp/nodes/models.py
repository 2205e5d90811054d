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


class PeerPhoto(Base):
    """A photo that a peer is known to have, so that it is not offered again."""

    __tablename__ = "peer_photo"

    peer: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)

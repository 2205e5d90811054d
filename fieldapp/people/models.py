"""The tables of people: accounts, what they may see, their devices, and tries to sign in.

Times are UTC without a time zone, as in every table of this application.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fieldapp.people.roles import ROLES
from fieldapp.surveys.base import Base


def new_id() -> str:
    """A fresh id for an account or a device: 16 lowercase hex digits."""
    return secrets.token_hex(8)


class Account(Base):
    """A person who signs in. Never deleted: changes name their author for ever; ``active`` is switched off instead.

    The last properties are what Flask-Login asks of a user.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    role: Mapped[str] = mapped_column(sa.String(12))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    language: Mapped[str] = mapped_column(sa.String(2), default="vi")
    changed_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    """When its name, role or areas were changed last, or it was switched off or on: of two nodes, the later holds."""
    must_change: Mapped[bool] = mapped_column(sa.Boolean, default=False, server_default=sa.false())
    """Whether its password was given by an administrator, and serves only to choose an own one."""

    grants: Mapped[list[Grant]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="Grant.code"
    )
    devices: Mapped[list[Device]] = relationship(back_populates="account", order_by="Device.enrolled_at")

    @property
    def role_label(self) -> str:
        """The role in the language of the moment."""
        return str(ROLES[self.role].label if self.role in ROLES else self.role)

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_authenticated(self) -> bool:
        return self.active

    @property
    def is_anonymous(self) -> bool:
        return False


class Grant(Base):
    """A place an account may see: a province, district or commune of a vintage, or a village (by its id)."""

    __tablename__ = "account_grant"

    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(sa.String(14), primary_key=True)

    account: Mapped[Account] = relationship(back_populates="grants")


class Device(Base):
    """A tablet or a node that may sync. Its token is known to itself alone; here only the hash of it is kept."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(80))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    enrolled_at: Mapped[datetime] = mapped_column(sa.DateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    report: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """What the device last said of itself: changes waiting, storage, battery …"""

    account: Mapped[Account] = relationship(back_populates="devices")

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None


class ApiToken(Base):
    """What a program shows to read records and figures: made and ended by an administrator, kept as a hash.

    - ``scopes``: what it may read, see :data:`fieldapp.people.tokens.SCOPES`; ``grants``: places as ``[vintage, code]``
    - ``exact``: with full positions and sensitive answers
    - ``ends_on``: the last day it is good for, ``2026-12-31``
    """

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(80))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(sa.JSON)
    grants: Mapped[list[list[Any]]] = mapped_column(sa.JSON)
    exact: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime)
    ends_on: Mapped[str] = mapped_column(sa.String(10))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(sa.DateTime)

    account: Mapped[Account] = relationship()


class EnrolmentCode(Base):
    """A one-time code, kept as a hash: it is read out, typed once on a tablet, and gone.

    Whoever types it names a try by a secret of its own, of which the hash is kept, and is given ``device_id``: where
    the answer gets lost on the way, the same try may ask once more.
    """

    __tablename__ = "enrolment_code"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime)
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime)
    try_hash: Mapped[str | None] = mapped_column(sa.String(64))
    device_id: Mapped[str | None] = mapped_column(sa.String(16))

    account: Mapped[Account] = relationship()


class DeskSession(Base):
    """Somebody signed in with a browser. The browser holds a token; here only the hash of it is kept."""

    __tablename__ = "desk_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    device: Mapped[str] = mapped_column(sa.String(80))
    begun_at: Mapped[datetime] = mapped_column(sa.DateTime)
    seen_at: Mapped[datetime] = mapped_column(sa.DateTime)

    account: Mapped[Account] = relationship()


class Attempt(Base):
    """One try to sign in, to enrol a device or to unlock one, counted so that guessing is slow on every process.

    ``failed``: whether it is known to have failed; until then it may still turn out to be right.
    """

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(64), default="", server_default="", index=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime, index=True)
    failed: Mapped[bool] = mapped_column(sa.Boolean, default=True, server_default=sa.true())

    __table_args__ = (sa.Index("ix_attempt_key_at", "key", "at"),)

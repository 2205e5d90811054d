"""The device behind a request over the wire, with all that answering needs to know of it, read with one statement.

A visitor is what the database says at this moment, and nothing is remembered of it: what another process has changed a
moment ago, a device revoked or an account switched off, is seen by the very next request.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people.models import Account, Device
from fieldapp.reference.current import Rulebook
from sync.journal import Identity, beside
from sync.statements import Ready, among_texts, texts


@dataclass(frozen=True, slots=True)
class Holder:
    """The account of a visitor, as far as the wire asks for it."""

    id: str
    username: str
    name: str
    role: str
    active: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """A device that asks. ``acked`` and ``top``: how far its changes are here, without a gap and at all; ``here``:
    who this node is, None before it has an identity; ``rules``: the version of the rules, "" where there are none."""

    id: str
    kind: str
    revoked: bool
    last_seen_at: datetime | None
    account: Holder
    acked: int
    top: int
    here: Identity | None
    report: dict[str, Any] = field(default_factory=dict)
    rules: str = ""

    @property
    def account_id(self) -> str:
        return self.account.id


@dataclass(frozen=True, slots=True)
class KnownTablet:
    """A tablet that was here before. Whether it is still let in is to be asked by whoever takes anything from it."""

    id: str
    kind: str = "tablet"


MOST_KNOWN = 10_000
_known: dict[str, KnownTablet] = {}
"""Tablets that were let in, by the hash of their token, which is theirs alone for ever."""


def known_tablet(token_hash: str) -> KnownTablet | None:
    """The tablet that this process has let in before by a token of this hash; nothing is asked of the database."""
    return _known.get(token_hash)


def remember(token_hash: str, visitor: Visitor) -> None:
    """Keep a tablet that was authenticated in the memory of this process; other devices are not kept."""
    if visitor.kind == "tablet":
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[token_hash] = KnownTablet(visitor.id)


def by_token_hash(token_hash: str) -> Visitor | None:
    """The device that holds the token of this hash, switched off or not."""
    return _visitor(_by_token(db.session.connection(), asked=token_hash).one_or_none())


def by_ids(devices: Collection[str]) -> dict[str, Visitor]:
    """The devices of these ids; those that are not there are left out."""
    connection = db.session.connection()
    found = map(_visitor, _by_ids(connection, asked=texts(connection, devices)))
    return {each.id: each for each in found if each is not None}


def _visitor(row: Any) -> Visitor | None:
    if row is None:
        return None
    return Visitor(
        row.id,
        row.kind,
        row.revoked_at is not None,
        _moment(row.last_seen_at),
        Holder(row.account, row.username, row.called, row.role, bool(row.active)),
        row.acked or 0,
        row.top or 0,
        Identity(row.node, row.epoch, row.signs) if row.node else None,
        _json(row.report) or {},
        row.rules or "",
    )


def _moment(told: Any) -> datetime | None:
    """SQLite keeps a moment as text."""
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _json(told: Any) -> Any:
    """SQLite keeps JSON as text."""
    return json.loads(told) if isinstance(told, str) else told


def _ask(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    told = [Device.id, Device.kind, Device.revoked_at, Device.last_seen_at, Device.report]
    person = [Account.id.label("account"), Account.username, Account.name.label("called"), Account.role, Account.active]
    everything, known = beside(sa.join(Device, Account, Account.id == Device.account_id), Device.__table__.c.id)
    rules = sa.select(Rulebook.version).scalar_subquery().label("rules")
    return sa.select(*told, *person, *known, rules).select_from(everything).where(where)


_by_token = Ready(lambda _: _ask(Device.__table__.c.token_hash == sa.bindparam("asked", type_=sa.String)))
_by_ids = Ready(lambda dialect: _ask(among_texts(dialect, Device.__table__.c.id, "asked")))

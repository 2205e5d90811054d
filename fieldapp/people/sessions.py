"""Sessions of the desk, on the server, to be seen and ended there. A browser holds a token; here is only its hash."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from fieldapp.config import settings
from fieldapp.db import Prepared, briefly, db
from fieldapp.people.models import Account, DeskSession
from fieldapp.people.when import utc

log = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)
NOTE_PATIENCE_MS = 250
BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox", "Firefox"), ("Chrome", "Chrome")]
SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux"]


def begin(connection: sa.Connection, account_id: str, device: str, now: datetime) -> str:
    """A new session of an account: its token, told once. Those of anybody that ended long ago are swept away.

    :param device: what the browser says of itself (its ``User-Agent``).
    """
    token, at = secrets.token_urlsafe(32), utc(now)
    connection.execute(sa.delete(DeskSession).where(sa.not_(_alive(at))))
    row = {"token_hash": _hash(token), "account_id": account_id, "device": _short(device)}
    connection.execute(sa.insert(DeskSession).values(**row, begun_at=at, seen_at=at))
    return token


def find(token: str, now: datetime) -> DeskSession | None:
    """The session of this token with its account; None once it ended, or the account is switched off."""
    rows = _by_token.rows(token=_hash(token), **_latest(utc(now)))
    if not rows or not rows[0][1].active:
        return None
    session, account = rows[0]
    set_committed_value(session, "account", account)
    return cast(DeskSession, session)


def touch(session: DeskSession, now: datetime) -> None:
    """Note that a session is in use, at most once a minute. That this fails now is no failure."""
    at = utc(now)
    if at - session.seen_at < NOTED_EVERY:
        return
    seen = sa.update(DeskSession).where(DeskSession.id == session.id).values(seen_at=at)
    try:
        briefly(lambda connection: connection.execute(seen), NOTE_PATIENCE_MS)
    except sa.exc.DBAPIError as error:
        log.warning("that session %s is in use could not be noted: %s", session.id, error.orig)


def of(account: Account, now: datetime) -> list[DeskSession]:
    """The sessions of an account that last, the one seen last first."""
    query = sa.select(DeskSession).where(DeskSession.account_id == account.id, _alive(utc(now)))
    return list(db.session.scalars(query.order_by(DeskSession.seen_at.desc(), DeskSession.id.desc())))


def end(token: str) -> None:
    """End the session of this token."""
    briefly(lambda connection: connection.execute(sa.delete(DeskSession).where(DeskSession.token_hash == _hash(token))))


def end_of(account_id: str, *, only: int | None = None, but: str = "") -> None:
    """End the sessions of an account: all of them, only one, or all but that of a token. The caller commits."""
    which = sa.delete(DeskSession).where(DeskSession.account_id == account_id)
    which = which.where(DeskSession.id == only) if only is not None else which
    db.session.execute(which.where(DeskSession.token_hash != _hash(but)) if but else which)


def _alive(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(DeskSession.seen_at > _latest(at)["seen"], DeskSession.begun_at > _latest(at)["begun"])


def _latest(at: datetime) -> dict[str, datetime]:
    """Since when a session was seen, and has begun, that is not over at this moment."""
    idle, whole = timedelta(minutes=settings().session_idle), timedelta(hours=settings().session_hours)
    return {"seen": at - idle, "begun": at - whole}


_by_token = Prepared(
    lambda _dialect: sa.select(DeskSession, Account).where(
        Account.id == DeskSession.account_id,
        DeskSession.token_hash == sa.bindparam("token"),
        DeskSession.seen_at > sa.bindparam("seen"),
        DeskSession.begun_at > sa.bindparam("begun"),
    )
)


def _short(device: str) -> str:
    """``Firefox, Windows``, of the long line by which a browser names itself; the beginning of any other."""
    browser = next((name for word, name in BROWSERS if word in device), "Safari" if "Safari" in device else "")
    system = next((name for name in SYSTEMS if name in device), "")
    return ", ".join(filter(None, (browser, system))) or re.sub(r"[^\w ./-]", "", device)[:60]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

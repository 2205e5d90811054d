"""Devices: enrolled with a one-time code, known by a token, switched off when lost."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fieldapp import faults
from fieldapp.db import begin_writing, briefly, db
from fieldapp.people.models import Account, Device, EnrolmentCode
from fieldapp.people.throttle import Throttle
from fieldapp.people.visitors import KnownTablet, Visitor, by_token_hash, known_tablet, remember
from fieldapp.people.when import utc
from fieldapp.problems import ExpiredCode, MissingCode, OthersCode, UnknownDevice, UsedCode, WrongCode

log = logging.getLogger(__name__)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: read out over a telephone, O is taken for 0 and I or L for 1."""
CODE_LIVES = timedelta(hours=24)
DeviceReport = dict[str, object]
MOST_LOSSES = 20
MOST_UNLOCKS = 20
NOTED_EVERY = timedelta(minutes=1)
NOTE_PATIENCE_MS = 250
ENROL = Throttle("enrol", tries=50)  # a roomful of tablets may be enrolled at once, over one line
UNLOCK = Throttle("unlock", tries=5)


def enrolment_code(account: Account, now: datetime) -> str:
    """A fresh one-time code for this account, good for 24 hours: ``XXXX-XXXX``. Not committed yet."""
    letters = "".join(secrets.choice(ALPHABET) for _place in range(8))
    db.session.add(EnrolmentCode(code_hash=_hash(letters), account_id=account.id, expires_at=utc(now) + CODE_LIVES))
    db.session.flush()
    return f"{letters[:4]}-{letters[4:]}"


def enrol(
    code: str,
    device_name: str,
    now: datetime,
    kind: str = "tablet",
    source: str = "",
    owner: str = "",
    named_try: str = "",
) -> tuple[Device, str]:
    """A code becomes a device and its token (32 random bytes, told once; only the hash is kept). Not committed yet.

    :param source: where the tries come from (an address), so that one guesser delays itself alone.
    :param owner: the id of the account whose data the tablet holds already; none where it is empty.
    :param named_try: a secret that names this try: whoever sends it again, as the answer got lost, is given the same
        device with another token, until that device was here.
    :raises MissingCode: nothing was typed, which is no try.
    :raises WrongCode, ExpiredCode, UsedCode: a sentence for each.
    :raises OthersCode: it was made for another person, and still serves her.
    :raises TooManyAttempts: after fifty failures, with ``wait``, in minutes.
    """
    _see_that_it_is_typed(code)
    with ENROL.attempt(source, now):
        begin_writing()
        used = _redeem(code, now, owner, named_try)
        known = _given_before(used, kind)
        db.session.execute(ENROL.forget(source))
    token = secrets.token_urlsafe(32)
    device = known or _device(used.account, device_name, kind, now)
    device.token_hash = _hash(token)
    db.session.add(device)
    db.session.flush()
    used.device_id = device.id
    db.session.flush()
    return device, token


def _device(account: Account, name: str, kind: str, now: datetime) -> Device:
    return Device(kind=kind, name=name.strip() or account.name, enrolled_at=utc(now), report={}, account=account)


def _given_before(used: EnrolmentCode, kind: str) -> Device | None:
    """The device that the same try was given and has not heard of; None at the first time.

    :raises UsedCode: it was here since, or it is no longer let in.
    """
    if used.device_id is None:
        return None
    device = db.session.get(Device, used.device_id)
    if device is None or device.kind != kind or device.last_seen_at or device.revoked:
        raise UsedCode()
    return device


def unlock(device: Device, code: str, now: datetime, named_try: str = "") -> None:
    """Use up a code to let the person of this tablet choose a new PIN, and note it. Not committed yet.

    :param named_try: as of :func:`enrol`: the same tablet may ask again.
    :raises MissingCode: nothing was typed, which is no try.
    :raises WrongCode, ExpiredCode, UsedCode: a sentence for each.
    :raises OthersCode: it was made for another person, and still serves her.
    :raises TooManyAttempts: after five failures, wherever they came from, with ``wait``, in minutes.
    """
    _see_that_it_is_typed(code)
    owner, number = device.account_id, device.id
    with UNLOCK.attempt(number, now):
        begin_writing()
        used = _redeem(code, now, owner, named_try)
        if used.device_id not in (None, number):
            raise UsedCode()
        used.device_id = number
        db.session.execute(UNLOCK.forget(number))
    before = list((device.report or {}).get("unlocks", []))
    moment = utc(now).isoformat(timespec="seconds")
    device.report = {**(device.report or {}), "unlocks": [*before, moment][-MOST_UNLOCKS:]}


def _see_that_it_is_typed(code: str) -> None:
    if not any(letter.isalnum() for letter in code):
        raise MissingCode()


def _redeem(code: str, now: datetime, owner: str = "", named_try: str = "") -> EnrolmentCode:
    """Use a code up. ``owner``: the id of the account it must be for, if there is one; ``named_try``: what it may be
    asked for again with."""
    hashed = _hash(_typed(code))
    found = db.session.get(EnrolmentCode, hashed)
    if found is None or not found.account.active:
        raise WrongCode()
    if owner and found.account_id != owner:
        raise OthersCode()
    if found.used_at and not (named_try and found.try_hash == _hash(named_try)):
        raise UsedCode()
    if found.expires_at <= utc(now):
        raise ExpiredCode()
    if found.used_at:
        return found
    first = sa.update(EnrolmentCode).where(EnrolmentCode.code_hash == hashed, EnrolmentCode.used_at.is_(None))
    first = first.values(used_at=utc(now), try_hash=_hash(named_try) if named_try else None)
    if db.session.connection().execute(first).rowcount != 1:
        raise UsedCode()
    return found


def _typed(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return letters.replace("O", "0").replace("I", "1").replace("L", "1")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def device_of(token: str, revoked: bool = False) -> Device | None:
    """The device that holds this token; None when it is unknown, revoked, or its account is switched off.

    :param revoked: also give a device that was switched off: it may still hand in what it holds, to be held.
    """
    query = sa.select(Device).options(joinedload(Device.account)).where(Device.token_hash == _hash(token))
    device = db.session.scalar(query)
    if device is None or revoked:
        return device
    return device if device.account.active and not device.revoked else None


def visitor_of(token: str, revoked: bool = False) -> Visitor | None:
    """The same as a :class:`Visitor`: quicker, and with what answering needs beside it."""
    found = by_token_hash(_hash(token))
    return found if found and (revoked or (found.account.active and not found.revoked)) else None


def pusher_of(token: str, revoked: bool = False) -> Visitor | KnownTablet | None:
    """The same of who brings changes: of a tablet that was here before, only which one it is. Before anything of it is
    taken it must be asked again whether it is let in, by who then has the turn to write."""
    hashed = _hash(token)
    known = known_tablet(hashed)
    if known is None and (found := visitor_of(token, revoked)):
        remember(hashed, found)
        return found
    return known


def courier(token_hash: str) -> str:
    """What a locked tablet shows in place of its token: it only lets sealed things in. 64 hex digits."""
    return hmac.new(token_hash.encode(), b"courier", hashlib.sha256).hexdigest()


def device_of_courier(shown: str, revoked: bool = False) -> Device | None:
    """The tablet that shows ``<device>:<courier>``; None when it is unknown, revoked, or its account is switched off.

    :param revoked: also give a tablet that was switched off.
    """
    parts = re.fullmatch("([0-9a-f]{16}):([0-9a-f]{64})", shown)
    device = db.session.get(Device, parts[1]) if parts else None
    if parts is None or device is None or device.kind != "tablet":
        return None
    if not hmac.compare_digest(courier(device.token_hash), parts[2]):
        return None
    return device if revoked or (device.account.active and not device.revoked) else None


def find_device(device_id: str) -> Device:
    """The device of this id, or of the only id that starts so.

    :raises UnknownDevice: there is none, or several.
    """
    query = sa.select(Device).where(Device.id.startswith(device_id.strip().lower(), autoescape=True)).limit(2)
    found = list(db.session.scalars(query))
    if len(found) != 1:
        raise UnknownDevice(device=device_id)
    return found[0]


def revoke(device: Device, now: datetime) -> None:
    """Switch a device off: lost, sold or copied. What it sends from now on is not taken in as usual."""
    device.revoked_at = device.revoked_at or utc(now)


def with_loss(device: Device | Visitor, at: str, counts: dict[str, int]) -> list[dict[str, object]]:
    """All times this device lost its storage, with the one it tells of now, once: when (UTC), and what came back."""
    losses: list[dict[str, object]] = list((device.report or {}).get("losses", []))
    try:
        moment = utc(datetime.fromisoformat(at)).isoformat(timespec="seconds")
    except ValueError:
        return losses
    known = any(loss["at"] == moment for loss in losses)
    return losses if known else [*losses, {"at": moment, **counts}][-MOST_LOSSES:]


def seen(device: Device, now: datetime, report: DeviceReport | None = None) -> None:
    """Note that the device was here, and what it said of itself."""
    device.last_seen_at = utc(now)
    if report:
        device.report = {**(device.report or {}), **report}


def is_news(device: Device | Visitor, now: datetime, report: DeviceReport) -> bool:
    """Whether what a device says is worth writing down: after a minute, or at once where it tells more than a count
    of what waits, as that its storage was lost, or of work that may never come."""
    known = device.report or {}
    told = any(known.get(name) != value for name, value in report.items() if name != "pending")
    return told or device.last_seen_at is None or utc(now) - device.last_seen_at >= NOTED_EVERY


def note(device_id: str, now: datetime, says: Callable[[Device], DeviceReport]) -> None:
    """Store when a device was last in contact, in a short transaction of its own. A failure is ignored: the device
    tells it again the next time.

    :param says: what the device tells of itself, beside what is known of it already.
    """

    def write(connection: sa.Connection) -> None:
        with Session(connection) as session:
            device = session.get_one(Device, device_id)
            seen(device, now, says(device))
            session.flush()

    try:
        briefly(write, NOTE_PATIENCE_MS)
    except sa.exc.DBAPIError as error:
        log.warning("that device %s was here could not be noted: %s", device_id, faults.kind_of(error))

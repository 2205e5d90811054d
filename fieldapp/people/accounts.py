"""Accounts: made, signed in, switched off."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp.db import begin_writing, briefly, db
from fieldapp.i18n import ngettext
from fieldapp.people import passwords, sessions
from fieldapp.people.models import Account, Grant, new_id
from fieldapp.people.passwords import hash_password
from fieldapp.people.roles import ROLES
from fieldapp.people.throttle import Throttle
from fieldapp.places import Village, names_places, place
from fieldapp.problems import (
    BadUsername,
    NameTooLong,
    UnknownAccount,
    UnknownPlace,
    UnknownRole,
    UsernameTaken,
    WrongPassword,
)
from fieldapp.vietnamese import clean

SIGN_IN = Throttle("sign-in", tries=5)
LONGEST_NAME = 120


class Whence(NamedTuple):
    """Where somebody signs in: the address; what the browser says of itself; its number, where she was in before."""

    address: str = ""
    device: str = ""
    known: str = ""


ANYWHERE = Whence()


def add_account(
    username: str,
    name: str,
    role: str,
    password: str,
    grants: Iterable[tuple[int, str]] = (),
    id: str | None = None,
    *,
    once: bool = False,
) -> Account:
    """A new account; begins as a writer, and the caller commits.

    One that was only heard of (:func:`hear_of`) becomes this account, id and all.

    :param grants: (vintage, code) of the places it may see; a village as (vintage, village id).
    :param id: the id the account has on another node, so that its changes are known here too.
    :param once: the password must be changed at the first sign-in.
    :raises BadUsername, NameTooLong, UsernameTaken, UnknownRole, WeakPassword, CommonPassword, UnknownPlace: a
        sentence for each.
    """
    username = username.strip().lower()
    _check(username, name, role, password)
    must_be_short(name)
    hashed = hash_password(password)
    begin_writing(again=False)
    _check_free(username)
    account = by_username(username) or Account(id=id or new_id(), username=username, language="vi")
    account.name, account.role, account.active = clean(name) or account.name or username, role, True
    account.password_hash, account.must_change = hashed, once
    account.grants = [grant_of(vintage, code) for vintage, code in dict.fromkeys(grants)]
    db.session.add(account)
    db.session.flush()
    return account


def hear_of(id: str, username: str, name: str, role: str, grants: Iterable[tuple[int, str]] = ()) -> Account:
    """Add or rename an account of another node, so that the changes it made carry a name here.

    It cannot sign in on this node until it is given a password here. Places this node's lists do not hold are left out.
    Known already, it is left as it is; a username taken here by somebody else gets the beginning of its id.
    """
    known = db.session.get(Account, id)
    if known is not None:
        return known
    taken = by_username(username) is not None
    account = Account(
        id=id,
        username=f"{username}.{id[:4]}" if taken else username,
        name=clean(name) or username,
        role=role if role in ROLES else "enumerator",
        password_hash="",
        active=False,
        language="vi",
    )
    account.grants = [Grant(vintage=vintage, code=code) for vintage, code in grants if is_place(vintage, code)]
    db.session.add(account)
    db.session.flush()
    return account


def must_be_short(name: str) -> None:
    """Pass only for a name that the tables hold. :raises NameTooLong: it is longer."""
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)


def _check(username: str, name: str, role: str, password: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,39}", username):
        raise BadUsername(username=username)
    if role not in ROLES:
        raise UnknownRole(role=role, roles=", ".join(ROLES))
    passwords.check(password, (username, name))
    _check_free(username)


def _check_free(username: str) -> None:
    known = by_username(username)
    if known and known.password_hash:
        raise UsernameTaken(username=username)


def grant_of(vintage: int, code: str) -> Grant:
    """The right to see a place.

    :raises UnknownPlace: the lists of places hold none of this code.
    """
    if not is_place(vintage, code):
        raise UnknownPlace(code=code, vintage=vintage)
    return Grant(vintage=vintage, code=code)


def is_place(vintage: int, code: str) -> bool:
    """Whether the lists of places hold one of this code, or a village of this id."""
    known = db.session.get(Village, code) if "." in code else place(vintage, code)
    return known is not None and known.vintage == vintage


def by_username(username: str) -> Account | None:
    """The account of this name, switched off or not."""
    return db.session.scalar(sa.select(Account).where(Account.username == username.strip().lower()))


def find_account(username: str) -> Account:
    """The account of this name.

    :raises UnknownAccount: there is none.
    """
    found = by_username(username)
    if found is None:
        raise UnknownAccount(username=username)
    return found


def sign_in(username: str, password: str, now: datetime, whence: Whence = ANYWHERE) -> tuple[Account, str]:
    """The account, if the password is right, and the token of a session that begins.

    Each try is counted and committed before the password is looked at. After five that failed at a username from an
    address each one there waits longer; a browser in which she was in before is counted for itself, so nobody keeps
    her out. Unknown, switched off and wrong all take as long and read the same.

    :raises WrongPassword: or the username is unknown, or switched off.
    :raises TooManyAttempts: with ``wait``, in minutes.
    """
    username = username.strip().lower()
    with _attempt(username, now, whence):
        account = by_username(username)
        hashed, active = (account.password_hash, account.active) if account else (passwords.nobodys(), False)
        db.session.rollback()  # nobody waits for a connection while this one takes its time
        right = passwords.matches(hashed, password)
        if account is None or not right or not active:
            raise WrongPassword()
        fresh = hash_password(password) if passwords.is_dated(hashed, password) else hashed
        return account, _come_in(account.id, (hashed, fresh), now, whence, SIGN_IN.forget(_who(username, whence)))


def _attempt(username: str, now: datetime, whence: Whence) -> AbstractContextManager[None]:
    return SIGN_IN.attempt(_who(username, whence), now, "" if whence.known else whence.address)


def _who(username: str, whence: Whence) -> str:
    return f"{username[:40]} {whence.known or whence.address}"


def _come_in(id: str, password: tuple[str, str], now: datetime, whence: Whence, forget: sa.Delete) -> str:
    """Forget the tries before, keep the password with the care of today, begin a session: all of it, or nothing."""
    hashed, fresh = password

    def write(connection: sa.Connection) -> str:
        connection.execute(forget)
        if fresh != hashed:
            same = sa.update(Account).where(Account.id == id, Account.password_hash == hashed)
            connection.execute(same.values(password_hash=fresh))
        return sessions.begin(connection, id, whence.device, now)

    return briefly(write)


def is_own(account: Account, password: str, now: datetime, whence: Whence = ANYWHERE) -> None:
    """Check the password of an account that is signed in.

    :raises WrongPassword, TooManyAttempts: as :func:`sign_in`.
    """
    username, hashed = account.username, account.password_hash
    with _attempt(username, now, whence):
        if not passwords.matches(hashed, password):
            raise WrongPassword()
    briefly(lambda connection: connection.execute(SIGN_IN.forget(_who(username, whence))))


def speak(account: Account, language: str) -> None:
    """Store the language of a person. Where it cannot be stored now, nothing is raised: the browser has it too."""
    chosen = sa.update(Account).where(Account.id == account.id).values(language=language)
    with suppress(sa.exc.DBAPIError):
        briefly(lambda connection: connection.execute(chosen))


def change_password(account: Account, password: str, *, once: bool = False, but: str = "") -> None:
    """A new password, and the end of all sessions there were; begins as a writer, and the caller commits.

    An account that was only heard of (:func:`hear_of`) can be used from then on.

    :param once: it was given by an administrator, and must be changed at the first sign-in.
    :param but: the token of a session that goes on.
    :raises WeakPassword, CommonPassword: it cannot be a password.
    """
    passwords.check(password, (account.username, account.name))
    hashed = hash_password(password)
    begin_writing(again=False)
    account.active = account.active or not account.password_hash
    account.password_hash, account.must_change = hashed, once
    sessions.end_of(account.id, but=but)


@names_places
def _with_areas(keys: set[tuple[int, str]]) -> str:
    """How many accounts see one of these places."""
    granted = sa.select(sa.func.count(sa.distinct(Grant.account_id)))
    number = db.session.scalar(granted.where(sa.tuple_(Grant.vintage, Grant.code).in_(keys)))
    return (
        ngettext(
            "%(n)s account has its area in it; give it another one first",
            "%(n)s accounts have their area in it; give them another one first",
            number,
        )
        if number
        else ""
    )

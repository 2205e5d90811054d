"""What of an account may change after it was made, here or on the node it comes from, and what must not be lost
by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people.accounts import grant_of, is_place, must_be_short
from fieldapp.people.models import Account, Grant
from fieldapp.people.rights import roles_that
from fieldapp.people.roles import ROLES
from fieldapp.problems import LastAdministrator, NameNeeded, UnknownRole
from fieldapp.today import now
from fieldapp.vietnamese import clean

GrantedPlaces = Iterable[tuple[int, str]]
"""(vintage, code) of places; a village as (vintage, village id)."""


def change_account(
    account: Account, *, name: str | None = None, role: str | None = None, grants: GrantedPlaces | None = None
) -> None:
    """Another name, role or other areas; what is not told stays. It holds at once wherever the account is asked for.

    :param grants: all places that the account may see from now on.
    :raises NameNeeded, NameTooLong, UnknownRole, UnknownPlace: a sentence for each, and nothing is changed.
    :raises LastAdministrator: nobody would be left who may administer this node.
    """
    if name is not None and not clean(name):
        raise NameNeeded()
    must_be_short(name or "")
    if role is not None and role not in ROLES:
        raise UnknownRole(role=role, roles=", ".join(ROLES))
    wanted = None if grants is None else [grant_of(vintage, code) for vintage, code in dict.fromkeys(grants)]
    if role is not None and role not in roles_that("administer"):
        must_not_be_last(account)
    _set(account, clean(name or "") or account.name, role or account.role, wanted)
    account.changed_at = now()


def _set(account: Account, name: str, role: str, grants: list[Grant] | None) -> None:
    account.name, account.role = name, role
    if grants is None:
        return
    kept = {(grant.vintage, grant.code): grant for grant in account.grants}
    account.grants = [kept.get((grant.vintage, grant.code), grant) for grant in grants]


def disable(account: Account) -> None:
    """Switch an account off. What it wrote stays; its devices may no longer sync either.

    :raises LastAdministrator: nobody would be left who may administer this node.
    """
    must_not_be_last(account)
    account.active, account.changed_at = False, now()


def enable(account: Account) -> None:
    """Switch an account on again that was switched off."""
    account.active, account.changed_at = True, now()


def must_not_be_last(account: Account) -> None:
    """Pass only if somebody else can sign in here who may administer this node, or this account may not.

    :raises LastAdministrator: otherwise.
    """
    if not account.active or account.role not in roles_that("administer"):
        return
    signs_in = sa.and_(Account.active, Account.password_hash != "")
    others = sa.select(Account.id).where(signs_in, Account.role.in_(roles_that("administer")), Account.id != account.id)
    if db.session.scalar(others.limit(1)) is None:
        raise LastAdministrator(name=account.name)


@dataclass(frozen=True)
class RemoteAccount:
    """What another node says of an account. ``changed_at``: UTC without a zone; ``off``: it was switched off there."""

    name: str
    role: str
    grants: list[tuple[int, str]]
    changed_at: datetime | None = None
    off: bool = False


def follow(account: Account, told: RemoteAccount) -> None:
    """Take over what was changed on the node this one is joined to, if it is newer than what was changed here.

    Whoever alone administers this node goes on doing so; places that the lists here do not hold are left out.
    """
    if told.changed_at is None or (account.changed_at is not None and told.changed_at <= account.changed_at):
        return
    role = told.role if told.role in ROLES else account.role
    try:
        if told.off or role not in roles_that("administer"):
            must_not_be_last(account)
    except LastAdministrator:
        role, told = account.role, RemoteAccount(told.name, account.role, told.grants, told.changed_at)
    grants = [Grant(vintage=vintage, code=code) for vintage, code in told.grants if is_place(vintage, code)]
    _set(account, clean(told.name) or account.name, role, grants)
    account.active = bool(account.password_hash) and not told.off
    account.changed_at = told.changed_at

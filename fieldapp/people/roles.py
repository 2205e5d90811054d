"""Who may do what, and where."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people.models import Account
from fieldapp.places import Place, villages_of

ACTIONS: dict[str, frozenset[str]] = {
    "see": frozenset({"enumerator", "supervisor", "admin", "leader"}),
    "fill": frozenset({"enumerator", "supervisor", "admin"}),
    "review": frozenset({"supervisor"}),
    "report": frozenset({"supervisor", "admin", "leader"}),
    "admin": frozenset({"admin"}),
}
"""Each action and the roles that may do it."""


def may(account: Account, action: str) -> bool:
    """Whether the account's role allows an action; nobody switched off may do anything.

    :raises KeyError: there is no such action.
    """
    return bool(account.active) and account.role in ACTIONS[action]


def areas_of(account: Account) -> frozenset[str] | None:
    """The ids of the villages an account may see; None for everything on this node.

    A node serves one province, so whoever is granted a province is granted everything, also what has no village yet.
    """
    if _granted_a_province(account):
        return None
    return frozenset(village for grant in account.grants for village in villages_of(grant.vintage, grant.code))


def _granted_a_province(account: Account) -> bool:
    granted = [sa.and_(Place.vintage == grant.vintage, Place.code == grant.code) for grant in account.grants]
    if not granted:
        return False
    query = sa.select(Place.code).where(sa.or_(*granted), Place.level == "tinh")
    return db.session.scalar(query.limit(1)) is not None


def sees(account: Account, area: str | None) -> bool:
    """Whether the account may see records of this area (a village id; None or "" while unknown)."""
    areas = areas_of(account)
    return areas is None or (area or "") in areas


def sees_all(account: Account, areas: Iterable[str]) -> bool:
    """Whether the account may see each of these areas."""
    own = areas_of(account)
    return own is None or own.issuperset(areas)

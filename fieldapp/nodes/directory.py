"""Names that records only point to: villages, and the people who made changes. A joined node is told them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.places import Place, Village


def give() -> dict[str, Any]:
    """The villages and people of this node: names, roles and places they may see, never a password."""
    villages = db.session.execute(
        sa.select(Village.vintage, Village.commune_code, Village.number, Village.name).order_by(Village.id)
    )
    accounts = db.session.scalars(sa.select(Account).options(selectinload(Account.grants)).order_by(Account.id))
    return {"villages": [list(row) for row in villages], "people": [_person(account) for account in accounts]}


def _person(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "role": account.role,
        "grants": [[grant.vintage, grant.code] for grant in account.grants],
    }


def take(told: dict[str, Any]) -> None:
    """Learn the villages and people of another node. Nobody learnt of this way can sign in here before being given
    a password on this node.

    A village in a commune that this node's lists do not hold is left for the day they do.
    """
    known = {(row.vintage, row.code) for row in db.session.execute(sa.select(Place.vintage, Place.code))}
    villages = [(int(row[0]), str(row[1]), int(row[2]), str(row[3])) for row in told.get("villages", [])]
    places.import_villages([village for village in villages if village[:2] in known])
    for person in told.get("people", []):
        grants = [(int(vintage), str(code)) for vintage, code in person.get("grants", [])]
        people.hear_of(str(person["id"]), str(person["username"]), str(person["name"]), str(person["role"]), grants)

"""Names that records only point to: villages, and the people who made changes. A joined node is told them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.places import Place, Village


def give() -> dict[str, Any]:
    """The villages and people of this node: names and roles, never a password."""
    villages = db.session.execute(
        sa.select(Village.vintage, Village.commune_code, Village.number, Village.name).order_by(Village.id)
    )
    accounts = db.session.execute(
        sa.select(Account.id, Account.username, Account.name, Account.role).order_by(Account.id)
    )
    return {"villages": [list(row) for row in villages], "people": [dict(row) for row in accounts.mappings()]}


def take(told: dict[str, Any]) -> None:
    """Learn the villages and people of another node. Nobody learnt of this way can sign in here.

    A village in a commune that this node's lists do not hold is left for the day they do.
    """
    known = {(row.vintage, row.code) for row in db.session.execute(sa.select(Place.vintage, Place.code))}
    villages = [(int(row[0]), str(row[1]), int(row[2]), str(row[3])) for row in told.get("villages", [])]
    places.import_villages([village for village in villages if village[:2] in known])
    for person in told.get("people", []):
        people.hear_of(str(person["id"]), str(person["username"]), str(person["name"]), str(person["role"]))

"""What records only point to: lists of places, villages, and the people who made changes. Other nodes are told them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.people import Account, RemoteAccount
from fieldapp.people.when import utc
from fieldapp.places import Place, Village

_Year = Annotated[int, msgspec.Meta(ge=0, le=9999)]
_Code = Annotated[str, msgspec.Meta(max_length=14)]
_Name = Annotated[str, msgspec.Meta(max_length=120)]


_Unit = Annotated[str, msgspec.Meta(pattern="^[0-9]{2,5}\\Z")]
_Level = Literal["tinh", "thanh_pho", "huyen", "phuong", "thi_tran", "xa"]


class Person(msgspec.Struct):
    """An account of another node; ``grants``: vintage and code of the places it may see; ``changed``: when it was last,
    in UTC; ``off``: it was switched off there."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}\\Z")]
    username: Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
    name: _Name
    role: str
    grants: list[tuple[_Year, _Code]] = []
    changed: datetime | None = None
    off: bool = False


class Directory(msgspec.Struct):
    """What a directory says; of a place its vintage, code, name, level and the code above, and what became of it: from
    vintage and code, to vintage and code, whether whole; of a village its vintage, the code of its commune, its number
    and its name. Versions before this one tell of no places."""

    places: list[tuple[_Year, _Unit, _Name, _Level, _Unit | None]] = []
    became: list[tuple[_Year, _Unit, _Year, _Unit, bool]] = []
    villages: list[tuple[_Year, _Code, Annotated[int, msgspec.Meta(ge=0, le=999)], _Name]] = []
    people: list[Person] = []


def read(told: Mapping[str, Any]) -> Directory:
    """A directory from elsewhere. Names only help: of one that cannot be read there are none, and ids are shown."""
    try:
        return msgspec.convert(told, Directory)
    except msgspec.ValidationError:
        return Directory()


def give() -> dict[str, Any]:
    """The places, villages and people of this node: names, roles and places they may see, never a password."""
    villages = db.session.execute(
        sa.select(Village.vintage, Village.commune_code, Village.number, Village.name).order_by(Village.id)
    )
    accounts = db.session.scalars(sa.select(Account).options(selectinload(Account.grants)).order_by(Account.id))
    return {
        **places.tell_lists(),
        "villages": [list(row) for row in villages],
        "people": [_person(account) for account in accounts],
    }


def _person(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "role": account.role,
        "grants": [[grant.vintage, grant.code] for grant in account.grants],
        "changed": account.changed_at.isoformat() if account.changed_at else None,
        "off": bool(account.password_hash) and not account.active,
    }


def take(told: Mapping[str, Any], *, leads: bool = False) -> None:
    """Learn the places, villages and people of another node. Nobody learnt of this way can sign in here before being
    given a password on this node.

    ``leads``: it is the node that this one is joined to, so what was changed there of somebody known here, of a list or
    of what a village is called, holds here; of others only the lists of years are taken that this node has none of. A
    village in a commune that its lists do not hold is left for the day they do.
    """
    names = read(told)
    places.learn_lists(names.places, names.became, renew=leads)
    places.import_villages(_listed(names, leads))
    for each in names.people:
        heard = people.hear_of(each.id, each.username, each.name, each.role, each.grants)
        if leads:
            changed_at = utc(each.changed) if each.changed else None
            people.follow(heard, RemoteAccount(each.name, each.role, each.grants, changed_at, each.off))


def _listed(names: Directory, leads: bool) -> list[tuple[int, str, int, str]]:
    """The villages to take over: in a commune of the lists here; of those known here already only where it leads."""
    communes = {tuple(row) for row in db.session.execute(sa.select(Place.vintage, Place.code))}
    here = sa.select(Village.vintage, Village.commune_code, Village.number)
    known = set() if leads else {tuple(row) for row in db.session.execute(here)}
    return [each for each in names.villages if each[:2] in communes and each[:3] not in known]

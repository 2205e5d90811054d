"""Accounts whose areas are places of older lists, communes and districts that others took over since, or hold nothing.

They go on seeing the villages that lay in those places, which is all that was theirs to see; of the commune that took
them over they see no other village, and its office's steps are not theirs. Who is to look after what from then on, an
administrator says: for all of them in one step here, as their places became others, or on the page of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from fieldapp.db import db
from fieldapp.people.changing import change_account
from fieldapp.people.looked_after import LookedAfter, held
from fieldapp.people.models import Account
from fieldapp.places import Gazetteer
from fieldapp.places.gazetteer import Key


@dataclass(frozen=True)
class Outdated:
    """An account that looks after places that are no more, each told as vintage and code.

    ``gone``: those places; ``become``: the communes of the newest list that took them over; ``stay``: those of ``gone``
    that stay beside these, since that list cannot say where all their villages lie: they went to several communes, or
    are on no list here; ``more``: so many villages it would see that it does not see now.
    """

    account: Account
    gone: list[Key]
    become: list[Key]
    stay: list[Key]
    more: int

    @property
    def wanted(self) -> list[Key]:
        """What it looks after once it is moved."""
        left = [key for key in held(self.account) if key not in self.gone or key in self.stay]
        return list(dict.fromkeys([*left, *self.become]))

    @property
    def shown(self) -> str:
        """What a page shows of it, so that nothing else is done later: ``01930@2023>01933@2025``."""
        return ">".join(",".join(f"{code}@{vintage}" for vintage, code in keys) for keys in (self.gone, self.become))


def outdated() -> list[Outdated]:
    """The accounts in use that look after places that are no more, by role and name. Whoever has a whole province sees
    everything, whatever became of it; a village is the same for ever."""
    lists = LookedAfter()
    return [found for each in _in_use() if (found := _look_at(each, lists))]


def without_villages() -> set[str]:
    """The ids of the accounts in use that see nothing: no village of the lists here lies in their areas."""
    lists = LookedAfter()
    return {each.id for each in _in_use() if lists.areas(each) == frozenset()}


def move(shown: Mapping[str, str]) -> list[Outdated]:
    """Give accounts the communes that took their places over; the caller has begun to write, and commits.

    :param shown: by the id of each account what was shown of it, see :attr:`Outdated.shown`.
    :return: those that were moved: not those whose areas or lists have changed since.
    """
    moved = [each for each in outdated() if each.become and shown.get(each.account.id) == each.shown]
    for each in moved:
        change_account(each.account, grants=each.wanted)
    return moved


def _in_use() -> Iterable[Account]:
    query = sa.select(Account).options(selectinload(Account.grants)).where(Account.active)
    return db.session.scalars(query.order_by(Account.role, Account.name, Account.id))


def _look_at(account: Account, lists: LookedAfter) -> Outdated | None:
    """What became of its places; None where all of them still are, or it has a whole province."""
    places, over, vintage = held(account), lists.newest.taken_over, lists.newest.vintage
    gone = [key for key in places if _is_gone(key, lists.newest)]
    seen = lists.areas(account)
    if not gone or seen is None:
        return None
    become = sorted({(vintage, code) for key in gone for code in over.get(key, ())})
    then = lists.villages(become)
    stay = [key for key in gone if key not in over or not lists.villages([key]) <= then]
    return Outdated(account, gone, become, stay, len(then - seen))


def _is_gone(key: Key, newest: Gazetteer) -> bool:
    """Whether it is on no list, or on one from which the newest list leads on."""
    return "." not in key[1] and (key not in newest.everywhere or key[0] in newest.led_from)

"""What many accounts look after, by the lists at hand: the villages that :func:`.rights.areas_of` finds for one."""

from __future__ import annotations

from collections.abc import Collection

from fieldapp.db import db
from fieldapp.people.models import Account
from fieldapp.people.rights import Areas
from fieldapp.places import Gazetteer
from fieldapp.places.gazetteer import Key


def held(account: Account) -> list[Key]:
    """The places that an account looks after, as vintage and code."""
    return [(each.vintage, each.code) for each in account.grants]


class LookedAfter:
    """The lists of places of the moment, looked up once for all accounts."""

    def __init__(self) -> None:
        self.newest = Gazetteer(db.session())
        self._by_year = self.newest.by_year()

    def areas(self, account: Account) -> Areas:
        """The villages of an account; None for everything on this node."""
        places = held(account)
        known = (self.newest.everywhere.get(key) for key in places)
        return None if any(place.is_province for place in known if place) else self.villages(places)

    def villages(self, places: Collection[Key]) -> frozenset[str]:
        """Those that lie in communes and districts, each of its list, and those that are named themselves."""
        lying = [self._by_year[year].lying_in(code) for year, code in places if year in self._by_year]
        return frozenset(code for _year, code in places if code in self.newest.villages).union(*lying)

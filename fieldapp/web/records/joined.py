"""What the page of a household says of entries that are a part of it, and of those that look like it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp import review
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.intake.merging import kept_of, parts_of
from fieldapp.review import pairs
from fieldapp.surveys import Household
from fieldapp.surveys.base import Record
from fieldapp.web import shown
from fieldapp.web.access import mine, my_areas
from fieldapp.web.records.alike import AGAINST, WORDS


class JoinedHousehold(NamedTuple):
    """Another entry: its name, and in what it is alike. ``later``: it was changed after it was joined, as by a tablet
    that did not know of it; what it says now is to be compared."""

    id: str
    name: str
    what: str
    later: bool = False


class Joined(NamedTuple):
    """``kept``: the household that this one is a part of; ``parts``: the entries that are a part of this one;
    ``alike``: those that look like it and nobody has judged."""

    kept: JoinedHousehold | None
    parts: list[JoinedHousehold]
    alike: list[JoinedHousehold]


def joined_of(record: Record) -> Joined | None:
    """The same for a record that is a household; None for others, and where there is nothing to say."""
    if not isinstance(record, Household):
        return None
    kept, parts = list(kept_of([record.id]).values()), parts_of(record.id)
    found = pairs.alike_to(record.id, my_areas()) if mine().may("merge") else []
    looks = {one.other if one.one == record.id else one.one: told(one.what) for one in found}
    named = entries([*kept, *parts, *looks])
    if not named:
        return None
    alike = [named[id]._replace(what=what) for id, what in looks.items() if id in named]
    joined = [named[id]._replace(later=_is_later(id)) for id in parts if id in named]
    return Joined(next((named[id] for id in kept if id in named), None), joined, alike)


def _is_later(part: str) -> bool:
    """Whether an entry was changed after somebody said that it is a part of another."""
    said = (one.changed_at for one in pairs.pairings_about(part) if one.verdict == "same" and one.other == part)
    home = db.session.get(Household, part)
    return home is not None and home.changed_at > max(said, default=home.changed_at)


def entries(ids: Collection[str]) -> dict[str, JoinedHousehold]:
    """Those of these households that the reader may see, by id."""
    if not ids:
        return {}
    query = review.within(sa.select(Household).where(Household.id.in_(ids)), Household, my_areas())
    return {
        home.id: JoinedHousehold(home.id, shown.name_of(home), shown.place_line(home.village))
        for home in db.session.scalars(query)
    }


def told(what: Sequence[str]) -> str:
    """In what two households are alike, and what speaks against it, in words; "" where they are alike in nothing."""
    words = {word: str(WORDS[word]) if word in WORDS else _("close together") for word in what}
    alike = ", ".join(text for word, text in words.items() if word not in AGAINST)
    against = ", ".join(text for word, text in words.items() if word in AGAINST)
    return _("%(alike)s; but %(against)s", alike=alike, against=against) if alike and against else alike

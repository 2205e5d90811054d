"""What a reader asked to see, checked against the lists of places and against what she may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.places.models import Place
from fieldapp.problems import NoDay, NoDistricts, NoSuchChoice, UnknownPlace, UnknownVintage
from fieldapp.reference.current import current_rules
from fieldapp.reports import past
from fieldapp.reports.geography import Geography
from fieldapp.reports.labels import LINE_HEADINGS, LINES
from fieldapp.surveys import choices as choices_of

FILTERS = ("within", "programme", "year", "source", "group", "since", "until", "as_of")
"""What narrows a report beside the list of places: each may be empty."""
DAYS = ("since", "until", "as_of")
OF_DISTRICTS = 2023
"""The last list of places that has districts."""


@dataclass(frozen=True)
class Options:
    """What the lines are (:mod:`fieldapp.reports.cuts`); of which list of places; within one district, commune or
    village only; of cases only those of one programme, by its code, of one year, of one fund source, of one target
    group, and those whose day lies from ``since`` until ``until``, both written ``2026-08-01``; ``as_of``: as it stood
    at the end of this day, "" for now, of which ``moment`` is what is kept (:mod:`fieldapp.reports.past`)."""

    by: str = "commune"
    vintage: int = 2025
    within: str = ""
    programme: str = ""
    year: int = 0
    source: str = ""
    group: str = ""
    since: str = ""
    until: str = ""
    as_of: str = ""
    moment: int = 0

    @classmethod
    def read(
        cls,
        session: Session,
        by: str = "",
        vintage: str = "",
        within: str = "",
        programme: str = "",
        year: int = 0,
        **more: str,
    ) -> Options:
        """From what was typed or clicked; districts are looked for in 2023 unless a year is given.

        :param more: ``source``, ``group``, ``since``, ``until`` and ``as_of``.
        :raises UnknownVintage: no such list of places.
        :raises NoDistricts: that list has no districts.
        :raises NoSuchChoice: no programme, fund source or target group has this code.
        :raises NoDay: a day is none.
        :raises DayNotOver, FiguresNotReady: there are no figures of the day ``as_of``, or none yet.
        """
        known = vintages(session)
        usual = OF_DISTRICTS if by == "district" else max(known, default=2025)
        listed = next((each for each in known if str(each) == vintage), 0) if vintage else usual
        if listed not in known:
            raise UnknownVintage(vintage=vintage or listed, vintages=", ".join(map(str, known)))
        if by == "district" and not has_districts(session, listed):
            raise NoDistricts(vintage=listed)
        if programme:
            _see_that_it_is_there("programme", programme, [one.code for one in current_rules(session).programmes])
        rest = {name: _said(name, text) for name, text in more.items()}
        moment = past.of_day(session, rest["as_of"]) if rest.get("as_of") else 0
        return cls(by if by in LINES else "commune", listed, within, programme, year, **rest, moment=moment)

    def on(self, today: date) -> date:
        """The day as on which it is counted."""
        return date.fromisoformat(self.as_of) if self.moment and self.as_of else today

    def parameters(self, names: Collection[str] = FILTERS) -> dict[str, str | int]:
        """What was asked for, by name, for an address that asks for the same."""
        asked = {"by": self.by, "vintage": self.vintage, **{name: getattr(self, name) for name in names}}
        return {name: value for name, value in asked.items() if value}


CODES = {"source": "paid_source", "group": "target_group"}
"""The lists of which a filter is a code."""


def _said(name: str, text: str) -> str:
    """A code of its list, or a day. :raises NoSuchChoice, NoDay: it is none."""
    if text and name in CODES:
        _see_that_it_is_there(name, text, choices_of.codes(CODES[name]))
    if not text or name in CODES:
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise NoDay(name=text) from None


def _see_that_it_is_there(name: str, code: str, codes: Iterable[str]) -> None:
    if code not in codes:
        raise NoSuchChoice(name=name, what=LINE_HEADINGS[name], code=code, codes=", ".join(codes))


def vintages(session: Session) -> list[int]:
    """The years for which there is a list of places."""
    return list(session.scalars(sa.select(Place.vintage).distinct().order_by(Place.vintage)))


def has_districts(session: Session, vintage: int) -> bool:
    """Whether a list of places has districts."""
    query = sa.select(Place.code).where(Place.vintage == vintage, Place.level.in_(["huyen", "thanh_pho"]))
    return session.scalar(query.limit(1)) is not None


def villages_in(geography: Geography, areas: frozenset[str] | None, within: str) -> frozenset[str]:
    """The villages to count: those she may see, within the place asked for, which may be one of them.

    :raises UnknownPlace: no such place, or none of its villages may be seen.
    """
    seen = frozenset(geography.villages) if areas is None else areas & frozenset(geography.villages)
    if not within:
        return seen
    inside = frozenset(village for village in seen if within == village or within in _above(geography, village))
    if not inside:
        raise UnknownPlace(code=within, vintage=geography.vintage)
    return inside


def _above(geography: Geography, village: str) -> set[str]:
    places = (geography.commune(village), geography.district(village))
    return {place.code for place in places if place}


def choices(geography: Geography, areas: frozenset[str] | None) -> list[Place]:
    """The places to choose ``within`` from: districts and communes that hold a village she may see."""
    codes = {place.code for place in geography.above(villages_in(geography, areas, ""))}
    return sorted((geography.places[code] for code in codes), key=lambda place: (place.parent_code or "", place.code))

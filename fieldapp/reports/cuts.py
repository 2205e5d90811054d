"""What the lines of a report are: places, what a place is by decision, the codes of a list.

Each makes the groups of a table out of counts by a key, and says by which condition the rows of one line are found
again: by the same key, so that a number and the list behind it cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import naming
from fieldapp.facts.ranking import lineage_here
from fieldapp.i18n import _, language
from fieldapp.places import Place
from fieldapp.problems import NotFound
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.geography import BY, Geography, PlaceGroup
from fieldapp.reports.scope import Options, villages_in
from fieldapp.reports.subjects import Clause, Expression, Subject
from fieldapp.reports.table import Group, add
from fieldapp.surveys import choices
from sync.statements import among

Counts: TypeAlias = Mapping[str, Mapping[str, int]]
UNPLACED = "-"
"""Stands for the line of what has no place, or no code, that is known."""
STATUSES = ("poor_district", "difficult_commune", "difficult_village")
LISTS = {"ethnic": "ethnic_group", "group": "target_group", "source": "paid_source"}
"""The lists of choices that lines are made of."""


@dataclass(frozen=True)
class ReportRequest:
    """What a reader asked for, of which places, on which day."""

    session: Session
    options: Options
    areas: frozenset[str] | None
    day: date

    @cached_property
    def geography(self) -> Geography:
        """The places of the vintage."""
        return Geography(self.session, self.options.vintage)

    @cached_property
    def villages(self) -> frozenset[str]:
        """The villages to count. :raises UnknownPlace: as :func:`villages_in`."""
        return villages_in(self.geography, self.areas, self.options.within)

    @property
    def everything(self) -> bool:
        """Whether it is the whole province, with what has no known village."""
        return self.areas is None and not self.options.within

    @property
    def within(self) -> Place | None:
        """The district or commune that was asked for."""
        return self.geography.places.get(self.options.within)

    def limits(self, area: Expression) -> list[Clause]:
        """Only rows of these villages."""
        return [] if self.everything else [self.among(area, self.villages)]

    def among(self, area: Expression, villages: frozenset[str]) -> Clause:
        """Rows of some villages."""
        return among(self.session.connection(), area, villages)


class Cut(Protocol):
    """What lines are."""

    @property
    def overlaps(self) -> bool:
        """Whether one row has several keys; otherwise what is counted by them adds up to the whole."""

    def key(self, subject: Subject) -> Expression:
        """By what the rows of a subject are grouped; NULL is told as ""."""

    def groups(self, found: Counts) -> tuple[Group, ...]:
        """The groups of a table out of the counts by key."""

    def where(self, subject: Subject, line: str) -> Clause:
        """The rows of a line by its code. :raises NotFound: there is no such line."""


@dataclass(frozen=True)
class Places:
    """Lines are districts, communes or villages of one vintage."""

    asked: ReportRequest
    overlaps = False

    def key(self, subject: Subject) -> Expression:
        """The village."""
        return subject.area

    def groups(self, found: Counts) -> tuple[Group, ...]:
        """Every place, also one where nothing is."""
        shown = self.asked.villages | found.keys()
        return tuple(
            _gathered(section, found) for section in self.asked.geography.sections(self.asked.options.by, shown)
        )

    def where(self, subject: Subject, line: str) -> Clause:
        """Rows of the villages in the place; on the line of what cannot be placed, of all that have no place."""
        here, asked = partial(self.asked.among, subject.area), self.asked
        if line != UNPLACED:
            return here(asked.villages & villages_in(asked.geography, asked.areas, line))
        placed = asked.geography.placed(asked.geography.villages)
        if asked.everything:
            return sa.or_(subject.area.is_(None), sa.not_(here(placed)))
        return here(asked.villages - placed)


def _gathered(section: PlaceGroup, found: Counts) -> Group:
    lines = ((line.name, line.code, _added(line.villages, found)) for line in section.lines)
    return Group(section.name, section.code, tuple(lines))


def _added(villages: frozenset[str], found: Counts) -> Mapping[str, int]:
    """What is counted in these villages; most lines of a table by village are one."""
    some = [found[village] for village in villages if village in found]
    return some[0] if len(some) == 1 else add(*some)


@dataclass(frozen=True)
class Statuses:
    """Lines are what a place is by decision: each status divides the whole into yes, no and not known."""

    asked: ReportRequest
    overlaps = False

    def key(self, subject: Subject) -> Expression:
        """The village."""
        return subject.area

    @cached_property
    def _told(self) -> dict[str, dict[str, str]]:
        """By status and village: whether the village is there, on the day."""
        rules, places = current_rules(self.asked.session).on(self.asked.day), lineage_here()
        known = {village: places.known(village) for village in self.asked.geography.villages}
        codes = {True: "yes", False: "no", None: UNPLACED}
        return {
            status: {village: codes[rules.has_status(above, status)] for village, above in known.items()}
            for status in STATUSES
        }

    def groups(self, found: Counts) -> tuple[Group, ...]:
        """A group for each status."""
        names = {"yes": _("Yes"), "no": _("No"), UNPLACED: _("Not known")}
        return tuple(
            Group(choices.label("place_status", status, language()), status, tuple(
                (name, f"{status}/{code}", add(*(
                    counts for village, counts in found.items() if self._told[status].get(village, UNPLACED) == code
                )))
                for code, name in names.items()
            ))
            for status in STATUSES
        )  # fmt: skip

    def where(self, subject: Subject, line: str) -> Clause:
        """Rows of the villages of this answer; the whole for a status itself.

        :raises NotFound: there is no such line.
        """
        status, _slash, code = line.partition("/")
        if status not in STATUSES or code not in ("", "yes", "no", UNPLACED):
            raise NotFound
        told = self._told[status]
        here = partial(self.asked.among, subject.area)
        if code == UNPLACED:
            known = frozenset(village for village, answer in told.items() if answer != UNPLACED)
            return sa.or_(subject.area.is_(None), sa.not_(here(known)))
        return here(frozenset(village for village, answer in told.items() if answer == code)) if code else sa.true()


@dataclass(frozen=True)
class Codes:
    """Lines are the codes of a list, in its order; what has none of them is on a line of its own. Lines of fund sources
    share the cases that have several."""

    asked: ReportRequest

    @property
    def _name(self) -> str:
        return self.asked.options.by

    @property
    def overlaps(self) -> bool:
        """Whether one case is on several lines."""
        return self._name == "source"

    def key(self, subject: Subject) -> Expression:
        """The code. :raises NotFound: this subject has none."""
        if self._name not in subject.keys:
            raise NotFound
        return subject.keys[self._name]

    def groups(self, found: Counts) -> tuple[Group, ...]:
        """One group without a name: a line for each code that is found, also for one that this node does not know."""
        names = named(self.asked.session, self._name)
        order = [*names, *sorted(code for code in found if code and code not in names), ""]
        lines = (
            (names.get(code, code) or _("Not known"), code or UNPLACED, found[code]) for code in order if code in found
        )
        return (Group("", "", tuple(lines)),)

    def where(self, subject: Subject, line: str) -> Clause:
        """Rows of this code."""
        key = self.key(subject)
        return key.is_(None) if line == UNPLACED else key == line


def cut(asked: ReportRequest) -> Cut:
    """What the lines are that a reader asks for."""
    if asked.options.by in BY:
        return Places(asked)
    return Statuses(asked) if asked.options.by == "status" else Codes(asked)


def named(session: Session, by: str) -> dict[str, Any]:
    """The codes of lines with their names, in their order."""
    if by == "programme":
        return {id_of_code("programme", one.code): one.name for one in current_rules(session).programmes}
    if by == "author":
        return naming.everybody(session)
    return {one.code: one.label(language()) for one in choices.choices(LISTS[by])}

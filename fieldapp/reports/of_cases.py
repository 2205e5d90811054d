"""Reports of support cases: each a declaration of columns, counted by one query over the facts of cases.

The same declaration says which cases stand behind a number, so the list of them is always the number's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.facts.cases import CaseFact, CaseMoney
from fieldapp.i18n import _
from fieldapp.problems import NotFound
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.geography import Geography, Section
from fieldapp.reports.issuer import issuer
from fieldapp.reports.official import frame, scope
from fieldapp.reports.scope import Options, villages_in
from fieldapp.reports.table import Column, Group, Row, Table, add, rows
from sync.statements import among

FACT: Any = CaseFact.__table__
MONEY: Any = CaseMoney.__table__
Clause: TypeAlias = sa.ColumnElement[bool]
Counts: TypeAlias = dict[str, dict[str, int]]
PAPER = "housing-need"
"""The paper whose office issues these too: that of housing."""
UNPLACED = "-"
"""Stands for the line of villages that the list of places does not know."""


@dataclass(frozen=True)
class Measure:
    """One column, or with ``heading`` empty a number for the notes.

    ``which``: the cases it is about, on a day; ``amount``: what of them is added up, in đồng, where they are not
    counted; ``sources``: only that of these fund sources; ``parts``, ``rate``: as of a
    :class:`~fieldapp.reports.table.Column`.
    """

    key: str
    heading: tuple[str, ...] = ()
    which: Callable[[date], Clause] | None = None
    amount: Literal["", "promised", "approved", "paid"] = ""
    sources: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    rate: tuple[str, str] | None = None

    @property
    def column(self) -> Column:
        """As it is drawn."""
        return Column(self.key, self.heading, self.parts, self.rate)

    def behind(self, day: date) -> Clause:
        """The cases that make this number: of an amount those that add something to it."""
        assert self.which is not None
        if not self.amount:
            return self.which(day)
        if not self.sources:
            return sa.and_(self.which(day), FACT.c[self.amount] != 0)
        some = sa.select(MONEY.c.record).where(MONEY.c.source.in_(self.sources), MONEY.c[self.amount] != 0)
        return sa.and_(self.which(day), FACT.c.record.in_(some))

    def total(self, day: date) -> Any:
        """What is asked of the database for it."""
        assert self.which is not None
        added: Any = sa.literal(1) if not self.amount else (MONEY if self.sources else FACT).c[self.amount]
        which = self.which(day)
        which = sa.and_(which, MONEY.c.source.in_(self.sources)) if self.sources else which
        return sa.func.coalesce(sa.func.sum(sa.case((which, added), else_=0)), 0)


@dataclass(frozen=True)
class CaseReport:
    """What a report of cases is: ``measures`` in the language of the moment, ``day`` the day that the year chosen is
    that of, ``year_of`` the same in words, ``notes`` from the totals by key."""

    name: str
    title: str
    day: Literal["proposed_on", "decided_on", "completed_on"]
    year_of: str
    measures: Callable[[], tuple[Measure, ...]]
    notes: Callable[[Mapping[str, int]], tuple[str, ...]]

    def build(self, session: Session, options: Options, areas: frozenset[str] | None, today: date) -> Table:
        """The report over the villages the reader may see.

        :raises UnknownPlace: the place asked for does not exist, or is outside her area.
        """
        geography = Geography(session, options.vintage)
        villages = villages_in(geography, areas, options.within)
        everything = areas is None and not options.within
        counts = self._counted(session, options, None if everything else villages, today)
        shown = villages | counts.keys()
        columns = tuple(one.column for one in self.measures() if one.heading)
        groups = tuple(_group(section, counts) for section in geography.sections(options.by, shown))
        around = frame(issuer(session, PAPER, today, areas), today)
        has_money = any(one.amount for one in self.measures() if one.heading)
        around["unit"] = _("Unit: cases; đồng") if has_money else _("Unit: cases")
        place = scope(geography, villages, everything, geography.places.get(options.within))
        return Table(
            name=self.name,
            title=str(self.title),
            columns=columns,
            rows=rows(columns, groups, _("Grand total")),
            scope="; ".join([place, *self._only(session, options)]),
            notes=self.notes(defaultdict(int, add(*counts.values()))),
            parameters={name: getattr(options, name) for name in ("by", "vintage", "within", "programme", "year")},
            **around,
        )

    def _counted(self, session: Session, options: Options, villages: frozenset[str] | None, day: date) -> Counts:
        """By village; "" is that of cases whose village is not known."""
        found: Counts = defaultdict(dict)
        asked = [one for one in self.measures() if one.which is not None]
        by_source, whole = [one for one in asked if one.sources], [one for one in asked if not one.sources]
        for measures, table in ((whole, FACT), (by_source, FACT.join(MONEY, MONEY.c.record == FACT.c.record))):
            query = sa.select(FACT.c.area, *(one.total(day) for one in measures)).select_from(table)
            query = query.where(*self.filters(options)).group_by(FACT.c.area)
            if villages is not None:
                query = query.where(among(session.connection(), FACT.c.area, villages))
            for area, *numbers in session.execute(query) if measures else ():
                found[area or ""] |= {one.key: int(number) for one, number in zip(measures, numbers, strict=True)}
        return dict(found)

    def filters(self, options: Options) -> list[Clause]:
        """Only the cases of the programme and of the year asked for."""
        found = [FACT.c.programme == id_of_code("programme", options.programme)] if options.programme else []
        if options.year:
            day = FACT.c[self.day]
            found += [day >= f"{options.year:04d}", day < f"{options.year + 1:04d}"]
        return found

    def _only(self, session: Session, options: Options) -> list[str]:
        named = {one.code: one.name for one in current_rules(session).programmes}
        said = [_("programme: %(name)s", name=named[options.programme])] if options.programme else []
        return [*said, f"{str(self.year_of).lower()}: {options.year}"] if options.year else said

    def years(self, session: Session) -> list[str]:
        """The years there are cases of, the newest first."""
        year = sa.func.substr(FACT.c[self.day], 1, 4)
        return sorted(filter(None, session.scalars(sa.select(year).distinct())), reverse=True)

    def measure(self, key: str) -> Measure:
        """One of its columns. :raises NotFound: there is none with this key."""
        found = next((one for one in self.measures() if one.key == key and one.heading), None)
        if found is None:
            raise NotFound
        return found

    def behind(self, key: str, day: date) -> Clause:
        """The cases behind a column; of a rate, those of its part.

        :raises NotFound: there is no such column.
        """
        measure = self.measure(key)
        if measure.rate:
            return self.behind(measure.rate[0], day)
        return sa.or_(*(self.behind(part, day) for part in measure.parts)) if measure.parts else measure.behind(day)


def _group(section: Section, counts: Counts) -> Group:
    def gathered(villages: frozenset[str]) -> dict[str, int]:
        return add(*(counts[village] for village in villages if village in counts))

    lines = tuple((line.name, line.code, gathered(line.villages)) for line in section.lines)
    return Group(section.name, section.code, lines)


def line_of(row: Row) -> str:
    """What names a line of a report in an address: "" the total."""
    return "" if row.level == "total" else row.code or UNPLACED


def in_line(session: Session, options: Options, areas: frozenset[str] | None, line: str) -> list[Clause]:
    """Only the cases in one line of a report.

    :raises UnknownPlace: there is no such place, or she may see none of its villages.
    """
    geography = Geography(session, options.vintage)
    villages = villages_in(geography, areas, options.within)
    listed, area = partial(among, session.connection(), FACT.c.area), FACT.c.area
    everything = areas is None and not options.within
    if line == UNPLACED:
        placed = geography.placed(geography.villages)
        return [sa.or_(area.is_(None), sa.not_(listed(placed)))] if everything else [listed(villages - placed)]
    if not line:
        return [] if everything else [listed(villages)]
    return [listed(villages & villages_in(geography, areas, line))]

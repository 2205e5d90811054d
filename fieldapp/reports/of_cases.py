"""Reports that count: each a declaration of columns, counted by one query over the facts of cases or of households.

The same declaration says which rows stand behind a number, so the list of them is always the number's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.facts.case_figures import whole_sum
from fieldapp.facts.tables import CASE_TALLY
from fieldapp.i18n import _, language
from fieldapp.problems import NotFound
from fieldapp.reference.naming import id_of_code
from fieldapp.reports import cuts, kept_counts
from fieldapp.reports.cuts import Cut, ReportRequest
from fieldapp.reports.cuts import cut as usual_cut
from fieldapp.reports.geography import BY
from fieldapp.reports.issuer import issuer
from fieldapp.reports.kept_counts import CaseCounts, CaseDays, KeptSum
from fieldapp.reports.labels import LINE_HEADINGS
from fieldapp.reports.official import frame, scope
from fieldapp.reports.past import seen
from fieldapp.reports.scope import Options
from fieldapp.reports.spans import DaySpan
from fieldapp.reports.subjects import CASES, FACT, MONEY, Clause, Expression, Subject
from fieldapp.reports.table import Column, Number, Row, Table, add, rows, totals_of
from fieldapp.surveys import choices
from fieldapp.vietnamese import show_date

Amount: TypeAlias = Literal["promised", "approved", "paid"]
OF_CASES = (*BY, "ethnic", "status", "group", "programme")
OF_MONEY = (*OF_CASES, "source")


@dataclass(frozen=True)
class Measure:
    """One column, or with ``heading`` empty a number for the notes.

    ``which``: the rows it is about, on a day; ``amount``: what of them is added up, in đồng, where they are not
    counted: the name of a column of the facts of cases, or the column itself; ``sources``: only that of these fund
    sources; ``parts``, ``rate``: as of a :class:`~fieldapp.reports.table.Column`; ``kept``: the same number from what
    was counted beforehand, of which what the columns ``less`` count is taken off.
    """

    key: str
    heading: tuple[str, ...] = ()
    which: Callable[[date], Clause] | None = None
    amount: Amount | Literal[""] | Expression = ""
    sources: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    rate: tuple[str, str] | None = None
    kept: KeptSum | None = None
    less: tuple[str, ...] = ()

    @property
    def column(self) -> Column:
        """As it is drawn."""
        return Column(self.key, self.heading, self.parts, self.rate)

    @property
    def is_money(self) -> bool:
        """Whether an amount is added up."""
        return not isinstance(self.amount, str) or bool(self.amount)

    def of_sources(self, only: str) -> tuple[str, ...]:
        """The fund sources of which the amount is; none where it is that of all. ``only``: the one asked for, or ""."""
        if not only or self.amount not in ("approved", "paid"):
            return self.sources
        return (only,) if not self.sources or only in self.sources else (NO_SOURCE,)

    def holds(self, day: date) -> Clause:
        """The rows it is about."""
        assert self.which is not None
        return self.which(day)

    def behind(self, day: date, only: str = "") -> Clause:
        """The rows that make this number: of an amount those that add something to it."""
        if not self.is_money:
            return self.holds(day)
        sources = self.of_sources(only)
        if not sources:
            return sa.and_(self.holds(day), self._own != 0)
        some = sa.select(MONEY.c.record).where(MONEY.c.source.in_(sources), MONEY.c[self.amount] != 0)
        return sa.and_(self.holds(day), FACT.c.record.in_(some))

    @property
    def _own(self) -> Any:
        return FACT.c[self.amount] if isinstance(self.amount, str) else self.amount

    def adds(self, day: date, only: str = "") -> Expression:
        """What one row adds to the number, by itself."""
        amount: Any = sa.literal_column("1")
        if self.is_money and (sources := self.of_sources(only)):
            own = sa.and_(MONEY.c.record == FACT.c.record, MONEY.c.source.in_(sources))
            amount = sa.select(sa.func.coalesce(sa.func.sum(MONEY.c[self.amount]), 0)).where(own).scalar_subquery()
        elif self.is_money:
            amount = self._own
        return sa.case((self.holds(day), amount), else_=sa.literal_column("0"))

    def total(self, day: date, sources: tuple[str, ...]) -> Expression:
        """The number, asked of rows of which those with ``sources`` lie beside their money."""
        which = sa.and_(self.holds(day), MONEY.c.source.in_(sources)) if sources else self.holds(day)
        amount: Any = sa.literal(1)
        if self.is_money:
            amount = MONEY.c[self.amount] if sources else self._own
        return whole_sum(sa.case((which, amount), else_=0))


NO_SOURCE = "-"
"""The source of nothing at all."""


class Behind(NamedTuple):
    """What stands behind one number: ``query`` selects ``id``, ``household``, ``area`` and ``adds`` of each row."""

    subject: Subject
    query: sa.Select[Any]
    is_money: bool

    def number(self, session: Session) -> tuple[int, int]:
        """How many rows there are, and what they add up to."""
        some = self.query.subquery()
        count, amount = session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(some.c.adds), 0))).one()
        return int(count), int(amount)


@dataclass(frozen=True)
class CaseReport:
    """What a report that counts is: ``measures`` in the language of the moment, ``day`` the day of a case that the year
    or period chosen is that of, "" where rows have none, ``year_of`` the same in words, ``notes`` from the totals by
    key, ``cuts`` what its lines can be, ``paper`` as what an office issues it, ``of`` what it counts, ``beside`` names
    of lines that stand in no table and have a list all the same."""

    name: str
    title: str
    day: Literal["", "proposed_on", "decided_on", "completed_on"]
    year_of: str
    measures: Callable[[], tuple[Measure, ...]]
    notes: Callable[[Mapping[str, int]], tuple[str, ...]]
    cuts: tuple[str, ...] = OF_CASES
    paper: str = ""
    of: Subject = CASES
    lines: Callable[[ReportRequest], Cut] = usual_cut
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def filters(self) -> tuple[str, ...]:
        """What can be chosen beside places."""
        of_cases = ("programme", "year", "source", "group", "since", "until") if self.of is CASES else ()
        return (*of_cases, "as_of")

    def build(self, session: Session, options: Options, areas: frozenset[str] | None, today: date) -> Table:
        """The report over the villages the reader may see.

        :raises UnknownPlace: the place asked for does not exist, or is outside her area.
        """
        asked = self.asked(session, options, areas, today)
        by, cut = asked.options.by, self.lines(asked)
        counts = self._counted(asked, cut)
        whole = self._counted(asked, None).get("", {}) if cut.overlaps else add(*counts.values())
        columns = self.columns()
        around = frame(issuer(session, self.paper or self.name, today, areas), today, asked.day)
        around["unit"] = self._unit()
        if by in LINE_HEADINGS:
            around["place_heading"] = str(LINE_HEADINGS[by])
        return Table(
            name=self.name,
            title=str(self.title),
            columns=columns,
            rows=rows(columns, cut.groups(counts), _("Grand total"), whole),
            scope=self.scope_of(asked),
            notes=(*self.notes(defaultdict(int, whole)), *self._of_lines(by)),
            parameters=asked.options.parameters(("within", *self.filters)) | {"by": by},
            code_heading="" if by in BY else _("Code"),
            **around,
        )

    def columns(self) -> tuple[Column, ...]:
        """Its columns, in the language of the moment."""
        return tuple(one.column for one in self.measures() if one.heading)

    def by_village(self, asked: ReportRequest, *columns: str) -> CaseCounts:
        """What some of its columns, no sums or rates, count in each village; "" holds what lies in none."""
        return self._counted(asked, cuts.Places(asked), columns)

    def totals(self, asked: ReportRequest) -> dict[str, Number]:
        """What stands in its columns on the line of the total, by their keys."""
        return totals_of(self.columns(), self._counted(asked, None).values())

    def scope_of(self, asked: ReportRequest) -> str:
        """Which places it counts, and what narrows it, in words."""
        place = scope(asked.geography, asked.villages, asked.everything, asked.within)
        return "; ".join([place, *self._only(asked.session, asked.options)])

    def asked(self, session: Session, options: Options, areas: frozenset[str] | None, day: date) -> ReportRequest:
        """What is asked of this report: lines that it does not have are communes."""
        kept = options if options.by in self.cuts else replace(options, by="commune")
        return ReportRequest(session, kept, areas, kept.on(day))

    def _unit(self) -> str:
        if self.of is not CASES:
            return _("Unit: household")
        return (
            _("Unit: cases; đồng") if any(one.is_money for one in self.measures() if one.heading) else _("Unit: cases")
        )

    def _of_lines(self, by: str) -> tuple[str, ...]:
        told = {
            "source": _(
                "A case with money of several sources is on the line of each; the total counts each case once."
            ),
            "status": _("Each status divides the whole in its own way; the total counts everything once."),
        }
        return (told[by],) if by in told else ()

    def _counted(self, asked: ReportRequest, cut: Cut | None, only: Collection[str] = ()) -> CaseCounts:
        """By the key of the lines, "" where there is none; without a cut the whole, under "". ``only``: these columns,
        where not all are asked for."""
        measures = [one for one in self.measures() if one.which is not None and (not only or one.key in only)]
        if not kept_counts.tell_apart(self.of, asked, cut):
            return self._counted_now(asked, cut, measures)
        by_source = self.of is CASES and _is_by_source(asked.options, cut)
        kept = {one.key: one.kept for one in measures if one.kept}
        found = kept_counts.counted(self.of, asked, cut, kept, days=self._days, by_source=by_source)
        if others := [one for one in measures if one.key not in kept]:
            some = self._counted_now(asked, cut, others, sa.or_(sa.false(), *(one.holds(asked.day) for one in others)))
            for key, counts in some.items():
                found.setdefault(key, {}).update(counts)
        return _less(found, [one for one in measures if one.key in kept])

    @property
    def kept_year(self) -> str:
        """The column of what was counted beforehand with the year that can be chosen."""
        return self.day.replace("_on", "_in")

    @property
    def _days(self) -> CaseDays:
        return CaseDays(self.day, self.kept_year)

    def _counted_now(
        self, asked: ReportRequest, cut: Cut | None, some: list[Measure], where: Clause | None = None
    ) -> CaseCounts:
        """Of the cases themselves. ``where``: of these alone."""
        found: CaseCounts = defaultdict(dict)
        only, by_source = asked.options.source, cut is not None and asked.options.by == "source"
        measures = [(one, one.of_sources(only)) for one in some]
        for beside_money in (False, True):
            own = [(one, sources) for one, sources in measures if bool(sources) is beside_money]
            rows = (
                self.of.rows if not (beside_money or by_source) else FACT.join(MONEY, MONEY.c.record == FACT.c.record)
            )
            query = self._query(asked, cut, own, rows)
            query = query if where is None else query.where(where)
            names = [one.key for one, _sources in own]
            for key, *numbers in asked.session.execute(query).all() if own else ():
                found[key or ""].update(zip(names, map(int, numbers), strict=True))
        return dict(found)

    def _query(
        self, asked: ReportRequest, cut: Cut | None, own: list[tuple[Measure, tuple[str, ...]]], rows: sa.FromClause
    ) -> sa.Select[Any]:
        key: Any = sa.null() if cut is None else cut.key(self.of)
        by_source = cut is not None and asked.options.by == "source"
        if by_source:
            own = [(one, sources or _every(one)) for one, sources in own]
        query = sa.select(key, *(one.total(asked.day, sources) for one, sources in own)).select_from(rows)
        query = query.where(*self.among(asked))
        if by_source:
            query = query.where(sa.or_(MONEY.c.approved != 0, MONEY.c.paid != 0))
            query = query.where(MONEY.c.source == asked.options.source) if asked.options.source else query
        return seen(query if cut is None else query.group_by(key), asked.options.moment)

    def among(self, asked: ReportRequest) -> list[Clause]:
        """The rows that may be counted at all: places, programme, period, source, group."""
        return [self.of.counted, *asked.limits(self.of.area), *self.chosen(asked.options)]

    def chosen(self, options: Options) -> list[Clause]:
        """Only the cases of the programme, of the year or period, of the source and of the group asked for."""
        if self.of is not CASES:
            return []
        found = [FACT.c.programme == id_of_code("programme", options.programme)] if options.programme else []
        found += [FACT.c.target_group == options.group] if options.group else []
        found += [has_source(options.source)] if options.source else []
        day = FACT.c[self.day]
        found += [day >= f"{options.year:04d}", day < f"{options.year + 1:04d}"] if options.year else []
        return [*found, *DaySpan(options.since, options.until).holds(day)]

    def _only(self, session: Session, options: Options) -> list[str]:
        """What narrows it, in words."""
        if self.of is not CASES:
            return []
        programme, year_of = id_of_code("programme", options.programme), str(self.year_of)
        said: list[tuple[object, Callable[[], str]]] = [
            (options.programme, lambda: _("programme: %(name)s", name=cuts.named(session, "programme")[programme])),
            (options.year, lambda: f"{year_of[:1].lower()}{year_of[1:]}: {options.year}"),
            (options.since, lambda: _("from %(day)s", day=show_date(options.since))),
            (options.until, lambda: _("until %(day)s", day=show_date(options.until))),
            (options.source, lambda: _("only money of: %(name)s", name=_choice("paid_source", options.source))),
            (options.group, lambda: _("target group: %(name)s", name=_choice("target_group", options.group))),
        ]
        return [tell() for asked, tell in said if asked]

    def years(self, session: Session) -> list[str]:
        """The years there are cases of, the newest first."""
        if not self.day:
            return []
        year = CASE_TALLY.by_ethnic_group.c[self.kept_year]
        return sorted(filter(None, session.scalars(sa.select(year).distinct())), reverse=True)

    def measure(self, key: str) -> Measure:
        """One of its columns. :raises NotFound: there is none with this key."""
        found = next((one for one in self.measures() if one.key == key and one.heading), None)
        if found is None:
            raise NotFound
        return found

    def leaves(self, key: str) -> list[Measure]:
        """The columns that are counted for one: itself, or its parts; of a rate those of its part.

        :raises NotFound: there is no such column.
        """
        return list(_leaves({one.key: one for one in self.measures() if one.heading}, key))

    def behind(
        self, session: Session, options: Options, areas: frozenset[str] | None, day: date, line: str, column: str
    ) -> Behind:
        """What stands behind a number: the rows of its line for which what the column counts holds.

        :raises NotFound: there is no such column or line.
        :raises UnknownPlace: she may see none of the villages of the line.
        """
        asked, leaves = self.asked(session, options, areas, day), self.leaves(column)
        in_line, only = self._in_line(asked, line), options.source
        if asked.options.by == "source" and line:
            only = line
        adds: Any = sum((leaf.adds(asked.day, only) for leaf in leaves), sa.literal_column("0"))
        holds = sa.or_(*(leaf.behind(asked.day, only) for leaf in leaves))
        of = self.of
        query = sa.select(of.id.label("id"), of.household.label("household"), of.area.label("area"), adds.label("adds"))
        query = query.select_from(of.rows).where(*self.among(asked), *in_line, holds)
        return Behind(of, seen(query, options.moment), leaves[0].is_money)

    def _in_line(self, asked: ReportRequest, line: str) -> list[Clause]:
        if not line:
            return []
        if asked.options.by == "source":
            return [has_source(line)]
        return [self.lines(asked).where(self.of, line)]


def _less(found: CaseCounts, measures: list[Measure]) -> CaseCounts:
    """The counts made beforehand, without what the columns named by ``less`` count."""
    for one in measures:
        for counts in found.values() if one.less else ():
            counts[one.key] = counts.get(one.key, 0) - sum(counts.get(other, 0) for other in one.less)
    return found


def _leaves(known: Mapping[str, Measure], key: str) -> Iterator[Measure]:
    """Of the columns of a report, those that are counted for the one of this key."""
    if key not in known:
        raise NotFound
    measure = known[key]
    parts = measure.rate[:1] if measure.rate else measure.parts
    if not parts:
        yield measure
    for part in parts:
        yield from _leaves(known, part)


def _is_by_source(options: Options, cut: Cut | None) -> bool:
    """Whether what is counted are cases with money of one fund source, and only that money."""
    return bool(options.source) or (cut is not None and options.by == "source")


def _every(measure: Measure) -> tuple[str, ...]:
    """Of which sources an amount is on the line of one: of all there are, as only its own money lies beside it."""
    return tuple(choices.codes("paid_source")) if measure.amount in ("approved", "paid") else ()


def _choice(name: str, code: str) -> str:
    return choices.label(name, code, language())


def has_source(source: str) -> Clause:
    """Whether a case has money of a fund source, approved or paid."""
    some = sa.or_(MONEY.c.approved != 0, MONEY.c.paid != 0)
    found: Clause = FACT.c.record.in_(sa.select(MONEY.c.record).where(MONEY.c.source == source, some))
    return found


def line_of(row: Row) -> str:
    """What names a line of a report in an address: "" the total."""
    return "" if row.level == "total" else row.code or cuts.UNPLACED

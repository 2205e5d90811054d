"""The dashboard of a leader: the overview as pictures, each with its table, each number with the list behind it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, people
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.facts import household, refreshing
from fieldapp.i18n import _, language
from fieldapp.people import Areas
from fieldapp.places import borders
from fieldapp.reference.current import current_rules
from fieldapp.reports import numbers, overview, pictures
from fieldapp.reports.geography import Geography
from fieldapp.reports.kept_counts import CaseCounts
from fieldapp.reports.overview import OVERVIEW, STAGES, WAITING, WAY, Paid
from fieldapp.reports.pictures import Bar, Columns, Map, Slice
from fieldapp.reports.province import billions
from fieldapp.reports.scope import Options, choices, vintages
from fieldapp.reports.subjects import FACT
from fieldapp.surveys import Household, Payment
from fieldapp.surveys import choices as lists
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in

FRESH = 20
"""So many seconds a dashboard at most is shown again, for what changes without a change: lists of places."""
MOST_MONTHS = 24
PAGE = 50
KEPT = ("within", "programme", "year")
NEED = ("no_house", "area", "quality", "both")


class DashboardFigures(NamedTuple):
    """All that the pictures are drawn from: the totals and headings of the overview, completed houses by commune of
    today, how many of the approved lie in extremely difficult communes, households in need, what was paid by month."""

    totals: dict[str, int]
    headings: dict[str, str]
    communes: dict[str, tuple[str, int]]
    difficult: int
    need: int
    paid: list[Paid]
    plan: int | None
    scope: str
    years: list[str]


@signed_in("report")
def page() -> ResponseReturnValue:
    """The dashboard of a programme, a year and a place."""
    options = _options()
    found = _counted(options)
    return render_template(
        "figures/dashboard.html",
        options=options,
        day=today(),
        found=found,
        working_out=refreshing.progress(),
        figures=_figures(found, options),
        pictures=_pictures(found, options),
        money=_money(found, options),
        drawn=_map(found, options),
        programmes=[(one.code, one.name) for one in current_rules(db.session()).programmes],
        years=[(year, year) for year in found.years],
        places=[(place.code, place.name) for place in choices(Geography(db.session(), options.vintage), my_areas())],
        vintages=[(str(year), str(year)) for year in vintages(db.session())],
        kept=options.parameters(KEPT),
    )


def _options() -> Options:
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    vintage, within, programme = (asked.query.text(name) for name in ("vintage", "within", "programme"))
    return Options.read(db.session(), "village", vintage, within, programme, year)


def _counted(options: Options) -> DashboardFigures:
    return _count(options, my_areas(), today(), language(), *as_of())


def as_of() -> tuple[object, ...]:
    """What is counted stays what it is as long as this is the same."""
    return str(settings().instance), intake.journal().position(None), time.monotonic() // FRESH


@lru_cache(maxsize=8)
def _count(options: Options, areas: Areas, day: date, language: str, *_as_of: object) -> DashboardFigures:
    session = db.session()
    within = OVERVIEW.asked(session, options, areas, day)
    totals, counts = OVERVIEW.totals(within), OVERVIEW.by_village(within, "complete", "decided")
    surveyed = not (options.programme or options.year)
    return DashboardFigures(
        {key: overview.total(totals, key) for key in totals},
        {column.key: column.heading[-1] for column in OVERVIEW.columns()},
        _by_commune(counts, within.villages),
        _in_difficult(counts, day),
        household.counted(NEED, None if within.everything else within.villages) if surveyed else 0,
        overview.monthly(session, options, areas, day),
        overview.plan(options, areas),
        OVERVIEW.scope_of(within),
        OVERVIEW.years(session),
    )


def _by_commune(counts: CaseCounts, villages: Collection[str]) -> dict[str, tuple[str, int]]:
    """Name and completed houses of each commune of today."""
    today_ = Geography(db.session(), max(vintages(db.session()), default=2025))
    complete: Counter[str] = Counter()
    names: dict[str, str] = {}
    for village in {*villages, *counts}:
        if commune := today_.commune(village):
            names[commune.code] = commune.name
            complete[commune.code] += counts.get(village, {}).get("complete", 0)
    return {code: (names[code], complete[code]) for code in sorted(names)}


def _in_difficult(counts: CaseCounts, day: date) -> int:
    """Of the approved those in extremely difficult communes."""
    return sum(counts.get(village, {}).get("decided", 0) for village in overview.in_difficult(db.session(), day))


# --- links ------------------------------------------------------------------------------------------------------


def _behind(options: Options, column: str, line: str = "", vintage: int = 0) -> str | None:
    """The list behind a number, for whom that may be shown."""
    if not people.may(me(), "see"):
        return None
    kept: dict[str, Any] = options.parameters(KEPT) | {"by": "commune"}
    if vintage and not options.within:
        kept["vintage"] = vintage
    return url_for("reports.behind", name=overview.NAME, column=column, line=line or None, **kept)


def _slice(found: DashboardFigures, options: Options, key: str) -> Slice:
    value = found.totals[key]
    return Slice(found.headings[key], value, numbers.show(value), _behind(options, key) if value else None)


# --- pictures ---------------------------------------------------------------------------------------------------


LOOKS = {"new": (3, 1, 2, 4, 5, 0), "repair": (3, 1, 4, 0)}
"""The colours of the milestones: what is complete looks the same in both."""


class Drawing(NamedTuple):
    """A picture of bars with its table: ``legend`` are the colours of its rows, where they have one each."""

    key: str
    title: str
    bars: list[Bar]
    legend: list[int]
    rows: list[Slice]
    note: str = ""


def _figures(found: DashboardFigures, options: Options) -> list[tuple[str, str, str | None, str]]:
    """What stands above: number, name, where it leads, note."""
    plan = found.plan
    paid = found.totals["paid"]
    share = numbers.show(Fraction(paid, plan)) if plan and paid <= plan else ""
    note = _("%(share)s of the plan of %(plan)s", share=share, plan=billions(plan)) if plan and share else ""
    listed = [(key, numbers.show(found.totals[key])) for key in ("decided", "complete")]
    listed += [(key, billions(found.totals[key])) for key in ("approved", "paid")]
    notes = {"paid": note}
    names = {**found.headings, "approved": _("Money approved"), "paid": _("Money paid")}
    return [(text, names[key], _behind(options, key), notes.get(key, "")) for key, text in listed]


def _pictures(found: DashboardFigures, options: Options) -> list[Drawing]:
    return [_funnel(found, options), _progress(found, options), _delays(found, options), _shares(found, options)]


def _funnel(found: DashboardFigures, options: Options) -> Drawing:
    steps = [_slice(found, options, key) for key in WAY]
    if found.need:
        label = _("Households with housing difficulty (surveyed)")
        steps.insert(
            0, Slice(label, found.need, numbers.show(found.need), url_for("reports.page", name="housing-need"))
        )
    most = max(one.value for one in steps)
    bars = [pictures.bar(one.label, one.shown, [one], most, one.href) for one in steps]
    note = _("Cases of earlier years are counted from the second bar on.") if found.need else ""
    return Drawing("funnel", _("From need to settlement"), bars, [], steps, note)


def _progress(found: DashboardFigures, options: Options) -> Drawing:
    bars, rows = list[Bar](), list[Slice]()
    names = {"new": _("New house"), "repair": _("Repair")}
    for work, keys in STAGES.items():
        slices = [_slice(found, options, key) for key in keys]
        whole = found.totals[work]
        bars.append(pictures.bar(names[work], numbers.show(whole), slices, whole, _behind(options, work), LOOKS[work]))
        rows += [Slice(f"{names[work]}: {one.label}", one.value, one.shown, one.href) for one in slices]
    return Drawing("progress", _("Progress by milestone"), bars, [*LOOKS["new"], *LOOKS["repair"]], rows)


def _delays(found: DashboardFigures, options: Options) -> Drawing:
    slices = [_slice(found, options, key) for key in WAITING]
    most = max([one.value for one in slices] + [1])
    looks = (5, 1, 3)
    bars = [pictures.bar(one.label, one.shown, [one], most, one.href, looks[at:]) for at, one in enumerate(slices)]
    return Drawing("delays", _("Approved and not started: late and blocked"), bars, [], slices)


def _shares(found: DashboardFigures, options: Options) -> Drawing:
    decided = found.totals["decided"]
    many = found.difficult
    href = _behind(options, "decided", overview.DIFFICULT) if many else None
    difficult = Slice(_("In extremely difficult communes"), many, numbers.show(many), href)
    minority = _slice(found, options, "minority")
    minority = Slice(_("Households of ethnic minorities"), *minority[1:])
    rows = list[Slice]()
    bars = list[Bar]()
    for one in (minority, difficult):
        share = numbers.show(Fraction(one.value, decided)) if decided and one.value <= decided else "–"
        rows.append(Slice(one.label, one.value, f"{one.shown} ({share})", one.href))
        bars.append(pictures.bar(one.label, share, [rows[-1]], decided, one.href))
    note = _("Approved households in all: %(n)s.", n=numbers.show(decided))
    return Drawing("shares", _("Who is helped"), bars, [], rows, note)


class Money(NamedTuple):
    """What was paid up to each month, by source, as columns and as a table."""

    picture: Columns
    sources: list[str]
    rows: list[tuple[str, list[tuple[str, str | None]], tuple[str, str | None]]]
    plan: str


def _money(found: DashboardFigures, options: Options) -> Money:
    """Each month with all that was paid until its end, so that it stands against the plan."""
    sources = [one for one in lists.codes("paid_source") if any(paid.source == one for paid in found.paid)]
    sources = [one.code for one in lists.choices("paid_source") if one.code in sources]
    by_month: dict[str, Counter[str]] = defaultdict(Counter)
    for paid in found.paid:
        by_month[paid.month][paid.source] += paid.amount
    running: Counter[str] = Counter()
    months, rows = list[list[Slice]](), list[tuple[str, list[tuple[str, str | None]], tuple[str, str | None]]]()
    for month in _every_month(by_month):
        running.update(by_month.get(month, {}))
        name = "/".join(reversed(month.split("-")))
        slices = [
            Slice(
                f"{name}, {_source(one)}",
                running[one],
                billions(running[one]),
                _vouchers(options, month, one),
            )
            for one in sources
        ]
        months.append(slices)
        cells = [(numbers.show(by_month[month][one]), _vouchers(options, month, one) if by_month[month][one] else None)
                 for one in sources]  # fmt: skip
        rows.append((name, cells, (billions(sum(running.values())), _vouchers(options, month))))
    shown_months, shown_rows = months[-MOST_MONTHS:], rows[-MOST_MONTHS:]
    picture = pictures.columns(shown_months, found.plan)
    return Money(picture, [_source(one) for one in sources], shown_rows, billions(found.plan) if found.plan else "")


def _every_month(months: Iterable[str]) -> list[str]:
    """From the first month to the last, those between in which nothing was paid too."""
    known = sorted(months)
    if not known:
        return []
    first, last = ((int(month[:4]), int(month[5:7])) for month in (known[0], known[-1]))
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])]


def _source(code: str) -> str:
    return lists.label("paid_source", code, language())


def _vouchers(options: Options, month: str, source: str = "") -> str | None:
    """Where the page is of the payments of one month from one source; without one, all until the end of the month."""
    if not people.may(me(), "see"):
        return None
    kept: dict[str, Any] = {**options.parameters(KEPT)}
    return url_for("figures.vouchers", month=month, source=source or None, **kept)


def _map(found: DashboardFigures, options: Options) -> tuple[Map, list[Slice]]:
    """Completed houses by commune of today, with the table of the same."""
    newest = max(vintages(db.session()), default=2025)
    told = {
        code: Slice(name, complete, numbers.show(complete),
                    _behind(options, "complete", code, newest) if complete and not options.within else None)
        for code, (name, complete) in found.communes.items()
    }  # fmt: skip
    return pictures.choropleth(borders.file_of(settings().instance), told), sorted(
        told.values(), key=lambda one: -one.value
    )


# --- the vouchers of a month ------------------------------------------------------------------------------------


class Voucher(NamedTuple):
    """One payment or counter-entry in the list."""

    case: str
    name: str
    where: str
    number: str
    day: str
    amount: int


@signed_in("see")
def vouchers() -> ResponseReturnValue:
    """The payments of one month and source behind a number of the dashboard; of every source all until then."""
    options, source = _options(), asked.query.text("source")
    month = asked.query.text("month") or today().isoformat()[:7]
    paid = overview.monthly(db.session(), options, my_areas(), today())
    found = [one for one in paid if (one[:2] == (month, source) if source else one.month <= month)]
    count = sum(one.vouchers for one in found)
    last = max(1, -(-count // PAGE))
    number = asked.query.page(last)
    kept = asked.query.kept("month", "source", "vintage", "within", "programme", "year")
    return render_template(
        "figures/vouchers.html",
        lines=_page_of_vouchers(options, month, source, number),
        count=count,
        amount=sum(one.amount for one in found),
        month="/".join(reversed(month.split("-"))),
        source=_source(source) if source else "",
        number=number,
        last=last,
        page_url=lambda page: url_for("figures.vouchers", **kept, page=page),
    )


def _page_of_vouchers(options: Options, month: str, source: str, number: int) -> list[Voucher]:
    """One page of these payments, the oldest first."""
    row, paid_in = Payment, sa.func.substr(Payment.paid_on, 1, 7)
    clauses = overview.vouchers(db.session(), options, my_areas(), today())
    clauses += [paid_in == month, row.fund_source == source] if source else [paid_in <= month]
    query = sa.select(row.case, row.voucher, row.paid_on, overview.signed_amount, FACT.c.area, Household.head_name)
    query = query.join(FACT, FACT.c.record == row.case).outerjoin(Household, Household.id == FACT.c.household)
    query = query.where(*clauses).order_by(row.paid_on, row.voucher, row.id).limit(PAGE).offset((number - 1) * PAGE)
    return [
        Voucher(case, naming.household(name), shown.place_line(area), voucher or "", show_date(day), int(amount))
        for case, voucher, day, amount, area, name in db.session.execute(query)
    ]

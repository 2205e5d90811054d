"""The figures of the province as a conference tells them: houses and money, other support, places, indicators.

A value: the page draws it. Each figure says what stands behind it: a number of a report, allocations, an indicator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.cases import budget
from fieldapp.facts.tables import CaseFact
from fieldapp.i18n import _, language
from fieldapp.places import Place, vintage_on
from fieldapp.reports import numbers
from fieldapp.reports.case_tables import CASE_REPORTS
from fieldapp.reports.other_support import OTHER, given
from fieldapp.reports.scope import Options, vintages
from fieldapp.surveys import Payment, choices
from fieldapp.surveys.payment import BACK
from fieldapp.surveys.reference import PlaceIndicator, PlaceStatus

SAMPLE = "quy_mo_mau"
"""The indicator that says how much of a province a sample holds."""
POOR = "ho_ngheo"


@dataclass(frozen=True)
class Figure:
    """One figure in words: ``value`` as it is read out, ``note`` what it is of. ``to`` and ``asked``: the page of what
    stands behind it, and what that page is asked."""

    key: str
    label: str
    value: str
    note: str = ""
    to: Literal["", "report", "budget", "indicator", "statuses"] = ""
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chapter:
    """Figures under one heading."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Province:
    """All of them; ``sample``: so many percent of the province is here, "" where it is no sample."""

    parts: tuple[Chapter, ...]
    sample: str = ""


def build(session: Session, areas: frozenset[str] | None, day: date, first: int) -> Province:
    """The figures of the years from ``first`` up to a day, over the villages the reader may see. What is known of the
    province as a whole is told to everybody."""
    known = latest(session, day)
    told = _of_indicators(session, known, day)
    parts = (
        Chapter(_("Houses and money"), tuple(_houses(session, areas, day, first))),
        Chapter(_("Other support, by policy"), tuple(_support(session, areas, day, first))),
        Chapter(_("Places and people"), (*_places(session, day), *told[0])),
        Chapter(_("Services and information"), tuple(told[1])),
    )
    sample = known.get(SAMPLE)
    return Province(tuple(part for part in parts if part.figures), sample.value or "" if sample else "")


# --- houses ---------------------------------------------------------------------------------------------------


def _houses(session: Session, areas: frozenset[str] | None, day: date, first: int) -> Iterator[Figure]:
    report = next(one for one in CASE_REPORTS if one.name == "results")
    vintage = max(vintages(session), default=2025)
    options = Options(vintage=vintage, since=f"{first}-01-01", until=day.isoformat())
    totals, asked = report.build(session, options, areas, day).totals(), options.parameters()
    for key, label in (("complete", _("Households with a completed house")), ("approved", _("Money for these houses"))):
        number = int(totals[key] or 0)
        shown = billions(number) if key == "approved" else _of(number, _("households"))
        note = _("from several sources") if key == "approved" else ""
        yield Figure(f"houses_{key}", label, shown, note, "report", {"name": report.name, "column": key, **asked})
    if areas is None:
        yield from _disbursement(session, day)


def _disbursement(session: Session, day: date) -> Iterator[Figure]:
    """How much of the plan of the year was paid by a day."""
    plan = sum(one.amount for one in budget.given(year=day.year) if not one.place)
    paid = paid_until(session, day.year, day)
    if not plan or not 0 <= paid <= plan:
        return
    note = _("%(paid)s of %(plan)s allocated for %(year)s", paid=billions(paid), plan=billions(plan), year=day.year)
    share = numbers.show_percent(Fraction(paid, plan), 1)
    yield Figure("disbursed", _("Disbursement of the plan of the year"), share, note, "budget", {"year": day.year})


def paid_until(session: Session, year: int, day: date) -> int:
    """What the vouchers up to a day add up to of cases that take the money of a year, in đồng."""
    row, fact = Payment, CaseFact
    amount = sa.case((row.entry == BACK, -row.amount), else_=row.amount)
    counts = sa.and_(sa.not_(row.withdrawn), row.fund_source.is_not(None), row.paid_on <= day.isoformat())
    query = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).join(fact, fact.record == row.case)
    return int(session.scalar(query.where(counts, fact.year == year)) or 0)


# --- other support --------------------------------------------------------------------------------------------


def _support(session: Session, areas: frozenset[str] | None, day: date, first: int) -> Iterator[Figure]:
    sums: Counter[tuple[str, str]] = Counter()
    for one in given(session, areas):
        if one.unit and first <= (one.year or 0) <= day.year:
            sums[one.policy or OTHER, one.unit] += one.quantity
    for policy in choices.choices("policy"):
        units = [unit for unit in choices.choices("support_unit") if sums[policy.code, unit.code]]
        for unit in units:
            asked = {"name": "other-support", "column": f"unit_{unit.code}"}
            asked["line"] = f"{first}-{day.year}/{policy.code}"
            counted, label = unit.label(language()).lower(), policy.label(language())
            label = _("%(policy)s, counted in %(unit)s", policy=label, unit=counted) if len(units) > 1 else label
            shown = _of(sums[policy.code, unit.code], counted)
            yield Figure(f"support_{policy.code}_{unit.code}", label, shown, "", "report", asked)


# --- places ---------------------------------------------------------------------------------------------------


def _places(session: Session, day: date) -> Iterator[Figure]:
    """How many places have a status on a day, out of how many there were then."""
    vintage = vintage_on(vintages(session), day)
    levels = Counter(session.scalars(sa.select(Place.level).where(Place.vintage == vintage)))
    districts = levels["huyen"] + levels["thanh_pho"]
    communes = sum(levels.values()) - districts - levels["tinh"]
    for status, whole in (("poor_district", districts), ("difficult_commune", communes)):
        many = len(with_status(session, status, vintage, day))
        if many and whole:
            label, share = (
                choices.label("place_status", status, language()),
                numbers.show_percent(Fraction(min(many, whole), whole), 1),
            )
            yield Figure(status, label, f"{many}/{whole}", share, "statuses", {"status": status})


def with_status(session: Session, status: str, vintage: int, day: date) -> frozenset[str]:
    """The codes of the places of a list that had a status on a day."""
    row, on = PlaceStatus, day.isoformat()
    query = sa.select(row.place).where(row.status == status, sa.not_(row.withdrawn))
    query = query.where(sa.func.coalesce(row.from_on, "0") <= on, sa.func.coalesce(row.to_on, "9") >= on)
    pairs = (place.partition("@") for place in session.scalars(query) if place)
    return frozenset(code for code, _at, of in pairs if of == str(vintage))


def last_known(session: Session, status: str, vintage: int, day: date) -> frozenset[str]:
    """The same; where the lists have ended, those of their last day."""
    if found := with_status(session, status, vintage, day):
        return found
    row = PlaceStatus
    query = sa.select(sa.func.max(row.to_on)).where(row.status == status, sa.not_(row.withdrawn))
    query = query.where(row.to_on < day.isoformat(), row.place.endswith(f"@{vintage}"))
    last = session.scalar(query)
    return with_status(session, status, vintage, date.fromisoformat(last)) if last else frozenset()


# --- indicators -----------------------------------------------------------------------------------------------


def latest(session: Session, day: date) -> dict[str, PlaceIndicator]:
    """The newest value of each indicator of the whole province that is not of a later time."""
    row = PlaceIndicator
    query = sa.select(row).where(sa.not_(row.withdrawn), row.place.is_(None), row.period <= day.isoformat())
    return {one.indicator: one for one in session.scalars(query.order_by(row.period, row.id)) if one.indicator}


def _of_indicators(
    session: Session, known: Mapping[str, PlaceIndicator], day: date
) -> tuple[list[Figure], list[Figure]]:
    """Those of people, with the fall of poverty, and the others, in the order of their list."""
    people: list[Figure] = []
    others: list[Figure] = []
    for choice in choices.choices("indicator"):
        one = known.get(choice.code)
        if one is None or choice.code == SAMPLE:
            continue
        found = Figure(choice.code, choice.label(language()), *shown(one), "indicator", {"record": one.id})
        (people if choice.code in OF_PEOPLE else others).append(found)
        if choice.code == POOR:
            people += _fall(session, one)
    return people, others


OF_PEOPLE = ("tong_so_ho", POOR, "ho_can_ngheo", "dan_toc_thieu_so")


def _fall(session: Session, now: PlaceIndicator) -> Iterator[Figure]:
    """By how many points the rate fell since the value before."""
    row = PlaceIndicator
    query = sa.select(row).where(
        row.indicator == now.indicator, row.place.is_(None), sa.not_(row.withdrawn), row.period < now.period
    )
    before = session.scalars(query.order_by(row.period.desc()).limit(1)).first()
    rates = [rate(one) for one in (before, now) if one is not None]
    if len(rates) == 2 and rates[0] is not None and rates[1] is not None:
        fall = round(float(rates[0] - rates[1]) * 100, 2)
        label = _("Fall of the poverty rate in %(year)s", year=(now.period or "")[:4])
        value = _("%(n)s percentage points", n=numbers.show_exact(Decimal(str(fall))))
        yield Figure("fall", label, value, "", "indicator", {"record": now.id})


def rate(one: PlaceIndicator) -> Fraction | None:
    """The value as a share; None where it is none. A part above its whole is no share."""
    value = Fraction(one.value or 0)
    if one.unit == "phan_tram":
        return value / 100
    whole = Fraction(one.denominator or 0)
    return value / whole if whole and value <= whole else None


def shown(one: PlaceIndicator) -> tuple[str, str]:
    """A value as it is read out, and what is said of it: its share, its time, its source."""
    value, whole = numbers.show_exact(Decimal(one.value or 0)), one.denominator
    unit = choices.label("indicator_unit", one.unit or "", language())
    share = rate(one) if whole else None
    said = [numbers.show_percent(share, 2) if share is not None else "", in_words(one.period or ""), one.source or ""]
    if one.unit == "phan_tram":
        return f"{value}%", "; ".join(filter(None, said))
    number = f"{value}/{numbers.show_exact(Decimal(whole))}" if whole else value
    return _of(number, unit), "; ".join(filter(None, said))


def in_words(period: str) -> str:
    """A year, or a day as it is written here."""
    return "/".join(reversed(period.split("-")))


def _of(number: int | str, unit: str) -> str:
    return f"{numbers.show(number) if isinstance(number, int) else number} {unit}"


def billions(amount: int) -> str:
    """``127,95 tỷ đồng``."""
    return _("%(n)s billion đồng", n=numbers.show_exact(round(Decimal(amount) / 10**9, 2)))

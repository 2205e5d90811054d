"""The list of cases, with its sums, from the facts beside the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import places
from fieldapp.cases.doubting import doubt
from fieldapp.db import db
from fieldapp.facts.searching import named as named_so
from fieldapp.facts.searching import unindexed
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.i18n import _, _l, language
from fieldapp.people import Areas, may, within_areas
from fieldapp.problems import UnknownReport
from fieldapp.reports import REPORTS
from fieldapp.reports.cuts import named
from fieldapp.reports.geography import BY
from fieldapp.reports.numbers import show as show_number
from fieldapp.reports.of_cases import Behind, CaseReport
from fieldapp.reports.scope import Options
from fieldapp.surveys import Household, choices
from fieldapp.today import today
from fieldapp.vietnamese import show_date, sought
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.cases import words
from sync.statements import among

bp = Blueprint("cases", __name__)
Query = TypeVar("Query", bound=sa.Select[*tuple[Any, ...]])

PAGE = 50
MOST_WORDS = 12
NARROWED = ("commune", "village", "programme", "state", "only", "q", "report")
ONLY = {
    "late": _l("Only late ones"),
    "settle": _l("Only those to be settled"),
    "doubted": _l("Only those with something to look at"),
}
FEW = ("settle", "doubted")
"""Of these there are few."""
SORTS = {"name": _l("By given name"), "since": _l("Longest in its state first"), "village": _l("By village")}
FACT: Any = CaseFact.__table__
MONEY: Any = CaseMoney.__table__
HOME: Any = Household.__table__
BEHIND = ("report", "column", "line", "by", "vintage", "within", "year", "source", "group", "since", "until")
"""Together they name one number of a report, whose cases are listed."""


class ListedCase(NamedTuple):
    """One case in a list."""

    id: str
    name: str
    where: str
    programme: str
    state: str
    since: str
    approved: int
    paid: int
    late: bool
    settle_by: str
    """Until when it is to be settled; "" while something else is left."""
    doubts: list[str]


class Sums(NamedTuple):
    """Of all cases of a list: how many, and the money in đồng."""

    cases: int
    promised: int
    approved: int
    paid: int


def init_app(app: Flask) -> None:
    """What the templates of cases may call."""
    app.jinja_env.globals.update(
        case_state=words.state_label,
        case_look=words.state_look,
        source_label=words.source_label,
        level_label=words.level_label,
        list_state=words.list_label,
    )


@bp.get("/cases/")
@signed_in("see")
def listing() -> ResponseReturnValue:
    """The cases of a village, a commune, a programme, a state, with their sums."""
    query, states = _asked_for(sa.select(FACT.c.record)), _by_state()
    sums = Sums(*map(sum, zip(*states.values(), strict=True))) if states else Sums(0, 0, 0, 0)
    last = max(1, -(-sums.cases // PAGE))
    number = asked.query.page(last)
    ids = list(db.session.scalars(query.order_by(*_order()).limit(PAGE).offset((number - 1) * PAGE)))
    kept = asked.query.kept("commune", "village", "programme", "state", "only", "sort", "q", *BEHIND)
    return render_template(
        "cases/list.html",
        lines=lines(ids),
        sums=sums,
        states=[(one.code, states[one.code].cases) for one in choices.choices("case_state") if one.code in states],
        sources=_by_source(),
        number=number,
        last=last,
        communes=shown.communes_to_choose(),
        villages=_villages(),
        programmes=[(record, one.name) for record, one in words.programmes().items()],
        all_states=[(one.code, words.state_label(one.code)) for one in choices.choices("case_state")],
        only=[(name, str(label)) for name, label in ONLY.items()],
        sorts=[(name, str(label)) for name, label in SORTS.items()],
        may_keep=may(me(), "keep_case"),
        behind=asked.query.kept(*BEHIND) if asked.query.text("report") else {},
        number_of=_number_of(),
        page_url=lambda page: url_for("cases.listing", **kept, page=page),
        state_url=lambda state: url_for("cases.listing", **{**kept, "state": state}),
    )


def _villages() -> list[tuple[str, str]]:
    commune = asked.query.text("commune")
    found = shown.villages_in(commune) if commune else []
    return sorted(((id, shown.gazetteer()[id].village.name) for id in found), key=lambda pair: pair[0])


def _asked_for(query: Query) -> Query:
    """Limited to what the address asks for, within the person's areas."""
    query = within_areas(query.select_from(FACT), FACT.c.area, my_areas())
    if commune := asked.query.text("commune"):
        query = query.where(among(db.session.connection(), FACT.c.area, shown.villages_in(commune)))
    if report := _report():
        behind = _behind(report).query.subquery()
        query = query.where(FACT.c.record.in_(sa.select(behind.c.id)))
    for name, column in (("village", FACT.c.area), ("programme", FACT.c.programme), ("state", FACT.c.state)):
        if value := asked.query.text(name):
            query = query.where(column == value)
    match asked.query.one_of("only", ONLY):
        case "late":
            query = query.where(FACT.c.late_from < today().isoformat())
        case "settle":
            query = query.where(is_to_settle())
        case "doubted":
            query = query.where(FACT.c.doubted)
    if asked.query.text("q"):
        query = query.where(named_so(FACT.c.household, sought(asked.query.text("q"))[:MOST_WORDS]))
    return query


def is_to_settle() -> Any:
    """Complete, and all of its money is paid: the settlement alone is left."""
    return sa.and_(FACT.c.state == "complete", FACT.c.late_from.is_not(None))


def count_to_settle(areas: Areas, day: date) -> tuple[int, int]:
    """How many cases of these areas are to be settled, and how many of them late on a day."""
    late = sa.func.count(sa.case((FACT.c.late_from < day.isoformat(), 1)))
    query = within_areas(sa.select(sa.func.count(), late).select_from(FACT).where(is_to_settle()), FACT.c.area, areas)
    all_, tardy = db.session.execute(query).one()
    return int(all_), int(tardy)


def _report() -> CaseReport | None:
    """The report of whose numbers one is asked for. :raises UnknownReport: there is none of cases with this name."""
    name = asked.query.text("report")
    if not name:
        return None
    found = REPORTS[name].of_cases if name in REPORTS else None
    if found is None:
        raise UnknownReport(name=name, names=", ".join(one.name for one in REPORTS.values() if one.of_cases))
    return found


def _options() -> Options:
    """What the report was asked for."""
    texts = {name: asked.query.text(name) for name in ("by", "vintage", "within", "source", "group")}
    days = {name: asked.query.day(name) for name in ("since", "until")}
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    return Options.read(db.session(), year=year, **texts, **days)


def _behind(report: CaseReport) -> Behind:
    """The cases behind one number of a report: as the report has counted them."""
    line, column = asked.query.text("line"), asked.query.text("column")
    return report.behind(db.session(), _options(), my_areas(), today(), line, column)


def _number_of() -> str:
    """Which number of which report the list stands behind, in words, and how much it is."""
    report = _report()
    if report is None:
        return ""
    measure = report.measure(asked.query.text("column"))
    only = [_line_name(asked.query.text("line")), _place_name(asked.query.text("within")), asked.query.text("year")]
    said = f"{report.title}: {', '.join(filter(None, [measure.column.title, *only]))}"
    found = _behind(report)
    if asked.query.text("programme"):
        found = found._replace(query=found.query.where(FACT.c.programme == asked.query.text("programme")))
    count, amount = found.number(db.session())
    return f"{said}: {show_number(amount if found.is_money else count)}"


def _line_name(line: str) -> str:
    """What a line of a report is called."""
    by = _options().by
    if by in BY or not line:
        return _place_name(line)
    status, _slash, answer = line.partition("/")
    if by == "status":
        known = {"yes": _("yes"), "no": _("no")}.get(answer, _("not known") if answer else "")
        return f"{choices.label('place_status', status, language())} {known}".strip()
    return str(named(db.session(), by).get(line, _("Not known")))


def _place_name(code: str) -> str:
    """A place of the list asked for, by its code, or a village by its id; nothing of another."""
    vintage = _options().vintage
    if "." in code:
        return places.village_name(code)
    place = places.place(vintage, code) if code else None
    return place.name if place else ""


def _order() -> list[Any]:
    few = asked.query.one_of("only", ONLY) in FEW  # to gather and sort: nobody walks through all names for them
    columns = (FACT.c.sort_key, FACT.c.area, FACT.c.since)
    name, area, since = (unindexed(column) if few else column for column in columns)
    orders: dict[str, list[Any]] = {
        "name": [name, FACT.c.record],
        "since": [since, FACT.c.record],
        "village": [area, FACT.c.sort_key, FACT.c.record],
    }
    if asked.query.one_of("only", ONLY) == "settle" and not asked.query.text("sort"):
        return [FACT.c.late_from, FACT.c.record]
    return orders[asked.query.one_of("sort", orders) or "name"]


def _by_state() -> dict[str, Sums]:
    """The sums of each state that there is among them."""
    columns = (sa.func.sum(column) for column in (FACT.c.promised, FACT.c.approved, FACT.c.paid))
    state = unindexed(FACT.c.state) if _is_narrowed() else FACT.c.state  # by what it is narrowed to, not all by state
    query = _asked_for(sa.select(state, sa.func.count(), *columns)).group_by(state)
    return {state: Sums(*map(int, sums)) for state, *sums in db.session.execute(query)}


def _is_narrowed() -> bool:
    return my_areas() is not None or any(map(asked.query.text, NARROWED))


def _by_source() -> list[tuple[str, int, int]]:
    """Each fund source with what is approved and paid from it."""
    sums = (sa.func.sum(MONEY.c.approved), sa.func.sum(MONEY.c.paid))
    source = unindexed(MONEY.c.source) if _is_narrowed() else MONEY.c.source
    query = sa.select(source, *sums).group_by(source)
    if _is_narrowed():
        some = _asked_for(sa.select(FACT.c.record)).subquery()
        query = query.join(some, some.c.record == MONEY.c.record)
    return sorted((row[0], int(row[1]), int(row[2])) for row in db.session.execute(query))


def lines(ids: Sequence[str]) -> list[ListedCase]:
    """The lines for these cases, in this order."""
    if not ids:
        return []
    query = sa.select(FACT, HOME.c.head_name, HOME.c.area.label("home_area"))
    query = query.outerjoin(HOME, HOME.c.id == FACT.c.household).where(FACT.c.record.in_(ids))
    names = words.programmes()
    found = {row.record: _line(row, names) for row in db.session.execute(query)}
    return [found[id] for id in ids if id in found]


def _line(row: Any, names: dict[str, Any]) -> ListedCase:
    programme = names.get(row.programme or "")
    return ListedCase(
        row.record,
        shown.head_of(row.head_name, row.home_area, known=row.home_area is not None or row.head_name is not None),
        shown.place_line(row.area),
        programme.name if programme else row.programme or "",
        row.state,
        show_date(row.since) if row.since else "",
        row.approved,
        row.paid,
        bool(row.late_from and row.late_from < today().isoformat()),
        show_date(row.late_from) if row.late_from and row.state == "complete" else "",
        [doubt(code) for code in row.doubts.split()],
    )

"""The list of reports, and a report as a page."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import exports, people, reports
from fieldapp.db import begin_writing, db
from fieldapp.i18n import language
from fieldapp.problems import FiguresNotReady, NoDay, NoDistricts, NoSuchChoice, Problem, UnknownPlace
from fieldapp.reference.current import current_rules
from fieldapp.reports import Report, past
from fieldapp.reports.geography import Geography
from fieldapp.reports.labels import BY_LABELS
from fieldapp.reports.scope import CODES, DAYS, FILTERS, choices, vintages
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.choices import choices as code_list
from fieldapp.surveys.reference import Reference
from fieldapp.web import asked
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.reports import bp
from fieldapp.web.reports.table import address_behind, cells_of, headlines, options_asked, part_of, table_of


@bp.get("/")
@signed_in("report")
def index() -> str:
    """Which reports there are, and which records can be taken away as files."""
    return render_template(
        "reports/index.html",
        reports=reports.REPORTS.values(),
        surveys=_surveys(reference=False),
        rules=_surveys(reference=True),
        formats=exports.FORMATS,
        exact=people.may(me(), "export_exact"),
        periods=my_areas() is None,
    )


def _surveys(reference: bool) -> list[tuple[str, str]]:
    """The surveys whose records are rules, or those of all others: name and plural."""
    return [(name, str(each.plural)) for name, each in SURVEYS.items() if issubclass(each, Reference) is reference]


@bp.get("/<name>")
@signed_in("report")
def page(name: str) -> ResponseReturnValue:
    """A report, with what can be chosen and what can be taken away.

    Whoever changes one choice may leave another that does not fit it any more, or mistypes one: that one is dropped,
    and said so; the others stay.
    """
    report = reports.find(name)
    try:
        options = options_asked()
        table = table_of(report, options)
    except FiguresNotReady:
        return _not_yet(report)
    except (NoDay, NoDistricts, NoSuchChoice, UnknownPlace) as problem:
        flash(problem.message, "warning")
        return redirect(url_for("reports.page", name=name, **_kept_beside(problem)))
    geography = Geography(db.session(), options.vintage)
    return render_template(
        "reports/report.html",
        report=report,
        table=table,
        **part_of(table, lambda page: url_for("reports.page", name=name, **table.parameters, page=page)),
        options=options,
        by_choices=[(by, BY_LABELS[by]) for by in report.cuts if by != "district" or _has_districts(geography)],
        vintages=[(str(year), str(year)) for year in vintages(db.session())],
        places=_places(geography, options.within),
        figures=headlines(report, table, options),
        choices=_choices(report),
        cells=cells_of(table, address_behind(report, options)),
        writers=reports.WRITERS,
        query=table.parameters,
        early=_early(options.as_of),
        at=lambda day: url_for("reports.page", name=name, **{**table.parameters, "as_of": day}),
    )


def _kept_beside(problem: Problem) -> dict[str, Any]:
    """All that was asked for but what a problem is about."""
    kept = asked.query.kept("by", "vintage", *FILTERS)
    if isinstance(problem, NoDistricts):
        return {**kept, "by": "commune"}
    wrong = {"within" if isinstance(problem, UnknownPlace) else problem.values["name"]}
    if isinstance(problem, NoDay):
        wrong = {day for day in DAYS if kept.get(day, "").strip() in wrong}
    return {key: text for key, text in kept.items() if key not in wrong}


def _early(day: str) -> str:
    """The day on which the first records arrived, where a day before it is asked for: its tables are empty."""
    began = past.began(db.session()) if day else ""
    return began if began and day < began else ""


def _not_yet(report: Report) -> ResponseReturnValue:
    """The figures of the day asked for are yet to be worked out: whether to, or how far that is."""
    day = asked.query.day("as_of")
    moment = past.asked(db.session(), day)
    at_work = moment is not None and moment.state in past.AT_WORK
    kept = asked.query.kept("by", "vintage", *FILTERS)
    answer = make_response(
        render_template(
            "reports/not_yet.html",
            report=report,
            day=day,
            work=moment,
            at_work=at_work,
            kept=kept,
            early=_early(day),
            at=lambda other: url_for("reports.page", name=report.name, **{**kept, "as_of": other}),
        )
    )
    if at_work:
        answer.headers["Refresh"] = "5"
    return answer


@bp.post("/<name>/figures")
@signed_in("report")
def ask(name: str) -> ResponseReturnValue:
    """Let the figures of an earlier day be worked out."""
    report = reports.find(name)
    day = past.day_of(asked.form.day("as_of"))
    begin_writing()
    past.ask(db.session(), day)
    db.session.commit()
    kept: dict[str, Any] = {key: asked.form.text(key) for key in ("by", "vintage", "within") if asked.form.text(key)}
    return redirect(url_for("reports.page", name=report.name, as_of=day, **kept))


def _places(geography: Geography, within: str) -> list[tuple[str, str]]:
    """Districts and communes to choose from, and below the one that is chosen its villages."""
    areas, found = my_areas(), list[tuple[str, str]]()
    for place in choices(geography, areas):
        found.append((place.code, place.name))
        found += _villages(geography, place.code, within, areas)
    return found


def _villages(geography: Geography, code: str, within: str, areas: frozenset[str] | None) -> list[tuple[str, str]]:
    chosen = geography.commune(within) if within in geography.villages else geography.places.get(within)
    if chosen is None or chosen.code != code:
        return []
    inside = (id for id in geography.villages if (areas is None or id in areas) and _is_in(geography, id, code))
    return [(id, f"– {geography.villages[id].name}") for id in sorted(inside)]


def _is_in(geography: Geography, village: str, commune: str) -> bool:
    found = geography.commune(village)
    return found is not None and found.code == commune


def _choices(report: Report) -> dict[str, list[tuple[str, str]]]:
    """What a reader chooses among, by the name of the filter; days are no choices."""
    if report.of_cases is None:
        return {}
    years = [(year, year) for year in report.of_cases.years(db.session())]
    codes = {name: [(one.code, one.label(language())) for one in code_list(of)] for name, of in CODES.items()}
    return {
        "programme": [(one.code, one.name) for one in current_rules(db.session()).programmes],
        "year": years,
        **codes,
    }


def _has_districts(geography: Geography) -> bool:
    return any(place.is_district for place in geography.places.values())

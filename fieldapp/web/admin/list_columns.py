"""The columns of a list: what each holds, what holds for all rows, and that the list is read so."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import imports
from fieldapp.db import db
from fieldapp.i18n import _, _l, language
from fieldapp.imports import (
    GROUPS,
    KINDS,
    ListedPlaces,
    ListImport,
    ListKind,
    Plan,
    Villages,
    fields,
    kind_of,
)
from fieldapp.problems import BadlyAsked, Problem
from fieldapp.reference.current import current_rules
from fieldapp.surveys import choices
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import signed_in
from fieldapp.web.admin.list_work import at_work

UNITS = {"1": _l("đồng"), "1000": _l("thousand đồng"), "1000000": _l("million đồng")}
SAMPLES = 3
LARGE_FILE = 300 * 1024
"""Bytes of a file from which on the work goes on behind the page."""
EVERY: dict[str, tuple[str, ...]] = {
    "households": ("household.poverty_class", "household.class_year", "household.class_standard"),
    "cases": ("support_case.programme", "support_case.need_type", "support_case.planned_year"),
    "support": ("other_support.policy", "other_support.year", "other_support.unit", "other_support.source"),
    "indicators": ("place_indicator.period", "place_indicator.unit", "place_indicator.source"),
}
"""What can be said for all rows of a list at once."""


class ColumnPreview(NamedTuple):
    """A column as the page shows it: its heading, a few of its cells, the field it is read as."""

    at: int
    heading: str
    samples: list[str]
    field: str


@signed_in("import")
def columns(number: int) -> ResponseReturnValue:
    """What each column of the list holds, and what holds for all rows."""
    return _columns(imports.of(number), None)


def _columns(each: ListImport, problem: Problem | None) -> ResponseReturnValue:
    if each.state == "taken":
        return redirect(url_for("admin.list", number=each.id))
    plan, kind = msgspec.convert(each.plan, Plan), kind_of(each.kind)
    sheets = [(sheet.name[:100], sheet.name or each.file) for sheet in imports.sheets_of(each)]
    found = imports.headings_of(each)
    body = [row for row in found.table.rows[found.last :] if sum(cell is not None for cell in row) > 2]
    lines = [
        ColumnPreview(at, heading, _samples(body, at), plan.columns[at] if at < len(plan.columns) else "")
        for at, heading in enumerate(found.headings)
    ]
    shown = {
        "each": each, "plan": plan, "sheets": sheets, "columns": lines, "kinds": KINDS, "problem": problem,
        "groups": _grouped(kind), "every": _every(kind, plan), "units": UNITS, "title": _title(found),
        "communes": Villages("", {}).communes,
    }  # fmt: skip
    return render_template("admin/list_columns.html", **shown), problem.status if problem else 200


def _title(found: Any) -> str:
    cells = [cell for row in found.table.rows[: found.first - 1] for cell in row if isinstance(cell, str)]
    return max(cells, key=len, default="")[:200]


def _samples(body: list[Any], at: int) -> list[str]:
    cells = (row[at] for row in body if at < len(row) and row[at] is not None)
    return list(dict.fromkeys(_cell(cell) for cell in cells))[:SAMPLES]


def _cell(cell: Any) -> str:
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)[:60]


def _grouped(kind: ListKind) -> list[tuple[str, list[tuple[str, str]]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for code, field in fields(kind).items():
        found.setdefault(field.group, []).append((code, str(field.label)))
    return [(str(GROUPS[group]), some) for group, some in found.items()]


def _every(kind: ListKind, plan: Plan) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """What can be said for all rows: field, label, choices (none where it is typed), answer."""
    offered = fields(kind)
    return [(code, str(offered[code].label), offered_for(code), plan.every.get(code, "")) for code in EVERY[kind]]


def offered_for(code: str) -> list[tuple[str, str]]:
    """What a field can be, code and label; nothing where it is typed."""
    if code == "support_case.programme":
        return [(each.code, each.name) for each in current_rules(db.session()).programmes]
    if code == "place.commune":
        return [("*", _("The whole province")), *ListedPlaces({}).offered()]
    question = next(offered[code] for kind in KINDS if code in (offered := fields(kind))).question
    if question is None or question.choices is None:
        return []
    return [(each.code, each.label(language())) for each in choices.offered(question.choices)]


@signed_in("import")
def look(number: int) -> ResponseReturnValue:
    """Read the list as the page says; or, with another sheet or row of headings, show its columns."""
    each = imports.of(number)
    try:
        sheet, header, day = asked.form.text("sheet"), asked.form.number("header", 1, least=1, most=60) or 1, _day()
        if (sheet, header) != (each.sheet, each.header):
            return _another_header(each, sheet, header)
        plan = _said(each)
        size = imports.path_of(each.file_hash).stat().st_size if imports.path_of(each.file_hash).exists() else 0
        return at_work(
            number, size > LARGE_FILE,
            lambda tell: imports.look(number, plan, day=day, sheet=sheet, header=header, progress=tell),
        )  # fmt: skip
    except Problem as problem:
        db.session.rollback()
        return _columns(imports.of(number), problem)


def _another_header(each: ListImport, sheet: str, header: int) -> ResponseReturnValue:
    imports.head_at(each.id, sheet, header)
    return redirect(url_for("admin.list_columns", number=each.id))


def _day() -> str:
    day = asked.form.day("day")
    if not day:
        raise BadlyAsked(name=_("Day of the list"))
    return min(day, today().isoformat())


def _said(each: ListImport) -> Plan:
    """The plan as the page says it; what words mean is kept."""
    kind, before = kind_of(each.kind), msgspec.convert(each.plan, Plan)
    offered = fields(kind)
    chosen = [asked.form.text(f"column-{at}") for at in range(len(before.columns))]
    unit = asked.form.one_of("unit", UNITS) or "1"
    return Plan(
        [code if code in offered else "" for code in chosen],
        before.words,
        {code: text for code in EVERY[kind] if (text := asked.form.text(f"every-{code}"))},
        asked.form.text("commune"),
        int(unit),
        asked.form.has("lenient"),
        asked.form.has("households"),
    )

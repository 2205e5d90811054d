"""Lists that others keep: chosen, their columns told, looked at row by row, answered about, taken, undone."""

from __future__ import annotations

import csv
import io
import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from flask import Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import faults, imports, naming, trouble
from fieldapp.db import db
from fieldapp.i18n import _, _l, language
from fieldapp.imports import (
    FATES,
    GROUPS,
    KINDS,
    ListedPlaces,
    ListImport,
    ListKind,
    ListRow,
    Plan,
    Villages,
    fields,
    kind_of,
)
from fieldapp.imports.incoming import folder
from fieldapp.intake import journal
from fieldapp.people import Account
from fieldapp.problems import BadlyAsked, NoFile, Problem, ServerFault
from fieldapp.reference.current import current_rules
from fieldapp.reports.plain import BOM, harmless
from fieldapp.surveys import choices
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.cases.words import place_name

log = logging.getLogger(__name__)

PER_PAGE = 50
LARGE_FILE, LARGE_LIST = 300 * 1024, 1500
"""Bytes of a file, and rows to take, from which on the work goes on behind the page."""
AT_REST = 120
"""Seconds without a sign of life, after which work behind a page is held to have ended."""
UNITS = {"1": _l("đồng"), "1000": _l("thousand đồng"), "1000000": _l("million đồng")}
SAMPLES = 3
MOST_WORDS = 60
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


class UnknownWord(NamedTuple):
    """A word of the list that was not understood, with what it can mean."""

    name: str
    shown: str
    rows: int
    choices: list[tuple[str, str]]


class RowOutcome(NamedTuple):
    """A row of the list for people."""

    row: ListRow
    place: str
    why: list[str]
    differs: list[tuple[str, str, str]]
    asks: list[tuple[str, str]]


# --- the lists ------------------------------------------------------------------------------------------------


@signed_in("import")
def index() -> ResponseReturnValue:
    """Choose a file; the lists that were imported."""
    return _index(None)


def _index(problem: Problem | None) -> ResponseReturnValue:
    found = imports.taken()
    authors = naming.people(each.author for each in found)
    here = journal()
    undone = {each.id for each in found if each.batch and (batch := here.batch(each.batch)) and batch.undone}
    kind = asked.form.one_of("kind", KINDS) or asked.query.one_of("kind", KINDS) or "households"
    shown = {"lists": found, "authors": authors, "undone": undone, "kinds": KINDS, "kind": kind, "fates": FATES}
    body = render_template("admin/lists.html", problem=problem, **shown)
    return body, problem.status if problem else 200


@signed_in("import")
def begin() -> ResponseReturnValue:
    """Keep the file that was chosen, and see what its columns are."""
    author = me().id
    try:
        file = asked.file("file")
        if file is None:
            raise NoFile()
        name = Path(file.filename or "").name
        kind: ListKind = asked.form.one_of("kind", KINDS) or "households"
        each = imports.begin(imports.keep(file.save), name, kind, author)
    except Problem as problem:
        db.session.rollback()
        return _index(problem)
    return redirect(url_for("admin.list_columns", number=each.id))


# --- its columns ----------------------------------------------------------------------------------------------


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
    return [(code, str(offered[code].label), _choices(code), plan.every.get(code, "")) for code in EVERY[kind]]


def _choices(code: str) -> list[tuple[str, str]]:
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
        return _at_work(
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


# --- its rows -------------------------------------------------------------------------------------------------


@signed_in("import")
def page(number: int) -> ResponseReturnValue:
    """How far the work behind the page is; then what becomes of each row."""
    each = imports.of(number)
    if (work := _work(number)) is not None:
        if (said := work.get("problem")) is None:
            return render_template("admin/list_work.html", each=each, work=work), {"Refresh": "2"}
        _work_file(number).unlink(missing_ok=True)
        flash(said)
    if each.state == "mapping":
        return redirect(url_for("admin.list_columns", number=number))
    return _page(each, None)


def _page(each: ListImport, problem: Problem | None) -> ResponseReturnValue:
    fate = asked.query.one_of("fate", FATES) or next((f for f in FATES if each.counts.get(f)), "new")
    after = asked.query.number("after", 0, most=asked.LAST_ROW) or 0
    rows = imports.rows_of(each.id, fate, after, PER_PAGE + 1)
    plan = msgspec.convert(each.plan, Plan)
    villages = Villages(plan.commune, {})
    here = journal().batch(each.batch) if each.batch else None
    shown = {
        "each": each, "fates": FATES, "fate": fate,
        "lines": [_line(row, villages, kind_of(each.kind)) for row in rows[:PER_PAGE]],
        "more": rows[PER_PAGE - 1].row if len(rows) > PER_PAGE else None, "after": after, "problem": problem,
        "words": _words(each, villages), "undone": bool(here and here.undone), "kinds": KINDS,
        "day": show_date(each.day),
        "ready": sum(each.counts.get(name, 0) for name in ("new", "changes")),
    }  # fmt: skip
    return render_template("admin/list_rows.html", **shown), problem.status if problem else 200


def _line(row: ListRow, villages: Villages, kind: ListKind) -> RowOutcome:
    differs = [
        (*imports.shown(survey, name, was)[:2], imports.shown(survey, name, now)[1])
        for survey, name, was, now in row.differs
    ]
    return RowOutcome(
        row, _place(row.place, villages), imports.sentences(row.told), differs, _asks(row, villages, kind)
    )


def _place(place: str, villages: Villages) -> str:
    if "@" in place:
        return place_name(place)
    return villages.name(place) if place else ""


def _asks(row: ListRow, villages: Villages, kind: ListKind) -> list[tuple[str, str]]:
    """What can be answered about a row in doubt."""
    if row.fate != "doubt" and not row.choice:
        return []
    codes = {told[0] for told in row.told}
    found = [("", _("Not answered yet: it stays out")), ("out", _("Leave it out"))]
    if "later" in codes or row.choice == "take":
        return [*found, ("take", _("The answers of the list hold"))]
    if "twice_support" in codes or (kind == "support" and row.choice == "new"):
        return [*found, ("new", _("It was given twice: both count"))]
    for record, name, year, area, number in row.alike:
        if not number:
            what = ", ".join(filter(None, (name, year, villages.name(area) if area else "")))
            found.append((record, _("It is the household of %(what)s", what=what)))
    return found if kind == "support" else [*found, ("new", _("It is another household: enter it"))]


def _words(each: ListImport, villages: Villages) -> list[tuple[str, list[UnknownWord]]]:
    """The words that were not understood, by field."""
    found = []
    for code, some in each.unknown.items():
        offered = [] if code == "place.village" else _choices(code)
        words = [
            UnknownWord(f"word-{code}-{word}", str(shown), int(count), offered or _villages_of(str(shown), villages))
            for word, (shown, count) in sorted(some.items(), key=lambda item: -item[1][1])[:MOST_WORDS]
        ]
        found.append((imports.label(code), words))
    return found if each.state == "looked" else []


def _villages_of(shown: str, villages: Villages) -> list[tuple[str, str]]:
    commune = shown.rpartition(",")[2].strip() if "," in shown else ""
    return [(hamlet.id, f"{hamlet.name}, {hamlet.commune}") for hamlet in villages.within(commune)]


@signed_in("import")
def explain(number: int) -> ResponseReturnValue:
    """Say what words of the list mean, and read it again."""
    each = imports.of(number)
    plan = msgspec.convert(each.plan, Plan)
    for code, some in each.unknown.items():
        said = {word: meant for word in some if (meant := asked.form.text(f"word-{code}-{word}"))}
        if said:
            plan.words[code] = {**plan.words.get(code, {}), **said}
    day, sheet, header = each.day, each.sheet, each.header
    large = sum(each.counts.values()) > LARGE_LIST
    try:
        return _at_work(
            number, large, lambda tell: imports.look(number, plan, day=day, sheet=sheet, header=header, progress=tell)
        )
    except Problem as problem:
        db.session.rollback()
        return _page(imports.of(number), problem)


@signed_in("import")
def choose(number: int) -> ResponseReturnValue:
    """Answer about rows in doubt: those of the page one by one, or all of one reason at once."""
    fate, after = asked.form.one_of("fate", FATES) or "doubt", asked.form.number("after", 0, most=asked.LAST_ROW) or 0
    try:
        if everything := asked.form.text("all"):
            why, _mark, choice = everything.partition(":")
            large = imports.of(number).counts.get("doubt", 0) > LARGE_LIST
            _at_work(number, large, lambda tell: imports.choose_all(number, why, choice, tell))
        else:
            rows = (row for row in asked.form.texts("row") if row.isascii() and row.isdigit() and len(row) < 8)
            said = {int(row): choice for row in rows if (choice := asked.form.text(f"choice-{row}"))}
            imports.choose(number, said)
    except Problem as problem:
        db.session.rollback()
        return _page(imports.of(number), problem)
    return redirect(url_for("admin.list", number=number, fate=fate, after=after or None))


@signed_in("import")
def take(number: int) -> ResponseReturnValue:
    """Take what is new and what changes."""
    author, each = me().id, imports.of(number)
    large = sum(each.counts.get(fate, 0) for fate in ("new", "changes")) > LARGE_LIST
    try:
        return _at_work(
            number, large, lambda tell: imports.take(number, db.session.get_one(Account, author), tell), taking=True
        )
    except Problem as problem:
        db.session.rollback()
        return _page(imports.of(number), problem)


@signed_in("import")
def download(number: int) -> ResponseReturnValue:
    """Every row with its fate and its reasons, as a file."""
    each, villages = imports.of(number), Villages("", {})
    sheet = io.StringIO()
    lines = csv.writer(sheet)
    lines.writerow([_("Row"), _("What becomes of it"), _("Name"), _("Place"), _("Why"), _("Changes")])
    for row in imports.rows_of(number, limit=100_000):
        line = _line(row, villages, kind_of(each.kind))
        changes = "; ".join(f"{label}: {was} → {now}" for label, was, now in line.differs)
        told = [str(FATES[row.fate]), row.name, line.place, " ".join(line.why), changes]
        lines.writerow([row.row, *map(harmless, told)])
    name = _("fates-%(number)s", number=each.id) + ".csv"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(BOM + sheet.getvalue(), mimetype="text/csv; charset=utf-8", headers=head)


# --- behind the page ------------------------------------------------------------------------------------------

Tell = Callable[[int, int], None]


def _at_work(number: int, large: bool, work: Callable[[Tell], Any], taking: bool = False) -> ResponseReturnValue:
    """Do it at once; or, where it takes longer, behind a page that tells how far it is.

    :raises Problem: it could not be done.
    """
    if large and _work(number) is None:
        _note(number, {"done": 0, "whole": 0})
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # the thread outlives the request
        threading.Thread(target=_run, args=(app, number, work), name="import", daemon=True).start()
    elif not large:
        work(lambda _done, _whole: None)
        if taking:
            flash(_("The list was imported. It can be undone here."), "done")
    return redirect(url_for("admin.list", number=number))


def _run(app: Any, number: int, work: Callable[[Tell], Any]) -> None:
    with app.app_context():
        try:
            work(lambda done, whole: _note(number, {"done": done, "whole": whole}))
        except Problem as problem:
            db.session.rollback()
            _note(number, {"problem": problem.message})
        except Exception as error:  # in a thread nobody else would tell of it, and what it says may be an answer
            log.error("the list could not be worked on\n%s", faults.told(error))
            _note(number, {"problem": (trouble.of_disk(error, db.engine.url) or ServerFault()).message})
        else:
            _work_file(number).unlink(missing_ok=True)


def _work_file(number: int) -> Path:
    return folder() / f"list-{number}.json"


def _note(number: int, said: dict[str, Any]) -> None:
    draft = _work_file(number).with_suffix(".draft")
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(_work_file(number))


def _work(number: int) -> dict[str, Any] | None:
    """How far the work behind the page is, if there is any; what gave no sign of life for long has ended."""
    try:
        path = _work_file(number)
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        silent = abs(time.time() - path.stat().st_mtime)  # from the future: the clock was put back since
        return said if "problem" in said or silent < AT_REST else None
    except (FileNotFoundError, ValueError):
        return None

"""The rows of a list: what becomes of each, what was not understood, and what a person says of it."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

import msgspec
from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import imports
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.imports import (
    FATES,
    KINDS,
    ListImport,
    ListKind,
    ListRow,
    Plan,
    Villages,
    kind_of,
)
from fieldapp.intake import journal
from fieldapp.people import Account
from fieldapp.problems import Problem
from fieldapp.reports.plain import BOM, harmless
from fieldapp.vietnamese import show_date
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.list_columns import offered_for
from fieldapp.web.admin.list_work import at_work, forget_work, work_of
from fieldapp.web.cases.words import place_name

PER_PAGE = 50
MOST_WORDS = 60
LARGE_LIST = 1500
"""Rows from which on the work goes on behind the page."""


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


@signed_in("import")
def page(number: int) -> ResponseReturnValue:
    """How far the work behind the page is; then what becomes of each row."""
    each = imports.of(number)
    if (work := work_of(number)) is not None:
        if (said := work.get("problem")) is None:
            return render_template("admin/list_work.html", each=each, work=work), {"Refresh": "2"}
        forget_work(number)
        flash(said, "warning")
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
        offered = [] if code == "place.village" else offered_for(code)
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
        return at_work(
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
            at_work(number, large, lambda tell: imports.choose_all(number, why, choice, tell))
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
        return at_work(
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

"""What was taken out of this node: files and answers to programs, with who took them, when, and how many rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp.db import db
from fieldapp.exports.feeds import FEEDS
from fieldapp.i18n import _
from fieldapp.reports import REPORTS
from fieldapp.surveys import SURVEYS
from fieldapp.taken_out import TakenOut
from fieldapp.today import AHEAD
from fieldapp.web import asked
from fieldapp.web.access import signed_in

PAGE = 50
KINDS = ("files", "programs", "terminal")


class TakenLine(NamedTuple):
    """One line of the log, for people."""

    at: datetime
    who: str
    what: str
    form: str
    rows: int
    exact: bool
    asked: str
    program: bool


@signed_in("administer")
def page() -> ResponseReturnValue:
    """The log, the newest first, narrowed by person, kind and days."""
    query = sa.select(TakenOut).where(*_narrowed())
    total = db.session.scalar(sa.select(sa.func.count()).select_from(TakenOut).where(*_narrowed())) or 0
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    rows = db.session.scalars(query.order_by(TakenOut.id.desc()).limit(PAGE).offset((number - 1) * PAGE))
    kept = asked.query.kept("who", "kind", "from", "until")
    return render_template(
        "admin/taken.html",
        lines=[_line(row) for row in rows],
        total=total,
        number=number,
        last=last,
        people=[(name, name) for name in db.session.scalars(sa.select(TakenOut.who).distinct().order_by(TakenOut.who))],
        kinds=list(zip(KINDS, (_("Files"), _("Answers to programs"), _("At the terminal")), strict=True)),
        kept=kept,
        page_url=lambda page: url_for("admin.taken", **kept, page=page),
    )


def _narrowed() -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if who := asked.query.text("who"):
        found.append(TakenOut.who == who)
    if kind := asked.query.one_of("kind", KINDS):
        nobody = sa.and_(TakenOut.account_id.is_(None), TakenOut.token.is_(None))
        files = sa.and_(TakenOut.account_id.is_not(None), TakenOut.token.is_(None))
        found.append({"files": files, "programs": TakenOut.token.is_not(None), "terminal": nobody}[kind])
    if begin := asked.query.day("from"):
        found.append(TakenOut.at >= _midnight(begin))
    if until := asked.query.day("until"):
        found.append(TakenOut.at < _midnight(until) + timedelta(days=1))
    return found


def _midnight(day: str) -> datetime:
    """When a day begins in Việt Nam, as the tables keep time."""
    return datetime.fromisoformat(day) - AHEAD


def _line(row: TakenOut) -> TakenLine:
    return TakenLine(row.at, row.who, named(row.what), row.form, row.rows, row.exact, row.asked, row.token is not None)


def named(what: str) -> str:
    """What was taken, in words; a code this version does not know is shown as it is."""
    kind, _colon, name = what.rpartition(":")
    if what == "everything":
        return _("Everything in one SQLite file")
    if kind == "report":
        return str(REPORTS[name].title) if name in REPORTS else name
    if kind == "batch":
        return _("Batch file for %(node)s", node=name)
    if kind == "api":
        return _of_program(name)
    return str(SURVEYS[what].plural) if what in SURVEYS else what


def _of_program(name: str) -> str:
    """What an address for programs tells of."""
    kind, _slash, one = name.rpartition("/")
    if kind == "reports" and one in REPORTS:
        return str(REPORTS[one].title)
    told = {"reports": _("Reports"), "code_lists": _("Code lists")}
    told |= dict.fromkeys(("odata", "$metadata"), _("What this feed holds"))
    if kind == "codes":
        return told["code_lists"] + ": " + one
    return str(FEEDS[name].title) if name in FEEDS else told.get(name, name)

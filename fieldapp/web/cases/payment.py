"""A payment that is in no sum: as it was entered, what was decided about it, and the buttons to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import naming
from fieldapp.cases import taking_out
from fieldapp.cases.taking_out import PaymentFate
from fieldapp.db import begin_writing, db
from fieldapp.problems import NotFound, Problem
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.batches import says
from fieldapp.web.cases.listing import bp
from sync.journal import Entry


class FateLine(NamedTuple):
    """What somebody entered or decided, when, and what it was."""

    who: str
    when: datetime
    what: str


@bp.get("/cases/doubts/payments/<uuid:record_id>")
@signed_in("rule")
def payment(record_id: Any) -> ResponseReturnValue:
    """One payment, also where it was taken out."""
    return _drawn(str(record_id))


@bp.post("/cases/doubts/payments/<uuid:record_id>")
@signed_in("rule")
def rule_payment(record_id: Any) -> ResponseReturnValue:
    """Take it out, or count it again."""
    begin_writing()
    record, out = str(record_id), asked.form.text("verdict") != "include"
    try:
        taking_out.decide(record, _fate(record), out=out, account=me())
    except Problem as problem:
        db.session.rollback()
        return _drawn(record, problem)
    db.session.commit()
    flash(taking_out.told(out).capitalize() + ".", "good")
    return redirect(url_for("cases.payment", record_id=record))


def _fate(record: str) -> PaymentFate:
    """:raises NotFound: there is no such payment."""
    found = taking_out.fate_of(record)
    if found is None:
        raise NotFound()
    return found


def _drawn(record: str, problem: Problem | None = None) -> ResponseReturnValue:
    fate = _fate(record)
    html = render_template("cases/payment.html", record=record, fate=fate, lines=_lines(fate), problem=problem)
    return html, problem.status if problem else 200


def _lines(fate: PaymentFate) -> list[FateLine]:
    told = sorted([*fate.said, *fate.ruled], key=lambda each: each.received_at)
    authors = naming.people(each.change.author for each in told)
    return [FateLine(naming.author(authors, each.change.author), each.change.moment, _what(each)) for each in told]


def _what(each: Entry) -> str:
    verdict = each.change.answers.get("verdict")
    return taking_out.told(verdict == "exclude") if verdict in ("exclude", "include") else says(each.change)

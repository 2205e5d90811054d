"""Approving many records at once: a summary first, then one go, which can be taken back."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp.db import begin_writing, db
from fieldapp.i18n import _l, ngettext
from fieldapp.problems import BadlyAsked, NothingTicked
from fieldapp.review import bulk
from fieldapp.review.bulk import Why
from fieldapp.review.doubts import DoubtKind
from fieldapp.surveys.base import Record
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.field_words import in_sentence
from fieldapp.web.records import rows
from fieldapp.web.records.odd import KINDS
from fieldapp.web.review import chosen_queue

bp = Blueprint("bulk", __name__)

OF_MANY: dict[Why, str] = {
    "contested": _l("Answers do not agree"),
    "asked": _l("Something was decided before; what came since must be read"),
    "held": _l("A change of it is held"),
    "household": _l("Its household is withdrawn, in dispute or not here yet"),
}


def _why(why: Why) -> str:
    return str(OF_MANY[why] if why in OF_MANY else KINDS[cast(DoubtKind, why)])


@bp.get("/review/bulk")
@signed_in("approve")
def summary() -> ResponseReturnValue:
    """What of the queue chosen can be approved in one go, and what is left out and why."""
    found = bulk.sort_out(chosen_queue.choice(), today())
    lines = {line.id: line for line in rows.lines([*found.ready, *_once(found)])}
    pins = bulk.pins(found.ready)
    return render_template(
        "review/bulk.html",
        ready=[(lines[record.id], pins[record.id]) for record in found.ready],
        left=[(_why(why), [lines[each.id] for each in records]) for why, records in found.left.items()],
        left_out=len(_once(found)),
        is_all=len(found.ready) + len(_once(found)) < bulk.MOST,
        most=bulk.MOST,
        kept=chosen_queue.kept(),
        address=chosen_queue.addresses(),
    )


def _once(found: bulk.Sorted) -> list[Record]:
    """The records that are left out; one may be for several reasons."""
    return list({record.id: record for records in found.left.values() for record in records}.values())


@bp.post("/review/bulk")
@signed_in("approve")
def approve() -> ResponseReturnValue:
    """Approve what was ticked, each as it was shown."""
    shown = dict(map(_pair, asked.form.texts("record")))
    if not shown:
        raise NothingTicked()
    begin_writing()
    done = bulk.approve_all(shown, account=me(), today=today())
    db.session.commit()
    if done.left:
        flash(_left(done.left), "warning")
    if done.already:
        flash(_already(done.already), "warning" if done.approved else "good")
    if not done.batch:
        return redirect(url_for("bulk.summary", **chosen_queue.kept()))
    return redirect(url_for("bulk.done", batch=done.batch, **chosen_queue.kept()))


def _pair(text: str) -> tuple[str, str]:
    """The id of a record and what stands for it as it was shown."""
    record, _blank, pin = text.partition(" ")
    if not pin:
        raise BadlyAsked(name=in_sentence("record"))
    return record, pin


def _left(count: int) -> str:
    return ngettext(
        "%(n)s record is not as it was shown any more and was left out. Nothing was decided about it now.",
        "%(n)s records are not as they were shown any more and were left out. Nothing was decided about them now.",
        count,
    )


def _already(count: int) -> str:
    return ngettext(
        "%(n)s record was approved already, by this form sent twice or by somebody else. It stays so.",
        "%(n)s records were approved already, by this form sent twice or by somebody else. They stay so.",
        count,
    )


@bp.get("/review/bulk/<int:batch>")
@signed_in("approve")
def done(batch: int) -> ResponseReturnValue:
    """What was approved in one go, to be looked at or taken back."""
    decisions = bulk.approvals_in(batch, me())
    records = bulk.records_of(decisions)
    return render_template(
        "review/bulk_done.html",
        batch=batch,
        lines=rows.lines(records),
        at=decisions[0].created_at,
        kept=chosen_queue.kept(),
    )


@bp.post("/review/bulk/<int:batch>/undo")
@signed_in("reopen")
def undo(batch: int) -> ResponseReturnValue:
    """Take these approvals back, as far as nobody has touched the records since."""
    begin_writing()
    undone = bulk.undo(batch, account=me())
    db.session.commit()
    flash(ngettext("%(n)s approval was taken back.", "%(n)s approvals were taken back.", undone.taken_back), "good")
    if undone.stay:
        flash(_stay(undone.stay), "warning")
    return redirect(url_for("bulk.done", batch=batch, **chosen_queue.kept()))


def _stay(count: int) -> str:
    return ngettext(
        "%(n)s stays as it is: it was changed, moved or decided about since, or a case was begun from it.",
        "%(n)s stay as they are: they were changed, moved or decided about since, or a case was begun from them.",
        count,
    )

"""The page of one record, and what is done to it in the office: decided, replied to, withdrawn, settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from fieldapp import intake, review
from fieldapp.cases.taking_out import is_taken_out
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.problems import NotFound, Problem, SettledMeanwhile
from fieldapp.review import Conflict, Pin
from fieldapp.surveys import SURVEYS, Decision, questions
from fieldapp.surveys.base import Record
from fieldapp.web import asked, shown
from fieldapp.web.access import me, mine, must, signed_in, within
from fieldapp.web.records import contents, meanwhile
from fieldapp.web.records.answers import EditLine, edits
from fieldapp.web.records.contents import RecordPage
from fieldapp.web.records.listing import LISTED, bp
from fieldapp.web.records.meanwhile import Wish
from fieldapp.web.review import chosen_queue
from sync import WITHDRAWN

MOST_LETTERS = 2000
"""So many letters a comment or a reply has at most; see the surveys of both."""


@bp.get("/records/<uuid:record_id>")
@signed_in("see")
def page(record_id: Any) -> ResponseReturnValue:
    """Everything about one record; of a payment that was taken out, what was decided about it."""
    try:
        record = find(str(record_id))
    except NotFound:
        if not (mine().may("rule") and is_taken_out(str(record_id))):
            raise
        return redirect(url_for("cases.payment", record_id=record_id))
    found = contents.build(record)
    kept = found.joined.kept if found.joined and not asked.query.has("entry") else None
    if kept:
        return redirect(url_for("records.page", record_id=kept.id, **chosen_queue.on_the_way()))
    return _drawn(found)


def _drawn(found: RecordPage, problem: Problem | None = None, since: Sequence[EditLine] = (), **typed: Any) -> str:
    """The page as it is now; on the way through the queue with where one can go on from it."""
    return render_template(
        "records/page.html",
        **typed,
        page=found,
        problem=problem,
        since=since,
        walk=chosen_queue.walk(found.record.id) if found.may_review else None,
        on_the_way=chosen_queue.on_the_way(),
    )


def find(record_id: str) -> Record:
    """A record of any listed survey within the person's area.

    :raises NotFound: there is none, or it lies elsewhere.
    """
    likely = intake.journal().survey_of(record_id)
    found = (db.session.get(SURVEYS[name], record_id) for name in sorted(LISTED, key=lambda name: name != likely))
    return within(next((record for record in found if record is not None), None))


@bp.post("/records/<uuid:record_id>/decisions")
@signed_in("approve")
def decide(record_id: Any) -> ResponseReturnValue:
    """Approve, return, refuse or reopen, for the version that was read."""
    begin_writing()
    record = find(str(record_id))
    wish, name = _wish(record), shown.name_of(record)
    try:
        meanwhile.carry_out(record, wish)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, wish.seen, wish=wish)
    done, onward = _done(wish.verdict, name), chosen_queue.next_after(str(record_id))
    db.session.commit()
    flash(_with_link(done, str(record_id)) if chosen_queue.on_the_way() else done, "good")
    return redirect(onward)


def _wish(record: Record) -> Wish:
    return Wish(
        asked.form.text("verdict"),
        asked.form.heads("seen"),
        asked.form.record("decided"),
        asked.form.text("comment", most=MOST_LETTERS),
        _pins(record),
    )


def _with_link(done: str, record: str) -> Markup:
    """What was decided, and the way back to it: the page that follows is another record's."""
    address = url_for("records.page", record_id=record, **chosen_queue.on_the_way())
    return Markup('{} <a href="{}">{}</a>').format(done, address, _("Look at it again"))


def _pins(record: Record) -> list[Pin]:
    """The comments pinned to questions; an empty one is none."""
    known = questions(type(record))
    pairs = zip(asked.form.texts("pin_question"), asked.form.texts("pin_text", most=MOST_LETTERS), strict=False)
    return [{"question": name, "text": text.strip()} for name, text in pairs if name in known and text.strip()]


def _again(record: Record, problem: Problem, seen: Collection[str], **typed: Any) -> ResponseReturnValue:
    """The page of the record as it is now, with the problem, what changed since it was read, and what was typed."""
    since = edits(record, review.changes_since(record.id, seen))
    return _drawn(contents.build(record), problem, since, **typed), problem.status


def _done(verdict: str, name: str) -> str:
    if verdict == "approve":
        return _("Approved: %(name)s.", name=name)
    if verdict == "return":
        return _(
            "Returned for correction: %(name)s. The enumerator's tablet shows your comments at its next sync.",
            name=name,
        )
    if verdict == "refuse":
        return _("Refused: %(name)s. The enumerator's tablet shows your reason at its next sync.", name=name)
    return _("Taken up for review again: %(name)s.", name=name)


@bp.post("/records/<uuid:record_id>/replies")
@signed_in("reply")
def reply(record_id: Any) -> ResponseReturnValue:
    """Reply to the last decision, or to one comment of it, where no answer has to change."""
    begin_writing()
    record = find(str(record_id))
    said, question = asked.form.text("text", most=MOST_LETTERS), asked.form.text("question")
    try:
        must("reply", record)
        decided = db.session.get(Decision, asked.form.record("decision") or "")
        if decided is None:
            raise NotFound()
        review.reply(record, decided, said, account=me(), question=question)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, [], typed_reply={"question": question, "text": said})
    db.session.commit()
    flash(_("Your reply is saved. The supervisor sees it beside the comment."), "good")
    return redirect(url_for("records.page", record_id=record.id, **chosen_queue.on_the_way()))


@bp.post("/records/<uuid:record_id>/withdrawal")
@signed_in("withdraw")
def withdraw(record_id: Any) -> ResponseReturnValue:
    """Withdraw a record, or bring one back: what is reviewed, by a supervisor only."""
    begin_writing()
    record = find(str(record_id))
    must("withdraw", record)
    gone, seen = asked.form.text("gone") == "yes", asked.form.heads("seen")
    try:
        meanwhile.must_be_known(record, asked.form.record("decided"))
        review.withdraw(record, gone, account=me(), seen=seen)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, seen)
    db.session.commit()
    flash(_("The record was withdrawn. Its history stays.") if gone else _("The record counts again."), "good")
    return redirect(url_for("records.page", record_id=record.id, **chosen_queue.on_the_way()))


@bp.post("/records/<uuid:record_id>/settlements")
@signed_in("settle")
def settle(record_id: Any) -> ResponseReturnValue:
    """Let one of several answers hold."""
    begin_writing()
    record = find(str(record_id))
    try:
        question, value = _chosen(record)
        act = "withdraw" if question == WITHDRAWN else "settle"
        must(act, record, places=intake.concerned(record.survey, {question: value}))
        review.settle(record, question, value, account=me(), seen=asked.form.heads("seen"))
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, [])
    db.session.commit()
    flash(_("Settled. Both answers stay in the history."), "good")
    return redirect(url_for("records.page", record_id=record.id, **chosen_queue.on_the_way()))


def _chosen(record: Record) -> tuple[str, Any]:
    """The question, and the value of the head that was chosen.

    :raises NotFound: the form names neither a conflict nor one of its heads.
    """
    state = intake.journal().state(record.id)
    open_ones: list[Conflict] = review.conflicts_of(state) if state else []
    chosen = asked.form.text("question"), asked.form.text("head")
    for conflict in open_ones:
        for head in conflict.sides:
            if (conflict.question, head.id) == chosen:
                return conflict.question, head.value
    raise SettledMeanwhile()

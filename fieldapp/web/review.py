"""The review queue: what waits for this supervisor, most urgent first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.review import OPEN, Status
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.admin.held import held_lines
from fieldapp.web.records import contents

bp = Blueprint("review", __name__)

PAGE = 20
SHOWN = 200
"""So many held changes are listed."""


@bp.get("/review")
@signed_in("approve")
def queue() -> ResponseReturnValue:
    """What waits in the person's communes, filtered by survey, commune and state."""
    areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    surveys = [name for name in asked.query.texts("survey") if name]
    total = review.count_waiting(areas, surveys, _statuses())
    communes = [(commune.code, commune.name) for commune in shown.communes()]
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    kept = asked.query.kept("survey", "commune", "status")
    waiting = review.queue(areas, surveys, _statuses(), most=PAGE, after=(number - 1) * PAGE)
    return render_template(
        "review/queue.html",
        rows=contents.waiting_lines(waiting),
        total=total,
        number=number,
        last=last,
        surveys=[(survey.survey, survey.plural) for survey in review.reviewed()],
        statuses=[(status, review.label(status)) for status in OPEN],
        communes=communes,
        filtered=bool(kept),
        page_url=lambda page: url_for("review.queue", **kept, page=page),
    )


@bp.get("/review/next")
@signed_in("approve")
def following() -> ResponseReturnValue:
    """The most urgent record that waits; the queue itself when none does."""
    waiting = review.queue(my_areas(), most=1)
    if not waiting:
        return redirect(url_for("review.queue"))
    return redirect(url_for("records.page", record_id=waiting[0].standing.id))


@bp.get("/review/held")
@signed_in("approve")
def held() -> ResponseReturnValue:
    """What is held of the records in the person's area, for her to know of: an administrator decides."""
    return render_template("review/held.html", lines=held_lines(review.held_in(my_areas())[:SHOWN]))


def _statuses() -> tuple[Status, ...]:
    status = asked.query.one_of("status", OPEN)
    return (status,) if status else OPEN

"""The review queue: what waits for this supervisor, most urgent first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.review import OPEN, Status
from fieldapp.web import record_page, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.admin.held import held_lines

bp = Blueprint("review", __name__)

PAGE = 20


@bp.get("/review")
@signed_in("approve")
def queue() -> ResponseReturnValue:
    """What waits in the person's communes, filtered by survey, commune and state."""
    areas = my_areas()
    if commune := request.args.get("commune"):
        areas = frozenset(shown.villages_in(commune))
    surveys = [name for name in request.args.getlist("survey") if name]
    waiting = review.queue(areas, surveys, _statuses())
    communes = [(commune.code, commune.name) for commune in shown.communes()]
    last = max(1, -(-len(waiting) // PAGE))
    number = min(max(1, request.args.get("page", 1, int)), last)
    shown_now = waiting[(number - 1) * PAGE : number * PAGE]
    return render_template(
        "review/queue.html",
        rows=record_page.waiting_lines(shown_now),
        total=len(waiting),
        number=number,
        last=last,
        surveys=[(survey.survey, survey.plural) for survey in review.reviewed()],
        statuses=[(status, review.label(status)) for status in OPEN],
        communes=communes,
        filtered=any(request.args.get(name) for name in ("survey", "commune", "status")),
        page_url=lambda page: url_for("review.queue", **{**request.args.to_dict(), "page": page}),
    )


@bp.get("/review/next")
@signed_in("approve")
def following() -> ResponseReturnValue:
    """The most urgent record that waits; the queue itself when none does."""
    waiting = review.queue(my_areas())
    if not waiting:
        return redirect(url_for("review.queue"))
    return redirect(url_for("records.page", record_id=waiting[0].standing.id))


@bp.get("/review/held")
@signed_in("approve")
def held() -> ResponseReturnValue:
    """What is held of the records in the person's area, for her to know of: an administrator decides."""
    return render_template("review/held.html", lines=held_lines(review.held_in(my_areas())))


def _statuses() -> tuple[Status, ...]:
    asked_for = request.args.get("status")
    return next(((status,) for status in OPEN if status == asked_for), OPEN)

"""The review queue: what waits for this supervisor, most urgent first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts.doubtful import MANY
from fieldapp.facts.states import OPEN
from fieldapp.i18n import _
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.review.urgency import Urgency
from fieldapp.vietnamese import collation_key
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.admin.held import held_page
from fieldapp.web.records.rows import waiting_lines
from fieldapp.web.review import chosen_queue

bp = Blueprint("review", __name__)

PAGE = 20
SHOWN = 200
"""So many held changes are listed."""


@bp.get("/review")
@signed_in("approve")
def queue() -> ResponseReturnValue:
    """What waits in the person's communes, chosen by what it is, where, whose, in which state and for how long."""
    chosen, kept, rules = chosen_queue.choice(), chosen_queue.kept(), current_rules(db.session())
    choices = _choices(rules)
    total = review.count_queue(chosen)
    more = bool(chosen.doubt) and total > MANY
    total = min(total, MANY) if more else total
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    found = review.queue(chosen, most=PAGE, after=(number - 1) * PAGE)
    return render_template(
        "review/queue.html",
        rows=waiting_lines(found, rules),
        chosen=chosen,
        total=total,
        more=more,
        number=number,
        last=last,
        bulk_url=url_for("bulk.summary", **kept),
        filtered=bool(kept.keys() - {"sort"}),
        address=chosen_queue.address,
        OPEN=OPEN,
        page_url=lambda page: url_for("review.queue", **kept, page=page),
        **choices,
    )


def _choices(rules: Rules) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen of each; villages only of one commune: a province has thousands."""
    commune = asked.query.text("commune")
    there = [(id, shown.gazetteer()[id].village.name) for id in shown.villages_in(commune)] if commune else []
    return {
        "surveys": [(survey.survey, str(survey.plural)) for survey in review.reviewed()],
        "statuses": [(status, review.label(status)) for status in chosen_queue.LISTED],
        "communes": shown.communes_to_choose(),
        "villages": sorted(there, key=lambda village: collation_key(village[1])),
        "classes": [(main, class_in_words(main)) for main in review.CLASSES],
        "programmes": [(each.code, each.name) for each in rules.programmes],
        "doubts": [(kind, str(label)) for kind, label in chosen_queue.DOUBTS.items()],
        "ages": [(str(days), _("%(n)s days or more", n=days)) for days in chosen_queue.AGES],
        "sorts": [(sort, str(label)) for sort, label in chosen_queue.SORTS.items()],
    }


def class_in_words(main: str) -> str:
    """A class of the legal order, as a choice."""
    urgency = Urgency(f"{main}.")
    return f"{urgency.letter}: {urgency.reason}" if urgency.letter else _("Not a poor or near-poor household")


@bp.get("/review/next")
@signed_in("approve")
def following() -> ResponseReturnValue:
    """The first record of what was chosen; the queue itself when nothing waits."""
    found = review.queue(chosen_queue.choice(), most=1)
    return redirect(
        chosen_queue.address(found[0].standing.id) if found else url_for("review.queue", **chosen_queue.kept())
    )


@bp.get("/review/held")
@signed_in("approve")
def held() -> ResponseReturnValue:
    """What is held of the records in the person's area, for her to know of: an administrator decides."""
    after = asked.query.text("after")
    found = review.held_in(my_areas(), SHOWN + 1, after)
    return render_template("review/held.html", **held_page(found, SHOWN, after), in_all=review.count_held(my_areas()))

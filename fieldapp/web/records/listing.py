"""Records: the list with its search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from xstatic.pkg import leaflet as leaflet_files

from fieldapp import people, review
from fieldapp.exports import FORMATS
from fieldapp.facts.doubtful import MANY
from fieldapp.i18n import _l
from fieldapp.review import STATUSES
from fieldapp.review.assigning import MOST
from fieldapp.surveys import SURVEYS, Household, listed
from fieldapp.surveys.base import Record
from fieldapp.vietnamese import sought
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.records.finding import RecordSearch
from fieldapp.web.records.rows import rows as rows_of
from fieldapp.web.review.chosen_queue import DOUBTS

bp = Blueprint("records", __name__)

PAGE = 25
MOST_WORDS = 12
"""So many words are looked for; nobody's name has more."""
A_DAY = 24 * 3600
NARROWING = ("commune", "status", "doubt", "q")
"""By what an address narrows a list, and a file of it."""
LISTED = tuple(survey.survey for survey in listed())
SORTS = {"name": _l("By given name"), "changed": _l("Last changed first"), "village": _l("By village")}


def init_app(app: Flask) -> None:
    """What the desk's templates may call."""
    app.jinja_env.globals.update(shown.globals_for_templates())


@bp.get("/records/")
@signed_in("see")
def listing() -> ResponseReturnValue:
    """Records of one survey within the person's area: searched without accents, sorted by given name."""
    survey = SURVEYS[asked.query.one_of("survey", LISTED) or LISTED[0]]
    wanted, communes = wanted_of(survey), shown.communes_to_choose()  # read at once, before each line asks for its own
    total = wanted.count()
    more = bool(wanted.doubt) and not wanted.words and total > MANY
    total = min(total, MANY) if more else total
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    kept, narrowed = asked.query.kept("survey", "sort", *NARROWING), asked.query.kept(*NARROWING)
    rows = rows_of(survey, wanted.page(PAGE, (number - 1) * PAGE, total))
    return render_template(
        "records/list.html",
        survey=survey,
        surveys=[(name, SURVEYS[name].plural) for name in LISTED],
        sorts=[(name, str(label)) for name, label in SORTS.items()],
        may_fill=people.may(me(), "add") and not survey.kept_by,
        may_assign=survey is Household and people.may(me(), "assign"),
        most_given=MOST,
        files=_files(survey, narrowed) if total and people.may(me(), "export") else [],
        all_url=url_for("assigning.new", **{"all": 1, **kept}),
        rows=rows,
        total=total,
        more=more,
        number=number,
        last=last,
        communes=communes,
        statuses=[(status, review.label(status)) for status in STATUSES],
        doubts=[(kind, str(label)) for kind, label in DOUBTS.items()],
        page_url=lambda page: url_for("records.listing", **kept, page=page),
    )


def _files(survey: type[Record], narrowed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The formats in which the list can be taken away, with where."""
    return [
        (name.upper(), url_for("reports.records", survey=survey.survey, extension=name, **narrowed)) for name in FORMATS
    ]


def wanted_of(survey: type[Record]) -> RecordSearch:
    """What the address asks for of a survey."""
    areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    words = sought(asked.query.text("q"))[:MOST_WORDS]
    sort, status = asked.query.one_of("sort", SORTS) or "name", asked.query.one_of("status", STATUSES)
    doubt = asked.query.one_of("doubt", DOUBTS)
    return RecordSearch(survey, areas, words, status, sort, doubt)


@bp.get("/records/leaflet/<path:name>")
def leaflet(name: str) -> ResponseReturnValue:
    """Leaflet's own files, from the machine this runs on."""
    return send_from_directory(leaflet_files.BASE_DIR, name, max_age=A_DAY)

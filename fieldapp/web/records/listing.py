"""Records: the list with its search."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from xstatic.pkg import leaflet as leaflet_files

from fieldapp import people, review
from fieldapp.db import db
from fieldapp.i18n import _l
from fieldapp.review import STATUSES
from fieldapp.surveys import SURVEYS, listed
from fieldapp.surveys.base import Record
from fieldapp.vietnamese import sought
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.records import contents

bp = Blueprint("records", __name__)

PAGE = 25
MOST_WORDS = 12
"""So many words are looked for; nobody's name has more."""
A_DAY = 24 * 3600
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
    query, order = _matching(survey)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    kept = asked.query.kept("survey", "commune", "status", "sort", "q")
    ids = list(db.session.scalars(query.order_by(*order).limit(PAGE).offset((number - 1) * PAGE)))
    rows = contents.rows(survey, ids)
    return render_template(
        "records/list.html",
        survey=survey,
        surveys=[(name, SURVEYS[name].plural) for name in LISTED],
        sorts=[(name, str(label)) for name, label in SORTS.items()],
        may_fill=people.may(me(), "add"),
        rows=rows,
        total=total,
        number=number,
        last=last,
        communes=[(commune.code, commune.name) for commune in shown.communes()],
        statuses=[(status, review.label(status)) for status in STATUSES],
        page_url=lambda page: url_for("records.listing", **kept, page=page),
    )


def _matching(survey: type[Record]) -> tuple[sa.Select[Any], list[Any]]:
    """A query for the ids of what was asked for, and the order asked for."""
    areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    query, of_household = _with_household(survey, my_areas())
    query = review.within(query, survey, areas)
    spaced = sa.literal(" ").concat(of_household.search_key)
    if survey is not of_household:  # a member is found by the name of the household and by the own one
        spaced = sa.func.coalesce(spaced, "").concat(" ").concat(survey.search_key)
    for word in sought(asked.query.text("q"))[:MOST_WORDS]:
        query = query.where(spaced.contains(word, autoescape=True))
    orders: dict[str, list[Any]] = {
        "name": [of_household.sort_key, survey.id],
        "changed": [survey.changed_stamp.desc(), survey.id],
        "village": [survey.area, of_household.sort_key, survey.id],
    }
    if status := asked.query.one_of("status", STATUSES):
        query = query.where(review.in_status(survey, status))
    return query, orders[asked.query.one_of("sort", orders) or "name"]


def _with_household(survey: type[Record], areas: review.Areas) -> tuple[sa.Select[Any], type[Record]]:
    """Ids of a survey, beside the households by whose names they are searched and sorted: those within the areas."""
    household = SURVEYS["household"]
    if survey is household:
        return sa.select(survey.id), survey
    about = getattr(survey, "household")  # noqa: B009  a column of some surveys only
    near = household.id == about if areas is None else sa.and_(household.id == about, household.area.in_(areas))
    return sa.select(survey.id).outerjoin(household, near), household


@bp.get("/records/leaflet/<path:name>")
def leaflet(name: str) -> ResponseReturnValue:
    """Leaflet's own files, from the machine this runs on."""
    return send_from_directory(leaflet_files.BASE_DIR, name, max_age=A_DAY)

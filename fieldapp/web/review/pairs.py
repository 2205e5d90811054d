"""Households that look like one: their list, two of them side by side, and what a person says of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.intake.merging import kept_of
from fieldapp.problems import NotFound, Problem
from fieldapp.review import pairs
from fieldapp.surveys import Household, questions
from fieldapp.surveys.alike import distance, likeness, traits
from fieldapp.vietnamese import show_integer
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, my_areas, signed_in
from fieldapp.web.records import contents
from fieldapp.web.records.answers import APART
from fieldapp.web.records.joined import JoinedHousehold, entries, told
from fieldapp.web.records.record import find

bp = Blueprint("pairs", __name__)

PAGE = 20


class PairLine(NamedTuple):
    """One line of the list."""

    one: JoinedHousehold
    other: JoinedHousehold
    what: str


class Compared(NamedTuple):
    """One question, answered in both entries."""

    label: str
    one: str
    other: str
    differs: bool


@bp.get("/pairs")
@signed_in("merge")
def listing() -> ResponseReturnValue:
    """The pairs of the person's area that nobody has judged yet, the likeliest first."""
    total = pairs.count_alike(my_areas())
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    found = pairs.alike(my_areas(), most=PAGE, after=(number - 1) * PAGE)
    named = entries({home for pair in found for home in (pair.one, pair.other)})
    return render_template(
        "review/pairs.html",
        lines=[PairLine(named[each.one], named[each.other], told(each.what)) for each in found],
        total=total,
        number=number,
        last=last,
        page_url=lambda page: url_for("pairs.listing", page=page),
    )


@bp.get("/pairs/<uuid:one_id>/<uuid:other_id>")
@signed_in("merge")
def page(one_id: Any, other_id: Any) -> ResponseReturnValue:
    """Two entries side by side."""
    return _shown(*_both(str(one_id), str(other_id)))


def _both(one_id: str, other_id: str) -> tuple[Household, Household]:
    one, other = find(one_id), find(other_id)
    if not isinstance(one, Household) or not isinstance(other, Household) or one.id == other.id:
        raise NotFound()
    return one, other


def _shown(one: Household, other: Household, problem: Problem | None = None) -> str:
    said = pairs.pairing_of(one.id, other.id)
    how = likeness(traits(shown.values_of(one)), traits(shown.values_of(other)))
    merged = kept_of([one.id, other.id])
    return render_template(
        "review/pair.html",
        pages=[contents.build(each) for each in (one, other)],
        rows=compared(one, other),
        what=told(how.what),
        metres=_metres(one, other),
        said=said if said and said.verdict != "open" and not said.withdrawn else None,
        contested=said is not None and said.contested,
        seen=" ".join(review.heads_of(said)) if said else "",
        merged=merged,
        problem=problem,
    )


def compared(one: Household, other: Household) -> list[Compared]:
    """Every question that either of them answers, but for photos and positions."""
    known, first, second = questions("household"), shown.values_of(one), shown.values_of(other)
    asked_of = [name for name, question in known.items() if question.kind not in APART]
    return [
        Compared(str(known[name].short), _text(name, first), _text(name, second), first[name] != second[name])
        for name in asked_of
        if first[name] is not None or second[name] is not None
    ]


def _text(name: str, values: dict[str, Any]) -> str:
    return shown.answer(questions("household")[name], values[name]) if values[name] is not None else ""


def _metres(one: Household, other: Household) -> str:
    points = [traits(shown.values_of(each)).point for each in (one, other)]
    return show_integer(round(distance(points[0], points[1]))) if points[0] and points[1] else ""


@bp.post("/pairs/<uuid:one_id>/<uuid:other_id>")
@signed_in("merge")
def say(one_id: Any, other_id: Any) -> ResponseReturnValue:
    """Say what the two are: one household, of which ``kept`` is kept, or two; or take that back."""
    begin_writing()
    one, other = _both(str(one_id), str(other_id))
    must("merge", one, places={other.area or ""})
    verdict = asked.form.one_of("verdict", ("same", "two", "open"))
    if verdict is None:
        raise NotFound()
    kept, part = (other, one) if asked.form.record("kept") == other.id else (one, other)
    try:
        pairs.say(kept, part, verdict, account=me(), seen=asked.form.heads("seen"))
    except Problem as problem:
        db.session.rollback()
        return _shown(*_both(str(one_id), str(other_id)), problem), problem.status
    db.session.commit()
    flash(_done(verdict), "good")
    return redirect(_onward(verdict, kept.id, part.id))


def _onward(verdict: str, kept: str, part: str) -> str:
    if verdict == "same":
        return url_for("records.page", record_id=kept)
    return url_for("pairs.page", one_id=kept, other_id=part) if verdict == "open" else url_for("pairs.listing")


def _done(verdict: str) -> str:
    if verdict == "same":
        return _("They are one household now. Everything of both is kept, and you can take it apart again.")
    if verdict == "two":
        return _("They are two households. Nobody is asked about them again.")
    return _("Taken back: the two stand as they stood before.")

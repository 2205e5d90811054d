"""Who visits whom, and by when: how much each person has to do, what is still to be made, given away and ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import naming
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, ngettext
from fieldapp.people import Account
from fieldapp.problems import DayNeeded, NoHouseholdChosen, NotFound, Problem, TooManyHouseholds
from fieldapp.review import assigning
from fieldapp.review.assigning import VisitFilter
from fieldapp.surveys import Assignment, Household, questions
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, my_areas, signed_in
from fieldapp.web.records.listing import wanted_of

bp = Blueprint("assigning", __name__)

PAGE = 25
MOST_LETTERS = 500


class PersonLine(NamedTuple):
    """One person and what she has to do; ``next``: the earliest day."""

    id: str
    name: str
    open: int
    late: int
    next: str


class VisitLine(NamedTuple):
    """One visit still to be made. ``apart``: two supervisors have given it away apart."""

    household: str
    name: str
    where: str
    person: str
    due: str
    late: bool
    note: str
    apart: bool


@bp.get("/assignments")
@signed_in("assign")
def listing() -> ResponseReturnValue:
    """Everybody's load, and the visits still to be made in the person's area, the earliest day first."""
    chosen = VisitFilter(my_areas(), asked.query.text("person"), asked.query.text("only") == "late")
    total = assigning.count(chosen, today())
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    found = assigning.listed(chosen, today(), most=PAGE, after=(number - 1) * PAGE)
    return render_template(
        "assignments/list.html",
        people=_loads(),
        lines=visit_lines(found),
        chosen=chosen,
        total=total,
        number=number,
        last=last,
        page_url=lambda page: url_for("assigning.listing", **asked.query.kept("person", "only"), page=page),
    )


def _loads() -> list[PersonLine]:
    found = assigning.loads(my_areas(), today())
    names = naming.people({each.person for each in found})
    return [
        PersonLine(each.person, names.get(each.person, each.person), each.open, each.late, show_date(each.next))
        for each in found
    ]


def visit_lines(found: Sequence[Assignment]) -> list[VisitLine]:
    """These visits as lines for people."""
    people = naming.people({each.person or "" for each in found})
    query = sa.select(Household).where(Household.id.in_({each.household for each in found}))
    homes = {home.id: home for home in db.session.scalars(query)}
    names = shown.names_of(homes.values())
    return [
        VisitLine(
            each.household or "",
            names.get(each.household or "", _("Household that is not here yet, or counts no more")),
            shown.place_line(each.area),
            people.get(each.person or "", each.person or ""),
            show_date(each.due_on or ""),
            (each.due_on or "") < today().isoformat(),
            each.note or "",
            each.contested,
        )
        for each in found
    ]


@bp.get("/assignments/new")
@signed_in("assign")
def new() -> ResponseReturnValue:
    """The households that were chosen, or all of a list, and who could visit them."""
    return _form(_homes(asked.query.texts("household") or _of_list()))


def _of_list() -> list[str]:
    """The households of the list whose address this is, as far as they can be given away at once."""
    if not asked.query.has("all"):
        return []
    found = wanted_of(Household)
    total = found.count()
    if total > assigning.MOST:
        raise TooManyHouseholds(n=total, most=assigning.MOST)
    return found.page(assigning.MOST, 0, total)


def _homes(ids: Collection[str]) -> list[Household]:
    """The households of these ids. :raises NoHouseholdChosen, TooManyHouseholds, NotFound: none, too many, or one that
    is not the person's to see."""
    if not ids:
        raise NoHouseholdChosen()
    if len(ids) > assigning.MOST:
        raise TooManyHouseholds(n=len(ids), most=assigning.MOST)
    found = assigning.homes_of(list(ids), my_areas())
    if not found:
        raise NotFound()
    return found


def _form(homes: Sequence[Household], problem: Problem | None = None) -> str:
    names, now_given = shown.names_of(homes), assigning.open_among([home.id for home in homes])
    people = naming.people({each.person or "" for each in now_given.values()})
    loads = {each.person: each for each in assigning.loads(my_areas(), today())}
    able = assigning.visitors({home.area for home in homes})
    return render_template(
        "assignments/new.html",
        homes=[
            (home.id, names[home.id], shown.place_line(home.area), _given(now_given, people, home)) for home in homes
        ],
        able=[(each.id, _with_load(each, loads.get(each.id))) for each in able],
        typed={name: asked.form.text(name, most=MOST_LETTERS) for name in ("person", "due_on", "note")},
        today=today(),
        problem=problem,
    )


def _given(given: dict[str, Assignment], people: dict[str, str], home: Household) -> str:
    one = given.get(home.id)
    if one is None:
        return ""
    name, day = people.get(one.person or "", one.person or ""), show_date(one.due_on or "")
    return _("%(name)s is to visit by %(day)s", name=name, day=day)


def _with_load(account: Account, load: assigning.Load | None) -> str:
    if load is None:
        return _("%(name)s: nothing to visit", name=account.name)
    told = ngettext("%(name)s: %(n)s to visit", "%(name)s: %(n)s to visit", load.open, name=account.name)
    return _("%(load)s, %(n)s late", load=told, n=load.late) if load.late else told


@bp.post("/assignments")
@signed_in("assign")
def give() -> ResponseReturnValue:
    """Give these households to one person."""
    begin_writing()
    homes = _homes(asked.form.texts("household"))
    for home in homes:
        must("assign", home)
    try:
        assigning.give(
            homes,
            asked.form.text("person"),
            _day(),
            account=me(),
            today=today(),
            note=asked.form.text("note", most=MOST_LETTERS),
        )
    except Problem as problem:
        db.session.rollback()
        return _form(_homes(asked.form.texts("household")), problem), problem.status
    db.session.commit()
    flash(_done(len(homes)), "good")
    return redirect(_onward(homes))


def _day() -> str | None:
    try:
        day = questions(Assignment)["due_on"].read(asked.form.text("due_on"))
    except UnreadableAnswer:
        raise DayNeeded() from None
    return day if isinstance(day, str) else None


def _done(count: int) -> str:
    return ngettext(
        "%(n)s household was given away. The tablet shows it at its next sync.",
        "%(n)s households were given away. The tablet shows them at its next sync.",
        count,
    )


def _onward(homes: Sequence[Household]) -> str:
    if len(homes) == 1:
        return url_for("records.page", record_id=homes[0].id)
    return url_for("assigning.listing", person=asked.form.text("person"))


@bp.post("/assignments/end")
@signed_in("assign")
def end() -> ResponseReturnValue:
    """Say that visits need not be made any more."""
    begin_writing()
    state = asked.form.one_of("state", assigning.ENDS)
    if state is None:
        raise NotFound()
    homes = _homes(asked.form.texts("household"))
    for home in homes:
        must("assign", home)
    found = assigning.open_among([home.id for home in homes])
    assigning.end(list(found.values()), state, account=me())
    db.session.commit()
    flash(
        ngettext("%(n)s visit need not be made any more.", "%(n)s visits need not be made any more.", len(found)),
        "good",
    )
    return redirect(url_for("assigning.listing"))

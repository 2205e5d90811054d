"""People: who may sign in, what each looks after, and one-time codes for their tablets."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import segno
import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from fieldapp import people, places
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, ngettext
from fieldapp.people import ROLES, Account, Grant
from fieldapp.places import Place, Village
from fieldapp.problems import NotFound, Problem
from fieldapp.tablets import sealing
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in


@signed_in("administer")
def page() -> ResponseReturnValue:
    """Every account, and the form for one more."""
    return _page({}, None)


def _page(typed: dict[str, str], problem: Problem | None) -> ResponseReturnValue:
    query = sa.select(Account).options(selectinload(Account.grants), selectinload(Account.devices))
    body = render_template(
        "admin/people.html",
        accounts=list(db.session.scalars(query.order_by(sa.not_(Account.active), Account.role, Account.name))),
        without_villages=people.outdated.without_villages(),
        outdated=people.outdated.outdated(),
        roles=[(name, str(role.label)) for name, role in ROLES.items()],
        places=place_choices(),
        grant_name=grant_name,
        place_name=lambda key: grant_name(Grant(vintage=key[0], code=key[1])),
        least=people.passwords.SHORTEST_PASSWORD,
        typed=typed,
        problem=problem,
    )
    return body, problem.status if problem else 200


@signed_in("administer")
def add() -> ResponseReturnValue:
    """A new account; what cannot be is said above the form, with what was typed still in it."""
    typed = {key: asked.form.text(key).strip() for key in ("username", "name", "role", "place")}
    try:
        account = people.add_account(
            typed["username"],
            typed["name"],
            typed["role"],
            asked.form.text("password"),
            chosen_grants(typed["place"]),
            once=True,
        )
    except Problem as problem:
        db.session.rollback()
        return _page(typed, problem)
    name = account.name
    db.session.commit()
    flash(_("%(name)s can sign in now.", name=name), "good")
    return redirect(url_for("admin.people"))


@signed_in("administer")
def move() -> ResponseReturnValue:
    """Give whoever is ticked the communes that took the places over which are no more, as the page showed it."""
    shown = dict(each.split(" ", 1) for each in asked.form.texts("moved") if " " in each)
    begin_writing()
    done = len(people.outdated.move(shown))
    db.session.commit()
    _say_moved(done, len(shown) - done)
    return redirect(url_for("admin.people"))


def _say_moved(done: int, left: int) -> None:
    if done:
        said = ngettext(
            "%(n)s person looks after the communes of today now, here at once, on tablets at their next sync.",
            "%(n)s people look after the communes of today now, here at once, on tablets at their next sync.",
            done,
        )
        flash(said, "good")
    if left:
        said = ngettext(
            "%(n)s person was left as before: the areas or the lists of places have changed since. Look again.",
            "%(n)s people were left as before: their areas or the lists of places have changed since. Look again.",
            left,
        )
        flash(said, "warning")
    if not done and not left:
        flash(_("Nobody was ticked: nothing was changed."), "warning")


def chosen_grants(chosen: str) -> list[tuple[int, str]]:
    """A place of :func:`place_choices` that was chosen, as vintage and code; nothing for any other text."""
    found = re.fullmatch(r"([0-9]{4})\.([0-9.]{1,14})", chosen)
    return [(int(found[1]), found[2])] if found else []


def place_choices() -> list[tuple[str, str]]:
    """Provinces, districts and communes of the newest list, then of the older ones; codes alone are never enough."""
    everything = db.session.scalars(sa.select(Place).order_by(Place.vintage.desc(), Place.code))
    listed = _places_with_villages()
    return [
        (f"{place.vintage}.{place.code}", _("%(place)s (%(year)s)", place=place.name, year=place.vintage))
        for place in everything
        if not place.is_commune or (place.vintage, place.code) in listed
    ]


def _places_with_villages() -> set[tuple[int, str]]:
    today = places.newest_vintage()
    listed = places.with_communes(list(db.session.scalars(sa.select(Village.id))), today)
    native = {(village.vintage, village.commune_code) for village, _commune in listed}
    return native | {(commune.vintage, commune.code) for _village, commune in listed}


def grant_name(grant: Grant) -> str:
    """The name of what an account looks after."""
    if "." in grant.code:
        return places.village_name(grant.code)
    place = places.place(grant.vintage, grant.code)
    return _("%(place)s (%(year)s)", place=place.name if place else grant.code, year=grant.vintage)


@signed_in("administer")
def code(account: str) -> ResponseReturnValue:
    """A fresh one-time code for a tablet, shown once, with a QR code that opens the app with it."""
    begin_writing()
    found = _account(account)
    fresh = people.enrolment_code(found, datetime.now(UTC))
    db.session.commit()
    url = enrolment_url(fresh)
    picture = segno.make(url, error="m").svg_data_uri(scale=6, dark="#073f33", border=2)
    answer = render_template(
        "admin/code.html",
        account=found,
        code=fresh,
        url=url,
        picture=picture,
        fingerprint=sealing.fingerprint(),
        joins=people.may(found, "administer"),
    )
    return answer, 200, {"Cache-Control": "no-store"}


def enrolment_url(fresh: str) -> str:
    """Where a tablet goes to enrol: the app of this node, with the code after the ``#``, which is never sent."""
    return f"{settings().public_url or request.url_root.rstrip('/')}/app/#enrol={fresh}"


@signed_in("administer")
def switch(account: str) -> ResponseReturnValue:
    """Switch an account off or on again; what the person wrote stays."""
    own = me().id
    begin_writing()
    found = _account(account)
    if found.id == own:
        flash(_("You cannot switch off your own account."), "warning")
    else:
        (people.disable if found.active else people.enable)(found)
        said = _("%(name)s can sign in again.") if found.active else _("%(name)s can no longer sign in.")
        flash(said % {"name": found.name}, "good")
    db.session.commit()
    return redirect(url_for("admin.people"))


def _account(account: str) -> Account:
    found = db.session.get(Account, account)
    if found is None:
        raise NotFound()
    return found

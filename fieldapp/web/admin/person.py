"""One person: another name, role or other areas; many areas, a place or a village each."""

from __future__ import annotations

import msgspec
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import naming, people, places
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import ROLES, Account, Grant
from fieldapp.problems import NotFound, Problem
from fieldapp.web import asked
from fieldapp.web.access import signed_in
from fieldapp.web.admin.people import grant_name, place_choices


class ShownPerson(msgspec.Struct):
    """What the form showed when it was opened, which it brings along: the rest of it, another administrator may have
    changed since."""

    name: str
    role: str
    areas: list[str]


@signed_in("administer")
def page(account: str) -> ResponseReturnValue:
    """The form with what the account is now."""
    found = account_of(account)
    return _page(found, {"name": found.name, "role": found.role}, None)


@signed_in("administer")
def change(account: str) -> ResponseReturnValue:
    """Save the form; what cannot be is said above it, and nothing is changed."""
    begin_writing()
    found = account_of(account)
    now, typed = _as_it_is(found), {"name": asked.form.text("name"), "role": asked.form.text("role")}
    was = asked.form.json("was", ShownPerson) or now
    kept = {*asked.form.texts("area"), *(set(now.areas) - set(was.areas))}
    wanted = [*(area for area in now.areas if area in kept), asked.form.text("place"), asked.form.text("village")]
    try:
        people.change_account(
            found,
            name=typed["name"] if typed["name"] != was.name else None,
            role=typed["role"] if typed["role"] != was.role else None,
            grants=filter(None, map(grant, wanted)),
        )
    except Problem as problem:
        db.session.rollback()
        return _page(account_of(account), typed, problem)
    said = _("%(name)s: saved. It holds at once here, and on tablets and laptops at their next sync.", name=found.name)
    db.session.commit()
    flash(said, "good")
    return redirect(url_for("admin.person", account=account))


def _page(found: Account, typed: dict[str, str], problem: Problem | None) -> ResponseReturnValue:
    body = render_template(
        "admin/person.html",
        account=found,
        typed=typed,
        problem=problem,
        roles=[(name, str(role.label)) for name, role in ROLES.items()],
        areas=[(_area(each), grant_name(each)) for each in found.grants],
        was=msgspec.json.encode(_as_it_is(found)).decode(),
        places=place_choices(),
        villages=_villages(found),
    )
    return body, problem.status if problem else 200


def _as_it_is(found: Account) -> ShownPerson:
    return ShownPerson(found.name, found.role, [_area(each) for each in found.grants])


def _area(each: Grant) -> str:
    return f"{each.vintage}.{each.code}"


def _villages(account: Account) -> list[tuple[str, str]]:
    """The villages near those that the account sees: of the communes that it sees something of."""
    near = {(each.vintage, each.code) for each in account.grants if "." not in each.code}
    for each in account.grants:
        commune = places.commune_of(each.code, each.vintage) if "." in each.code else None
        near |= {(commune.vintage, commune.code)} if commune else set()
    ids = places.villages_of_all(near)
    own = {each.code for each in account.grants}
    listed = naming.villages_to_choose(places.with_communes(ids - own))
    return [(f"{id.split('.')[0]}.{id}", name) for id, name in listed]


def grant(chosen: str) -> tuple[int, str] | None:
    """``2023.01930`` or ``2023.2023.01930.001`` as (vintage, code); None for what is neither."""
    vintage, _dot, code = chosen.partition(".")
    return (int(vintage), code) if len(vintage) == 4 and vintage.isascii() and vintage.isdigit() and code else None


def account_of(account: str) -> Account:
    """The account of this id.

    :raises NotFound: there is none.
    """
    found = db.session.get(Account, account)
    if found is None:
        raise NotFound()
    return found

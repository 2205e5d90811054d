"""Tokens of programs: which there are, one more, and the end of one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Account, ApiToken, Grant, tokens
from fieldapp.problems import NotFound, Problem, TokenEndsBefore
from fieldapp.today import today
from fieldapp.vietnamese import read_date, show_date
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.people import chosen_grants, grant_name, place_choices


class TokenLine(NamedTuple):
    """A token, what it may read, where, and whether it still lets its program in."""

    token: ApiToken
    scopes: list[str]
    places: list[str]
    good: bool


@signed_in("administer")
def page() -> ResponseReturnValue:
    """Every token, the newest first, and the form for one more."""
    return _page(None)


def _page(problem: Problem | None) -> ResponseReturnValue:
    query = sa.select(ApiToken).options(joinedload(ApiToken.account)).order_by(ApiToken.made_at.desc(), ApiToken.id)
    typed = {name: asked.form.text(name) for name in ("name", "place", "ends_on")}
    body = render_template(
        "admin/tokens.html",
        lines=[_line(token) for token in db.session.scalars(query)],
        scopes=[(name, str(label)) for name, label in tokens.SCOPES.items()],
        chosen=asked.form.texts("scope") if problem else [*tokens.SCOPES],
        exact=asked.form.has("exact"),
        places=place_choices(),
        typed={**typed, "ends_on": typed["ends_on"] or show_date(date(today().year, 12, 31).isoformat())},
        problem=problem,
        addresses=_addresses(),
        show_date=show_date,
    )
    return body, problem.status if problem else 200


def _line(token: ApiToken) -> TokenLine:
    scopes = [str(tokens.SCOPES.get(scope, scope)) for scope in token.scopes]
    places = [grant_name(Grant(vintage=vintage, code=code)) for vintage, code in token.grants]
    return TokenLine(token, scopes, places, tokens.is_good(token, today()))


def _addresses() -> dict[str, str]:
    root = settings().public_url or request.url_root.rstrip("/")
    return {"api": f"{root}/api/v1/", "odata": f"{root}/api/odata/", "openapi": f"{root}/api/v1/openapi.json"}


@signed_in("administer")
def make() -> ResponseReturnValue:
    """A token, whose text is shown once; what cannot be is said above the form, with what was typed still in it."""
    account, grants = me().id, chosen_grants(asked.form.text("place"))
    try:
        begin_writing()
        token, text = tokens.make(
            db.session.get_one(Account, account),
            asked.form.text("name"),
            asked.form.texts("scope"),
            grants,
            exact=asked.form.has("exact"),
            ends_on=_day(asked.form.text("ends_on")),
            today=today(),
            now=datetime.now(UTC),
        )
    except Problem as problem:
        db.session.rollback()
        return _page(problem)
    line = _line(token)
    db.session.commit()
    return render_template("admin/token.html", line=line, text=text, addresses=_addresses(), show_date=show_date)


def _day(typed: str) -> date:
    """A day as it was typed. :raises TokenEndsBefore: it is none, and so no day to come."""
    try:
        return date.fromisoformat(read_date(typed))
    except ValueError:
        raise TokenEndsBefore() from None


@signed_in("administer")
def end(token: str) -> ResponseReturnValue:
    """A token lets nobody in any more; what it was used for stays in the log."""
    begin_writing()
    found = db.session.get(ApiToken, token)
    if found is None:
        raise NotFound()
    tokens.end(found, datetime.now(UTC))
    name = found.name
    db.session.commit()
    flash(_("“%(name)s” lets nobody in any more.", name=name), "good")
    return redirect(url_for("admin.tokens"))

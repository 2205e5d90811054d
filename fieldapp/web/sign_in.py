"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from fieldapp import i18n, people
from fieldapp.i18n import _, _l
from fieldapp.people import Account
from fieldapp.problems import Problem
from fieldapp.web import asked
from fieldapp.web.access import me

bp = Blueprint("sign_in", __name__)

A_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Know people by their session, and give every page its links."""
    LoginManager(app).user_loader(_who)
    app.jinja_env.globals.update(desk_links=desk_links)


def _who(account_id: str) -> Account | None:
    return None if g.get("no_database") else people.session_account(account_id)


@bp.get("/sign-in")
def page() -> ResponseReturnValue:
    """The sign-in form; someone already signed in is sent on."""
    if current_user.is_authenticated:
        return redirect(asked.onward())
    return render_template("sign_in/page.html", problem=None, username="", onward=asked.onward())


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Check the password and go where the person wanted to go."""
    username = asked.form.text("username").strip()
    try:
        account = people.sign_in(username, asked.form.text("password"), datetime.now(UTC))
    except Problem as problem:
        return _again(problem, username)
    session.clear()  # a session from before signing in must not live on
    login_user(account)
    return redirect(asked.onward())


def _again(problem: Problem, username: str) -> ResponseReturnValue:
    form = render_template("sign_in/page.html", problem=problem, username=username, onward=asked.onward())
    return form, problem.status


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    flash(_("You have signed out."), "done")
    return redirect(url_for("sign_in.page"))


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Speak another language from here on: in this browser, and for this account everywhere."""
    code = asked.form.one_of("to", i18n.LANGUAGES) or i18n.DEFAULT
    if current_user.is_authenticated:
        people.speak(me(), code)
    answer = redirect(asked.onward())
    answer.set_cookie("lang", code, max_age=A_YEAR, samesite="Lax")
    return answer


class Link(NamedTuple):
    """A link of the main navigation."""

    url: str
    label: str
    here: bool


LINKS: list[tuple[str, str, str | None, str]] = [
    ("/", _l("Home"), None, "enumerator supervisor admin leader"),
    ("/review", _l("To review"), "approve", "supervisor"),
    ("/records/", _l("Records"), "see", "enumerator supervisor admin leader"),
    ("/map", _l("Map"), "see", "supervisor admin leader"),
    ("/reports/", _l("Reports"), "report", "supervisor admin leader"),
    ("/admin/", _l("Administration"), "rule", "admin"),
    ("/app/", _l("Tablet app"), "add", "enumerator"),
]


def desk_links() -> list[Link]:
    """What this person may open, in the order of use."""
    account = me()
    return [
        Link(url, label, _is_here(url))
        for url, label, act, roles in LINKS
        if account.role in roles.split() and (act is None or people.may(account, act))
    ]


def _is_here(url: str) -> bool:
    return request.path == url if url == "/" else request.path.startswith(url.rstrip("/"))

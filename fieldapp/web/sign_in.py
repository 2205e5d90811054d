"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from fieldapp import i18n, people
from fieldapp.i18n import _, _l
from fieldapp.people import Account, Whence
from fieldapp.problems import Problem
from fieldapp.web import asked, known
from fieldapp.web.access import TOKEN, me
from fieldapp.web.https import is_https

bp = Blueprint("sign_in", __name__)

A_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Know people by their session, and give every page its links."""
    LoginManager(app).user_loader(_of_session)
    app.jinja_env.globals.update(desk_links=desk_links)


def _of_session(token: str) -> Account | None:
    """The account whose session this is; a session that ended is one of nobody."""
    if g.get("no_database"):
        return None
    now = datetime.now(UTC)
    found = people.sessions.find(token, now)
    if found is None:
        return None
    people.sessions.touch(found, now)
    return found.account


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
        come_in(username, asked.form.text("password"))
    except Problem as problem:
        form = render_template("sign_in/page.html", problem=problem, username=username, onward=asked.onward())
        return form, problem.status
    return redirect(asked.onward())


def come_in(username: str, password: str) -> None:
    """Begin a session for who knows the password. One from before signing in does not live on.

    :raises WrongPassword, TooManyAttempts: she does not.
    """
    _account, token = people.sign_in(username, password, datetime.now(UTC), whence(username))
    session.clear()
    session[TOKEN] = token
    g.known = known.also(username)


def whence(username: str) -> Whence:
    """Where this request comes from."""
    device = request.headers.get("User-Agent", "")
    return Whence(request.remote_addr or "", device, known.number(username))


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session, on the server too."""
    token = session.get(TOKEN)
    session.clear()  # in this browser, whatever the server can do
    if token:
        people.sessions.end(token)
    flash(_("You have signed out."), "done")
    return redirect(url_for("sign_in.page"))


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Speak another language from here on: in this browser, and for this account everywhere."""
    code = asked.form.one_of("to", i18n.LANGUAGES) or i18n.DEFAULT
    if current_user.is_authenticated:
        people.speak(me(), code)
    answer = redirect(asked.onward())
    answer.set_cookie("lang", code, max_age=A_YEAR, samesite="Lax", secure=is_https())
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

"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from fieldapp import i18n, people
from fieldapp.i18n import _
from fieldapp.people import Account, Whence
from fieldapp.problems import Problem
from fieldapp.web import asked
from fieldapp.web.access import TOKEN, me
from fieldapp.web.https import is_https
from fieldapp.web.sign_in import known

bp = Blueprint("sign_in", __name__)

A_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Know people by their session."""
    LoginManager(app).user_loader(_of_session)


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


def come_in(username: str, password: str) -> Account:
    """Begin a session for who knows the password: her account. One from before signing in does not live on.

    :raises WrongPassword, TooManyAttempts: she does not.
    """
    account, token = people.sign_in(username, password, datetime.now(UTC), whence(username))
    session.clear()
    session[TOKEN] = token
    g.known = known.also(username)
    return account


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
    flash(_("You have signed out."), "good")
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

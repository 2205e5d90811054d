"""The own account of somebody who is signed in: where else she is signed in, and her password. The administrator sees
the sessions of everybody, and gives one-time passwords."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.problems import NotFound, NotTheSame, Problem, SamePassword
from fieldapp.web import asked
from fieldapp.web.access import TOKEN, me, signed_in
from fieldapp.web.sign_in.pages import whence

bp = Blueprint("sessions", __name__)


@bp.get("/sessions")
@signed_in()
def mine() -> ResponseReturnValue:
    """Where I am signed in."""
    return _listed(me())


@bp.get("/admin/people/<account>/sessions")
@signed_in("administer")
def of(account: str) -> ResponseReturnValue:
    """Where somebody is signed in."""
    return _listed(_found(account))


def _listed(account: Account) -> ResponseReturnValue:
    now = datetime.now(UTC)
    this = people.sessions.find(session.get(TOKEN, ""), now)
    return render_template(
        "sign_in/sessions.html",
        account=account,
        mine=account.id == me().id,
        sessions=people.sessions.of(account, now),
        this=this.id if this else None,
    )


@bp.post("/sessions/end")
@signed_in()
def end_mine() -> ResponseReturnValue:
    """End one of my sessions, or all but this one."""
    return _ended(me(), url_for("sessions.mine"))


@bp.post("/admin/people/<account>/sessions/end")
@signed_in("administer")
def end(account: str) -> ResponseReturnValue:
    """End one session of somebody, or all of them."""
    return _ended(_found(account), url_for("sessions.of", account=account))


def _ended(account: Account, back: str) -> ResponseReturnValue:
    only, account_id = asked.form.number("session", most=asked.LAST_ROW), account.id
    begin_writing()
    if only is not None:
        people.sessions.end_of(account_id, only=only)
    else:
        people.sessions.end_of(account_id, but=session.get(TOKEN, ""))
    db.session.commit()
    flash(_("Ended. Whoever worked there must sign in again."), "good")
    return redirect(back)


@bp.post("/admin/people/<account>/password")
@signed_in("administer")
def give(account: str) -> ResponseReturnValue:
    """Give somebody a one-time password, shown once; all her sessions end."""
    found = _found(account)
    fresh = people.passwords.made_up()
    people.change_password(found, fresh, once=True)
    db.session.commit()
    return render_template("sign_in/given.html", account=found, password=fresh)


@bp.get("/password")
@signed_in()
def password() -> ResponseReturnValue:
    """Choose a new password."""
    return _choosing(None)


@bp.post("/password")
@signed_in()
def choose() -> ResponseReturnValue:
    """Take the new password; all other sessions of the account end."""
    try:
        _chosen(me())
    except Problem as problem:
        db.session.rollback()
        return _choosing(problem)
    flash(_("Your password is changed. Everywhere else you are signed out."), "good")
    return redirect(asked.onward())


def _chosen(account: Account) -> None:
    old, new = asked.form.text("password_now"), asked.form.text("password_new")
    people.is_own(account, old, datetime.now(UTC), whence(account.username))
    if new != asked.form.text("password_again"):
        raise NotTheSame()
    if new == old:
        raise SamePassword()
    people.change_password(account, new, but=session.get(TOKEN, ""))
    db.session.commit()


def _choosing(problem: Problem | None) -> ResponseReturnValue:
    least = people.passwords.SHORTEST_PASSWORD
    html = render_template("sign_in/password.html", problem=problem, least=least, onward=asked.onward())
    return html, problem.status if problem else 200


def _found(account: str) -> Account:
    found = db.session.get(Account, account)
    if found is None:
        raise NotFound()
    return found

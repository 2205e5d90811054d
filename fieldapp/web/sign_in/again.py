"""A form that was sent when its session had ended: who sent it signs in, and it is sent then, with all that was typed.

Only a form of a page of ours is kept so: what another site has a browser send is never shown as something to sign for.
What was typed travels in the page itself; nothing of it is kept on the server, except photos, which are taken in as the
form would have done.
"""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.problems import Problem
from fieldapp.web import asked, not_lost
from fieldapp.web.access import TOKEN, me
from fieldapp.web.forms import FILES
from fieldapp.web.sign_in import known
from fieldapp.web.sign_in.pages import come_in

bp = Blueprint("again", __name__)


def is_wanted() -> bool:
    """Whether what was sent now is a form of a page of ours, other than those by which people sign in."""
    signs_in = request.blueprint in ("sign_in", "again")
    return request.method == "POST" and not signs_in and not_lost.is_from_here()


def ask() -> ResponseReturnValue:
    """Ask to sign in, with what was typed on the page. Who is signed in by now, in another tab, only sends it again."""
    typed = not_lost.all_sent()
    not_lost.files_kept()  # or counted as lost
    (photos, lost), to = _photos(), _address()
    if current_user.is_authenticated:
        return _send([*typed, *photos], to, me(), lost=lost, own=not known.others(me().username))
    return _page(json.dumps([*typed, *photos]), to, lost=lost), 401


def _address() -> str:
    return request.full_path.rstrip("?")


def _photos() -> tuple[list[tuple[str, str]], int]:
    """The photos in the form, each as the field that names it once it is here; and how many files are left out.

    Photos are taken only from a browser in which somebody was signed in.
    """
    sent = asked.all_files()
    photos = [(name, file) for name, file in sent if name.endswith(FILES)] if session.get(TOKEN) else []
    kept = [(name.removesuffix(FILES), told) for name, file in photos if (told := _kept(file))]
    return kept, len(sent) - len(kept)


def _kept(file: FileStorage) -> str:
    """A photo as an answer names it; "" for a file that is none."""
    seen = attachments.look(file.read())
    if seen.reason:
        return ""
    begin_writing()
    attachments.note(seen)
    db.session.commit()
    return seen.named()


def _page(typed: str, to: str, *, problem: Problem | None = None, lost: int = 0) -> str:
    not_lost.waits()
    whose = asked.form.text("again_whose", known.last())
    username = asked.form.text("again_username", whose)
    return render_template(
        "sign_in/again.html", typed=typed, to=to, problem=problem, lost=lost, whose=whose, username=username
    )


@bp.post("/again")
def enter() -> ResponseReturnValue:
    """Sign in; then the page that sends what was typed."""
    typed, to = (
        asked.form.text("again_typed", "[]", most=asked.JSON_LETTERS),
        asked.form.text("again_to", "/", most=2000),
    )
    try:
        account = come_in(asked.form.text("again_username"), asked.form.text("again_password"))
    except Problem as problem:
        return _page(typed, to, problem=problem), problem.status
    own = asked.form.text("again_whose") in ("", account.username)
    return _send(not_lost.fields_in(typed), asked.onward(to), account, own=own)


def _send(fields: not_lost.Fields, to: str, account: Account, *, own: bool, lost: int = 0) -> str:
    """The page that sends what was typed as from this person: by itself where it is surely her ``own``, else she reads
    it first and presses, since it will count as hers."""
    typed = [] if own else not_lost.shown(fields, named=True)
    return render_template(
        "sign_in/send.html", fields=fields, to=to, lost=lost, own=own, typed=typed, name=account.name
    )


@bp.get("/again")
def back() -> ResponseReturnValue:
    """Whoever comes here by an address has nothing to send."""
    return redirect("/")

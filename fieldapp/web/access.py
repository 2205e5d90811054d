"""Who is asking, and what they may see: the one place where pages check it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fieldapp import intake, people, review
from fieldapp.i18n import language
from fieldapp.people import ACTS, About, Account, Rights
from fieldapp.people.rights import act_on
from fieldapp.problems import (
    EntryStands,
    Forbidden,
    NotFound,
    NotNow,
    NotSettled,
    NotThatOffice,
    OwnPasswordFirst,
    Problem,
    WithdrawnRecord,
)
from fieldapp.review import Status
from fieldapp.surveys import choices
from fieldapp.surveys.base import Record
from fieldapp.web import asked

P = ParamSpec("P")

TOKEN = "_user_id"  # noqa: S105  where Flask-Login looks for who is signed in
CHOOSING = "sessions.password", "sessions.choose"
"""Where somebody with a one-time password must choose an own one before anything else is shown."""


def me() -> Account:
    """The person who is signed in. Only inside a page that is :func:`signed_in`."""
    return cast(Account, current_user._get_current_object())


def signed_in(
    act: str | None = None,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Guard a page: a stranger is sent to sign in and comes back here; a person who may not is told so.

    :param act: what the table of rights must allow somewhere; without it any account will do.
    :raises Forbidden: the role of the account does not allow the act.
    """
    assert act is None or act in ACTS, act

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _sign_in_first()
            if me().must_change and request.endpoint not in CHOOSING:
                return _own_password_first()
            if act is not None and not people.may(me(), act):
                raise Forbidden()
            g.guarded = True
            return view(*args, **kwargs)

        return guarded

    return guard


def _own_password_first() -> ResponseReturnValue:
    """:raises OwnPasswordFirst: it is a form, which must not be lost on the way."""
    if request.method == "POST":
        raise OwnPasswordFirst()
    return redirect(url_for(CHOOSING[0], next=_here()))


def _sign_in_first() -> ResponseReturnValue:
    """What a form sent is kept, and sent once its person is signed in."""
    from fieldapp.web.sign_in import again

    return again.ask() if again.is_wanted() else redirect(url_for("sign_in.page", next=_here()))


def _here() -> str:
    """Where to return after signing in: this page, or for a form the page that held it."""
    return asked.here() if request.method in ("GET", "HEAD") else "/"


def mine() -> Rights:
    """What the signed-in person may do, looked up once a request."""
    if "rights" not in g:
        g.rights = people.rights_of(me())
    return cast(Rights, g.rights)


def my_areas() -> people.Areas:
    """The villages the signed-in person may see; None for all of them."""
    return mine().areas


def sees(area: str | None) -> bool:
    """Whether a record of this village is the person's to see; one without a village only to those who see all."""
    return mine().sees(area)


def within(record: Record | None) -> Record:
    """The record, if it exists and lies within the area of the person who is signed in.

    :raises NotFound: otherwise; the answer does not say which of the two it was.
    """
    if record is None or not sees(record.area):
        raise NotFound()
    return record


def may(act: str, record: Record, **more: Any) -> bool:
    """Whether the signed-in person may do this to a record as it stands; ``more`` as for :func:`must`."""
    return mine().may(act_on(type(record), act), _about(act, record, **more))


def must(act: str, record: Record, *, places: Collection[str] = (), status: Status | None = None) -> None:
    """Pass only for what the table of rights allows the signed-in person to do to a record as it stands.

    :param places: villages beside its own that it would go to, or points to.
    :param status: where it stands, if that is known already.
    :raises Forbidden, EntryStands, NotFound, WithdrawnRecord, NotSettled, NotNow: role, place or state forbids it.
    """
    about = _about(act, record, places=places, status=status)
    refused = mine().refuses(act_on(type(record), act), about)
    if refused == "role" and type(record).stands:
        raise EntryStands()
    if refused == "role":
        raise Forbidden()
    if refused == "place":
        raise NotFound()
    if refused == "state":
        raise _STATES.get(about.state, NotNow)()


def must_add(survey: type[Record], places: Collection[str]) -> None:
    """Pass only for a new record where the signed-in person may enter one.

    :param places: the villages it would be in, or points to.
    :raises Forbidden, NotFound: the role or the place forbids it.
    """
    refused = mine().refuses(act_on(survey, "add"), About(survey.reviewed, "", places))
    if refused:
        raise Forbidden() if refused == "role" else NotFound()


def may_step(level: str, villages: Collection[str | None], day: date) -> bool:
    """Whether the signed-in person may take a step of a level of the chain of approval over cases of these villages."""
    return mine().may("take_step", About(places=people.offices.answered_for(level, villages, day)))


def must_step(level: str, villages: Collection[str | None], day: date) -> None:
    """Pass only where :func:`may_step`.

    :raises Forbidden, NotThatOffice: the role does not take such steps; the area does not hold the office's place.
    """
    if not mine().may("take_step"):
        raise Forbidden()
    if not may_step(level, villages, day):
        office = people.offices.level_of(level, day)
        raise NotThatOffice(level=choices.label("office_level", office, language()))


def must_see_photos(survey: str, answers: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Pass only for photos that the signed-in person has brought or may see, or that the record names already.

    :raises NotFound: for others.
    """
    new = intake.photos_named(survey, answers) - intake.photos_named(survey, before)
    if intake.strange_photos(new, my_areas(), me().id):
        raise NotFound()


_STATES: dict[str, type[Problem]] = {"withdrawn": WithdrawnRecord, "contested": NotSettled}


def _about(act: str, record: Record, *, places: Collection[str] = (), status: Status | None = None) -> About:
    state = status or (review.status_of(record) if act == "reply" else intake.plain_state(record))
    return About(record.reviewed, state, {record.area or "", *places})

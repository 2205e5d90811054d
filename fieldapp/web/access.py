"""Who is asking, and what they may see: the one place where pages check it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fieldapp import people
from fieldapp.people import Account
from fieldapp.problems import Forbidden, NotFound
from fieldapp.surveys.base import Record

P = ParamSpec("P")


def me() -> Account:
    """The person who is signed in. Only inside a page that is :func:`signed_in`."""
    return cast(Account, current_user._get_current_object())


def signed_in(
    action: str | None = None,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Guard a page: a stranger is sent to sign in and comes back here; a person who may not is told so.

    :param action: what :func:`fieldapp.people.may` must allow; without it any account will do.
    :raises Forbidden: the role of the account does not allow the action.
    """

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return redirect(url_for("sign_in.page", next=_here()))
            if action is not None and not people.may(me(), action):
                raise Forbidden()
            return view(*args, **kwargs)

        return guarded

    return guard


def _here() -> str:
    """Where to return after signing in: this page, or for a form the page that held it."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"


def my_areas() -> frozenset[str] | None:
    """The villages the signed-in person may see, looked up once a request; None for all of them."""
    if "areas" not in g:
        g.areas = people.areas_of(me())
    return cast(frozenset[str] | None, g.areas)


def sees(area: str | None) -> bool:
    """Whether a record of this village is the person's to see; one without a village only to those who see all."""
    areas = my_areas()
    return areas is None or (area or "") in areas


def within(record: Record | None) -> Record:
    """The record, if it exists and lies within the area of the person who is signed in.

    :raises NotFound: otherwise; the answer does not say which of the two it was.
    """
    if record is None or not sees(record.area):
        raise NotFound()
    return record

"""What every endpoint for programs shares: authentication by token, the limit of calls, the log of what is read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from fieldapp import taken_out
from fieldapp.db import db
from fieldapp.people import ApiToken, Areas, tokens
from fieldapp.problems import BeyondScope, NotAnsweredHere, NotFound, Problem, ProgramNotKnown, TooManyCalls, explain
from fieldapp.today import today
from fieldapp.web import asked, csrf

P = ParamSpec("P")

MOST_CALLS = 240
"""So often a token may ask within a minute."""
A_MINUTE = timedelta(minutes=1)
MOST_LETTERS = 80
"""So much of a name nobody knows is said back."""

bp = Blueprint("api", __name__, url_prefix="/api/v1")
odata_bp = Blueprint("odata", __name__, url_prefix="/api/odata")
for each in (bp, odata_bp):
    csrf.exempt(each)  # no cookies count here, so nothing a forged form could borrow


def for_programs(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let in who shows a token that is good today and has not asked too often.

    :raises ProgramNotKnown: the token is not good, or none is shown.
    :raises TooManyCalls: it has asked too often within a minute.
    """

    @wraps(view)
    def let_in(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        token = tokens.find(_shown(), today())
        if token is None:
            raise ProgramNotKnown()
        if (db.session.scalar(taken_out.lately(token.id, A_MINUTE)) or 0) >= MOST_CALLS:
            raise TooManyCalls(most=MOST_CALLS)
        g.token = token
        return view(*args, **kwargs)

    return let_in


def _shown() -> str:
    """The token that is shown; "" for none."""
    given = request.authorization
    if given is None:
        return ""
    return str((given.token if given.type == "bearer" else given.password if given.type == "basic" else "") or "")


def token() -> ApiToken:
    """The token that came in. Only inside a view that is :func:`for_programs`."""
    return cast(ApiToken, g.token)


def must_read(scope: str) -> None:
    """Pass only for a token that is good for this. :raises BeyondScope: it is not."""
    if scope not in token().scopes:
        raise BeyondScope()


def must_know(parameters: Collection[str]) -> None:
    """Pass only where nothing is asked but these and the language: a misspelt filter would give the whole province.

    :raises NotAnsweredHere: something is.
    """
    known = [*parameters, "lang"]
    for name in asked.query.names():
        if name not in known:
            raise NotAnsweredHere(name=name[:MOST_LETTERS], known=", ".join(known))


def areas() -> Areas:
    """The villages to give: those of the token, within the place that is asked for (``area``), if one is.

    :raises NotFound: there is no such place within them.
    """
    own: Areas = tokens.villages(token())
    place = asked.query.text("area")
    if not place:
        return own
    inside = tokens.villages_in(place)
    found = inside if own is None else own & inside
    if not found:
        raise NotFound()
    return found


def tell(what: str, form: str, rows: int) -> None:
    """Write down what is given to the program, before it is given."""
    mine = token()
    taker, narrowed = (
        taken_out.Taker(mine.name, mine.account_id, mine.id),
        request.query_string.decode("ascii", "replace"),
    )
    taken_out.note(taker, f"api:{what}", form, rows, exact=mine.exact, asked=narrowed)


def answer(body: Any, **headers: str) -> Response:
    """JSON that nobody on the way keeps."""
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response


def refuse(problem: Problem) -> Response:
    """A problem, as programs read it; a program without a token is told how it shows one."""
    response = answer({"error": explain(problem)})
    response.status_code = problem.status
    if problem.status == ProgramNotKnown.status:
        response.headers["WWW-Authenticate"] = 'Basic realm="fieldapp", charset="UTF-8"'
        if request.path.startswith(bp.url_prefix or ""):
            response.headers["WWW-Authenticate"] = 'Bearer realm="fieldapp"'
    if problem.status == TooManyCalls.status:
        response.headers["Retry-After"] = str(int(A_MINUTE.total_seconds()))
    return response

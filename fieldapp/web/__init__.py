"""Everything over HTTP: the blueprints, and what all of them share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, jsonify, render_template, request, session
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from fieldapp import faults, i18n, problems, trouble
from fieldapp.db import db
from fieldapp.instance import damage
from fieldapp.problems import Problem
from fieldapp.web import area_notice, asked, clock_notice, files, https, not_lost, templates
from fieldapp.web.access import TOKEN
from fieldapp.web.sign_in import known

log = logging.getLogger(__name__)
csrf = CSRFProtect()
bootstrap = Bootstrap5()

AREAS = [
    "style",
    "whole",
    "sign_in.pages",
    "sign_in.sessions",
    "sign_in.again",
    "navigation",
    "home",
    "records",
    "records.office",
    "records.map",
    "records.missing",
    "records.photos",
    "cases.urls",
    "cases.decision_urls",
    "review.queue",
    "review.bulk",
    "review.family",
    "review.pairs",
    "review.assigning",
    "reports.urls",
    "reports.periods",
    "figures",
    "rights",
    "admin",
    "admin.rules",
    "tablet.pages",
    "sync_api",
    "sync_api.batches",
    "api",
]

SIGNED_OUT_BYTES = 256 * 1024
"""The most a form may hold of who is not signed in: what a person types fits, photos do not."""

# No inline script or style anywhere: what a record says can never run.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def init_app(app: Flask) -> None:
    """Languages, protection against forged forms, the pages, and how problems are told."""
    templates.init_app(app)
    https.init_app(app)
    asked.init_app(app)
    app.before_request(_see_that_it_is_sound)
    app.before_request(_look_at_the_head)
    csrf.init_app(app)
    bootstrap.init_app(app)
    files.init_app(app)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=i18n.language, languages=i18n.LANGUAGES)
    app.jinja_env.globals.update(_=i18n.gettext)  # Jinja's own looks for it anew at each of a hundred sentences
    app.before_request(_speak)
    not_lost.init_app(app)
    clock_notice.init_app(app)
    area_notice.init_app(app)
    app.after_request(_headers)
    app.after_request(known.remember)
    for name in AREAS:
        _register(app, name)
    app.register_error_handler(Problem, _tell_best)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sa.exc.DBAPIError, _without_database)
    app.register_error_handler(Exception, _fault)


def _register(app: Flask, name: str) -> None:
    module = import_module(f"fieldapp.web.{name}")
    if hasattr(module, "bp"):
        app.register_blueprint(module.bp)
    if hasattr(module, "init_app"):
        module.init_app(app)


def _look_at_the_head() -> None:
    """Whoever sends a form slowly is answered before its body is read, where its head is enough.

    :raises CSRFError: no page was opened that this form could be of.
    """
    if _is_api() or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not current_user.is_authenticated and TOKEN not in session:  # of whose session ended, the form is kept whole
        request.max_content_length = SIGNED_OUT_BYTES
    if current_app.config.get("WTF_CSRF_ENABLED", True) and "csrf_token" not in session:
        raise CSRFError()


def _speak() -> None:
    account = None if _is_api() or files.is_one() else current_user
    i18n.use(
        i18n.negotiate(
            asked.query.one_of("lang", i18n.LANGUAGES),
            asked.cookie("lang"),
            getattr(account, "language", None),
            accepted=[tag for tag, _quality in request.accept_languages],
        )
    )


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Language", i18n.language())
    response.headers.extend(https.insist())
    if _shows_people():
        response.headers["Cache-Control"] = "no-store"
    return response


def _shows_people() -> bool:
    """Whether this may be a page with somebody on it: all that is only for those who are signed in."""
    public = request.blueprint == "tablet" or request.endpoint is None or files.is_one() or _is_api()
    return not public and (g.get("guarded", False) or bool(current_user.is_authenticated))


def _is_api() -> bool:
    """Whether a device or a program asks, which no cookie signs in."""
    return request.path.startswith(("/sync/", "/api/"))


def _tell(problem: Problem) -> tuple[str | Response, int]:
    """Say it in the way the asker can read: JSON to a device, a page to a person."""
    db.session.rollback()
    if _is_api():
        return _refusal()(problem), problem.status
    g.problem = problem
    if request_ctx.url_adapter is None:  # the request names no host there can be, so no page can name an address
        return Response(problem.message, mimetype="text/plain"), problem.status
    return render_template("problem.html", problem=problem), problem.status


def _refusal() -> Callable[[Problem], Response]:
    """How a problem is told to a device, or to a program."""
    from fieldapp.web import api, sync_api

    return sync_api.refuse if request.path.startswith("/sync/") else api.refuse


def _expired(_error: CSRFError) -> ResponseReturnValue:
    """A form of a session that is gone, sent from a page of ours, asks to sign in and is sent then."""
    from fieldapp.web.sign_in import again

    try:
        return again.ask() if again.is_wanted() else _tell(problems.FormExpired())
    except HTTPException as error:  # it is too large to be kept
        return _http(error)


def _http(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
    if error.code in (301, 302, 303, 304, 307, 308):
        return error
    kinds: dict[int | None, type[Problem]] = {
        400: problems.NotOurJson if _is_api() else problems.Problem,
        403: problems.Forbidden,
        413: problems.TooLarge,
    }
    problem = kinds.get(error.code, problems.NotFound)()
    return _tell(problem)[0], error.code or 404


def _without_database(error: sa.exc.DBAPIError) -> tuple[str | Response, int]:
    problem = trouble.calmly(error, db.engine.url)
    if problem is None or isinstance(problem, problems.DiskFull):
        return _fault(error)
    if isinstance(problem, problems.DatabaseDamaged):
        damage.note(str(error.orig))
    log.error("the database at %s: %s", request.path, faults.kind_of(error))
    return _calmly(problem)


def _calmly(problem: Problem) -> tuple[str | Response, int]:
    """Nothing may be asked of the database any more: neither who is here, nor which node this is."""
    with suppress(sa.exc.SQLAlchemyError):
        db.session.rollback()
    g.no_database = True
    _speak()
    if _is_api():
        return _to_device(problem), problem.status
    return render_template("problem.html", problem=problem), problem.status


def _to_device(problem: Problem) -> Response:
    """A device believes a node that says who it is; of one whose database is damaged that is mostly still known."""
    if isinstance(problem, problems.DatabaseDamaged):
        with suppress(sa.exc.SQLAlchemyError):
            return _refusal()(problem)
    return jsonify({"proto": 1, "error": problems.explain(problem)})


def _see_that_it_is_sound() -> ResponseReturnValue | None:
    """Nothing is taken in, and nothing is believed, of a database that is damaged."""
    if files.is_one() or request.blueprint == "tablet" or damage.noted() is None:
        return None
    return _calmly(problems.DatabaseDamaged())


def _tell_best(problem: Problem) -> tuple[str | Response, int]:
    """What a problem is about, unless there was no room on the disk behind it."""
    return _tell(trouble.of_disk(problem, db.engine.url) or problem)


def _fault(error: Exception) -> tuple[str | Response, int]:
    if full := trouble.of_disk(error, db.engine.url):
        log.error("no room on the disk at %s: %s", request.path, faults.kind_of(error))
        return _tell(full)
    log.error("unexpected failure at %s\n%s", request.path, faults.told(error))
    return _tell(problems.ServerFault())

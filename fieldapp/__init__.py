"""fieldapp: housing surveys of a mountain province, offline for days, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from fieldapp.config import Config


def create_app(config: Config | None = None, *, pages: bool = True) -> Flask:
    """The application: settings, database, languages, pages, problems.

    :param pages: make them; a command shows none, and need not wait for them.
    """
    from flask import Flask

    from fieldapp import db, memory
    from fieldapp.config import Config
    from fieldapp.facts import alike, cases, keeping
    from fieldapp.instance import private
    from fieldapp.intake import following

    config = config or Config.from_env()
    private.from_here_on()
    memory.keep_at_hand()
    config.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(
        __name__,
        instance_path=str(config.instance),
        instance_relative_config=True,
        static_folder=None,  # fieldapp.web.files answers them
        static_url_path="/static",
    )
    app.config.from_mapping(_settings_of(config))
    _take_over_code_lists(config)
    db.init_app(app)
    following.keep(keeping)
    following.keep(cases)
    following.keep(alike)
    if pages:
        from fieldapp import web

        web.init_app(app)
    return app


def _settings_of(config: Config) -> dict[str, object]:
    """What Flask and its extensions are told."""
    return {
        "FIELDAPP": config,
        "SECRET_KEY": config.secret_key(),
        "SQLALCHEMY_DATABASE_URI": config.database,
        "SQLALCHEMY_ENGINE_OPTIONS": config.engine_options,
        "TESTING": config.testing,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "WTF_CSRF_TIME_LIMIT": None,  # a page may stay open for days; the session itself bounds it
        "BOOTSTRAP_SERVE_LOCAL": True,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_PARTS": 10_000,  # the list of a large commune has three fields for each household
    }


def _take_over_code_lists(config: Config) -> None:
    """A province's own wordings and rulings on materials: ``codelists.csv`` in the instance, where there is one."""
    from fieldapp.problems import BadCodeLists
    from fieldapp.surveys import choices

    try:
        choices.amend(config.code_lists)
    except ValueError as wrong:
        raise BadCodeLists(file=str(config.code_lists), reason=str(wrong)) from None

"""Behind HTTPS: cookies that only this host sets and only HTTPS carries, and browsers that ask for nothing else.

Whether a request came by HTTPS is the proxy's word where ``FIELDAPP_PROXIES`` says that there is one, and nobody's
otherwise.
"""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldapp.config import settings
from fieldapp.web import files

A_YEAR = 365 * 24 * 3600


class HostSession(SecureCookieSessionInterface):
    """The cookie of a session is one that no other host, and no page without HTTPS, can set or read. Devices have
    none: what they are told hangs on their token alone."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith("/sync/"):
            return self.make_null_session(app)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not files.are_answered(response):  # a browser could not keep what hangs on its cookies
            super().save_session(app, session, response)

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if is_https() else name

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_https()


def init_app(app: Flask) -> None:
    """Believe as many proxies as there are, and guard the cookie."""
    count = app.config["FIELDAPP"].proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.session_interface = HostSession()


def is_https() -> bool:
    """Whether people reach this server by HTTPS."""
    return settings().secure_cookies or request.is_secure


def insist() -> dict[str, str]:
    """What tells a browser to come by HTTPS only."""
    return {"Strict-Transport-Security": f"max-age={A_YEAR}"} if is_https() else {}

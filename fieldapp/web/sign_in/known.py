"""Browsers in which somebody was signed in before: their tries at her name are counted for themselves, so that whoever
guesses from the same address cannot keep her out. A signed cookie says so; it opens nothing."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, current_app, g
from itsdangerous import BadData, URLSafeSerializer

from fieldapp.web import asked
from fieldapp.web.https import is_https

NAME = "known"
A_YEAR = 365 * 24 * 3600
MOST = 10
"""So many people of one browser are remembered."""


def number(username: str) -> str:
    """The number of this browser, if somebody was signed in here under this name; "" otherwise."""
    told = _told()
    return str(told["id"]) if username.strip().lower() in told["names"] else ""


def last() -> str:
    """The username of who was signed in here last; "" where nobody was."""
    return next(iter(_told()["names"]), "")


def others(username: str) -> bool:
    """Whether anybody else was signed in here too."""
    return bool(set(_told()["names"]) - {username.strip().lower()})


def also(username: str) -> str:
    """The cookie once this person was here too."""
    told, name = _told(), username.strip().lower()
    names = [name, *(each for each in told["names"] if each != name)][:MOST]
    return _serializer().dumps({"id": told["id"] or secrets.token_hex(8), "names": names})


def remember(response: Response) -> Response:
    """Give the browser the cookie that was made in this request, if one was."""
    if cookie := g.pop("known", ""):
        response.set_cookie(NAME, cookie, max_age=A_YEAR, secure=is_https(), httponly=True, samesite="Lax")
    return response


def _told() -> dict[str, Any]:
    try:
        told = _serializer().loads(asked.cookie(NAME, 1000) or "")
        return {"id": str(told["id"]), "names": [str(name) for name in told["names"]]}
    except (BadData, KeyError, TypeError):
        return {"id": "", "names": []}


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known")

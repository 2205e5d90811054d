"""A wrong clock of this computer is told on every page: each “today” that is written meanwhile is wrong.

Most who work at a laptop of a commune have no page of an administrator, and a laptop whose battery is dead begins each
day in another year.
"""

from __future__ import annotations

import time
from contextlib import suppress

import sqlalchemy as sa
from flask import Flask, current_app

from fieldapp import nodes

A_MINUTE = 60.0
"""Seconds for which what was found is told again without a look."""


def init_app(app: Flask) -> None:
    """Let every page tell it."""
    app.extensions["clock"] = (0.0, None)
    app.jinja_env.globals.update(wrong_clock=told)


def told() -> str:
    """That the clock is wrong, and what to do; empty where nothing is known against it."""
    until, found = current_app.extensions["clock"]
    if (now := time.monotonic()) >= until:
        with suppress(sa.exc.DBAPIError):  # the page may be one that tells of a fault of the database
            found = nodes.wrong_clock()
        current_app.extensions["clock"] = now + A_MINUTE, found
    return nodes.in_words(found) if found else ""

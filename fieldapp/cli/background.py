"""What a server does beside its requests: facts are worked out again after a rule, a list or the day has changed."""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask

from fieldapp.db import db
from fieldapp.facts import refreshing

LOOKS_EVERY = 5.0
"""Seconds between two looks whether there is anything to do."""
RESTS = 0.25
"""For so much of the time that a portion took others have the machine for themselves."""

log = logging.getLogger(__name__)


def keep_up(app: Flask) -> None:
    """Do it in a thread for as long as the process lives; every portion is a whole one, so it may end at any time."""
    threading.Thread(target=_go_on, args=(app,), name="facts", daemon=True).start()


def _go_on(app: Flask) -> None:
    while True:
        time.sleep(LOOKS_EVERY)
        look(app)


def look(app: Flask) -> None:
    """Do what there is to do. Whatever goes wrong, a full disk or an odd rule, is logged, and left to the next look."""
    try:
        with app.app_context():
            _all_there_is()
    except Exception:
        log.warning("facts could not be worked out again", exc_info=True)


def _all_there_is() -> None:
    waits = refreshing.is_waiting()
    db.session.rollback()
    while waits:
        began = time.monotonic()
        waits = refreshing.portion()
        time.sleep(RESTS * (time.monotonic() - began))

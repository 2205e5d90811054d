"""What a server does beside its requests: what its first pages would wait for is made ready, facts are worked out again
after a rule, a list or the day has changed, the figures of earlier days are worked out, and tables of counts that have
grown loose are closed up."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import configure_mappers

from fieldapp import faults
from fieldapp.cli import figures
from fieldapp.db import db
from fieldapp.facts import closing_up, refreshing
from fieldapp.places import Gazetteer
from fieldapp.reference.current import current_rules

LOOKS_EVERY = 5.0
"""Seconds between two looks whether there is anything to do."""
CLOSES_UP_EVERY = 600.0
RESTS = 0.25
"""For so much of the time that a portion took others have the machine for themselves."""

log = logging.getLogger(__name__)


@contextmanager
def kept_up(app: Flask) -> Iterator[None]:
    """Do it in threads for as long as the body lasts; every portion is a whole one, so it may end at any time."""
    ended = threading.Event()
    threading.Thread(target=make_ready, args=(app,), name="ready", daemon=True).start()
    for name, (work, pause) in WORK.items():
        threading.Thread(target=_go_on, args=(app, work, pause, ended), name=name, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def make_ready(app: Flask) -> None:
    """Read the places and the rules and compile every page, so that whoever comes first to this process need not wait
    half a second for it; and never look through all of that for waste again."""
    try:
        with app.app_context():
            configure_mappers()
            _known = Gazetteer(db.session()).all_known, current_rules(db.session())
        for name in app.jinja_env.list_templates(filter_func=lambda name: name.endswith(".html")):
            app.jinja_env.get_template(name)
    except Exception as error:
        log.warning("the pages could not be made ready\n%s", faults.told(error))
    gc.collect()
    gc.freeze()


def _go_on(app: Flask, work: Callable[[Flask], None], pause: float, ended: threading.Event) -> None:
    while not ended.wait(pause):
        work(app)


def look_for_figures(app: Flask) -> None:
    """Work out the figures of the days that somebody asked for, and close periods. They wait for nothing but time."""
    try:
        with app.app_context():
            figures.work_off(app)
    except Exception as error:
        log.warning("the figures of a day could not be worked out\n%s", faults.told(error))


def look(app: Flask) -> None:
    """Do what there is to do. Whatever goes wrong, a full disk or an odd rule, is logged, and left to the next look."""
    try:
        with app.app_context():
            _all_there_is()
    except Exception as error:
        log.warning("facts could not be worked out again\n%s", faults.told(error))


def _all_there_is() -> None:
    waits = refreshing.is_waiting()
    db.session.rollback()
    while waits:
        began = time.monotonic()
        waits = refreshing.portion()
        time.sleep(RESTS * (time.monotonic() - began))


def close_up(app: Flask) -> None:
    """Close up the tables of counts. Where others write all the while, they come first, and it is left to the next
    look."""
    try:
        with app.app_context():
            closing_up.close_up()
    except sa.exc.OperationalError:
        log.info("a table of counts was not closed up: others were writing")
    except Exception as error:
        log.warning("the tables of counts could not be closed up\n%s", faults.told(error))


WORK = {
    "facts": (look, LOOKS_EVERY),
    "figures": (look_for_figures, LOOKS_EVERY),
    "counts": (close_up, CLOSES_UP_EVERY),
}
"""What each thread does, by its name, and the seconds between two looks."""

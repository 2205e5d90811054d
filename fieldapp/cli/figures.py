"""The figures of an earlier day are worked out, and periods closed: beside the requests, one after the other.

The changes that had arrived by the moment are put into a journal of their own, in an instance that is thrown away, and
folded there as after any restore: rows, facts, rules. What follows is kept beside today's. So the figures of a day come
about exactly as those of today do; nothing of it is a second reckoning.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app, faults, intake, trouble
from fieldapp.config import Config, settings
from fieldapp.db import begin_writing, briefly, db
from fieldapp.places.models import Place, PlaceImport, PlaceMapping, Village
from fieldapp.problems import ServerFault
from fieldapp.reference.current import current_records, rules_version
from fieldapp.reports import closing, past
from fieldapp.reports.past import Moment
from fieldapp.surveys.base import Base
from fieldapp.today import as_on
from sync import past as journal_then
from sync.journal import metadata as journal_tables

LEASE_MS = 120_000
"""So long a process that says nothing is taken to be at work."""
AT_A_TIME = 2000
SHARE = 0.3
"""How much of the work it is to copy the journal."""
PLACES = (Place, PlaceMapping, PlaceImport, Village)

log = logging.getLogger(__name__)


def portion(app: Flask) -> bool:
    """Work out the next moment that somebody waits for, or close the next period. Whether there was any."""
    begin_writing()
    found = past.waiting(db.session(), _now())
    if found is None:
        db.session.rollback()
        return closing.close_next()
    number, day, until, whole = found.id, date.fromisoformat(found.day), found.until, found.whole
    found.state, found.busy_until, found.done, found.of = "working", _now() + LEASE_MS, 0, 100
    past.forget_rows(db.session.connection(), number)
    db.session.commit()
    try:
        _keep(app, number, day, until) if whole else _keep_now(number)
    except Exception as error:
        log.warning("the figures of %s could not be worked out\n%s", day, faults.told(error))
        problem = trouble.of_disk(error, db.engine.url) or ServerFault()
        _say(number, state="failed", trouble=problem.code)
    return True


def _now() -> int:
    return int(time.time() * 1000)


def _say(number: int, **values: Any) -> None:
    briefly(lambda connection: connection.execute(sa.update(Moment).where(Moment.id == number).values(**values)))


def _keep_now(number: int) -> None:
    """The facts of now, in one short transaction."""
    begin_writing()
    past.keep_now(db.session.connection(), number)
    moment = db.session.get_one(Moment, number)
    moment.until, moment.state, moment.done = _now(), past.READY, 100
    moment.rules_version, moment.rules = rules_version(db.session()), closing.canonical(current_records(db.session()))
    db.session.commit()


def _keep(app: Flask, number: int, day: date, until: int) -> None:
    """What follows from the changes that had arrived."""
    with tempfile.TemporaryDirectory(dir=settings().instance, prefix="figures-") as folder:
        if settings().code_lists.exists():
            shutil.copy(settings().code_lists, folder)
        then = create_app(Config(instance=Path(folder), testing=app.testing), pages=False)
        tell = _Progress(number)
        with as_on(day), then.app_context():
            try:
                _fold(app, until, tell)
                rules = {
                    "rules_version": rules_version(db.session()),
                    "rules": closing.canonical(current_records(db.session())),
                }
                for name, rows in _rows():
                    with app.app_context():
                        _write(name, number, rows)
            finally:
                db.session.remove()
                db.engine.dispose()
    _say(number, state=past.READY, done=100, busy_until=0, **rules)


class _Progress:
    """Tells in the row of a moment how far the work is, no more than once a second."""

    def __init__(self, number: int) -> None:
        self.number, self.told = number, 0.0

    def __call__(self, app: Flask, share: float) -> None:
        if time.monotonic() - self.told > 1:
            self.told = time.monotonic()
            with app.app_context():
                _say(self.number, done=int(share * 100), busy_until=_now() + LEASE_MS)


def _fold(app: Flask, until: int, tell: _Progress) -> None:
    """Make everything again in the application of the moment: places, changes, rows, facts."""
    for tables in (Base.metadata, journal_tables):
        tables.create_all(db.engine)
    begin_writing()
    here = intake.journal()
    here.identity()
    for model in PLACES:
        _copied(app, model)
    journal_then.take(db.session.connection(), _pages(app, until, tell))
    records = [record for record, _survey in here.all_records()]
    intake.refold(records, lambda share: tell(app, SHARE + share * (0.9 - SHARE)))
    db.session.commit()


def _copied(app: Flask, model: Any) -> None:
    table = model.__table__
    with app.app_context():
        rows = [tuple(row) for row in db.session.execute(sa.select(table))]
        db.session.rollback()
    if rows:
        names = [column.name for column in table.columns]
        db.session.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _pages(app: Flask, until: int, tell: _Progress) -> Iterator[Any]:
    """The changes of the journal in portions: none is read in a transaction that lasts."""
    after, done = 0, 0
    with app.app_context():
        whole = journal_then.count(db.session.connection(), until)
        db.session.rollback()
    while True:
        with app.app_context():
            rows = journal_then.page(db.session.connection(), until, after)
            db.session.rollback()
        if not rows:
            return
        yield rows
        after, done = rows[-1].n, done + len(rows)
        tell(app, SHARE * done / max(whole, 1))


def _rows() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """All that is kept, in portions, by the name of its table."""
    for name in past.KEPT:
        query = past.selected(name).execution_options(yield_per=AT_A_TIME)
        for some in db.session.execute(query).partitions():
            yield name, [tuple(row) for row in some]


def _write(name: str, number: int, rows: list[tuple[Any, ...]]) -> None:
    """In a transaction of its own: others who write wait no longer than for a page."""
    names = ["moment", *past.columns_of(name)]
    values = [dict(zip(names, (number, *row), strict=True)) for row in rows]
    briefly(lambda connection: connection.execute(sa.insert(past.KEPT[name]), values))


def work_off(app: Flask) -> None:
    """All there is to do."""
    while portion(app):
        pass

"""After a rule or a list of places has changed, or a day has come that matters, facts are worked out again.

It is done in portions, each a transaction of its own that says how far it came: who is killed goes on from there, what
arrives meanwhile is worked out by the new rules anyway, and of several processes one does the work.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import begin_writing, db
from fieldapp.facts import household, standing
from fieldapp.facts.ranking import in_force
from fieldapp.facts.tables import FactsWork, HouseholdTally
from fieldapp.today import today

PORTION = 250
"""So many households in a transaction: others who write wait no longer than for a page."""
LEASE_MS = 30_000
"""So long a process that says nothing is taken to be at work."""
_TABLE: Any = FactsWork.__table__
_TEXTS, _NUMBERS = ("made_for", "making_for", "after", "worker"), ("done", "whole", "busy_until")


class RefreshProgress(NamedTuple):
    """How many households have been worked out again, of how many."""

    done: int
    whole: int


def version() -> str:
    """Another one whenever facts may follow otherwise: of the rules and of the lists of places."""
    rules, lists = in_force()
    return f"{rules} {'/'.join(map(str, lists))}"


def is_due() -> bool:
    """Whether a rule or a list has changed since all facts were worked out."""
    row = _row()
    return row is not None and row.made_for != version()


def progress() -> RefreshProgress | None:
    """How far the work is; None where there is nothing to do."""
    row = _row()
    if row is None or row.made_for == version():
        return None
    return RefreshProgress(row.done, row.whole) if row.making_for == version() else RefreshProgress(0, _count())


def note_change() -> None:
    """A rule has changed, or lists: from now on it is known that facts may be older."""
    if _row() is None:
        _put({"id": 1, **dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_NUMBERS, 0)})


def note_made() -> None:
    """All facts have just been worked out."""
    note_change()
    _put({"made_for": version(), "making_for": "", "after": "", "busy_until": 0})


def finish(told: Callable[[int, int], None] = lambda _done, _whole: None) -> None:
    """Do all there is to do; commits. ``told`` hears now and then how many are done, of how many."""
    while portion():
        if at := progress():
            told(at.done, at.whole)


def is_waiting() -> bool:
    """Whether there is anything to do."""
    row = _row()
    return row is None or row.made_for != version() or bool(household.some_after("", 1, due=_day()))


def portion() -> bool:
    """Work out some more, and commit. Whether there may be more to do for this process."""
    begin_writing()
    note_change()
    row, now, me = _row(), int(time.time() * 1000), f"{os.getpid()} {socket.gethostname()}"[:64]
    assert row is not None
    if row.worker != me and 0 < row.busy_until - now <= LEASE_MS:  # farther ahead: the clock was put back since
        db.session.rollback()
        return False
    more = _of_rules(row, {"worker": me, "busy_until": now + LEASE_MS}) if is_due() else _of_the_day()
    db.session.commit()
    return more


def _of_rules(row: Any, lease: dict[str, Any]) -> bool:
    wanted = version()
    if row.making_for != wanted:
        _put({"making_for": wanted, "after": "", "done": 0, "whole": _count()})
        row = _row()
    homes = household.some_after(row.after, PORTION)
    work_out_again(homes)
    if len(homes) < PORTION:
        note_made()
    else:
        _put({"after": homes[-1], "done": row.done + len(homes), **lease})
    return True


def _of_the_day() -> bool:
    homes = household.some_after("", PORTION, due=_day())
    work_out_again(homes)
    return len(homes) == PORTION


def work_out_again(homes: list[str]) -> None:
    """Make the facts of these households again, and give all that waits about them its new place."""
    standing.move(household.write(homes, household.work_out(homes)))


def _day() -> str:
    return today().isoformat()


def _count() -> int:
    """All households, as they are counted already: while there is work to do every page says how far it is."""
    return int(db.session.scalar(sa.select(sa.func.sum(HouseholdTally.households))) or 0)


def _row() -> Any:
    return db.session.execute(sa.select(*_TABLE.columns)).one_or_none()


def _put(values: dict[str, Any]) -> None:
    statement = sa.insert(_TABLE) if "id" in values else sa.update(_TABLE)
    db.session.execute(statement.values(values))

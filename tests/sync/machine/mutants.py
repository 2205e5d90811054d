"""The shortcuts one is tempted to take. Each must be caught, for a property that no mutant can fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

import sync.arrivals
import sync.chains
import sync.feeds
import sync.journal
import sync.rulings
from fieldapp import intake
from fieldapp.intake import areas, rows
from fieldapp.web import sync_api
from sync.change import WITHDRAWN
from tests.sync.machine.tablet import Tablet, _put
from tests.sync.machine.world import Site

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """A shortcut: how it is taken, what is said of it when it is caught, and a history that catches it."""

    apply: Callable[[Patch], None]
    caught: str
    seed: int

    @property
    def name(self) -> str:
        return self.apply.__name__


def cursor_first(patch: Patch) -> None:
    """The cursor is stored before the page it stands for."""
    real = Tablet.keep_feed

    def keep_feed(self: Tablet, answer: Any, cursor: Any) -> None:
        self.store.write(lambda rows: _put(rows, "cursors", [cursor]))
        real(self, answer, cursor)

    patch.setattr(Tablet, "keep_feed", keep_feed)


def evictions_unheard(patch: Patch) -> None:
    """A tablet keeps what left its area."""
    patch.setattr(Tablet, "evictable", lambda *_: ([], []))


def nothing_fed_anew(patch: Patch) -> None:
    """What an administrator undid, or redid, is not told again to those who had it."""
    patch.setattr(sync.feeds, "refresh", lambda *_: None)


def unsent_work_evicted(patch: Patch) -> None:
    """A record that leaves the area goes with what was made of it here and not yet sent."""

    def evictable(self: Tablet, ids: Any, area: str | None = None) -> Any:
        for record in ids:
            for row in self.store.all("changes", record):
                self.store.rows["changes"].pop(row["id"])
        return list(ids), []

    patch.setattr(Tablet, "evictable", evictable)


def nothing_awaited(patch: Patch) -> None:
    """A first download does not tell which changes are known to be replaced though they have not arrived."""
    real = sync.journal.snapshot_of
    patch.setattr(sync.journal, "snapshot_of", lambda *args: msgspec.structs.replace(real(*args), awaited={}))


def same_epoch(patch: Patch) -> None:
    """A server is restored and nobody is told."""
    patch.setattr(Site, "restore", Site.put_back)


def nothing_offered_again(patch: Patch) -> None:
    """A tablet hears that the server was restored, and does nothing."""
    patch.setattr(Tablet, "offer_again", lambda _: None)


def shown_value_only(patch: Patch) -> None:
    """A change names only the one value that was shown."""
    real = Tablet.base_of
    patch.setattr(Tablet, "base_of", lambda *args: {q: ids[:1] for q, ids in real(*args).items()})


def blind_edit(patch: Patch) -> None:
    """An edit does not say which withdrawals it knew."""
    real = Tablet.base_of
    patch.setattr(Tablet, "base_of", lambda *args: {q: ids for q, ids in real(*args).items() if q != WITHDRAWN})


def hold_stays_at_home(patch: Patch) -> None:
    """What is held is not told to be held when it goes to another node."""
    real = intake.receive
    patch.setattr(intake, "receive", lambda texts, **how: real(texts, **{**how, "held": None}))


def marks_stay_at_home(patch: Patch) -> None:
    """Every node judges the clocks of others by its own."""
    real = sync.arrivals.marks
    patch.setattr(sync.arrivals, "marks", lambda clock, told, trusting: real(clock, (), False))


def clones_unnoticed(patch: Patch) -> None:
    """Two changes with one number are two changes."""
    patch.setattr(sync.chains, "forks", lambda *_: set())


def rulings_only_backward(patch: Patch) -> None:
    """A ruling says nothing of a change that arrives after it."""
    patch.setattr(sync.rulings, "awaited", lambda *_: set())


def rulings_reach_one_step(patch: Patch) -> None:
    """Where a ruling is about a ruling, the records behind it are not folded again."""
    patch.setattr(sync.rulings, "reach", sync.rulings.about_of)


def children_stay(patch: Patch) -> None:
    """What is about a household does not move with it."""
    patch.setattr(areas, "follow", lambda *_: None)


def ghosts(patch: Patch) -> None:
    """The row of a record stays though nothing that counts speaks of it."""
    patch.setattr(rows, "forget", lambda *_: None)


def held_is_known(patch: Patch) -> None:
    """A held change that is sent again is said to be there already."""
    patch.setattr(sync_api, "_held", lambda _: {})


def new_code_new_epoch(patch: Patch) -> None:
    """A tablet that is connected again takes the epoch of that day for the one it knew."""
    real = Tablet.enrol

    def enrol(self: Tablet, code: str) -> None:
        real(self, code)
        self.learn({"epoch": self.ask("hello")["epoch"]})

    patch.setattr(Tablet, "enrol", enrol)


MUTANTS = [
    Mutant(cursor_first, "had to be put right|shows something else|never heard", 0),
    Mutant(evictions_unheard, "had to be put right|left its area|shows something else", 0),
    Mutant(nothing_fed_anew, "had to be put right|shows something else", 0),
    Mutant(unsent_work_evicted, "never reached", 0),
    Mutant(nothing_awaited, "had to be put right|shows something else", 0),
    Mutant(same_epoch, "never reached|acknowledged|had to be put right", 0),
    Mutant(nothing_offered_again, "never reached|acknowledged", 0),
    Mutant(shown_value_only, "leave no conflict|saw everything", 0),
    Mutant(blind_edit, "knew all", 0),
    Mutant(hold_stays_at_home, "counts on a laptop", 0),
    Mutant(marks_stay_at_home, "believe of clocks", 0),
    Mutant(clones_unnoticed, "copied profile", 0),
    Mutant(rulings_only_backward, "count on the laptop|second import", 0),
    Mutant(rulings_reach_one_step, "not what its journal says|nothing speaks of", 0),
    Mutant(children_stay, "not what its journal says|where records are", 0),
    Mutant(ghosts, "nothing speaks of", 0),
    Mutant(held_is_known, "held change was taken", 0),
    Mutant(new_code_new_epoch, "never reached|acknowledged", 0),
]

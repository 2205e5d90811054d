"""The shortcuts one is tempted to take. Each must be caught, for a property that no mutant can fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

import sync.appending
import sync.chains
import sync.feeds
import sync.rulings
import sync.telling
from fieldapp import intake
from fieldapp.intake import areas, rows
from sync import Journal, decode
from sync.change import WITHDRAWN
from sync.statements import among
from sync.tables import change
from tests.sync.machine.disk import put
from tests.sync.machine.mission import DAY, HOUSES, NAME, Mission
from tests.sync.machine.tablet import Tablet
from tests.sync.machine.world import FAR, NORTH, Site

Patch = pytest.MonkeyPatch

HOUSE = HOUSES[0]
NAMED, THREE, FIVE, NONE = ("head_name", NAME), ("members", 3), ("members", 5), ("members", None)
FIRST_AND_LAST, SECOND_ONLY, LAST_ONLY = 8, 15, 0
"""Sticks on which only these are, of three changes, of two, and of three."""


@dataclass(frozen=True)
class Mutant:
    """A shortcut: how it is taken, a history that catches it, and what is said of it then."""

    apply: Callable[[Patch], None]
    history: Callable[[Mission], None]
    caught: str

    @property
    def name(self) -> str:
        return self.apply.__name__


def cursor_first(patch: Patch) -> None:
    """The cursor is stored before the page it stands for."""
    real = Tablet.keep_feed

    def keep_feed(self: Tablet, answer: Any, cursor: Any) -> None:
        self.store.write(lambda rows: put(rows, "cursors", [cursor]))
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
    real = sync.telling.snapshot_of
    patch.setattr(sync.telling, "snapshot_of", lambda *args: msgspec.structs.replace(real(*args), awaited={}))


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
    real = sync.appending.marks
    patch.setattr(sync.appending, "marks", lambda clock, told, trusting: real(clock, (), False))


def clones_unnoticed(patch: Patch) -> None:
    """Two changes with one number are two changes."""
    patch.setattr(sync.chains, "forks", lambda *_: set())


def rulings_only_backward(patch: Patch) -> None:
    """A ruling says nothing of a change that arrives after it."""
    patch.setattr(sync.rulings, "awaited", lambda *_: set())


def rulings_reach_one_step(patch: Patch) -> None:
    """Where a ruling is about a ruling, the records behind it are not folded again."""
    patch.setattr(sync.rulings, "reach", sync.rulings.about_of)


def marks_spare_rulings(patch: Patch) -> None:
    """A ruling whose clock mark arrives late is not weighed anew against the rulings about it."""
    patch.setattr(sync.rulings, "doubted", sync.rulings.about_of)


def sent_again_is_redone(patch: Patch) -> None:
    """What was taken back counts again when somebody sends it again."""
    real = sync.appending._mark_known

    def mark_known(connection: Any, known: set[str], marking: Any) -> set[str]:
        there = among(connection, change.c.id, known)
        connection.execute(change.update().where(there).values(excluded=False))
        return real(connection, known, marking)

    patch.setattr(sync.appending, "_mark_known", mark_known)


def never_redone(patch: Patch) -> None:
    """What was once taken back stays out."""
    real = sync.rulings._winner

    def winner(said: Any, verdicts: Any) -> str | None:
        out = "exclude" in verdicts and any(each.verdict == "exclude" for each in said)
        return "exclude" if out else real(said, verdicts)

    patch.setattr(sync.rulings, "_winner", winner)


def children_stay(patch: Patch) -> None:
    """What is about a household does not move with it."""
    patch.setattr(areas, "follow", lambda *_: (set(), set()))


def ghosts(patch: Patch) -> None:
    """The row of a record stays though nothing that counts speaks of it."""
    patch.setattr(rows, "forget", lambda *_: None)


def held_is_known(patch: Patch) -> None:
    """A held change that is sent again is said to be there already."""
    patch.setattr(Journal, "unreleased", lambda *_: {})


def nothing_relayed(patch: Patch) -> None:
    """A laptop hands on what was written on it, and takes it that others hand on theirs."""
    real = Journal.offer

    def offer(self: Journal, *args: Any) -> Any:
        page, own = real(self, *args), self.identity().device
        return replace(page, changes=[text for text in page.changes if decode(text).device == own])

    patch.setattr(Journal, "offer", offer)


def work_gone_record_stays(patch: Patch) -> None:
    """A record that stayed on a tablet for work stays when the server has taken that."""
    patch.setattr(Tablet, "forget_left", lambda _: None)


def left_and_forgotten(patch: Patch) -> None:
    """Who goes on with a record that left makes it one that did not."""
    real = Tablet.refolded
    patch.setattr(Tablet, "refolded", lambda *args, **how: {**real(*args, **how), "evicted": False})


def new_code_new_epoch(patch: Patch) -> None:
    """A tablet that is connected again takes the epoch of that day for the one it knew."""
    real = Tablet.enrol

    def enrol(self: Tablet, code: str) -> None:
        real(self, code)
        self.learn({"epoch": self.ask("hello")["epoch"]})

    patch.setattr(Tablet, "enrol", enrol)


# --- histories that catch them ------------------------------------------------------------------------------------


def _three(m: Mission) -> None:
    m.edit("an", HOUSE, THREE, False, False)
    m.sync("an", "", 0)


def _five(m: Mission, name: str = "an") -> None:
    m.edit(name, HOUSE, FIVE, False, False)
    m.sync(name, "", 0)


def page_and_power(m: Mission) -> None:
    _three(m)
    m.sync("chi", "", 0)
    _five(m)
    m.sync_and_die("chi", 2)


def moved_away(m: Mission) -> None:
    _three(m)
    m.sync("chi", "", 0)
    m.edit_in_office("server", HOUSE, FIVE, FAR)


def undone(m: Mission) -> None:
    _three(m)
    _five(m)
    m.sync("chi", "", 0)
    m.undo("server", 0, "exclude")


def wholly_undone(m: Mission) -> None:
    _three(m)
    m.undo("server", 0, "exclude")


def filled_in_while_it_left(m: Mission) -> None:
    _three(m)
    m.edit_in_office("server", HOUSE, THREE, FAR)
    m.edit_while_pulling("an", HOUSE, FIVE)
    m.sync("an", "", 0)


def released_after_it_left(m: Mission) -> None:
    filled_in_while_it_left(m)
    m.decide("server", 0, "release")


def left_with_a_form_open(m: Mission) -> None:
    _three(m)
    m.open_form("an", HOUSE)
    m.edit_in_office("server", HOUSE, THREE, FAR)
    m.sync("an", "", 0)
    m.finish_form("an", FIVE)
    m.sync("an", "", 0)
    m.decide("server", 0, "release")


def late_and_replaced(m: Mission) -> None:
    m.edit_in_office("laptop", HOUSE, NAMED, NORTH)
    m.edit_in_office("laptop", HOUSE, THREE, None)
    m.edit_in_office("laptop", HOUSE, FIVE, None)
    m.carry("laptop", "server", FIRST_AND_LAST)
    m.sync("chi", "", 0)
    m.exchange("laptop", "", 0)


def yesterday(m: Mission) -> None:
    m.back_up("server")
    _three(m)
    m.restore("server")


def both_and_settled(m: Mission) -> None:
    _three(m)
    m.sync("chi", "", 0)
    m.edit("chi", HOUSE, NONE, False, False)
    _five(m)
    m.sync("chi", "", 0)
    m.settle_conflict("chi", 0)


def withdrawn_and_edited(m: Mission) -> None:
    _three(m)
    m.withdraw("server", HOUSE, True)
    m.sync("an", "", 0)
    _five(m)


def out_of_area(m: Mission) -> None:
    _three(m)
    m.edit_in_office("server", HOUSE, THREE, FAR)
    _five(m)
    m.exchange("laptop", "", 0)


def centuries_ahead(m: Mission) -> None:
    for name in ("an", "laptop"):
        m.clock_jumps(name, 400 * 365 * DAY)
    _three(m)


def copied(m: Mission) -> None:
    _three(m)
    m.copy_profile("an")
    _five(m)
    m.edit("twin", HOUSE, NONE, False, False)


def ruled_before_it_came(m: Mission) -> None:
    _three(m)
    m.undo("server", 0, "exclude")
    m.carry("server", "laptop", SECOND_ONLY)
    m.exchange("laptop", "", 0)


def ruling_undone(m: Mission) -> None:
    _three(m)
    m.exchange("laptop", "", 0)
    m.undo("server", 0, "exclude")
    m.exchange("laptop", "", 0)
    m.undo("laptop", 0, "exclude")


def undone_by_a_mad_clock(m: Mission) -> None:
    m.clock_jumps("laptop", 400 * 365 * DAY)
    _three(m)
    m.exchange("laptop", "", 0)
    m.undo("laptop", 0, "exclude")
    m.exchange("laptop", "lost answer", 2)
    m.undo("server", 0, "exclude")
    m.carry("server", "laptop", LAST_ONLY)


def moved_with_its_need(m: Mission) -> None:
    _three(m)
    m.need("an", 1)
    m.sync("an", "", 0)
    m.edit_in_office("server", HOUSE, FIVE, FAR)


def held_and_answer_lost(m: Mission) -> None:
    _three(m)
    m.edit_in_office("server", HOUSE, THREE, FAR)
    m.edit("an", HOUSE, FIVE, False, False)
    m.sync("an", "lost answer", 1)


def on_another_laptop_alone(m: Mission) -> None:
    m.back_up("second")
    m.edit_in_office("second", HOUSE, THREE, NORTH)
    m.carry_file("second", "laptop", 0)
    m.restore("second")


def connected_after_a_restore(m: Mission) -> None:
    m.back_up("server")
    m.lose("an")
    _three(m)
    m.restore("server")
    m.sync("an", "", 0)
    m.connect_again("an")


MUTANTS = [
    Mutant(cursor_first, page_and_power, "had to be put right"),
    Mutant(evictions_unheard, moved_away, "left its area"),
    Mutant(nothing_fed_anew, undone, "had to be put right"),
    Mutant(unsent_work_evicted, filled_in_while_it_left, "never reached"),
    Mutant(nothing_awaited, late_and_replaced, "had to be put right"),
    Mutant(same_epoch, yesterday, "never reached|acknowledged"),
    Mutant(nothing_offered_again, yesterday, "never reached|acknowledged"),
    Mutant(shown_value_only, both_and_settled, "leave no conflict"),
    Mutant(blind_edit, withdrawn_and_edited, "knew all"),
    Mutant(hold_stays_at_home, out_of_area, "counts on a laptop"),
    Mutant(marks_stay_at_home, centuries_ahead, "believe of clocks"),
    Mutant(clones_unnoticed, copied, "copied profile"),
    Mutant(rulings_only_backward, ruled_before_it_came, "count on the laptop"),
    Mutant(rulings_reach_one_step, ruling_undone, "not what its journal says|had to be put right|where records are"),
    Mutant(marks_spare_rulings, undone_by_a_mad_clock, "count on the laptop"),
    Mutant(sent_again_is_redone, undone, "a second import changed something"),
    Mutant(never_redone, _three, "undone and redone"),
    Mutant(children_stay, moved_with_its_need, "where records are"),
    Mutant(ghosts, wholly_undone, "nothing speaks of|had to be put right|where records are"),
    Mutant(held_is_known, held_and_answer_lost, "held change was taken"),
    Mutant(nothing_relayed, on_another_laptop_alone, "never reached"),
    Mutant(work_gone_record_stays, released_after_it_left, "left its area"),
    Mutant(left_and_forgotten, left_with_a_form_open, "left its area"),
    Mutant(new_code_new_epoch, connected_after_a_restore, "never reached|acknowledged"),
]

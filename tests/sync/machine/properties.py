"""What must hold when everything has been synced until nothing moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any

from sync.change import RULING, WITHDRAWN, Change, same_as
from sync.clock import MAX_AHEAD_MS, millis_of
from sync.fold import State, fold
from tests.sync.knowing import Knowing
from tests.sync.machine.forms import state_of, taken
from tests.sync.machine.tablet import Tablet
from tests.sync.machine.world import Site, World

OF_THE_WIRE = {"outside_area", "revoked", "author_not_on_device", "not_a_supervisor"}
"""Reasons to hold a change that only the node finds to which a tablet sends it."""


class Properties(Knowing):
    """What the tests know beside the nodes: who saw what, and what was promised to whom."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen_by: dict[str, frozenset[str]] = {}
        self.acknowledged: set[str] = set()
        self.made: set[str] = set()
        self.carried: set[str] = set()

    def knew(self, made: Change, seen: Collection[str]) -> None:
        """A change was made by somebody who saw these."""
        self.seen_by[made.id] = frozenset(seen)
        self.made.add(made.id)

    def only(self, alive: set[str]) -> None:
        """A disk was lost: nobody can expect more than what is on the others."""
        self.acknowledged &= alive
        self.made &= alive

    def saw(self, later: Change, earlier: Change) -> bool:
        return later.id != earlier.id and earlier.id in self.seen_by.get(later.id, frozenset())

    # --- before anybody decides about what is held ----------------------------------------------------------------

    def of_holds(self, tablets: Iterable[Tablet]) -> None:
        """What the province holds counts nowhere, and nobody is told that it was taken.

        But of what was released once: whoever undoes a batch with that ruling in it makes it held again, and what its
        tablet was told was so when it was told.
        """
        held = {id for id, reason in self.world.server.why_held().items() if reason in OF_THE_WIRE} - self.carried
        for laptop in self.world.laptops:
            assert not held & laptop.counted(), "what is held in the province counts on a laptop"
        undecided = self.world.server.why_held().keys() - self.ever_released()
        for tablet in tablets:
            told = {row["id"] for row in tablet.store.all("changes") if taken(row)}
            assert not told & undecided, "a tablet is told that a held change was taken"

    def ever_released(self) -> set[str]:
        """The changes of which any ruling, whatever became of it, said that they count."""
        rulings = [each for each in self.world.server.changes().values() if each.survey == RULING]
        return {id for each in rulings if each.answers["verdict"] == "release" for id in each.answers["about"]}

    # --- at the end ---------------------------------------------------------------------------------------------

    def check(self, tablets: Iterable[Tablet]) -> None:
        """All of it."""
        server = self.world.server
        tablets = list(tablets)
        assert self.acknowledged <= server.ids(), "an acknowledged change is gone"
        for site in self.world.sites:
            assert self.made <= site.ids(), f"a change never reached the {site.name}"
        for laptop in self.world.laptops:
            self.check_nodes(server, laptop)
        for site in self.world.sites:
            self.check_rows(site)
        changes = server.changes()
        self.check_chains(changes)
        self.check_clocks(changes)
        states, counted = server.states(), server.counted()
        for record in {each.record for each in changes.values() if each.survey != RULING}:
            own = [each for each in changes.values() if each.record == record]
            self.check_record(states.get(record), [each for each in own if each.id in counted], len(own))
        for tablet in tablets:
            self.check_tablet(tablet, changes, counted)
        self.check_again(server)
        self.check_undoing(server)

    def check_nodes(self, server: Site, laptop: Site) -> None:
        assert server.counted() == laptop.counted(), f"other changes count on the {laptop.name}"
        assert server.marks() == laptop.marks(), "the nodes differ in what they believe of clocks"
        assert server.states() == laptop.states(), "the nodes differ"
        assert server.rows() == laptop.rows(), "the nodes differ in where records are"

    def check_rows(self, site: Site) -> None:
        assert site.rebuilt() == [], f"rows of the {site.name} are not what its journal says"
        assert site.unsettled() == [], f"what first downloads of the {site.name} tell is yet to be made"
        areas = site.areas()
        assert site.rows() == {record: areas[record] for record in site.states()}, "rows that nothing speaks of"

    def check_chains(self, changes: Mapping[str, Change]) -> None:
        """Of two changes with one number, both count only if somebody said so."""
        counted, released = self.world.server.counted(), self.world.server.ruled("release")
        numbers: dict[tuple[str, int], str] = {}
        for id in counted - released:
            each = changes[id]
            assert (each.device, each.seq) not in numbers, "a copied profile was not noticed"
            numbers[each.device, each.seq] = id

    def check_clocks(self, changes: Mapping[str, Change]) -> None:
        by_device: dict[str, list[Change]] = {}
        for each in changes.values():
            by_device.setdefault(each.device, []).append(each)
        for own in by_device.values():
            own.sort(key=lambda each: each.seq)
            if len({each.seq for each in own}) == len(own):
                assert all(a.stamp < b.stamp for a, b in pairwise(own)), "own stamps must grow"
        last = millis_of(self.world.server.clock())
        assert last <= self.world.time.of("server") + MAX_AHEAD_MS, "a stamp from the future dragged the server"

    # --- one record ---------------------------------------------------------------------------------------------

    def check_record(self, state: State | None, changes: list[Change], ever: int) -> None:
        """``changes`` count; ``ever`` so many there are, those that do not count included."""
        assert (state is None) == (not changes), "a record without changes"
        if state is None:
            return
        self.check_nothing_lost(state, changes)
        if state.withdrawn:
            self.check_withdrawn(changes)
        self.check_forms(state)
        if len(changes) == ever:  # what was between two edits may be out of count: then they do not know each other
            self.check_doubts(state, changes)

    def check_nothing_lost(self, state: State, changes: list[Change]) -> None:
        values = state.values()
        for each in changes:
            for question, value in each.answers.items():
                heirs = [other for other in changes if question in other.answers and self.saw(other, each)]
                if not heirs and question != WITHDRAWN and not state.withdrawn:
                    shown = [values[question], *state.conflicts.get(question, [])]
                    assert same_as(value) in map(same_as, shown), f"silently lost {question}={value!r}"

    def check_withdrawn(self, changes: list[Change]) -> None:
        withdrawals = [each for each in changes if each.answers.get(WITHDRAWN)]
        for each in changes:
            met = any(self.saw(w, each) or self.saw(each, w) or w.id == each.id for w in withdrawals)
            for question in each.answers.keys() - {WITHDRAWN}:
                replaced = any(question in other.answers and self.saw(other, each) for other in changes)
                assert replaced or met, "a withdrawal hid an edit that knew nothing of it"

    # --- tablets ------------------------------------------------------------------------------------------------

    def check_tablet(self, tablet: Tablet, changes: Mapping[str, Change], counted: Collection[str]) -> None:
        """It shows what its areas' feeds say, with its own work on top that does not count elsewhere."""
        server = self.world.server
        areas, marks = server.areas(), server.marks()
        rows = tablet.store.rows["records"]
        for record in server.states():
            if areas[record] not in tablet.areas:
                continue
            assert record in rows, f"{tablet.name} never heard of a record of its area"
            own = [changes[row["id"]] for row in tablet.store.all("changes", record) if not taken(row)]
            all_of_it = [*own, *(each for each in changes.values() if each.record == record and each.id in counted)]
            held = state_of(tablet.held(record))
            known = marks.difference(each.id for each in own)  # what is held is fed to nobody, nor its mark
            assert told(held) == told(fold(all_of_it, known)), f"{tablet.name} shows something else"
            assert told(held)["values"] == rows[record]["values"], "a row is not what it was folded from"
            assert held.heads() == rows[record]["heads"], "a row is not what it was folded from"
        for record, row in rows.items():
            own = tablet.store.all("changes", record)
            elsewhere = areas.get(record) != row["area"] and row["area"] in tablet.areas
            alone = own and not row["snapshot"] and not tablet.store.all("pulled", record)  # no feed ever told of it
            stays = not elsewhere or alone or not all(map(taken, own))
            assert stays, f"{tablet.name} still shows a record that left its area"

    def folded(self, tablets: Iterable[Tablet]) -> list[dict[str, Any]]:
        """What tablets hold, and what Python folds from it."""
        found = []
        for tablet in tablets:
            for record in tablet.store.rows["records"]:
                held = tablet.held(record)
                found.append({"held": held, "told": told(state_of(held))})
        return found

    # --- once more ----------------------------------------------------------------------------------------------

    def check_again(self, site: Site) -> None:
        """Import twice is once."""
        before = site.states(), site.areas(), site.counted()
        receipt = site.take(site.everything().changes)
        assert {each.verdict for each in receipt.results} <= {"duplicate"}, "a second import found something new"
        assert (site.states(), site.areas(), site.counted()) == before, "a second import changed something"

    def check_undoing(self, site: Site) -> None:
        """Undo, then redo, is nothing."""
        before = site.states(), site.areas(), site.rows()
        for number in site.batches()[:1]:
            about = [id for id in site.changes_of_batch(number) if id in site.counted()]
            site.rule(about, "exclude")
            assert not site.counted() & set(about), "what was undone still counts"
            site.rule(about, "include")
        assert (site.states(), site.areas(), site.rows()) == before, "undone and redone is not what it was"


def told(state: State) -> dict[str, Any]:
    """A state as any device can tell it: a first download says nothing of authors, nor of the first change."""
    return {
        "values": state.values(),
        "heads": state.heads(),
        "conflicts": state.conflicts,
        "withdrawn": state.withdrawn,
        "survey": state.survey,
    }

"""The state machine: everything that people, devices, lines and time do to each other."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any, ClassVar

import hypothesis.stateful as stateful
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from fieldapp.nodes.sentences import ExchangeProblem
from sync.change import WITHDRAWN, decode
from tests.sync.machine.connected import NoNetwork, Refused
from tests.sync.machine.disk import Died, Row
from tests.sync.machine.line import FAULTS
from tests.sync.machine.lives import Life, Noted
from tests.sync.machine.properties import Properties
from tests.sync.machine.tablet import Tablet
from tests.sync.machine.world import COMMUNES, FAR, LAPTOPS, MERGED, NORTH, SOUTH, Site, World

HOUSES = ["01990000-0000-7000-8000-000000000001", "01990000-0000-7000-8000-000000000002"]
NEED = "01990000-0000-7000-8000-000000000003"
VILLAGES = [NORTH, SOUTH, FAR]
NAME = "Nguyễn Thị Hồng"
ANSWERS: list[tuple[str, Any]] = [
    ("head_name", NAME),
    ("head_name", unicodedata.normalize("NFD", NAME)),
    ("head_name", "Trần Văn Tường"),
    ("members", 3),
    ("members", 5),
    ("members", None),
]
HOUR, DAY = 3_600_000, 86_400_000
JUMPS = [0, -DAY, HOUR, 400 * DAY, 400 * 365 * DAY, -5 * 365 * DAY]
GRANTS = {
    "its commune": lambda own: [(2023, own)],
    "both communes": lambda _: [(2023, COMMUNES[0]), (2023, COMMUNES[1])],
    "the merged commune": lambda _: [(2025, MERGED)],
    "another commune": lambda own: [(2023, COMMUNES[0] if own == COMMUNES[1] else COMMUNES[1])],
}
OWN = {"an": COMMUNES[0], "bao": COMMUNES[1], "chi": COMMUNES[0]}
TABLETS = ("an", "bao", "chi", "twin")
SITES = ("server", *LAPTOPS)

tablets = st.sampled_from(["an", "bao", "chi", "chi", "twin"])
sites = st.sampled_from(SITES)
laptops = st.sampled_from(LAPTOPS)
records = st.sampled_from([HOUSES[0], *HOUSES])
answers = st.sampled_from(ANSWERS)
picks = st.integers(0, 7)
faults = st.sampled_from(FAULTS)
cuts = st.integers(0, 6)


class Mission(stateful.RuleBasedStateMachine):
    """A province, two laptops, three tablets and a copied one; each rule does nothing where it makes no sense."""

    world: ClassVar[World]
    held_back: ClassVar[list[dict[str, Any]]]
    """What tablets held at the end of histories, with what Python folds from it."""
    lives: ClassVar[list[Life]]
    """How all of them lived."""

    @initialize()
    def start(self) -> None:
        self.world.begin()
        self.tablets: dict[str, Noted] = {tablet.name: tablet for tablet in self.world.tablets}
        self.lost: list[Noted] = []
        self.properties = Properties(self.world)
        self.images: dict[str, bytes] = {}
        self.copied = ""
        self.unsettled = False
        for tablet in self.tablets.values():
            self.watch(tablet)

    def watch(self, tablet: Tablet) -> None:
        """Note what this tablet is told to be taken care of."""
        keep = type(tablet).keep_receipts.__get__(tablet)

        def keep_receipts(changes: list[Row], results: list[dict[str, Any]]) -> None:
            keep(changes, results)
            self.properties.acknowledged.update(each["id"] for each in results)

        tablet.keep_receipts = keep_receipts  # type: ignore[method-assign]

    def site(self, name: str) -> Site:
        return self.world.site(name)

    # --- edits --------------------------------------------------------------------------------------------------

    def make(self, tablet: Tablet, draft: Row, said: dict[str, Any]) -> None:
        made = tablet.finish(draft, said)
        if made is not None:
            self.properties.knew(made, draft["seen"])

    @rule(name=tablets, record=records, said=answers, first=st.booleans(), dies=st.booleans())
    def edit(self, name: str, record: str, said: tuple[str, Any], first: bool, dies: bool) -> None:
        """A form is filled; perhaps after a sync; perhaps the power fails as it is saved."""
        tablet = self.tablets.get(name)
        if tablet is None or not tablet.areas:
            return
        if first:
            self.sync(name, "", 0)
        known = record in tablet.store.rows["records"]
        draft = tablet.begin("household", record, tablet.areas[0])
        whole = dict([said]) if known else {"village": tablet.areas[0], **dict([said])}
        if dies and not known:
            tablet.store.fuse = 0
        self.attempt(tablet, lambda: self.make(tablet, draft, whole))

    @rule(name=tablets, record=records)
    def open_form(self, name: str, record: str) -> None:
        """A form is opened and left open."""
        if tablet := self.tablets.get(name):
            tablet.open_form("household", record, tablet.areas[0] if tablet.areas else "")

    @rule(name=tablets, said=answers)
    def finish_form(self, name: str, said: tuple[str, Any]) -> None:
        """A form that was left open is finished, whatever came meanwhile."""
        tablet = self.tablets.get(name)
        for draft in list(tablet.store.rows["drafts"].values()) if tablet else ():
            assert tablet
            self.make(tablet, draft, dict([said]))

    @rule(name=tablets, members=st.integers(1, 3))
    def need(self, name: str, members: int) -> None:
        """A need of the first household is noted: it is where its household is, once that has arrived."""
        tablet = self.tablets.get(name)
        if tablet and tablet.areas:
            draft = tablet.begin("housing_need", NEED, tablet.areas[0])
            self.make(tablet, draft, {"household": HOUSES[0], "area_m2": f"{members}"})

    @rule(name=tablets, record=records, village=st.sampled_from(VILLAGES))
    def move(self, name: str, record: str, village: str) -> None:
        """A household moves, perhaps to where its enumerator does not see it."""
        tablet = self.tablets.get(name)
        if tablet and record in tablet.store.rows["records"]:
            self.make(tablet, tablet.begin("household", record, ""), {"village": village})

    @rule(where=sites, record=records, said=answers, village=st.sampled_from([None, None, *VILLAGES]))
    def edit_in_office(self, where: str, record: str, said: tuple[str, Any], village: str | None) -> None:
        site = self.site(where)
        known = bool(site.counted(record))
        place = {"village": village or NORTH} if village or not known else {}
        self.save(site, record, {**dict([said]), **place})

    @rule(where=sites, record=records, yes=st.sampled_from([True, True, False]))
    def withdraw(self, where: str, record: str, yes: bool) -> None:
        site = self.site(where)
        if site.counted(record):
            self.save(site, record, {WITHDRAWN: yes})

    def save(self, site: Site, record: str, said: dict[str, Any], survey: str = "household") -> None:
        seen = site.counted(record)
        for result in site.save(survey, record, said).results:
            if result.change is not None:
                self.properties.knew(result.change, seen)

    @rule(name=st.sampled_from([*SITES, "an", "bao", "chi"]), pick=picks)
    def settle_conflict(self, name: str, pick: int) -> None:
        """Somebody settles all that is contested of a record."""
        found = self.contested(name)
        if not found:
            return
        record, conflicts = found[pick % len(found)]
        chosen = {q: False if q == WITHDRAWN else values[-(pick % 2)] for q, values in conflicts.items()}
        if name in SITES:
            survey = "housing_need" if record == NEED else "household"
            self.save(self.site(name), record, chosen, survey)
        else:
            tablet = self.tablets[name]
            seen = tablet.seen(record)
            self.properties.knew(tablet.settle(record, chosen), seen)
        left = dict(self.contested(name)).get(record)
        assert not left, "a settlement must leave no conflict where it was made"

    def contested(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Records with conflicts, as a node or a tablet shows them."""
        if name in SITES:
            states = self.site(name).states()
            return sorted((record, state.conflicts) for record, state in states.items() if state.conflicts)
        rows = self.tablets[name].store.rows["records"]
        return sorted((id, row["conflicts"]) for id, row in rows.items() if row["conflicts"])

    # --- time ---------------------------------------------------------------------------------------------------

    @rule(ms=st.integers(0, 10**7))
    def pass_time(self, ms: int) -> None:
        self.world.time.millis += ms

    @rule(name=st.sampled_from([*TABLETS, *LAPTOPS]), ms=st.sampled_from(JUMPS))
    def clock_jumps(self, name: str, ms: int) -> None:
        self.world.time.skew[name] = ms

    # --- ways to meet -------------------------------------------------------------------------------------------

    def attempt(self, tablet: Tablet, work: Callable[[], object]) -> bool:
        """Work that the line, the server or the power may cut short; whether it was not."""
        try:
            work()
        except Died:
            tablet.open_app()
            return False
        except (NoNetwork, Refused):
            return False
        finally:
            tablet.store.fuse = None
        return True

    @rule(name=tablets, fault=faults, at=cuts)
    def sync(self, name: str, fault: str, at: int) -> None:
        if tablet := self.tablets.get(name):
            with self.world.line.failing(fault, at):
                self.attempt(tablet, tablet.sync)

    @rule(name=tablets, fault=faults, at=cuts)
    def compare(self, name: str, fault: str, at: int) -> None:
        """A tablet compares with the server what it holds, as it does once a day."""
        if tablet := self.tablets.get(name):
            with self.world.line.failing(fault, at):
                self.attempt(tablet, lambda: tablet.sync(check=True))

    @rule(name=tablets, record=records, said=answers)
    def edit_while_pulling(self, name: str, record: str, said: tuple[str, Any]) -> None:
        """A form is finished while a sync is reading that has sent everything."""
        tablet = self.tablets.get(name)
        if tablet and record in tablet.store.rows["records"]:
            draft = tablet.begin("household", record, "")
            self.attempt(tablet, lambda: tablet.sync(meanwhile=lambda: self.make(tablet, draft, dict([said]))))

    @rule(name=tablets, fuse=st.integers(0, 6))
    def sync_and_die(self, name: str, fuse: int) -> None:
        """The tablet's power fails in the middle of a sync, before some transaction is complete."""
        if tablet := self.tablets.get(name):
            tablet.store.fuse = fuse
            self.attempt(tablet, tablet.sync)

    @rule(name=laptops, fault=faults, at=st.integers(0, 9))
    def exchange(self, name: str, fault: str, at: int) -> None:
        """A laptop meets the province."""
        with self.world.line.failing(fault, at), suppress(ExchangeProblem) if fault else nullcontext():
            self.site(name).exchange()

    @rule(source=st.sampled_from([*SITES, *TABLETS]), to=sites, seed=st.integers(0, 99))
    def carry(self, source: str, to: str, seed: int) -> None:
        """A stick: any part of what somebody holds, in any order, and some of it twice, to any node."""
        if source == to:
            return
        dice = random.Random(seed)
        texts, marked, held = self.loaded(source)
        texts = [text for text in texts if dice.random() < 0.6]
        dice.shuffle(texts)
        self.properties.carried.update(decode(text).id for text in texts)
        for some in (texts, texts[: len(texts) // 2]):
            self.site(to).take(some, marked, held, self.site(source) if source in SITES else None)

    def loaded(self, source: str) -> tuple[list[str], list[str], dict[str, str]]:
        """The texts of a source, which of them it has marked as ahead, and which it holds."""
        if source in SITES:
            page = self.site(source).everything()
            return page.changes, page.ahead, page.held
        tablet = self.tablets.get(source)
        return ([row["text"] for row in tablet.store.all("changes")] if tablet else []), [], {}

    @rule(source=sites, to=sites, part=st.integers(0, 3))
    def carry_file(self, source: str, to: str, part: int) -> None:
        """A real batch file, of everything or of the end only, imported twice."""
        if source == to:
            return
        target = self.site(to)
        file = self.site(source).export(target, part / 3)
        self.properties.carried.update(self.site(source).ids())
        target.take_file(file)
        before = target.ids(), target.counted()
        target.take_file(file)
        assert (target.ids(), target.counted()) == before, "the same file again changed something"

    # --- disasters ----------------------------------------------------------------------------------------------

    @rule(where=sites)
    def back_up(self, where: str) -> None:
        self.images[where] = self.site(where).image()

    @precondition(lambda self: bool(self.images))
    @rule(where=sites)
    def restore(self, where: str) -> None:
        """A node goes back to an earlier day. What nobody else holds is gone with the disk it was on."""
        if where not in self.images:
            return
        self.site(where).restore(self.images[where])
        self.unsettled |= where == "server"
        self.properties.only(self.alive())

    def alive(self) -> set[str]:
        """What is on any disk from which it will be offered again."""
        own = {id for tablet in self.tablets.values() for id in tablet.store.rows["changes"]}
        return own.union(*(site.ids() for site in self.world.sites))

    @rule(name=st.sampled_from(["an", "chi"]))
    def copy_profile(self, name: str) -> None:
        """The app's data is copied to another tablet, and two people go on with one identity."""
        if "twin" not in self.tablets:
            self.tablets["twin"] = self.tablets[name].copied("twin")
            self.tablets["twin"].now = lambda: self.world.time.of("twin")
            self.watch(self.tablets["twin"])
            self.copied = name

    @rule(name=st.sampled_from(["an", "bao", "chi"]))
    def lose(self, name: str) -> None:
        """A tablet falls into a river; its person gets another one."""
        self.lost.append(self.tablets[name])
        self.tablets[name] = self.world.enrolled(name, self.world.tablet(name))
        self.watch(self.tablets[name])
        self.properties.only(self.alive())

    @rule(name=st.sampled_from(["an", "bao", "chi"]), salvaged=st.booleans())
    def revoke(self, name: str, salvaged: bool) -> None:
        """A tablet is switched off; perhaps what it holds is handed in, and it is connected again later."""
        tablet = self.tablets[name]
        self.world.server.revoke(tablet.device)
        if salvaged:
            self.attempt(tablet, tablet.salvage)

    @rule(name=tablets)
    def connect_again(self, name: str) -> None:
        """A tablet that is no longer known is connected anew, with all that it holds."""
        tablet = self.tablets.get(name)
        if tablet is not None and tablet.store.known("revoked"):
            self.world.enrolled(self.copied if name == "twin" else name, tablet)

    @rule(name=st.sampled_from(["an", "bao", "chi"]), how=st.sampled_from(sorted(GRANTS)))
    def reorganise(self, name: str, how: str) -> None:
        """Somebody is given other places, as when communes are merged: what was meant for the old ones comes late."""
        self.unsettled = True
        self.world.server.grant(name, GRANTS[how](OWN[name]))

    # --- an administrator ---------------------------------------------------------------------------------------

    @rule(where=sites, pick=picks, verdict=st.sampled_from(["release", "refuse"]))
    def decide(self, where: str, pick: int, verdict: str) -> None:
        """About something that is held."""
        held = self.site(where).held()
        if held:
            self.rule_about(where, [held[pick % len(held)]], verdict)

    @rule(where=sites, pick=picks, verdict=st.sampled_from(["exclude", "exclude", "include"]))
    def undo(self, where: str, pick: int, verdict: str) -> None:
        """A batch, or its undoing."""
        site = self.site(where)
        batches = site.batches()
        if batches:
            self.rule_about(where, site.changes_of_batch(batches[pick % len(batches)]), verdict)

    def rule_about(self, where: str, about: list[str], verdict: str) -> None:
        """Of a record that is nowhere yet no feed can tell those who made it what became of it: they find out."""
        site, areas = self.site(where), self.world.server.areas()
        records = {each.record for id, each in site.changes().items() if id in about}
        self.unsettled |= not all(areas.get(record) for record in records)
        site.rule(about, verdict)

    # --- the end ------------------------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """Everybody has a good line and opens the app, until nothing moves any more."""
        for tablet in self.tablets.values():
            tablet.open_app()
        for _ in range(12):
            before = self.held_by_all()
            for name, tablet in self.tablets.items():
                if not self.attempt(tablet, tablet.sync):
                    assert tablet.store.known("revoked"), "a sync without any fault failed"
                    self.connect_again(name)
            for laptop in self.world.laptops:
                laptop.exchange()
            if self.held_by_all() == before:
                return
        raise AssertionError("it never comes to rest")

    def held_by_all(self) -> object:
        """What is on all disks."""
        return [site.ids() for site in self.world.sites], [tablet.store.rows for tablet in self.tablets.values()]

    def decide_all(self) -> bool:
        """Nothing stays held: half of it counts from now on. Whether anything was."""
        decided = False
        for site in self.world.sites:
            while held := site.held():
                site.rule(held[:1], "release" if int(held[0], 16) % 2 else "refuse")
                decided = True
        return decided

    def compare_all(self) -> None:
        """What is put right here no feed would have told: it is of an earlier day, or of places that changed hands."""
        for name, tablet in self.tablets.items():
            found = tablet.compare()
            assert self.unsettled or not any(found.values()), f"{name} had to be put right: {found}"
        for name, tablet in self.tablets.items():
            again = tablet.compare()
            assert not any(again.values()), f"{name} had to be put right again: {again}"

    def teardown(self) -> None:
        if not hasattr(self, "tablets"):
            return
        for name in self.tablets:
            self.finish_form(name, ("members", 9))
        self.come_to_rest()
        self.properties.of_holds(self.tablets.values())
        while self.decide_all():
            self.come_to_rest()
        self.compare_all()
        self.properties.check(self.tablets.values())
        self.held_back += self.properties.folded(self.tablets.values())
        self.lives += self.lived()

    def lived(self) -> list[Life]:
        """The lives of all tablets of this history, of which anything is to be told."""
        return [tablet.life for tablet in [*self.lost, *self.tablets.values()] if tablet.steps]

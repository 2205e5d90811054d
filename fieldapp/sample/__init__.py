"""A sample province: real places, invented people and households, everything taken in by ``intake`` as changes.

The same seed gives the same changes on every machine, byte for byte where the same version of Pillow draws the
photos. Sizes: tiny (tests), small (demo), full (about
30,000 poor and near-poor households) and x10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from random import Random
from typing import Any

import msgspec

from fieldapp import intake, places
from fieldapp.db import begin_writing, db
from fieldapp.housing import RankedPlace, assess
from fieldapp.people import Device
from fieldapp.photos import attachments
from fieldapp.photos.attachments import PhotoCheck
from fieldapp.places import Place, lineage, village_id
from fieldapp.problems import NotEmpty
from fieldapp.reference.current import current_rules, rules_version
from fieldapp.reference.naming import id_of
from fieldapp.sample import history, households, living, province, sizes, stories
from fieldapp.sample.album import Album
from fieldapp.sample.decisions import Ledger
from fieldapp.sample.drawing import pictures
from fieldapp.sample.history import Past
from fieldapp.sample.houses import Photo
from fieldapp.sample.living import LivingCase
from fieldapp.sample.names import some_people, villages
from fieldapp.sample.people import LAN_VILLAGES, PASSWORD, Staff, is_there
from fieldapp.sample.sizes import ELSEWHERE, HOME, OFFICE, SIZES, Size, share
from fieldapp.sample.stories import SampleCase, SampleCommune
from fieldapp.sample.writer import Hand, RecordDraft, drawn_id, record_id

__all__ = ["ELSEWHERE", "HOME", "LAN_VILLAGES", "OFFICE", "PASSWORD", "SIZES", "Built", "Size", "build"]

PUSH = 400
"""Changes handed in at once, as a tablet would."""
Progress = Callable[[int, int], None]
"""Told after each commune: how many households are written, of how many."""


@dataclass
class Built:
    """What was written."""

    size: Size
    villages: int = 0
    households: int = 0
    changes: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)


def build(size: str, seed: int = 2023, progress: Progress | None = None) -> Built:
    """Fill an empty instance with the sample, and commit it commune by commune.

    :raises UnknownSize: there is no such size.
    :raises NotEmpty: somebody has an account here already.
    """
    plan = sizes.size(size)
    builder = _Builder(plan, seed, progress or (lambda _done, _all: None))
    begin_writing()
    if is_there():
        raise NotEmpty()
    places.import_packaged()
    return builder.build()


class _Builder:
    def __init__(self, plan: Size, seed: int, progress: Progress) -> None:
        self.plan, self.seed, self.progress = plan, seed, progress
        self.built = Built(plan)
        self.numbers = count(1)
        self.staff = Staff(seed, enrolled_at=datetime(2026, 2, 20, 1, 0))  # noqa: DTZ001  tables hold UTC without a zone
        self.photos: dict[str, Sequence[Photo]] = {}
        self.albums: list[Album] = []
        self.living: dict[str, list[LivingCase]] = {}
        self.writers: dict[str, str] = {}
        self.tablets: dict[Hand, Device] = {}
        self.office = Hand(drawn_id(seed, "office", "province"), drawn_id(seed, "account", "quan"))
        each = 1 if plan.name == "tiny" else 4
        self.drawn = [(shows, attachments.look(data)) for shows, data in pictures(each, papers=plan.living > 0)]

    def build(self) -> Built:
        everywhere = places.communes(2023)
        rng = Random(f"{self.seed}/spread")
        weights = sizes.weights(self.plan.name, [(place.parent_code or "", place.code) for place in everywhere], rng)
        self._settle(everywhere, weights.keys() | set(OFFICE))
        staffed = [place for place in everywhere if place.code in weights]
        self.staff.hire(staffed)
        self.gazetteer = places.Gazetteer(db.session())
        self._keep_drawn()
        db.session.commit()
        self._say("place_status", province.statuses(self.plan, everywhere, Random(f"{self.seed}/difficult")))
        self._say("place_indicator", province.indicators(self.plan))
        ledger = Ledger(self.seed, rules_version(db.session()))
        spread = _spread(self.plan, weights, rng)
        districts = {place.code: place.parent_code or "" for place in staffed}
        past = history.spread(self.plan.helped, districts, weights)
        given = self._given(weights)
        whole = self.plan.households + sum(map(len, past.values()))
        for place in staffed:
            self._write(place, spread[place.code], past[place.code], given[place.code], ledger)
            self.progress(self.built.households, whole)
        self._tell_living(ledger)
        self._decide(ledger)
        self._say("budget", province.allocations())
        return self.built

    def _province(self, *name: str) -> Hand:
        """The administrator of the province at another of its computers."""
        return Hand(drawn_id(self.seed, "office", *name), self.office.author)

    def _gather(self, commune: SampleCommune, tablets: Mapping[Hand, Device]) -> None:
        """Keep the cases of this year by the commune of today."""
        for one in commune.living:
            today = self.gazetteer.known(one.village)
            key = f"{today.code}@{today.vintage}" if today else f"{commune.code}@2023"
            self.living.setdefault(key, []).append(one)
            self.writers.setdefault(key, commune.office.author)
        self.tablets |= tablets

    def _tell_living(self, ledger: Ledger) -> None:
        """The cases of this year, commune of today by commune of today."""
        rules, here, everywhere = current_rules(db.session()), lineage.current(), self.gazetteer.all_known

        def ranked(one: LivingCase) -> RankedPlace:
            there = here.known(one.village)
            return assess(one.home.answers, one.need.answers, rules=rules, places=there, day=living.WINTER.met).general

        for place, cases in self.living.items():
            office = Hand(drawn_id(self.seed, "support", place), self.writers[place])
            hands = office, self._province("support", place)
            villages = [id for id, (_known, of) in everywhere.items() if f"{of.code}@{of.vintage}" == place]
            told = living.CommuneCases(self.seed, place, villages, hands, ledger, cache(ranked), self.photos["minutes"])
            told.cases += cases
            told.tell()
            self._keep_taken({hand.author for hand in hands} | {one.tablet.author for one in cases})
            for hand in hands:
                self._hand_in(hand, None)
            for hand in dict.fromkeys(one.tablet for one in cases):
                self._hand_in(hand, self.tablets[hand])

    def _decide(self, ledger: Ledger) -> None:
        """The decisions behind the cases, each on its day."""
        hand = self._province("decisions")
        ledger.write(hand)
        self._hand_in(hand, None)

    def _given(self, weights: dict[str, float]) -> dict[str, dict[str, int]]:
        """How much of each policy each commune was given."""
        found: dict[str, dict[str, int]] = {code: {} for code in weights}
        for one in province.COUNTED:
            for code, part in share(round(one.total * self.plan.given), weights).items():
                found[code][one.policy] = part
        return found

    def _say(self, survey: str, said: Iterable[dict[str, Any]]) -> None:
        """What the administrator of the province enters, once for each record."""
        at = datetime(2026, 2, 20, 2, 0, tzinfo=UTC)
        for answers in said:
            self.office.write(RecordDraft(survey, id_of(survey, answers)), answers, at)
        self._hand_in(self.office, None)

    def _settle(self, everywhere: Sequence[Place], needed: set[str]) -> None:
        """Villages: in the communes needed for tiny, in all others too beyond that."""
        found: list[tuple[int, str, int, str]] = []
        for place in everywhere:
            if self.plan.name != "tiny" or place.code in needed:
                rng = Random(f"{self.seed}/villages/{place.code}")
                names = villages(rng, rng.randint(8, 12), urban=place.level != "xa")
                found += [(2023, place.code, number, name) for number, name in enumerate(names, start=1)]
        places.import_villages(found)
        self.built.villages = len(found)

    def _keep_drawn(self) -> None:
        """The drawings that stand for photos: every enumerator has brought each of them. In the demo each photo is a
        file of its own, so that a photo that stands in two records is as odd as it should be."""
        takers = {device.account.id for device in (self.staff.lan, *self.staff.enumerators.values())}
        drawings: dict[str, list[PhotoCheck]] = {}
        for shows, seen in self.drawn:
            drawings.setdefault(shows, []).append(seen)
        if self.plan.name == "small":
            self.albums = [Album(each) for each in drawings.values()]
            self.photos = dict(zip(drawings, self.albums, strict=True))
            return
        self.photos = {shows: [msgspec.json.decode(seen.named()) for seen in each] for shows, each in drawings.items()}
        self._bring((seen for _shows, seen in self.drawn), takers)

    def _keep_taken(self, takers: set[str]) -> None:
        """What was taken from the albums since is here, brought by these."""
        begin_writing()
        for album in self.albums:
            self._bring(album.given(), takers)
        db.session.commit()

    def _bring(self, brought: Iterable[PhotoCheck], takers: set[str]) -> None:
        """Photos are here, and these accounts have brought them."""
        for seen in brought:
            attachments.note(seen)
            db.session.add_all(attachments.Bringer(sha256=seen.sha256, account=each) for each in sorted(takers))

    def _write(
        self, place: Place, quotas: dict[str, int], past: list[Past], given: dict[str, int], ledger: Ledger
    ) -> None:
        surveyor = stories.hand_of(self.staff.enumerators[place.code])
        lan = stories.hand_of(self.staff.lan)
        numbers = range(1, len(places.villages_of(2023, place.code)) + 1)
        ids = [village_id(2023, place.code, number) for number in numbers]
        commune = SampleCommune(
            code=place.code,
            district=place.parent_code or "",
            seed=self.seed,
            tablets={village: lan if village in LAN_VILLAGES else surveyor for village in ids},
            office=stories.office_of(self.seed, place.code, self.staff.supervisors[place.code]),
            province=self._province("province", place.code),
            ledger=ledger,
            photos=self.photos,
            visits_each=2 if self.plan.name in ("tiny", "small") else 1,
            lists_members=self.plan.name in ("tiny", "small"),
            numbers=self.numbers,
        )
        cases = _cases(place, ids, quotas, commune.rng)
        cases = _marked(cases, place) if self.plan.name in ("tiny", "small") else cases
        begin = 0 if place.code in OFFICE else int(place.code)
        commune.tell(_with_fates(cases, ids, self.plan.living, begin), past, given)
        if place.code == HOME:
            self._stray(lan, ids[4])
        self._keep_taken({lan.author, surveyor.author})
        self._hand_in(surveyor, self.staff.enumerators[place.code])
        self._hand_in(lan, self.staff.lan, again=True)
        self._hand_in(commune.office, None)
        self._hand_in(commune.province, None)
        self._gather(commune, {surveyor: self.staff.enumerators[place.code], lan: self.staff.lan})
        self.built.households += quotas["ngheo"] + quotas["can_ngheo"] + len(past)

    def _stray(self, lan: Hand, village: str) -> None:
        """One household in a village next to hers: held until an administrator decides."""
        rng = Random(f"{self.seed}/stray")
        at = datetime(2026, 6, 29, 3, 30, tzinfo=UTC)
        draw = households.Draw(village, some_people(rng), "ngheo", (22.43, 105.66), at.date(), next(self.numbers))
        lan.write(RecordDraft("household", record_id(rng, at)), households.answers(rng, draw), at)

    def _hand_in(self, hand: Hand, device: Device | None, again: bool = False) -> None:
        """Push what a hand wrote. ``again``: its first answer got lost, so the first part is sent twice."""
        texts = hand.take()
        parts = [texts[start : start + PUSH] for start in range(0, len(texts), PUSH)]
        if again and parts:
            parts.insert(1, parts[0][:3])
        for part in parts:
            begin_writing()
            receipt = intake.receive(
                part, kind="wire" if device else "office", device=device, author=None if device else hand.author
            )
            self.built.changes += len(receipt.results)
            for result in receipt.results:
                self.built.verdicts[result.verdict] = self.built.verdicts.get(result.verdict, 0) + 1
            db.session.commit()


def _spread(plan: Size, weights: dict[str, float], rng: Random) -> dict[str, dict[str, int]]:
    """How much of every total each commune gets. Work is seen only where there is difficulty to work on."""
    found: dict[str, dict[str, int]] = {code: {} for code in weights}

    def give(name: str, total: int, by: dict[str, float]) -> None:
        for code, part in share(total, by).items():
            found[code][name] = part

    give("ngheo", plan.poor, weights)
    give("can_ngheo", plan.near_poor, weights)
    for name, total in (("area", plan.area), ("quality", plan.quality - plan.both), ("both", plan.both)):
        give(name, total, weights)
    give("none", plan.sound, weights)
    hard = {
        code: sum(parts[name] for name in ("area", "quality", "both")) * rng.uniform(0.6, 1.4)
        for code, parts in found.items()
    }
    give("complete", plan.complete, hard)
    give("building", plan.building, hard)
    return found


def _cases(place: Place, ids: list[str], quotas: dict[str, int], rng: Random) -> list[SampleCase]:
    """The households of a commune, dealt out over its villages and over the states a record can be in."""
    classes = ["ngheo"] * quotas["ngheo"] + ["can_ngheo"] * quotas["can_ngheo"]
    rng.shuffle(classes)
    hard = [name for name in ("area", "quality", "both") for _each in range(quotas[name])]
    rng.shuffle(hard)
    worked = ["complete"] * quotas["complete"] + ["building"] * quotas["building"]
    found: list[str | None] = [*hard, *["none"] * quotas["none"]]
    found += [None] * (len(classes) - len(found))
    turn = stories.states(place.code in (*OFFICE, ELSEWHERE))
    cases = []
    for at, (poverty_class, difficulty) in enumerate(zip(classes, found, strict=True)):
        stage = worked[at] if at < len(worked) else None
        state = "approved" if stage else next(turn)
        cases.append(SampleCase(ids[at % _used(place, ids)], poverty_class, difficulty, stage, state))
    return cases


def _with_fates(cases: list[SampleCase], ids: list[str], part: float, begin: int) -> list[SampleCase]:
    """With what becomes of a part of those whose need is approved. They live in four villages, so that lists are long;
    the last meetings are about three households each.

    :param begin: where in the turn of fates to begin, so that small communes differ.
    """
    hard = [at for at, case in enumerate(cases) if case.state == "approved" and case.difficulty not in (None, "none")]
    staged, others = [at for at in hard if cases[at].stage], [at for at in hard if not cases[at].stage]
    found, meetings = list(cases), 0
    for turn, at in enumerate(staged[: round(len(staged) * part)]):
        built = "settled" if turn % 2 else "complete"
        fate = built if cases[at].stage == "complete" else "started"
        found[at] = replace(cases[at], village=ids[turn % 4], fate=fate)
    for turn, at in enumerate(others[: round(len(others) * part)]):
        fate = living.FATES[(begin + turn) % len(living.FATES)]
        village = meetings // 3 if fate == "meeting" else turn
        meetings += fate == "meeting"
        found[at] = replace(cases[at], village=ids[village % 4], fate=fate)
    return found


def _used(place: Place, ids: list[str]) -> int:
    """At home the first villages, which are those of the enumerator people follow, get the most."""
    return 4 if place.code == HOME and len(ids) > 4 else len(ids)


def _marked(cases: list[SampleCase], place: Place) -> list[SampleCase]:
    """Where people look first: a record whose answers do not agree, and at home one that was taken back."""
    surveyed = [at for at, case in enumerate(cases) if case.difficulty and not case.stage]
    others = [at for at, case in enumerate(cases) if not case.difficulty]
    if place.code in (HOME, OFFICE[0]) and len(surveyed) > 1:
        cases[surveyed[0]] = replace(cases[surveyed[0]], state="waiting", contested=True)
    if place.code == HOME and others:
        cases[others[-1]] = replace(cases[others[-1]], state="waiting", withdrawn=True)
    return cases

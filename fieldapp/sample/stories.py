"""What happened to each household of a commune: who wrote what, when, and what a supervisor decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, cycle
from random import Random

from fieldapp.people import Account, Device
from fieldapp.places import borders, lineage
from fieldapp.sample import history, households, houses, living, members, province, visits
from fieldapp.sample.decisions import Ledger
from fieldapp.sample.history import Days, Past, Receiver
from fieldapp.sample.households import CENTRES, Draw
from fieldapp.sample.houses import Photo
from fieldapp.sample.living import LivingCase
from fieldapp.sample.names import some_people
from fieldapp.sample.writer import Hand, RecordDraft, drawn_id, record_id

SEASON = date(2026, 3, 2)
"""The first day of the survey; it lasts until the end of June."""

WORKED = (
    "approved", "waiting", "changed", "approved", "returned", "approved", "waiting", "corrected", "approved", "approved"
)  # fmt: skip
"""States in turn where a supervisor has much to do."""
QUIET = ("approved",) * 9 + ("waiting",) + ("approved",) * 7 + ("returned",)
"""And where most is done."""

COMMENTS = {
    "area_m2": "Diện tích ghi trên phiếu không khớp với ảnh. Đề nghị đo lại.",
    "roof_material": "Ảnh cho thấy mái lợp vật liệu khác. Đề nghị kiểm tra lại.",
    "own_money": "Số tiền hộ tự có chưa rõ. Đề nghị hỏi lại chủ hộ.",
    "members": "Số khẩu chưa khớp với danh sách của xã. Đề nghị kiểm tra lại.",
}

LISTS_TAKEN_OVER = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
NOTHING: Mapping[str, int] = {}

PlannedStep = tuple[datetime, Callable[[datetime], None]]


@dataclass(frozen=True)
class SampleCase:
    """One household of the plan."""

    village: str
    poverty_class: str
    difficulty: str | None
    """None: its house was not surveyed."""
    stage: str | None
    """building or complete; None where no work is seen."""
    state: str
    contested: bool = False
    withdrawn: bool = False
    fate: str | None = None
    """What becomes of its case of this year, see :mod:`fieldapp.sample.living`; None where it has none."""


@dataclass
class SampleCommune:
    """A commune at work: its tablets, its supervisor's office, and the drawings that stand for photos."""

    code: str
    district: str
    seed: int
    tablets: dict[str, Hand]
    """By village."""
    office: Hand
    province: Hand
    ledger: Ledger
    photos: Mapping[str, Sequence[Photo]]
    visits_each: int = 2
    lists_members: bool = False
    """Whether the members of some households are listed, and what else these were given."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    homes: list[str] = field(default_factory=list)
    """The households of this season that are not withdrawn."""
    living: list[LivingCase] = field(default_factory=list)
    """The cases of this season, for the offices of the communes of today."""

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.seed}/commune/{self.code}")
        keys = lineage.packaged().known(f"{self.code}@2023")
        self.today = next((key.partition("@")[0] for key in keys if key.endswith("@2025")), "")
        """The commune of 2025 that it lies in."""
        self.middle = borders.midst(borders.PACKAGED, self.today) or CENTRES[self.district]
        self.aside = (self.rng.uniform(-0.07, 0.07), self.rng.uniform(-0.08, 0.08))
        """From there to its own midst, in degrees."""

    def tell(self, cases: list[SampleCase], past: Sequence[Past] = (), given: Mapping[str, int] = NOTHING) -> None:
        """Write everything that happened, in the years before too, each hand in the order of its own days.

        :param given: how much of each policy its households were given beside.
        """
        steps = [step for case in cases for step in self._story(case)]
        steps += [step for at, case in enumerate(past) for step in self._past(case, sorted(self.tablets)[at % 4])]
        steps += self._others_list(given)
        for at, write in sorted(steps, key=lambda step: step[0]):
            write(at)

    def _others_list(self, given: Mapping[str, int]) -> Iterator[PlannedStep]:
        """What the households were given in earlier years, taken over from lists of other offices after the season."""
        rng = Random(f"{self.seed}/given/{self.code}")
        for number, answers in enumerate(province.support(dict(given), self.homes, rng)):
            at = LISTS_TAKEN_OVER + timedelta(seconds=number)
            yield at, _writing(self.office, RecordDraft("other_support", record_id(rng, at)), answers)

    def _story(self, case: SampleCase) -> Iterator[PlannedStep]:
        number = next(self.numbers)
        rng = Random(f"{self.seed}/household/{case.village}/{number}")
        hand = self.tablets[case.village]
        day = _at(SEASON + timedelta(days=rng.randint(0, 75)), rng)
        home = RecordDraft("household", record_id(rng, day))
        draw = Draw(case.village, some_people(rng), case.poverty_class, self._place(case.village), day.date(), number)
        about = households.answers(rng, draw)
        if not case.withdrawn:
            self.homes.append(home.record)
        yield day, lambda at: hand.write(home, about, at)
        if self.lists_members and number % 5 == 0 and not (case.contested or case.withdrawn):
            yield from self._people(case, home.record, about, day, number)
        if case.difficulty is None:
            yield from self._review(case, home, day, rng)
            return
        need = RecordDraft("housing_need", record_id(rng, day))
        ruined = case.fate is not None
        house = houses.answers(rng, home.record, about, case.difficulty, day.date(), self.photos, ruined=ruined)
        if case.fate:
            self.living.append(LivingCase(case.fate, case.village, number, home, need, hand))
        yield day + timedelta(minutes=25), lambda at: hand.write(need, house, at)
        if case.state != "waiting":
            yield from self._review(SampleCase(case.village, "", None, None, "approved"), home, day, rng)
        yield from self._review(case, need, day, rng)
        if case.state == "approved" and case.difficulty != "none":
            yield from self._seen_on_its_way(case, need, house, day, rng)

    def _past(self, past: Past, village: str) -> Iterator[PlannedStep]:
        """A house that was built or repaired with support, and what a survey of this season says of it."""
        number = next(self.numbers)
        rng = Random(f"{self.seed}/past/{village}/{number}")
        days, hand = history.days_of(past, rng), self.tablets[village]
        day = _at(days.surveyed, rng)
        home, need = RecordDraft("household", record_id(rng, day)), RecordDraft("housing_need", record_id(rng, day))
        draw = Draw(village, some_people(rng), "moi_thoat_ngheo", self._place(village), day.date(), number)
        about = households.answers(rng, draw)
        house = houses.answers(rng, home.record, about, "quality", day.date(), self.photos, past.wave.need_type)
        yield day, _writing(hand, home, about)
        yield day + timedelta(minutes=25), _writing(hand, need, house)
        for minute, sheet in enumerate((home, need)):
            yield day + timedelta(days=3, minutes=minute), _deciding(self, sheet, rng)
        case = history.written(past, Receiver(home.record, about["head_name"]), need.record, days, number)
        sheet = RecordDraft("support_case", case.record)
        for on, answers in case.before:
            yield _at(on, rng), _writing(self.office, sheet, answers)
        wave = past.wave
        yield _at(days.decided, rng), self.approving(sheet, need, home, wave.programme, days.decided, wave.amounts)
        yield _at(case.after[0], rng), _writing(self.office, sheet, case.after[1])
        for on, answers in case.payments:
            at = _at(on, rng)
            yield at, _writing(self.office, RecordDraft("payment", record_id(rng, at)), answers)
        if not past.blocked:
            yield from self._built(case.record, need, house, days, rng, hand)
            yield from self._no_need_now(past, home, about, days, rng, hand)

    def _built(
        self, case: str, need: RecordDraft, house: dict[str, object], days: Days, rng: Random, hand: Hand
    ) -> Iterator[PlannedStep]:
        """Of the visits to the site the last ones."""
        for stage, on in (("foundation", days.founded), ("complete", days.finished))[-self.visits_each :]:
            at = _at(on, rng)
            visit = RecordDraft("progress_visit", record_id(rng, at))
            found = visits.answers(rng, need.record, house, stage, on, self.photos)
            yield at, _writing(hand, visit, {**found, "case": case})
            yield at + timedelta(days=2), _deciding(self, visit, rng)

    def _no_need_now(
        self, past: Past, home: RecordDraft, about: dict[str, object], days: Days, rng: Random, hand: Hand
    ) -> Iterator[PlannedStep]:
        """The survey of this season finds a sound house."""
        at = _at(SEASON + timedelta(days=rng.randint(0, 75)), rng)
        sheet = RecordDraft("housing_need", record_id(rng, at))
        sound = houses.answers(rng, home.record, about, "none", at.date(), self.photos, "khong")
        yield at, _writing(hand, sheet, {**sound, **history.told_since(past, days)})
        yield at + timedelta(days=4), _deciding(self, sheet, rng)

    def _people(
        self, case: SampleCase, household: str, about: dict[str, object], day: datetime, number: int
    ) -> Iterator[PlannedStep]:
        rng = Random(f"{self.seed}/people/{number}")  # apart from all else, which stays as it is without them
        sheets = [("household_member", answers) for answers in members.members(rng, household, about, day.year)]
        sheets += [("other_support", answers) for answers in members.support(rng, household, about, day.year)]
        for minute, (survey, answers) in enumerate(sheets, start=2):
            at = day + timedelta(minutes=minute)
            yield at, _writing(self.tablets[case.village], RecordDraft(survey, record_id(rng, at)), answers)

    def _place(self, village: str) -> tuple[float, float]:
        rng = Random(f"{self.seed}/place/{village}")
        lat, lon = (way + rng.uniform(-0.03, 0.03) for way in self.aside)
        while borders.metres_outside(borders.PACKAGED, self.today, self.middle[0] + lat, self.middle[1] + lon):
            lat, lon = lat * 0.8, lon * 0.8
        return (self.middle[0] + lat, self.middle[1] + lon)

    def _review(self, case: SampleCase, sheet: RecordDraft, day: datetime, rng: Random) -> Iterator[PlannedStep]:
        later = day + timedelta(days=rng.randint(3, 8), minutes=rng.randint(30, 120))
        if case.contested:
            yield from self._disagree(case, sheet, later)
        elif case.withdrawn:
            yield later, lambda at: self.office.withdraw(sheet, at)
        elif case.state in ("approved", "changed"):
            yield later, lambda at: self.decide(sheet, "approve", at, rng)
        elif case.state in ("returned", "corrected"):
            yield later, lambda at: self.decide(sheet, "return", at, rng)
        if case.state in ("changed", "corrected") and not (case.contested or case.withdrawn):
            yield later + timedelta(days=4), lambda at: self._correct(case, sheet, at)

    def approving(
        self,
        case: RecordDraft,
        need: RecordDraft,
        home: RecordDraft,
        programme: str,
        day: date,
        amounts: Mapping[str, int],
    ) -> Callable[[datetime], None]:
        """The province decides about a case as it stands at that moment."""
        return lambda at: self.province.write(case, self.ledger.approve(case, need, home, programme, day, amounts), at)

    def decide(self, sheet: RecordDraft, verdict: str, at: datetime, rng: Random) -> None:
        """The supervisor decides about a record as it stands at this moment."""
        decision = RecordDraft("decision", record_id(rng, at))
        answers: dict[str, object] = {
            "subject": sheet.record,
            "subject_survey": sheet.survey,
            "verdict": verdict,
            "seen": sheet.seen,
        }
        if verdict == "return":
            question = _question(sheet)
            answers["comment"] = "Đề nghị bổ sung trước khi trình duyệt."
            answers["pinned"] = [{"question": question, "text": COMMENTS[question]}]
        self.office.write(decision, answers, at)

    def _correct(self, case: SampleCase, sheet: RecordDraft, at: datetime) -> None:
        question = _question(sheet)
        self.tablets[case.village].write(sheet, {question: _other(sheet, question)}, at)

    def _disagree(self, case: SampleCase, sheet: RecordDraft, later: datetime) -> Iterator[PlannedStep]:
        """The tablet and the office change one answer, neither having seen what the other wrote."""
        question = _question(sheet)
        yield later, lambda at: self.office.write(sheet, {question: _other(sheet, question)}, at, unaware=True)
        yield (
            later + timedelta(hours=3),
            lambda at: self.tablets[case.village].write(
                sheet, {question: _other(sheet, question, 2)}, at, unaware=True
            ),
        )

    def _seen_on_its_way(
        self, case: SampleCase, need: RecordDraft, house: dict[str, object], day: datetime, rng: Random
    ) -> Iterator[PlannedStep]:
        """What visits find of the work: without a case from the fiftieth day on, with one once that is decided."""
        if case.fate is None:
            yield from self._progress(case, need, house, day, rng)
        elif case.stage or case.fate == "late":
            first = datetime.combine(living.FIRST_VISIT, day.timetz())
            yield from self._progress(case, need, house, first - timedelta(days=50), rng)

    def _progress(
        self, case: SampleCase, need: RecordDraft, house: dict[str, object], day: datetime, rng: Random
    ) -> Iterator[PlannedStep]:
        stages = _stages(case, rng)[-self.visits_each :]
        for place, stage in enumerate(stages):
            on = day + timedelta(days=50 + 25 * place, minutes=rng.randint(0, 60))
            visit = RecordDraft("progress_visit", record_id(rng, on))
            found = visits.answers(rng, need.record, house, stage, on.date(), self.photos)
            if case.fate:
                found["case"] = living.case_of(need.record)
            yield on, _writing(self.tablets[case.village], visit, found)
            if place < len(stages) - 1 or rng.random() < 0.8:
                yield on + timedelta(days=3), _deciding(self, visit, rng)


def _writing(hand: Hand, sheet: RecordDraft, answers: dict[str, object]) -> Callable[[datetime], None]:
    return lambda at: hand.write(sheet, answers, at)


def _deciding(commune: SampleCommune, sheet: RecordDraft, rng: Random) -> Callable[[datetime], None]:
    return lambda at: commune.decide(sheet, "approve", at, rng)


def _stages(case: SampleCase, rng: Random) -> list[str]:
    if case.stage == "complete":
        return ["building", "complete"]
    if case.stage == "building":
        return ["not_started", "building"] if rng.random() < 0.2 else ["building"]
    return ["not_started"] if case.fate == "late" or rng.random() < 0.1 else []


def _question(sheet: RecordDraft) -> str:
    """The question people argue about."""
    if sheet.survey == "household":
        return "members"
    if "area_m2" not in sheet.answers:
        return "own_money"
    is_framed = "roof_frame" in sheet.answers  # or another roof would ask what holds it up
    return "roof_material" if is_framed and sheet.record[-1] not in "01234567" else "area_m2"


def _other(sheet: RecordDraft, question: str, step: int = 1) -> object:
    """A neighbouring answer, one or two steps away, that changes no finding of the law."""
    value = sheet.answers[question]
    if question == "members":
        return value + step
    if question == "own_money":
        return value + step * 1_000_000
    if question == "area_m2":
        return str(max(int(float(value)) - step, 6 - step))
    kin = next(codes for codes in (("la_co", "ton_tam", "bat"), ("ngoi", "ton_chac", "be_tong")) if value in codes)
    return [code for code in kin if code != value][step - 1]


def _at(day: date, rng: Random) -> datetime:
    """A moment of a working day in Việt Nam, in UTC."""
    return datetime.combine(day, time(rng.randint(0, 9), rng.randint(0, 59), rng.randint(0, 59)), UTC)


def states(worked: bool) -> Iterator[str]:
    """The states to hand out in turn."""
    return cycle(WORKED if worked else QUIET)


def hand_of(device: Device) -> Hand:
    """The enumerator at her tablet."""
    return Hand(device.id, device.account_id)


def office_of(seed: int, commune: str, supervisor: Account) -> Hand:
    """The supervisor at the computer of the commune's office."""
    return Hand(drawn_id(seed, "office", commune), supervisor.id)

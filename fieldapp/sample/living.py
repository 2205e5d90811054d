"""The cases of this year, in every state that a case can be in, with the lists they stand on.

Houses that a storm of the spring has ruined are helped under Decree 20/2021, the one programme that is open in 2026.
Four rounds of village meetings come one after the other: of the first the houses are built, the second is approved,
the third waits for its decision, the fourth is on its way. Everything is written as the pages of the desk write it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar

from fieldapp.cases.lists import FROM, ListedLine, line_id, list_id, meeting_id
from fieldapp.cases.proposing import case_id
from fieldapp.cases.signed import Signed, packed
from fieldapp.cases.signing import fate_of
from fieldapp.housing import RankedPlace
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.list_paper import paper_of
from fieldapp.sample.decisions import Ledger
from fieldapp.sample.history import Receiver, payment
from fieldapp.sample.names import person, some_people
from fieldapp.sample.sizes import HOME, OFFICE
from fieldapp.sample.writer import Hand, RecordDraft, record_id
from fieldapp.surveys import Household, HousingNeed, ListLine, SupportCase, SupportList, VillageMeeting
from fieldapp.surveys.base import Record
from fieldapp.today import as_on

PROGRAMME = "nd20_khan_cap"
MILLION = 1_000_000
NORM = {"xay_moi": 40 * MILLION, "di_chuyen": 30 * MILLION, "sua_chua": 20 * MILLION}
PlannedStep = tuple[datetime, Callable[[datetime], None]]
T = TypeVar("T", bound=Record)


class Round(NamedTuple):
    """Days of one round: proposed, the meetings of the villages, the list of the commune posted and until when, and
    decided, None while it waits for that. ``open``: not all of its lists are signed off."""

    proposed: date
    met: date
    posted: date
    until: date
    decided: date | None = None
    open: bool = False


SPRING = Round(date(2026, 5, 28), date(2026, 6, 2), date(2026, 6, 4), date(2026, 6, 13), date(2026, 6, 25))
SUMMER = Round(date(2026, 9, 1), date(2026, 9, 7), date(2026, 9, 9), date(2026, 9, 18), date(2026, 10, 12))
AUTUMN = Round(date(2026, 9, 17), date(2026, 9, 22), date(2026, 9, 24), date(2026, 10, 3))
WINTER = Round(date(2026, 10, 8), date(2026, 10, 16), date(2026, 10, 20), date(2026, 10, 29), open=True)
ROUNDS = (SPRING, SUMMER, AUTUMN, WINTER)
AFTERWARDS = date(2026, 10, 26)
"""When those were proposed that stand on no list yet."""

OF_ROUND = {
    **dict.fromkeys(("complete", "settled", "started", "late", "stuck"), SPRING),
    **dict.fromkeys(("approved", "refused"), SUMMER),
    **dict.fromkeys(("listed", "returned"), AUTUMN),
    "meeting": WINTER,
}
"""The round of each fate; the others are on no list."""
FATES = (
    "meeting", "meeting", "approved", "listed", "late", "meeting", "meeting", "returned", "proposed", "listed",
    "meeting", "stuck", "approved", "meeting", "refused", "withdrawn",
)  # fmt: skip
"""In turn, of those whose work nobody has seen; where it is seen, that says it."""
OBSTACLES = (
    ("dat_chua_hop_phap", "Đất dựng nhà là đất rừng, chưa chuyển mục đích sử dụng."),
    ("thieu_doi_ung", "Hộ chưa vay được phần vốn đối ứng."),
    ("vat_lieu", "Đường vào bản sạt lở, chưa chở được vật liệu."),
)
OBJECTED = "Có ý kiến cho rằng hộ đã có nhà khác ở thôn bên."
UNFOUNDED = "Đã xác minh: nhà thôn bên là của con trai, hộ ở riêng."
FOUNDED = "Hộ có nhà khác còn ở được; xã trả lại để xác minh."
FIRST_VISIT, LAST_VISIT = SPRING.met + timedelta(days=72), SPRING.met + timedelta(days=98)
"""On these days the sites of the first round are seen."""


@dataclass(eq=False)
class LivingCase:
    """One case on its way."""

    fate: str
    village: str
    number: int
    home: RecordDraft
    need: RecordDraft
    tablet: Hand
    case: RecordDraft = field(init=False)

    def __post_init__(self) -> None:
        self.case = RecordDraft("support_case", case_of(self.need.record))

    @property
    def amounts(self) -> dict[str, int]:
        """In đồng by source: the least of the Decree from the province, for every third some of the Fund beside it."""
        found = {"nsdp_tinh": NORM[self.need.answers["need_type"]]}
        return found | ({"quy_nguoi_ngheo": 10 * MILLION} if self.number % 3 == 0 else {})


def case_of(need: str) -> str:
    """The case of a need of this year."""
    return case_id(need, PROGRAMME)


@dataclass
class SampleList:
    """A list of one place and its lines, in their order."""

    sheet: RecordDraft
    level: str
    village: str
    turn: int
    lines: list[tuple[RecordDraft, LivingCase]]
    meeting: RecordDraft | None = None


class CommuneCases:
    """The office of a commune of today with the cases of this year."""

    def __init__(
        self,
        seed: int,
        place: str,
        villages: Collection[str],
        hands: tuple[Hand, Hand],
        ledger: Ledger,
        ranked: Callable[[LivingCase], RankedPlace],
        minutes: Sequence[dict[str, Any]],
    ) -> None:
        """``place``: ``01930@2025``; ``hands``: of the commune and of the province; ``minutes``: photos of minutes."""
        self.seed, self.place, self.villages, self.ledger, self.ranked = seed, place, villages, ledger, ranked
        self.office, self.province = hands
        self.minutes = minutes
        self.rng = Random(f"{seed}/living/{place}")
        self.turns: dict[str, int] = defaultdict(int)
        self.cases: list[LivingCase] = []

    def tell(self) -> None:
        """Write what the office, the province and at the last meetings the tablets wrote, each in its order."""
        steps = [step for one in self.cases for step in self._of_case(one)]
        for round_ in ROUNDS:
            steps += self._of_round(round_, [one for one in self.cases if OF_ROUND.get(one.fate) == round_])
        for at, write in sorted(steps, key=lambda step: step[0]):
            write(at)

    # --- one case -----------------------------------------------------------------------------------------------

    def _of_case(self, one: LivingCase) -> Iterator[PlannedStep]:
        round_ = OF_ROUND.get(one.fate)
        proposed = round_.proposed if round_ else AUTUMN.proposed if one.fate == "withdrawn" else AFTERWARDS
        yield self._at(proposed), _writing(self.office, one.case, _proposal(one, proposed))
        if round_ and round_.decided and one.fate != "refused":
            yield _moment(round_.decided, 2), self._approving(one, round_.decided)
        yield from self._what_came(one)

    def _approving(self, one: LivingCase, day: date) -> Callable[[datetime], None]:
        return lambda at: self.province.write(
            one.case, self.ledger.approve(one.case, one.need, one.home, PROGRAMME, day, one.amounts), at
        )

    def _what_came(self, one: LivingCase) -> Iterator[PlannedStep]:
        if one.fate in ("started", "complete", "settled"):
            yield from self._payments(one)
        if one.fate == "settled":
            yield self._moved(one, LAST_VISIT + timedelta(days=21), "settled")
        if one.fate == "stuck":
            reason, note = self.rng.choice(OBSTACLES)
            said = {"state_reason": reason, "state_note": note, "blocked_from": "approved"}
            yield self._moved(one, date(2026, 8, 5), "blocked", **said)
        if one.fate == "refused":
            note = "Rà soát lại: hộ đã nhận hỗ trợ của một tổ chức cho cùng ngôi nhà."
            yield self._moved(one, date(2026, 10, 2), "refused", state_note=note)
        if one.fate == "withdrawn":
            note = "Hộ chuyển về ở với con ở tỉnh khác, có đơn xin rút."
            yield self._moved(one, date(2026, 9, 21), "withdrawn", state_note=note)
        if one.fate == "listed" and self.rng.random() < 0.8:
            at = _moment(date(2026, 10, 14), 3)
            yield at, lambda _at: self.ledger.wait(one.case, PROGRAMME, one.amounts)

    def _payments(self, one: LivingCase) -> Iterator[PlannedStep]:
        """70 % once the foundation is seen; the rest of those that are settled."""
        first = LAST_VISIT if one.fate == "started" else FIRST_VISIT
        parts = [("1", first, 70)] + ([("2", LAST_VISIT, 30)] if one.fate == "settled" else [])
        receiver = Receiver(one.home.record, one.home.answers["head_name"])
        for tranche, seen, percent in parts:
            day = seen + timedelta(days=6)
            for source, amount in one.amounts.items():
                said = payment(one.case.record, receiver, tranche, source, amount * percent // 100, day, one.number)
                at = self._at(day)
                yield at, _writing(self.office, RecordDraft("payment", record_id(self.rng, at)), said)

    def _moved(self, one: LivingCase, day: date, state: str, **said: Any) -> PlannedStep:
        return self._at(day), _writing(self.office, one.case, {"state": state, "state_on": day.isoformat(), **said})

    # --- the lists of one round ---------------------------------------------------------------------------------

    def _of_round(self, round_: Round, cases: Sequence[LivingCase]) -> Iterator[PlannedStep]:
        of: dict[str, list[LivingCase]] = defaultdict(list)
        for one in cases:
            of[one.village].append(one)
        passing: list[LivingCase] = []
        made_of: list[str] = []
        for village, there in sorted(of.items()):
            listed = self._drawn_up("village", village, there, round_.met - timedelta(days=4))
            yield from self._village(listed, round_, _how_far(village, round_), passing)
            if not round_.open or _how_far(village, round_) == "signed":
                made_of.append(listed.sheet.record)
        if passing:
            yield from self._commune(round_, passing, made_of)

    def _drawn_up(self, level: str, village: str, cases: Sequence[LivingCase], day: date) -> SampleList:
        place = village if level == "village" else self.place
        self.turns[place] += 1
        id_ = list_id(level, place, id_of_code("programme", PROGRAMME), day.year, self.turns[place])
        in_order = sorted(cases, key=lambda one: (self.ranked(one).key, one.case.record))
        lines = [(RecordDraft("list_line", line_id(id_, one.case.record)), one) for one in in_order]
        meeting = RecordDraft("village_meeting", meeting_id(id_)) if level == "village" else None
        return SampleList(RecordDraft("support_list", id_), level, village, self.turns[place], lines, meeting)

    def _village(self, listed: SampleList, round_: Round, far: str, passing: list[LivingCase]) -> Iterator[PlannedStep]:
        """The list of a village as far as it has come: ``drawn``, ``counted`` in part, ``signed`` or ``reopened``."""
        before = round_.met - timedelta(days=4)
        yield _moment(before, 1), self._drawing(listed, before, {})
        if far == "drawn":
            return
        present = self.rng.randint(24, 48)
        votes = self._votes(listed, present)
        if far == "counted":
            yield _moment(AFTERWARDS, 2), self._counting(listed, AFTERWARDS, present, votes[: len(votes) // 2], True)
            return
        yield _moment(round_.met, 2), self._counting(listed, round_.met, present, votes, False)
        yield _moment(round_.met, 7), self._signing(listed, round_.met, round_)
        if far == "reopened":
            yield _moment(round_.met + timedelta(days=2), 3), self._reopening(listed, round_.met + timedelta(days=2))
        else:
            passing += [one for (_sheet, one), agreed in zip(listed.lines, votes, strict=True) if agreed * 2 > present]

    def _votes(self, listed: SampleList, present: int) -> list[int]:
        """Nearly all agree; of a long list of the last round one household has just half of them."""
        votes = [self.rng.randint(present * 3 // 4, present) for _line in listed.lines]
        if len(votes) > 2 and OF_ROUND[listed.lines[0][1].fate].open:
            votes[-1] = present // 2
        return votes

    def _drawing(self, listed: SampleList, day: date, more: Mapping[str, Any]) -> Callable[[datetime], None]:
        def write(at: datetime) -> None:
            said = {
                "level": listed.level,
                "programme": id_of_code("programme", PROGRAMME),
                "list_year": day.year,
                "turn": listed.turn,
                "village": listed.village,
                "state": "draft",
                "state_on": day.isoformat(),
                **more,
            }
            self.office.write(listed.sheet, said, at)
            if listed.meeting is not None:
                self.office.write(listed.meeting, {"of_list": listed.sheet.record}, at)
            for number, (sheet, one) in enumerate(listed.lines, start=1):
                about = {"household": one.home.record, "of_list": listed.sheet.record, "case": one.case.record}
                self.office.write(sheet, {**about, "number": number}, at)

        return write

    def _counting(
        self, listed: SampleList, day: date, present: int, votes: Sequence[int], on_tablet: bool
    ) -> Callable[[datetime], None]:
        rng = Random(f"{self.seed}/meeting/{listed.sheet.record}")
        chair, secretary = (person(rng, some_people(rng), "nam" if at else "nu") for at in (1, 0))
        head = {"held_on": day.isoformat(), "chair": chair, "secretary": secretary, "present": present}
        if not on_tablet:
            head["minutes"] = [rng.choice(self.minutes)]

        def write(at: datetime) -> None:
            hand = listed.lines[0][1].tablet if on_tablet else self.office
            assert listed.meeting is not None  # it is a village's
            hand.write(listed.meeting, head, at)
            for (sheet, _one), agreed in zip(listed.lines, votes, strict=False):
                hand.write(sheet, {"agreed": agreed}, at)

        return write

    def _signing(self, listed: SampleList, day: date, round_: Round) -> Callable[[datetime], None]:
        def write(at: datetime) -> None:
            lines = [self._line(listed, sheet, one) for sheet, one in listed.lines]
            for line, (sheet, one) in zip(lines, listed.lines, strict=True):
                if moved := _move(listed, sheet, bool(line.passes), round_, day):
                    self.office.write(one.case, moved, at)
            with as_on(day):
                paper = paper_of(_row(SupportList, listed.sheet, listed.village), lines, _meeting(listed))
            content, digest = packed(Signed(day.isoformat(), paper, tuple(map(fate_of, lines))))
            said = {"state": "signed", "state_on": day.isoformat(), "content": content, "content_hash": digest}
            self.office.write(listed.sheet, said, at)

        return write

    def _reopening(self, listed: SampleList, day: date) -> Callable[[datetime], None]:
        reason = "Ghi sai số người dự họp, thôn họp lại."

        def write(at: datetime) -> None:
            for _sheet, one in listed.lines:
                if one.case.answers["state"] == "on_village_list":
                    back = {"state": "proposed", "state_on": day.isoformat(), "state_note": reason}
                    self.office.write(one.case, back, at)
            self.office.write(listed.sheet, {"state": "reopened", "state_on": day.isoformat(), "reason": reason}, at)

        return write

    def _commune(self, round_: Round, passing: Sequence[LivingCase], made_of: Sequence[str]) -> Iterator[PlannedStep]:
        """The list of the commune is drawn up and posted; signed off the day after, unless it is posted still."""
        listed = self._drawn_up("commune", min(self.villages), passing, round_.posted)
        posted = {"posted_from": round_.posted.isoformat(), "posted_until": round_.until.isoformat()}
        more = {"commune": self.place, "made_of": " ".join(made_of), **posted}
        yield _moment(round_.posted, 1), self._drawing(listed, round_.posted, more)
        if round_.open:
            return
        for sheet, one in listed.lines:
            if objected := _objection(one):
                yield _moment(round_.until, 2), _writing(self.office, sheet, objected)
        signed = round_.until + timedelta(days=1)
        yield _moment(signed, 3), self._signing(listed, signed, round_)

    def _line(self, listed: SampleList, sheet: RecordDraft, one: LivingCase) -> ListedLine:
        return ListedLine(
            _row(ListLine, sheet, one.village),
            _row(SupportCase, one.case, one.village),
            _row(Household, one.home, one.village),
            _row(HousingNeed, one.need, one.village),
            FROM[listed.level],
            NORM[one.need.answers["need_type"]],
            self.ranked(one),
            listed.level,
            listed.meeting.answers.get("present") if listed.meeting else None,
        )

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, time(self.rng.randint(0, 8), self.rng.randint(0, 59)), UTC)


def _proposal(one: LivingCase, day: date) -> dict[str, Any]:
    return {
        "household": one.home.record,
        "need": one.need.record,
        "programme": id_of_code("programme", PROGRAMME),
        "need_type": one.need.answers["need_type"],
        "proposed_on": day.isoformat(),
        "planned_year": day.year,
        "state": "proposed",
        "state_on": day.isoformat(),
    }


def _move(listed: SampleList, sheet: RecordDraft, passes: bool, round_: Round, day: date) -> dict[str, Any]:
    """What a list that is signed off writes into the case of a line; nothing where that stays where it is."""
    said = sheet.answers
    if listed.meeting is not None:
        held = listed.meeting.answers
        counted = {"meeting_present": held["present"], "meeting_agreed": said["agreed"]}
        met = {"state": "on_village_list", "state_on": held["held_on"], "meeting_on": held["held_on"], **counted}
        return {**met, "meeting_minutes": held["minutes"]} if passes else {}
    if not passes:
        return {"state": "returned", "state_on": day.isoformat(), "state_note": said["outcome_note"]}
    posted = {"posted_from": round_.posted.isoformat(), "posted_until": round_.until.isoformat()}
    objected = {"objections": f"{said['objections']} {UNFOUNDED}"} if said.get("objections") else {}
    return {"state": "on_commune_list", "state_on": posted["posted_from"], **posted, **objected}


def _objection(one: LivingCase) -> dict[str, Any]:
    if one.fate == "returned":
        return {"objections": OBJECTED, "outcome": "rut_khoi", "outcome_note": FOUNDED}
    return {"objections": OBJECTED, "outcome": "giu_lai"} if one.number % 11 == 0 else {}


def _how_far(village: str, round_: Round) -> str:
    """How far the list of a village has come: those of the last round, where they are first, differ by commune."""
    _vintage, commune, number = village.split(".")
    if not round_.open or number != "001":
        return "signed"
    usual = "drawn" if int(commune) % 2 else "signed"
    return {HOME: "drawn", OFFICE[0]: "reopened", OFFICE[2]: "counted"}.get(commune, usual)


def _meeting(listed: SampleList) -> VillageMeeting | None:
    return _row(VillageMeeting, listed.meeting, listed.village) if listed.meeting else None


def _row(model: type[T], sheet: RecordDraft, area: str) -> T:
    """A sheet as a row that is in no database."""
    about: dict[str, Any] = {"id": sheet.record, "area": area, "conflicts": {}, **sheet.answers}
    return model(**about)


def _writing(hand: Hand, sheet: RecordDraft, answers: Mapping[str, Any]) -> Callable[[datetime], None]:
    return lambda at: hand.write(sheet, answers, at)


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 0), UTC)

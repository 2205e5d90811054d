"""The decisions that approve the cases of the sample: each signed on its day, in one chain of its office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from fieldapp.cases import chain
from fieldapp.cases.seeing import pinned
from fieldapp.facts.pinned import canonical, hash_of, short_hash
from fieldapp.facts.plan import PlanTargets, text_of
from fieldapp.reference import defaults
from fieldapp.reference.chain import levels
from fieldapp.reference.naming import id_of_code
from fieldapp.sample.names import person
from fieldapp.sample.writer import Hand, RecordDraft, record_id

MOST = 500
"""So many cases at most in one decision."""
MERGED = date(2025, 7, 1)
OFFICES = ("UBND tỉnh Bắc Kạn", "UBND tỉnh Thái Nguyên")
"""Until the two provinces became one, and since."""
DRAFTED = date(2026, 10, 15)
"""When the decisions were drawn up that are not signed yet."""


def office_on(day: date) -> str:
    """The office that decides on a day."""
    return OFFICES[day >= MERGED]


@dataclass
class SampleDecision:
    """One decision that fills up. ``seen``: of each of its cases, what is pinned of it."""

    record: str
    programme: str
    day: date
    number: str
    plan: PlanTargets = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> dict[str, Any]:
        """The answers that a draft has, but for its cases."""
        return {
            "programme": id_of_code("programme", self.programme),
            "budget_year": self.day.year,
            "number": self.number,
            "decided_on": self.day.isoformat(),
            "signer": person(Random(f"signer/{self.day.year}"), "tay", "nam"),
            "office": office_on(self.day),
            "level": levels(defaults()["approval_chain"], self.day)[-1],
        }


class Ledger:
    """Every decision of the province. Cases are entered commune by commune; what was signed is written last."""

    def __init__(self, seed: int, rules: str) -> None:
        """``rules``: the version of the rules that everything is decided under, "" where none are here."""
        self.seed, self.rules = seed, rules
        self._decisions: dict[tuple[str, date], list[SampleDecision]] = {}
        self._waiting: dict[str, PlanTargets] = {}
        self._codes = [one["code"] for one in defaults()["programme"]]

    def approve(
        self,
        case: RecordDraft,
        need: RecordDraft,
        home: RecordDraft,
        programme: str,
        day: date,
        amounts: Mapping[str, int],
    ) -> dict[str, Any]:
        """Enter a case as its sheets stand now. Returns what the approval writes into it."""
        one = self._open(programme, day)
        seen = pinned(case.row, amounts, need.row, home.row, self.rules)
        one.plan[case.record], one.seen[case.record] = dict(amounts), seen
        head = one.head
        return {
            "state": "approved",
            "state_on": head["decided_on"],
            "planned_year": head["budget_year"],
            "decision": one.record,
            "decision_seen": seen,
            **({"decision_rules": self.rules} if self.rules else {}),
            "decision_number": head["number"],
            "decision_on": head["decided_on"],
            "decision_signer": head["signer"],
            "decision_level": head["level"],
            **{f"approved_{source}": amount for source, amount in amounts.items()},
        }

    def wait(self, case: RecordDraft, programme: str, amounts: Mapping[str, int]) -> None:
        """Put a case on the draft of its programme, as far as that holds it."""
        plan = self._waiting.setdefault(programme, {})
        if len(plan) < MOST:
            plan[case.record] = dict(amounts)

    def _open(self, programme: str, day: date) -> SampleDecision:
        there = self._decisions.setdefault((programme, day), [])
        if not there or len(there[-1].plan) == MOST:
            there.append(self._new(programme, day, len(there)))
        return there[-1]

    def _new(self, programme: str, day: date, before: int) -> SampleDecision:
        """Of several of one day and programme all but the first have a letter: ``151a/QĐ-UBND``."""
        number = day.timetuple().tm_yday * len(self._codes) + self._codes.index(programme)
        letter = chr(ord("a") + before - 1) if before else ""
        rng = Random(f"{self.seed}/decision/{programme}/{day}/{before}")
        return SampleDecision(record_id(rng, _morning(day)), programme, day, f"{number}{letter}/QĐ-UBND")

    def write(self, hand: Hand) -> None:
        """Draft and sign every decision, in the order of their days: each names the one before it of its office."""
        before: dict[str, str] = {}
        signed = [one for each in self._decisions.values() for one in each]
        for one in sorted(signed, key=lambda one: (one.day, one.number)):
            office = one.head["office"]
            before[office] = _sign(hand, one, before.get(office))
        for programme, plan in sorted(self._waiting.items()):
            _draft(hand, self.seed, programme, plan)


def _draft(hand: Hand, seed: int, programme: str, plan: PlanTargets) -> None:
    """Write a draft over the cases that wait, without a number or a day."""
    record = record_id(Random(f"{seed}/draft/{programme}"), _morning(DRAFTED))
    head = SampleDecision(record, programme, DRAFTED, "").head
    said = {name: value for name, value in head.items() if name not in ("number", "decided_on", "signer")}
    sheet = RecordDraft("support_decision", record)
    hand.write(sheet, {**said, "state": chain.DRAFT, "plan": text_of(plan)}, _morning(DRAFTED))


def _sign(hand: Hand, one: SampleDecision, before: str | None) -> str:
    """Write a decision: drafted, then signed. Returns the hash of what was signed."""
    sheet, head, at = RecordDraft("support_decision", one.record), one.head, _morning(one.day)
    hand.write(sheet, {**head, "state": chain.DRAFT, "plan": text_of(one.plan)}, at)
    cases = {case: short_hash(text) for case, text in one.seen.items()}
    content = canonical(chain.Content(before=[before] if before else [], cases=cases, **head))
    signed = {"state": chain.SIGNED, "content": content, "content_hash": hash_of(content)}
    hand.write(sheet, signed, at + timedelta(minutes=4))
    return signed["content_hash"]


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(1, 0), UTC)

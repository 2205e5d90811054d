"""The rules of housing support as values: read from the answers of the reference surveys, asked about by a day.

An answer that names another record names its code. Whatever is half filled in, unknown or of a newer release is left
out or kept as it is: rules are read while people are still writing them, and never fail for that.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

Answers: TypeAlias = Mapping[str, Any]
ProgrammeState: TypeAlias = Literal["open", "ended", "not_yet"]

DEFAULTS = Path(__file__).parent / "defaults"
EVERY_LAW = "all"
NEED_TYPES = {"xay_moi": "new_build", "sua_chua": "repair", "di_chuyen": "relocation"}


@dataclass(frozen=True)
class Span:
    """From a day to a day, both included; None on either side is without end."""

    from_on: date | None = None
    to_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a day lies in it."""
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True)
class Criterion:
    """One condition of a programme: a word of the closed list in ``fieldapp.housing``, with what the word needs.

    - ``number``: square metres, years … by the word
    - ``programmes``: codes of earlier support, for ``not_supported_by``
    - ``law``: whose reading of durable, for ``not_durable``
    """

    word: str
    number: Decimal | None = None
    programmes: tuple[str, ...] = ()
    law: str = ""
    legal_basis: str = ""
    opens_on: date | None = None
    """When its programme began, for ``split_off``."""

    @cached_property
    def key(self) -> str:
        """A key that is equal for criteria that come to the same."""
        opens = self.opens_on if self.word == "split_off" else ""
        return f"{self.word}/{self.number}/{self.law}/{','.join(self.programmes)}/{opens}"


@dataclass(frozen=True)
class Norm:
    """What a programme gives for one kind of work, in đồng, while the span lasts. ``meaning`` says what the amount
    is: ``central_maximum``, ``central_amount``, ``per_house`` or ``minimum``."""

    need_type: str
    amount: int
    meaning: str
    span: Span = Span()
    legal_basis: str = ""
    verified: str = ""


@dataclass(frozen=True)
class Programme:
    """One source of support. Every part must be met; within a part any criterion is enough."""

    code: str
    name: str
    span: Span = Span()
    legal_basis: str = ""
    verified: str = ""
    own_order: str = "general"
    note: str = ""
    criteria: tuple[tuple[int, Criterion], ...] = ()
    """Each with the number of its part, in the order of the parts."""
    norms: tuple[Norm, ...] = ()

    def state(self, day: date) -> ProgrammeState:
        """Whether it is open on a day, has ended, or has not begun."""
        if self.span.from_on is not None and day < self.span.from_on:
            return "not_yet"
        return "open" if self.span.holds_on(day) else "ended"

    def norm(self, need_type: str, day: date) -> Norm | None:
        """The norm of a kind of work on a day; of two that hold at once, the one that began last."""
        found = [norm for norm in self.norms if norm.need_type == need_type and norm.span.holds_on(day)]
        return max(found, key=lambda norm: norm.span.from_on or date.min, default=None)

    def norms_on(self, day: date) -> dict[str, Norm]:
        """The norms that hold on a day, by the kind of work."""
        found = {need_type: self.norm(need_type, day) for need_type in NEED_TYPES}
        return {need_type: norm for need_type, norm in found.items() if norm is not None}


class ProgrammeOnDay(NamedTuple):
    """A programme as it stands on a day."""

    programme: Programme
    state: ProgrammeState
    norms: Mapping[str, Norm]


@dataclass(frozen=True)
class MaterialRuling:
    """Whether a material counts as durable for a part of the house, by one law or by ``all``."""

    part: str
    material: str
    durable: bool
    law: str = EVERY_LAW
    span: Span = Span()
    legal_basis: str = ""


@dataclass(frozen=True)
class PlaceStatus:
    """That a place (``060@2023``, or the id of a village) is a poor district, extremely difficult, urban …"""

    place: str
    status: str
    span: Span = Span()
    legal_basis: str = ""
    verified: str = ""


@dataclass(frozen=True)
class Threshold:
    """A number of the law by its code, such as ``area_per_person``."""

    code: str
    number: Decimal
    span: Span = Span()
    legal_basis: str = ""
    verified: str = ""


@dataclass(frozen=True, eq=False)
class RulesOn:
    """The rules as they stand on one day, ready to be asked thousands of times."""

    day: date
    offers: tuple[ProgrammeOnDay, ...]
    _rulings: Mapping[tuple[str, str, str], bool]
    _statuses: Mapping[str, frozenset[str]]
    _listed: frozenset[str]
    _numbers: Mapping[str, Decimal]
    remembered: dict[Any, Any] = field(default_factory=dict, repr=False)
    """For whoever works out again and again what follows from these rules alone."""

    def durable(self, law: str, part: str, material: str) -> bool | None:
        """Whether a material is durable by a law; None where neither a law nor the province has ruled."""
        own = self._rulings.get((law, part, material))
        return self._rulings.get((EVERY_LAW, part, material)) if own is None else own

    def has_status(self, places: Collection[str], status: str) -> bool | None:
        """Whether any of the places a household lies in has a status; None while no place at all is listed with it."""
        if any(status in self._statuses.get(place, ()) for place in places):
            return True
        return False if places and status in self._listed else None

    def number(self, code: str) -> Decimal | None:
        """A threshold; None where none is in force."""
        return self._numbers.get(code)


@dataclass(frozen=True, eq=False)
class Rules:
    """Every rule there is, of all times."""

    programmes: tuple[Programme, ...] = ()
    rulings: tuple[MaterialRuling, ...] = ()
    statuses: tuple[PlaceStatus, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    _days: dict[date, RulesOn] = field(default_factory=dict, repr=False)

    def programme(self, code: str) -> Programme | None:
        """A programme by its code."""
        return next((one for one in self.programmes if one.code == code), None)

    def of_threshold(self, code: str) -> list[Threshold]:
        """What a threshold was and is; of two that hold on one day the later one in this list stands."""
        return [one for one in _latest_last(self.thresholds) if one.code == code]

    def on(self, day: date) -> RulesOn:
        """The rules as they stand on a day; remembered."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._on(day)
        return found

    def _on(self, day: date) -> RulesOn:
        statuses: dict[str, frozenset[str]] = {}
        for one in self.statuses:
            if one.span.holds_on(day):
                statuses[one.place] = statuses.get(one.place, frozenset()) | {one.status}
        return RulesOn(
            day,
            tuple(ProgrammeOnDay(one, one.state(day), one.norms_on(day)) for one in self.programmes),
            {(r.law, r.part, r.material): r.durable for r in _latest_last(self.rulings) if r.span.holds_on(day)},
            statuses,
            frozenset().union(*statuses.values()),
            {t.code: t.number for t in _latest_last(self.thresholds) if t.span.holds_on(day)},
        )


def _latest_last(rules: Iterable[Any]) -> list[Any]:
    """In the order in which they began, so that of two that hold at once the later one stands."""
    return sorted(rules, key=lambda one: one.span.from_on or date.min)


def rules_from(records: Mapping[str, Iterable[Answers]]) -> Rules:
    """The rules that the answers of the reference surveys say, by the name of the survey.

    Surveys read: ``programme``, ``programme_criterion``, ``programme_norm``, ``material_ruling``, ``place_status`` and
    ``threshold``. A record that lacks what makes it a rule is passed over.
    """
    read = {survey: list(answers) for survey, answers in records.items()}
    criteria, norms = read.get("programme_criterion", []), read.get("programme_norm", [])
    return Rules(
        programmes=tuple(
            _programme(one, criteria, norms) for one in read.get("programme", []) if one.get("code") is not None
        ),
        rulings=tuple(
            _ruling(one) for one in read.get("material_ruling", []) if _says(one, "part", "material", "durable")
        ),
        statuses=tuple(_status(one) for one in read.get("place_status", []) if _says(one, "place", "status")),
        thresholds=tuple(
            Threshold(one["code"], number, _span(one), one.get("legal_basis") or "", one.get("verified") or "")
            for one in read.get("threshold", [])
            if _says(one, "code") and (number := _decimal(one.get("number"))) is not None
        ),
    )


def _programme(answers: Answers, criteria: Iterable[Answers], norms: Iterable[Answers]) -> Programme:
    code, span = answers["code"], _span(answers, "opens_on", "ends_on")
    return Programme(
        code=code,
        name=answers.get("name") or code,
        span=span,
        legal_basis=answers.get("legal_basis") or "",
        verified=answers.get("verified") or "",
        own_order=answers.get("own_order") or "general",
        note=answers.get("note") or "",
        criteria=_criteria([one for one in criteria if one.get("programme") == code], span.from_on),
        norms=tuple(_norm(one) for one in norms if one.get("programme") == code and _says(one, "need_type", "amount")),
    )


def _criteria(read: Iterable[Answers], opens_on: date | None) -> tuple[tuple[int, Criterion], ...]:
    found = [(int(one["part"]), _criterion(one, opens_on)) for one in read if _says(one, "part", "criterion")]
    return tuple(sorted(found, key=lambda each: each[0]))


def _criterion(answers: Answers, opens_on: date | None) -> Criterion:
    return Criterion(
        word=answers["criterion"],
        number=_decimal(answers.get("number")),
        programmes=tuple(answers.get("programmes") or ()),
        law=answers.get("law") or "",
        legal_basis=answers.get("legal_basis") or "",
        opens_on=opens_on,
    )


def _norm(answers: Answers) -> Norm:
    return Norm(
        need_type=answers["need_type"],
        amount=int(answers["amount"]),
        meaning=answers.get("meaning") or "",
        span=_span(answers),
        legal_basis=answers.get("legal_basis") or "",
        verified=answers.get("verified") or "",
    )


def _ruling(answers: Answers) -> MaterialRuling:
    return MaterialRuling(
        part=answers["part"],
        material=answers["material"],
        durable=bool(answers["durable"]),
        law=answers.get("law") or EVERY_LAW,
        span=_span(answers),
        legal_basis=answers.get("legal_basis") or "",
    )


def _status(answers: Answers) -> PlaceStatus:
    return PlaceStatus(
        place=answers["place"],
        status=answers["status"],
        span=_span(answers),
        legal_basis=answers.get("legal_basis") or "",
        verified=answers.get("verified") or "",
    )


def _says(answers: Answers, *names: str) -> bool:
    return all(answers.get(name) is not None for name in names)


def _span(answers: Answers, first: str = "from_on", last: str = "to_on") -> Span:
    return Span(_day(answers.get(first), "-01-01"), _day(answers.get(last), "-12-31"))


def _day(given: Any, rest_of_year: str) -> date | None:
    """A day, or the first or last day of a year alone; None where there is none."""
    text = str(given or "")
    try:
        return date.fromisoformat(text + rest_of_year if len(text) == 4 else text)
    except ValueError:
        return None


def _decimal(given: Any) -> Decimal | None:
    try:
        return None if given is None else Decimal(str(given))
    except InvalidOperation:
        return None


def defaults() -> dict[str, list[dict[str, Any]]]:
    """What the package ships: the answers of every reference record, by survey."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DEFAULTS.glob("*.json"))}


@cache
def default_rules() -> Rules:
    """The rules of the packaged records: what holds where nobody has put in any."""
    return rules_from(defaults())

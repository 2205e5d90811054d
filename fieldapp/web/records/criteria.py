"""What the law says of a household and its house, ready for reading. Computed from the answers, never typed."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from fieldapp import housing, surveys, vietnamese
from fieldapp.db import db
from fieldapp.facts.counting import need_of
from fieldapp.housing import Assessment, CriterionResult, Lack, ProgrammeVerdict
from fieldapp.housing.wording import NO_CLASS, difficulties
from fieldapp.i18n import _, _l, language
from fieldapp.places import lineage
from fieldapp.reference import Criterion
from fieldapp.reference.current import current_rules
from fieldapp.surveys import HousingNeed, choices
from fieldapp.surveys.base import Record
from fieldapp.today import today
from fieldapp.web import shown

PARTS = {"floor": _l("Floor and foundation"), "frame": _l("Frame and walls"), "roof": _l("Roof")}
LAWS = {
    "tt01": "TT 01/2022/TT-BXD",
    "qd55": "QĐ 55/QĐ-BXD (2025)",
    "nd131": "NĐ 131/2021/NĐ-CP",
    "nd07": "NĐ 07/2021/NĐ-CP",
}
STATES = {"ended": _l("ended"), "not_yet": _l("has not begun")}
DOUBTS = {"b1_above_limit": _l("The B1 score is above what a poor or near-poor household of this place can have.")}


class Statement(NamedTuple):
    """One statement and whether it holds: yes, no, or not known, and then what would make it known."""

    text: str
    met: bool | None
    basis: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def look(self) -> str:
        """How it is drawn."""
        return {True: "yes", False: "no", None: "unknown"}[self.met]


class ProgrammeShown(NamedTuple):
    """What one programme says: its name, whether it is open, whether the household fits, the parts, and its norm.

    ``parts``: all must be met, within one any mark is enough. ``verified``: ``yes``, ``partly`` or ``no``.
    """

    name: str
    state: str
    eligible: bool | None
    parts: list[list[Statement]]
    norm: str
    lacks: list[str]
    note: str
    verified: str

    @property
    def look(self) -> str:
        """How it is drawn."""
        return Statement("", self.eligible).look


class Criteria(NamedTuple):
    """The panel of computed criteria."""

    letter: str
    reason: str
    second: str
    merit: str
    difficulty: list[str]
    area_per_person: str
    law: str
    parts: list[Statement]
    durable: str
    programmes: list[ProgrammeShown]
    doubts: list[str]


class LawOnRecord(NamedTuple):
    """What the law says of a record, the work that is asked for, and the need that asks."""

    found: Assessment
    need_type: str
    need: HousingNeed


def judged(record: Record) -> LawOnRecord | None:
    """The law of a housing need, of a household by the one that counts; None where there is nothing to judge."""
    household = shown.household_of(record)
    need = record if isinstance(record, HousingNeed) else need_of(record.id) if household is record else None
    if household is None or need is None:
        return None
    answers, need_answers = shown.values_of(household), shown.values_of(need)
    rules, places = current_rules(db.session()), lineage.current().known(answers.get("village"))
    found = housing.assess(answers, need_answers, rules=rules, places=places, day=today())
    return LawOnRecord(found, need_answers.get("need_type") or "xay_moi", need)


def criteria_of(judged: LawOnRecord) -> Criteria:
    """The panel."""
    found, need_type, _need = judged
    parts = found.parts(found.law)
    return Criteria(
        letter={"dd": "đ"}.get(found.general.main or "", found.general.main or ""),
        reason=_choice("priority_tt01", found.general.main) or str(NO_CLASS),
        second=_choice("priority2_tt01", found.general.sub),
        merit=_choice("priority_nd131", found.merit.main),
        difficulty=difficulties(found.difficulty),
        area_per_person=_a_person(found.area_per_person),
        law=LAWS[found.law],
        parts=[Statement(str(PARTS[name]), part.met, "", _lacks(part)) for name, part in parts.named.items()],
        durable=_("%(durable)s of 3 parts are durable", durable=parts.durable),
        programmes=[_programme(verdict, need_type) for verdict in found.verdicts],
        doubts=[str(DOUBTS[doubt]) for doubt in found.doubts],
    )


def _a_person(area: Decimal | None) -> str:
    if area is None:
        return ""
    return _("%(area)s m² a person", area=vietnamese.show_decimal(f"{area.normalize():f}"))


def _choice(name: str, code: str | None) -> str:
    return choices.label(name, code, language()) if code else ""


def _programme(verdict: ProgrammeVerdict, need_type: str) -> ProgrammeShown:
    parts: dict[int, list[Statement]] = {}
    for one in verdict.judged:
        mark = Statement(_worded(one.criterion), one.found.met, one.criterion.legal_basis, _lacks(one.found))
        parts.setdefault(one.part, []).append(mark)
    norm = verdict.norm(need_type)
    return ProgrammeShown(
        name=verdict.programme.name,
        state=str(STATES.get(verdict.state, "")),
        eligible=verdict.eligible,
        parts=list(parts.values()),
        norm=f"{_choice('norm_meaning', norm.meaning)}: {vietnamese.show_money(norm.amount)}" if norm else "",
        lacks=[lack_in_words(lack) for lack in verdict.lacks],
        note=verdict.programme.note,
        verified=verdict.programme.verified,
    )


def _worded(criterion: Criterion) -> str:
    """A criterion in words, with its number, its law and its programmes filled in."""
    number = "" if criterion.number is None else vietnamese.show_decimal(f"{criterion.number.normalize():f}")
    by = ", ".join(_choice("programme", code) for code in criterion.programmes)
    filled = {"%n%": number, "%law%": LAWS.get(criterion.law, ""), "%programmes%": by}
    text = choices.label("criterion", criterion.word, language())
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def _lacks(found: CriterionResult) -> tuple[str, ...]:
    return tuple(lack_in_words(lack) for lack in found.lacks) if found.met is None else ()


def lack_in_words(lack: Lack) -> str:
    """What would make it known, in words."""
    if lack.kind == "answer":
        return _("an answer to “%(question)s”", question=surveys.questions(lack.subject)[lack.name].short)
    if lack.kind == "ruling":
        question = surveys.questions("housing_need")[lack.subject]
        material = choices.label(question.choices or "", lack.name, language())
        return _(
            "the province's ruling whether %(material)s is durable (%(part)s)", material=material, part=question.short
        )
    if lack.kind == "status":
        return _("the list of places: %(status)s", status=_choice("place_status", lack.name))
    return _("the rule “%(name)s”", name=lack.name)

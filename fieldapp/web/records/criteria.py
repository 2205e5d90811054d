"""What the law says of a household and its house, ready for reading. Computed from the answers, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fieldapp import housing, vietnamese
from fieldapp.facts.counting import need_of
from fieldapp.housing import Assessment, Verdict
from fieldapp.i18n import _, _l, language
from fieldapp.surveys import choices
from fieldapp.surveys.base import Record
from fieldapp.web import shown

DIFFICULTIES = {
    "area": _l("Too little floor area"),
    "quality": _l("The house is not durable"),
    "both": _l("Too little floor area, and the house is not durable"),
    "none": _l("No housing difficulty"),
}
PARTS = {"floor": _l("Floor and foundation"), "frame": _l("Frame and walls"), "roof": _l("Roof")}
LAWS = {"tt01": "TT 01/2022/TT-BXD", "qd55": "QĐ 55/QĐ-BXD (2025)"}


class Mark(NamedTuple):
    """One statement and whether it holds: yes, no, or not known."""

    text: str
    met: bool | None
    basis: str = ""

    @property
    def look(self) -> str:
        """How it is drawn."""
        return {True: "yes", False: "no", None: "unknown"}[self.met]


class RuleSetShown(NamedTuple):
    """What one programme says: its name, whether the household fits, the conditions, and its norm."""

    name: str
    eligible: bool | None
    marks: list[Mark]
    norm: str
    look: str


class Criteria(NamedTuple):
    """The panel of computed criteria."""

    letter: str
    reason: str
    second: str
    difficulty: str
    area_per_person: str
    law: str
    parts: list[Mark]
    durable: str
    rule_sets: list[RuleSetShown]


def criteria_of(record: Record) -> Criteria | None:
    """The criteria of a housing need, of a household by the one that counts; None where there is nothing to judge."""
    household = shown.household_of(record)
    need = record if record.survey == "housing_need" else need_of(record.id) if household is record else None
    if household is None or need is None:
        return None
    need_answers = shown.values_of(need)
    return _shown(housing.assess(shown.values_of(household), need_answers), need_answers)


def _shown(found: Assessment, need: Mapping[str, Any]) -> Criteria:
    law = housing.law_on(housing.visited(need))
    parts = found.parts_qd55 if law == "qd55" else found.parts_tt01
    return Criteria(
        letter={"dd": "đ"}.get(found.priority_class or "", found.priority_class or ""),
        reason=_choice("priority_tt01", found.priority_class) or _("Not a poor or near-poor household"),
        second=_choice("priority2_tt01", found.priority_subclass),
        difficulty=str(DIFFICULTIES[found.difficulty]) if found.difficulty else _("Not known yet"),
        area_per_person=_a_person(found.area_per_person),
        law=LAWS[law],
        parts=[Mark(str(PARTS[name]), durable) for name, durable in parts.named.items()],
        durable=_("%(durable)s of 3 parts are durable", durable=parts.durable),
        rule_sets=[_rule_set(verdict, found.norms.get(verdict.rule_set)) for verdict in found.verdicts],
    )


def _a_person(area: Decimal | None) -> str:
    if area is None:
        return ""
    return _("%(area)s m² a person", area=vietnamese.show_decimal(f"{area.normalize():f}"))


def _choice(name: str, code: str | None) -> str:
    return choices.label(name, code, language()) if code else ""


def _rule_set(verdict: Verdict, norm: int | None) -> RuleSetShown:
    marks = [Mark(str(one.text), one.met, one.basis) for one in verdict.criteria]
    name = housing.rule_sets()[verdict.rule_set].label(language())
    amount = vietnamese.show_money(norm) if norm is not None else ""
    return RuleSetShown(name, verdict.eligible, marks, amount, Mark("", verdict.eligible).look)

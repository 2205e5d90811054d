"""Questions as typed columns: ``members = integer(_l("Number of people"), min=1, max=30)``.

Each helper returns a column whose ``info`` carries the :class:`Question`; the type checker knows what it holds. A
column can be empty whatever the rules say: a record is kept at every stage, and a form that lacks an answer is a
finding, never a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.orm import MappedColumn, mapped_column

from fieldapp.i18n import _l
from fieldapp.surveys.asked_if import Condition
from fieldapp.surveys.question import Question, QuestionKind
from fieldapp.surveys.rules import Rule, Severity

AskedIf: TypeAlias = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]
Photo: TypeAlias = dict[str, Any]
Point: TypeAlias = dict[str, Any]


class More(TypedDict, total=False):
    """What every question may bring beside its label."""

    short: str
    hint: str
    required: bool
    asked_if: AskedIf
    rules: Sequence[Rule]
    private: bool


class Range(More, total=False):
    """What a number may bring: hard limits, and the limits of what is usual (a warning)."""

    min: int | str
    max: int | str
    usual: tuple[int | str | None, int | str | None]
    at_most: str
    unit: str


class Time(More, total=False):
    """What a date may bring: ``today``, a date, or the name of an earlier question."""

    not_after: str
    not_before: str


@dataclass(frozen=True)
class _Facts:
    choices: str | None = None
    of: str | None = None
    unit: str | None = None


def rule(word: str, arg: Any = None, message: str = "", level: Severity = "error", when: AskedIf | None = None) -> Rule:
    """A rule beside the usual ones of a kind; ``message`` may be left to :mod:`fieldapp.surveys.wording`."""
    conditions = _conditions(when)
    return Rule(word, arg, message, level, conditions[0] if conditions else None)


def warning(word: str, arg: Any = None, message: str = "", when: AskedIf | None = None) -> Rule:
    """A rule that asks to look again and lets go on."""
    return rule(word, arg, message, "warning", when)


def text(
    label: str, *, longest: int = 120, pattern: str | None = None, **more: Unpack[More]
) -> MappedColumn[str | None]:
    """One line of text."""
    rules = [Rule("longest", longest, "")]
    if pattern:
        rules.insert(0, Rule("pattern", pattern, ""))
    return _column(sa.String(), "text", label, rules, _Facts(), more)


def long_text(label: str, *, longest: int = 2000, **more: Unpack[More]) -> MappedColumn[str | None]:
    """A few sentences."""
    return _column(sa.Text(), "long_text", label, [Rule("longest", longest, "")], _Facts(), more)


def integer(label: str, **more: Unpack[Range]) -> MappedColumn[int | None]:
    """A whole number."""
    return _column(sa.BigInteger(), "integer", label, _limits(more), _Facts(unit=more.get("unit")), more)


def year(
    label: str, *, not_after: str = "", not_before: str = "1900", **more: Unpack[More]
) -> MappedColumn[int | None]:
    """A year, as a number: shown without dots."""
    rules = [Rule("pattern", "year", ""), Rule("not_before", not_before, "")]
    if not_after:
        rules.append(Rule("not_after", not_after, ""))
    return _column(sa.BigInteger(), "integer", label, rules, _Facts(), more)


def money(label: str, **more: Unpack[Range]) -> MappedColumn[int | None]:
    """Whole đồng. An amount that is not whole thousands is often one typed in millions: asked about, not refused."""
    more.setdefault("min", 0)
    more.setdefault("max", 100_000_000_000)
    rules = [*_limits(more), Rule("multiple_of", 1000, _SMALL_MONEY, "warning")]
    return _column(sa.BigInteger(), "money", label, rules, _Facts(unit="đồng"), more)


_SMALL_MONEY = _l(
    "Amounts are usually whole thousands of đồng. If you mean millions, write “triệu” after the number: 60 triệu."
)


def decimal(label: str, **more: Unpack[Range]) -> MappedColumn[str | None]:
    """A number with a fraction, kept as the exact text that was typed: ``"31.5"``."""
    return _column(sa.String(24), "decimal", label, _limits(more), _Facts(unit=more.get("unit")), more)


def date(label: str, *, year_alone: bool = False, **more: Unpack[Time]) -> MappedColumn[str | None]:
    """A day, ``2026-02-05``, or where ``year_alone`` says so the year only, ``1965``."""
    rules = [] if year_alone else [Rule("full_date", None, "")]
    rules += [Rule(word, more[word], "") for word in ("not_before", "not_after") if word in more]
    return _column(sa.String(10), "date", label, rules, _Facts(), more)


def one_of(label: str, choices: str, **more: Unpack[More]) -> MappedColumn[str | None]:
    """One code of a list."""
    return _column(sa.String(40), "one_of", label, [], _Facts(choices=choices), more)


def many_of(
    label: str, choices: str, *, none: str | None = None, **more: Unpack[More]
) -> MappedColumn[list[str] | None]:
    """Several codes of a list; ``none`` is the code that excludes the others."""
    rules = [Rule("only_alone", none, "")] if none else []
    return _column(_json(), "many_of", label, rules, _Facts(choices=choices), more)


def yes_no(label: str, **more: Unpack[More]) -> MappedColumn[bool | None]:
    """Yes, no, or not answered: never a box that is unticked by default."""
    return _column(sa.Boolean(), "yes_no", label, [], _Facts(choices="yes_no"), more)


def photo(label: str, *, at_least: int = 0, at_most: int = 4, **more: Unpack[More]) -> MappedColumn[list[Photo] | None]:
    """A list of photos, each ``{sha256, type, bytes, width, height}``; ``at_least`` above 0 makes it required."""
    rules = [Rule("at_most_items", at_most, "")]
    if at_least:
        more.setdefault("required", True)
        rules.insert(0, Rule("at_least_items", at_least, ""))
    return _column(_json(), "photo", label, rules, _Facts(unit=_l("taken")), more)


def point(label: str, *, accurate: int = 100, **more: Unpack[More]) -> MappedColumn[Point | None]:
    """A position; one less accurate than ``accurate`` metres is kept, and asked about."""
    rules = [Rule("accurate", accurate, "", "warning")]
    return _column(_json(), "point", label, rules, _Facts(), more)


def reference(label: str, *, of: str, **more: Unpack[More]) -> MappedColumn[str | None]:
    """Another record, of the survey ``of``, which may arrive later than this one."""
    return _column(sa.String(36), "reference", label, [], _Facts(of=of), more, index=True)


def village(label: str, **more: Unpack[More]) -> MappedColumn[str | None]:
    """A village: ``2023.01930.003``."""
    return _column(sa.String(32), "village", label, [], _Facts(), more)


def ids(label: str, **more: Unpack[More]) -> MappedColumn[list[str] | None]:
    """A sorted list of change ids."""
    return _column(_json(), "ids", label, [], _Facts(), more)


def pins(label: str, **more: Unpack[More]) -> MappedColumn[list[dict[str, str]] | None]:
    """Comments on single questions: ``[{"question": …, "text": …}]``."""
    return _column(_json(), "pins", label, [], _Facts(), more)


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True)


def _column(
    type_: Any,
    kind: QuestionKind,
    label: str,
    rules: list[Rule],
    facts: _Facts,
    more: Mapping[str, Any],
    *,
    index: bool = False,
) -> MappedColumn[Any]:
    first = [Rule("required", None, "")] if more.get("required") else []
    question = Question(
        name="",
        kind=kind,
        label=label,
        short=more.get("short", label),
        hint=more.get("hint"),
        rules=(*first, *rules, *more.get("rules", ())),
        asked_if=_conditions(more.get("asked_if")),
        choices=facts.choices,
        of=facts.of,
        unit=facts.unit,
        private=more.get("private", False),
    )
    return mapped_column(type_, nullable=True, index=index, info={"question": question})


def _limits(more: Mapping[str, Any]) -> list[Rule]:
    low, high = more.get("usual", (None, None))
    found = [
        Rule("min", more.get("min"), ""),
        Rule("max", more.get("max"), ""),
        Rule("min", low, "", "warning"),
        Rule("max", high, "", "warning"),
        Rule("at_most", more.get("at_most"), ""),
    ]
    return [rule for rule in found if rule.arg is not None]


def _conditions(asked_if: AskedIf | None) -> tuple[Condition, ...] | None:
    if asked_if is None:
        return None
    conditions = [asked_if] if isinstance(asked_if, Mapping) else asked_if
    return tuple({question: tuple(codes) for question, codes in condition.items()} for condition in conditions)

"""The whole vocabulary of rules. ``static/app/twins/rules.js`` has the same; ``tests/cases/rules.json`` binds them.

A rule is a word from this list, an argument that is plain data, and a sentence for the person. It never crosses the
wire as code. Every predicate below is true when the answer is fine, and is asked only about a question that has an
answer; ``required`` alone is asked about one that has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from fieldapp.surveys.asked_if import Answers, Condition, Value, holds, is_one_of
from fieldapp.vietnamese import citizen_id_has_a_real_prefix, citizen_id_parts, is_phone

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True)
class Rule:
    """One rule of a question.

    ``message`` is a whole sentence for a person; ``when`` limits the rule to some answers of earlier questions.
    An ``error`` must be mended before the form is finished; a ``warning`` asks to look again and lets go on.
    """

    word: str
    arg: Any
    message: str
    level: Severity = "error"
    when: Condition | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The other questions whose answers it compares this one with."""
        if self.word == "together_at_most":
            return (*self.arg["with"], self.arg["limit"])
        if self.word == "not_also_in":
            return tuple(self.arg)
        if self.word in ("at_most", "citizen_id_sex", "citizen_id_year"):
            return (self.arg,)
        return () if self.word not in ("not_after", "not_before") or _is_moment(self.arg) else (self.arg,)


def keeps(rule: Rule, value: Value, answers: Answers, today: date) -> bool:
    """Whether an answer keeps a rule. No answer breaks only ``required``."""
    if rule.when is not None and not holds(rule.when, answers):
        return True
    if rule.word == "required":
        return value is not None
    return value is None or bool(WORDS[rule.word](value, rule.arg, answers, today))


# --- the words ------------------------------------------------------------------------------------------------


def _required(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return value is not None


def _number(value: Value) -> int | Decimal:
    return value if isinstance(value, int) else Decimal(value)


def _min(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return _number(value) >= _number(arg)


def _max(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return _number(value) <= _number(arg)


def _longest(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return len(value) <= int(arg)


def _multiple_of(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return int(value) % int(arg) == 0


def _pattern(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return PATTERNS[arg](value)


def _full_date(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return len(value) == 10


def _not_after(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    limit = _moment(arg, answers, today)
    return limit is None or _compare(value, limit) <= 0


def _not_before(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    limit = _moment(arg, answers, today)
    return limit is None or _compare(value, limit) >= 0


def _age_at_least(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return today.year - int(str(value)[:4]) >= int(arg)


def _at_most(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    limit = answers.get(arg)
    return limit is None or Decimal(value) <= Decimal(limit)


def _together_at_most(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    limit = answers.get(arg["limit"])
    others = [answers.get(question) or 0 for question in arg["with"]]
    return limit is None or Decimal(value) + sum(Decimal(other) for other in others) <= Decimal(limit)


def _at_least_items(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return len(value) >= int(arg)


def _at_most_items(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return len(value) <= int(arg)


def _only_alone(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return arg not in value or len(value) == 1


def _none_of(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return not is_one_of(value, tuple(arg))


def _not_also_in(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    there = {photo["sha256"] for question in arg for photo in answers.get(question) or []}
    return not any(photo["sha256"] in there for photo in value)


def _accurate(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    accuracy = value.get("accuracy_m")
    return accuracy is None or int(accuracy) <= int(arg)


def _citizen_id_province(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    return citizen_id_parts(value) is None or citizen_id_has_a_real_prefix(value)


def _citizen_id_sex(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    parts, sex = citizen_id_parts(value), answers.get(arg)
    return parts is None or sex is None or parts.sex == sex


def _citizen_id_year(value: Value, arg: Any, answers: Answers, today: date) -> bool:
    parts, born = citizen_id_parts(value), answers.get(arg)
    return parts is None or born is None or parts.birth_year == int(born[:4])


Predicate: TypeAlias = Callable[[Value, Any, Answers, date], bool]

WORDS: dict[str, Predicate] = {
    "required": _required,
    "min": _min,
    "max": _max,
    "longest": _longest,
    "multiple_of": _multiple_of,
    "pattern": _pattern,
    "full_date": _full_date,
    "not_after": _not_after,
    "not_before": _not_before,
    "age_at_least": _age_at_least,
    "at_most": _at_most,
    "together_at_most": _together_at_most,
    "at_least_items": _at_least_items,
    "at_most_items": _at_most_items,
    "only_alone": _only_alone,
    "none_of": _none_of,
    "not_also_in": _not_also_in,
    "accurate": _accurate,
    "citizen_id_province": _citizen_id_province,
    "citizen_id_sex": _citizen_id_sex,
    "citizen_id_year": _citizen_id_year,
}
"""Every word, and its predicate over (value, argument, answers, today)."""

PATTERNS: dict[str, Callable[[Value], bool]] = {
    "phone": is_phone,
    "citizen_id": lambda number: re.fullmatch(r"[0-9]{9}|[0-9]{12}", number) is not None,
    "citizen_id_12": lambda number: len(number) != 9,
    "full_name": lambda name: " " in name and not re.search(r"[0-9]", name),
    "year": lambda year: 1800 <= int(year) <= 2200,
}
"""The shapes ``pattern`` knows, by name."""


def _moment(arg: str, answers: Answers, today: date) -> str | None:
    """What a date is compared with: today, a date or year written in the rule, or the answer to a question."""
    if _is_moment(arg):
        return today.isoformat() if arg == "today" else arg
    found = answers.get(arg)
    return None if found is None else str(found)


def _is_moment(arg: str) -> bool:
    return arg == "today" or arg[:1].isdigit()


def _compare(one: Value, other: str) -> int:
    """-1, 0 or 1, by the parts both have: a year alone is neither before nor after a day of that year."""
    shortest = min(len(str(one)), len(other))
    left, right = str(one)[:shortest], other[:shortest]
    return (left > right) - (left < right)

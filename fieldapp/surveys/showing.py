"""How an answer is shown to people, and how a field is filled with it; ``static/app/twins/format.js`` is the same.

:func:`show` is the one way from a stored value to a page, a file or a terminal: what a tablet, another node or a file
brought is kept whatever it is, and so may be anything that JSON can say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from fieldapp import vietnamese as vn
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Value
from fieldapp.surveys.shapes import SHAPES

if TYPE_CHECKING:
    from fieldapp.surveys.question import Question

Names: TypeAlias = Mapping[str, Callable[["Question", str], str]]
"""By the kind of a question: what gives its answer, the id of a village or of a record, its name."""

LONGEST_ODD = 300
"""So many letters of a value that no question takes are shown."""


def show(question: Question | None, value: Any, language: str, names: Names | None = None) -> str:
    """The answer for people: ``60.000.000 đồng``, ``31,5 m²``, ``05/02/2026``, the wording of a choice.

    Numbers are written the Vietnamese way in every language: a dot that meant thousands in one place and a fraction
    in another would be a trap. Empty for no answer; a value that cannot be an answer, as it came.

    :param question: None for a question that this version does not know.
    :param value: whatever is stored, of any shape.
    """
    if value is None:
        return ""
    if question is None or not _is_drawn(question, value):
        return as_it_came(value)
    if names and question.kind in names:
        return names[question.kind](question, value)
    return SHOWN[question.kind](question, value, language)


def as_it_came(value: Any) -> str:
    """A value that no known question takes, for people to look at: a text as it is, anything else as JSON, cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST_ODD else f"{text[: LONGEST_ODD - 1]}…"


def _is_drawn(question: Question, value: Any) -> bool:
    """Whether the value is one that its kind is drawn from: its shape, or codes that a newer list may have."""
    if question.kind == "one_of":
        return isinstance(value, str)
    if question.kind == "many_of":
        return isinstance(value, list) and all(isinstance(code, str) for code in value)
    return SHAPES[question.kind](question, value)


def typed(question: Question, value: Any) -> str | list[str]:
    """What a field holds so that the answer can be edited; nothing for no answer, and for what cannot be one."""
    if value is None or not _is_drawn(question, value):
        return [] if question.kind == "many_of" else ""
    return TYPED[question.kind](question, value)


def _show_text(question: Question, value: Value, language: str) -> str:
    is_phone = any(rule.word == "pattern" and rule.arg == "phone" for rule in question.rules)
    return vn.show_phone(value) if is_phone else str(value)


def _show_integer(question: Question, value: Value, language: str) -> str:
    return _measured(question, str(value) if question.is_year else vn.show_integer(value), language)


def _show_money(question: Question, value: Value, language: str) -> str:
    return vn.show_money(value)


def _show_decimal(question: Question, value: Value, language: str) -> str:
    return _measured(question, vn.show_decimal(value), language)


def _measured(question: Question, number: str, language: str) -> str:
    unit = question.unit_in(language)
    return vn.with_unit(number, unit) if unit else number


def _show_choices(question: Question, value: Value, language: str) -> str:
    given = value if isinstance(value, list) else [value]
    return "; ".join(lists.label(question.choices or "", code, language) for code in given)


def _show_yes_no(question: Question, value: Value, language: str) -> str:
    return lists.label("yes_no", "yes" if value else "no", language)


def _show_photo(question: Question, value: Value, language: str) -> str:
    return _measured(question, str(len(value)), language)


def _show_point(question: Question, value: Value, language: str) -> str:
    place = f"{value['lat']}, {value['lon']}"
    return place if value["accuracy_m"] is None else f"{place} (±{vn.show_integer(value['accuracy_m'])} m)"


def _show_count(question: Question, value: Value, language: str) -> str:
    return vn.show_integer(len(value))


def _show_pins(question: Question, value: Value, language: str) -> str:
    return "; ".join(pin["text"] for pin in value)


def _show_plain(question: Question, value: Value, language: str) -> str:
    return str(value)


def _show_date(question: Question, value: Value, language: str) -> str:
    return vn.show_date(value)


SHOWN: dict[str, Callable[[Question, Value, str], str]] = {
    "text": _show_text,
    "long_text": _show_text,
    "integer": _show_integer,
    "money": _show_money,
    "decimal": _show_decimal,
    "date": _show_date,
    "one_of": _show_choices,
    "many_of": _show_choices,
    "yes_no": _show_yes_no,
    "photo": _show_photo,
    "point": _show_point,
    "reference": _show_plain,
    "village": _show_plain,
    "ids": _show_count,
    "pins": _show_pins,
}


def _type_number(question: Question, value: Value) -> str:
    return str(value) if question.is_year else vn.show_integer(value)


def _type_decimal(question: Question, value: Value) -> str:
    return vn.show_decimal(value)


def _type_date(question: Question, value: Value) -> str:
    return vn.show_date(value)


def _type_yes_no(question: Question, value: Value) -> str:
    return "yes" if value else "no"


def _type_many(question: Question, value: Value) -> list[str]:
    return list(value)


def _type_plain(question: Question, value: Value) -> str:
    return str(value)


def _type_json(question: Question, value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


TYPED: dict[str, Callable[[Question, Value], str | list[str]]] = {
    "text": _type_plain,
    "long_text": _type_plain,
    "integer": _type_number,
    "money": _type_number,
    "decimal": _type_decimal,
    "date": _type_date,
    "one_of": _type_plain,
    "many_of": _type_many,
    "yes_no": _type_yes_no,
    "photo": _type_json,
    "point": _type_json,
    "reference": _type_plain,
    "village": _type_plain,
    "ids": _type_json,
    "pins": _type_json,
}

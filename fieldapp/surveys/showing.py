"""How an answer is shown to people, and how a field is filled with it; ``static/app/format.js`` is the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldapp import vietnamese as vn
from fieldapp.i18n import speaking
from fieldapp.surveys import choices as lists
from fieldapp.surveys.rules import Value

if TYPE_CHECKING:
    from fieldapp.surveys.question import Question


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
    with speaking(language):
        return vn.with_unit(number, str(question.unit)) if question.unit else number


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

"""How what was typed becomes a canonical answer, for each kind of question; twin of ``static/app/twins/read.js``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fieldapp import vietnamese as vn
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Value
from fieldapp.surveys.shapes import SHAPES, is_number

if TYPE_CHECKING:
    from fieldapp.surveys.question import Question


def _read_text(question: Question, typed: Any) -> str:
    patterns = {rule.arg for rule in question.rules if rule.word == "pattern"}
    if "phone" in patterns:
        return vn.read_phone(_text(typed))
    if "citizen_id" in patterns:
        return vn.read_citizen_id(_text(typed))
    return vn.clean_lines(_text(typed)) if question.kind == "long_text" else vn.clean(_text(typed))


def _read_integer(question: Question, typed: Any) -> int:
    return _whole(typed) if is_number(typed) else vn.read_integer(_text(typed))


def _read_money(question: Question, typed: Any) -> int:
    return _whole(typed) if is_number(typed) else vn.read_money(_text(typed))


def _read_decimal(question: Question, typed: Any) -> str:
    return vn.read_decimal(str(typed) if is_number(typed) else _text(typed))


def _read_date(question: Question, typed: Any) -> str:
    return vn.read_date(_text(typed))


def _read_one_of(question: Question, typed: Any) -> str:
    return _code(question, _text(typed))


def _read_many_of(question: Question, typed: Any) -> list[str]:
    given = typed if isinstance(typed, list) else [typed]
    return sorted({_code(question, _text(one)) for one in given if one != ""})


def _read_yes_no(question: Question, typed: Any) -> bool:
    if isinstance(typed, bool):
        return typed
    return {"yes": True, "true": True, "no": False, "false": False}[vn.clean(_text(typed)).lower()]


def _read_json(question: Question, typed: Any) -> Value:
    value = json.loads(typed) if isinstance(typed, str) else typed
    if value not in (None, []) and not SHAPES[question.kind](question, value):
        raise vn.NotUnderstood(str(typed))
    return value


def _read_point(question: Question, typed: Any) -> Value:
    if not isinstance(typed, str) or typed.lstrip().startswith("{"):
        return _read_json(question, typed)
    if not (found := _PAIR.fullmatch(vn.clean(typed))):
        raise vn.NotUnderstood(typed)
    lat, lon = (_degrees(part) for part in found.groups())
    value = {"lat": lat, "lon": lon, "accuracy_m": None, "at": None, "source": "pin"}
    return _read_json(question, value)


_PAIR = re.compile(r" *(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?) *(?:[;/]|, | ) *(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?) *")


def _degrees(text: str) -> str:
    """Six digits after the point (a tenth of a metre); more are cut, not rounded: no two machines may disagree."""
    whole, _, fraction = text.replace(",", ".").partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    shown = f"{int(digits)}.{fraction[:6]:0<6}"
    return shown if shown == "0.000000" else sign + shown


def _read_name(question: Question, typed: Any) -> str:
    value = vn.clean(_text(typed))
    if not SHAPES[question.kind](question, value):
        raise vn.NotUnderstood(value)
    return value


def _text(typed: Any) -> str:
    if not isinstance(typed, str):
        raise vn.NotUnderstood(str(typed))
    return typed


def _whole(typed: int) -> int:
    if abs(typed) > vn.LARGEST:
        raise vn.NotUnderstood(str(typed))
    return typed


def _code(question: Question, typed: str) -> str:
    code = vn.clean(typed)
    if question.choices is None or code not in lists.codes(question.choices):
        raise vn.NotUnderstood(code)
    return code


READERS: dict[str, Callable[[Question, Any], Value]] = {
    "text": _read_text,
    "long_text": _read_text,
    "integer": _read_integer,
    "money": _read_money,
    "decimal": _read_decimal,
    "date": _read_date,
    "one_of": _read_one_of,
    "many_of": _read_many_of,
    "yes_no": _read_yes_no,
    "photo": _read_json,
    "point": _read_point,
    "reference": _read_name,
    "village": _read_name,
    "ids": _read_json,
    "pins": _read_json,
}

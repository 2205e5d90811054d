"""What a canonical answer of each kind looks like: the answers of the wire, as any client must send them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from fieldapp import vietnamese as vn
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Value

if TYPE_CHECKING:
    from fieldapp.surveys.question import Question


def is_number(value: Any) -> bool:
    """Whether a value is an integer; a truth value is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(question: Question, value: Value) -> bool:
    return isinstance(value, str) and value != ""


def _is_integer(question: Question, value: Value) -> bool:
    return is_number(value) and abs(value) <= vn.LARGEST


def _is_decimal(question: Question, value: Value) -> bool:
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?")


def _is_date(question: Question, value: Value) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?", value):
        return False
    return len(value) == 4 or _is_day(value)


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_one_of(question: Question, value: Value) -> bool:
    return isinstance(value, str) and question.choices is not None and value in lists.codes(question.choices)


def _is_many_of(question: Question, value: Value) -> bool:
    if not isinstance(value, list) or not all(_is_one_of(question, code) for code in value):
        return False
    return value != [] and value == sorted(set(value))


def _is_yes_no(question: Question, value: Value) -> bool:
    return isinstance(value, bool)


def _is_photo(question: Question, value: Value) -> bool:
    return isinstance(value, list) and value != [] and all(_is_one_photo(photo) for photo in value)


def _is_one_photo(photo: Any) -> bool:
    return (
        isinstance(photo, dict)
        and photo.keys() == _PHOTO
        and isinstance(photo["sha256"], str)
        and _SHA256.fullmatch(photo["sha256"]) is not None
        and photo["type"] in PHOTO_TYPES
        and all(is_number(photo[size]) and photo[size] > 0 for size in ("bytes", "width", "height"))
    )


_PHOTO = {"sha256", "type", "bytes", "width", "height"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")


def _is_point(question: Question, value: Value) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _POINT
        and _is_degrees(value["lat"], 90)
        and _is_degrees(value["lon"], 180)
        and (value["accuracy_m"] is None or (is_number(value["accuracy_m"]) and value["accuracy_m"] >= 0))
        and (value["at"] is None or (isinstance(value["at"], str) and _MOMENT.fullmatch(value["at"]) is not None))
        and value["source"] in ("gps", "pin")
    )


_POINT = {"lat", "lon", "accuracy_m", "at", "source"}
_DEGREES = re.compile(r"-?[0-9]{1,3}\.[0-9]{6}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _is_degrees(value: Any, limit: int) -> bool:
    return isinstance(value, str) and _DEGREES.fullmatch(value) is not None and abs(float(value)) <= limit


def _is_reference(question: Question, value: Value) -> bool:
    return isinstance(value, str) and _RECORD.fullmatch(value) is not None


_RECORD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_village(question: Question, value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{4}\.[0-9]{5}\.[0-9]{3}", value) is not None


def _is_ids(question: Question, value: Value) -> bool:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return value == sorted(set(value)) and all(_CHANGE.fullmatch(one) for one in value)


_CHANGE = re.compile(r"[0-9a-f]{32}")


def _is_pins(question: Question, value: Value) -> bool:
    if not isinstance(value, list):
        return False
    return all(
        isinstance(pin, dict)
        and set(pin) == {"question", "text"}
        and all(isinstance(part, str) for part in pin.values())
        for pin in value
    )


SHAPES: dict[str, Callable[[Question, Value], bool]] = {
    "text": _is_text,
    "long_text": _is_text,
    "integer": _is_integer,
    "money": _is_integer,
    "decimal": _is_decimal,
    "date": _is_date,
    "one_of": _is_one_of,
    "many_of": _is_many_of,
    "yes_no": _is_yes_no,
    "photo": _is_photo,
    "point": _is_point,
    "reference": _is_reference,
    "village": _is_village,
    "ids": _is_ids,
    "pins": _is_pins,
}

"""A question: its wording, its rules, when it is asked, how its answer is read, judged and shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, get_args

from fieldapp import vietnamese as vn
from fieldapp.i18n import speaking
from fieldapp.surveys import choices as lists
from fieldapp.surveys.rules import Answers, Condition, Level, Rule, Value, holds, keeps

Kind: TypeAlias = Literal[
    "text", "long_text", "integer", "money", "decimal", "date", "one_of", "many_of", "yes_no",
    "photo", "point", "reference", "village", "ids", "pins",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
Merge: TypeAlias = Literal["latest", "review"]


class Unreadable(ValueError):
    """What was typed cannot be an answer to this question. ``message`` is the sentence for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Finding:
    """A rule that an answer breaks, with the sentence in the language of the moment."""

    question: str
    word: str
    level: Level
    message: str


@dataclass(frozen=True)
class Question:
    """One question of a survey. Its texts are lazy: they are translated when they are shown.

    - ``short``: the name of the answer as a noun, for lists, export headings and sentences
    - ``asked_if``: asked when any of these conditions holds; None means always
    - ``choices``: the name of a code list
    - ``of``: the survey a reference points to
    - ``unit``: what stands after the number: ``m²``, ``đồng``
    - ``merge``: ``review`` asks a supervisor to look even when two answers do not contradict each other
    - ``private``: sensitive personal data: never on a posted list, masked in exports
    - ``unreadable``: the sentence for what cannot be read
    """

    name: str
    kind: Kind
    label: str
    short: str
    hint: str | None = None
    rules: tuple[Rule, ...] = ()
    asked_if: tuple[Condition, ...] | None = None
    choices: str | None = None
    of: str | None = None
    unit: str | None = None
    merge: Merge = "latest"
    private: bool = False
    unreadable: str = ""

    @property
    def is_year(self) -> bool:
        """Whether the number is a year, which is written without dots."""
        return any(rule.word == "pattern" and rule.arg == "year" for rule in self.rules)

    @property
    def required(self) -> bool:
        """Whether the form cannot be finished without an answer, in every case it is asked."""
        return any(rule.word == "required" and rule.when is None for rule in self.rules)

    def is_asked(self, answers: Answers) -> bool:
        """Whether the question is asked, looking at ``answers`` alone; :func:`asked` follows the whole chain."""
        return self.asked_if is None or any(holds(condition, answers) for condition in self.asked_if)

    def read(self, typed: Any) -> Value:
        """The canonical answer in what was typed or chosen; None when nothing was.

        :param typed: the text of a field, the list of a field with several, or an answer that is canonical already.
        :raises Unreadable: with a sentence for the person.
        """
        if typed is None or typed in ("", []) or (isinstance(typed, str) and not typed.strip()):
            return None
        try:
            value = READERS[self.kind](self, typed)
        except (vn.NotUnderstood, ValueError, TypeError, KeyError):
            raise Unreadable(str(self.unreadable)) from None
        return None if value in ("", []) else value

    def typed(self, value: Value) -> str | list[str]:
        """What a field holds so that the answer can be edited; ``read`` of it is the answer again."""
        if value is None:
            return [] if self.kind == "many_of" else ""
        return TYPED[self.kind](self, value)

    def show(self, value: Value, language: str) -> str:
        """The answer for people: ``60.000.000 đồng``, ``31,5 m²``, ``05/02/2026``, the wording of a choice.

        Numbers are written the Vietnamese way in every language: a dot that meant thousands in one place and a
        fraction in another would be a trap. Empty for no answer; the text itself for one of an unexpected shape.
        """
        if value is None:
            return ""
        try:
            return SHOWN[self.kind](self, value, language)
        except (ValueError, TypeError, KeyError, AttributeError):
            return str(value)

    def problems(self, value: Value, answers: Answers, today: date) -> list[Finding]:
        """The rules an answer breaks, in the order of the question; an answer of the wrong shape breaks ``kind``."""
        if value is not None and not SHAPES[self.kind](self, value):
            return [Finding(self.name, "kind", "error", str(self.unreadable))]
        broken = [rule for rule in self.rules if not keeps(rule, value, answers, today)]
        return [Finding(self.name, rule.word, rule.level, str(rule.message)) for rule in broken]

    def admits(self, value: Value) -> Finding | None:
        """What makes an answer impossible whatever the other answers are; None when it can stand.

        Judged: its shape, its code, its range and its length. Not judged: what a person could have had a reason for.
        """
        alone = [rule for rule in self.rules if rule.word in IMPOSSIBLE and rule.level == "error" and not rule.when]
        if value is None:
            return None
        if not SHAPES[self.kind](self, value):
            return Finding(self.name, "kind", "error", str(self.unreadable))
        broken = (rule for rule in alone if not keeps(rule, value, {}, date.max))
        return next((Finding(self.name, rule.word, "error", str(rule.message)) for rule in broken), None)


IMPOSSIBLE = frozenset({"min", "max", "longest", "at_most_items"})


# --- reading --------------------------------------------------------------------------------------------------


def _read_text(question: Question, typed: Any) -> str:
    patterns = {rule.arg for rule in question.rules if rule.word == "pattern"}
    if "phone" in patterns:
        return vn.read_phone(_text(typed))
    if "citizen_id" in patterns:
        return vn.read_citizen_id(_text(typed))
    return vn.clean(_text(typed))


def _read_integer(question: Question, typed: Any) -> int:
    return _whole(typed) if _is_number(typed) else vn.read_integer(_text(typed))


def _read_money(question: Question, typed: Any) -> int:
    return _whole(typed) if _is_number(typed) else vn.read_money(_text(typed))


def _read_decimal(question: Question, typed: Any) -> str:
    return vn.read_decimal(str(typed) if _is_number(typed) else _text(typed))


def _read_date(question: Question, typed: Any) -> str:
    return vn.read_date(_text(typed))


def _read_one_of(question: Question, typed: Any) -> str:
    return _code(question, _text(typed).strip())


def _read_many_of(question: Question, typed: Any) -> list[str]:
    given = typed if isinstance(typed, list) else [typed]
    return sorted({_code(question, _text(one).strip()) for one in given if one != ""})


def _read_yes_no(question: Question, typed: Any) -> bool:
    if isinstance(typed, bool):
        return typed
    return {"yes": True, "true": True, "no": False, "false": False}[_text(typed).strip().lower()]


def _read_json(question: Question, typed: Any) -> Value:
    value = json.loads(typed) if isinstance(typed, str) else typed
    if value not in (None, []) and not SHAPES[question.kind](question, value):
        raise vn.NotUnderstood(str(typed))
    return value


def _read_point(question: Question, typed: Any) -> Value:
    if not isinstance(typed, str) or typed.lstrip().startswith("{"):
        return _read_json(question, typed)
    if not (found := _PAIR.fullmatch(typed)):
        raise vn.NotUnderstood(typed)
    lat, lon = (f"{float(part.replace(',', '.')):.6f}" for part in found.groups())
    value = {"lat": lat, "lon": lon, "accuracy_m": None, "at": None, "source": "pin"}
    return _read_json(question, value)


_PAIR = re.compile(r"\s*(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?)\s*(?:[;/]|,\s|\s)\s*(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?)\s*")


def _read_name(question: Question, typed: Any) -> str:
    value = _text(typed).strip()
    if not SHAPES[question.kind](question, value):
        raise vn.NotUnderstood(value)
    return value


def _text(typed: Any) -> str:
    if not isinstance(typed, str):
        raise vn.NotUnderstood(str(typed))
    return typed


def _is_number(typed: Any) -> bool:
    return isinstance(typed, int) and not isinstance(typed, bool)


def _whole(typed: int) -> int:
    if abs(typed) > vn.LARGEST:
        raise vn.NotUnderstood(str(typed))
    return typed


def _code(question: Question, code: str) -> str:
    if question.choices is None or code not in lists.codes(question.choices):
        raise vn.NotUnderstood(code)
    return code


READERS = {
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


# --- shapes: what a canonical answer of each kind looks like ---------------------------------------------------


def _is_text(question: Question, value: Value) -> bool:
    return isinstance(value, str) and value != ""


def _is_integer(question: Question, value: Value) -> bool:
    return _is_number(value) and abs(value) <= vn.LARGEST


def _is_decimal(question: Question, value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?", value) is not None


def _is_date(question: Question, value: Value) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?", value):
        return False
    return len(value) == 4 or _parses(date.fromisoformat, value)


def _is_one_of(question: Question, value: Value) -> bool:
    return isinstance(value, str) and question.choices is not None and value in lists.codes(question.choices)


def _is_many_of(question: Question, value: Value) -> bool:
    if not isinstance(value, list) or not all(_is_one_of(question, code) for code in value):
        return False
    return value == sorted(set(value)) and value != []


def _is_yes_no(question: Question, value: Value) -> bool:
    return isinstance(value, bool)


def _is_photo(question: Question, value: Value) -> bool:
    return isinstance(value, list) and value != [] and all(_is_one_photo(photo) for photo in value)


def _is_one_photo(photo: Any) -> bool:
    return (
        isinstance(photo, dict)
        and set(photo) == {"sha256", "type", "bytes", "width", "height"}
        and isinstance(photo["sha256"], str)
        and re.fullmatch(r"[0-9a-f]{64}", photo["sha256"]) is not None
        and photo["type"] in PHOTO_TYPES
        and all(_is_number(photo[size]) and photo[size] > 0 for size in ("bytes", "width", "height"))
    )


PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")


def _is_point(question: Question, value: Value) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"lat", "lon", "accuracy_m", "at", "source"}
        and _is_degrees(value["lat"], 90)
        and _is_degrees(value["lon"], 180)
        and (value["accuracy_m"] is None or (_is_number(value["accuracy_m"]) and value["accuracy_m"] >= 0))
        and (value["at"] is None or (isinstance(value["at"], str) and _parses(datetime.fromisoformat, value["at"])))
        and value["source"] in ("gps", "pin")
    )


def _is_degrees(value: Any, limit: int) -> bool:
    return (
        isinstance(value, str) and bool(re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{6}", value)) and abs(float(value)) <= limit
    )


def _is_reference(question: Question, value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None


def _is_village(question: Question, value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{4}\.[0-9]{5}\.[0-9]{3}", value) is not None


def _is_ids(question: Question, value: Value) -> bool:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return value == sorted(set(value)) and all(re.fullmatch(r"[0-9a-f]{32}", one) for one in value)


def _is_pins(question: Question, value: Value) -> bool:
    if not isinstance(value, list):
        return False
    return all(
        isinstance(pin, dict)
        and set(pin) == {"question", "text"}
        and all(isinstance(part, str) for part in pin.values())
        for pin in value
    )


def _parses(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


SHAPES = {
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


# --- showing, and filling a field for editing ------------------------------------------------------------------


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
        return f"{number} {question.unit}" if question.unit else number


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


SHOWN = {
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

"""A change: some answers of one record, by one author on one device, as a text that is never altered again.

Its id is the first half of SHA-256 over the exact UTF-8 bytes of that text, so the same id means the same bytes, and
the text itself is what is kept, sent on and put on a stick.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from sync.clock import moment_at, moment_of, wall_ms
from sync.problems import BadChange

WITHDRAWN = "_withdrawn"
"""The question whose answer ``true`` withdraws its record."""

RULING = "_ruling"
"""The survey of rulings: changes an admin makes about changes."""

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

CLOCK_WRONG_MS = 2 * 60_000
"""By so much a clock is wrong, as the device itself has it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BLANKS = re.compile("[\t\x0b\x0c\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(" ?(?:\r\n?|\n) ?")

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z"
_Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}\\Z")]
_Whole = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
Name = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,63}\\Z")]
RecordId = Annotated[str, msgspec.Meta(pattern=_UUID)]
DeviceId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}\\Z")]
Seq = Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER)]
_STAMP = "^[0-9a-f]{12}-[0-9a-f]{6}-[0-9a-f]{16}\\Z"


class MadeAt(msgspec.Struct, frozen=True):
    """When a person made the change: the wall clock (ISO 8601, UTC), its time zone, how far off it was known to be."""

    wall: Annotated[str, msgspec.Meta(max_length=40)]
    tz: Annotated[str, msgspec.Meta(max_length=40)] = "+00:00"
    offset_ms: int = 0

    @property
    def is_far_off(self) -> bool:
        """Whether the device knew that its clock was wrong by more than it may be."""
        return not -CLOCK_WRONG_MS <= self.offset_ms <= CLOCK_WRONG_MS

    def shown(self) -> datetime:
        """What the wall clock showed, UTC. Raises ValueError or OverflowError where that is no moment of a calendar."""
        return datetime.fromisoformat(self.wall).astimezone(UTC)

    def right(self) -> datetime:
        """The same put right. Raises ValueError or OverflowError as well."""
        return self.shown() + timedelta(milliseconds=self.offset_ms)


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One immutable edit. ``base`` names, per question, the ids of all heads its author saw."""

    v: int
    survey: str
    record: str
    answers: dict[str, Any]
    base: dict[str, list[str]]
    stamp: str
    device: str
    seq: int
    prev: str | None
    author: str
    form_version: int
    made_at: MadeAt
    # Set from the bytes after reading, whatever the bytes say of themselves.
    id: str = msgspec.field(default="", name="(id)")
    text: str = msgspec.field(default="", name="(text)")

    @property
    def moment(self) -> datetime:
        """When it was made, for people: by its stamp, or by the device's clock put right where that was known to be
        far off. UTC without a zone."""
        return self.put_right or moment_of(self.stamp)

    @property
    def put_right(self) -> datetime | None:
        """When it was made by the device's clock put right; None where that was not known to be far off, or tells no
        moment of a calendar. UTC without a zone."""
        if not self.made_at.is_far_off:
            return None
        try:
            return moment_at((self.made_at.right() - _EPOCH) // timedelta(milliseconds=1))
        except (ValueError, OverflowError):
            return None


class _Shape(Change, frozen=True, kw_only=True, gc=False):
    """What a change may look like. To check a pattern takes longer than to read the whole: see ``_is_plain``."""

    v: Literal[1]
    survey: Name
    record: RecordId
    answers: Annotated[dict[Name, Any], msgspec.Meta(min_length=1)]
    base: dict[Name, list[_Id]]
    stamp: Annotated[str, msgspec.Meta(pattern=_STAMP)]
    device: DeviceId
    seq: Seq
    prev: _Id | None
    author: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    form_version: _Whole


_decoder = msgspec.json.Decoder(Change)
_shape_decoder = msgspec.json.Decoder(_Shape)
_encoder = msgspec.json.Encoder()
_sorted_encoder = msgspec.json.Encoder(order="deterministic")
_set = msgspec.structs.force_setattr


def change_id(text: str | bytes) -> str:
    """The id of a text: 32 hex digits, the first half of SHA-256 over its UTF-8 bytes."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(raw).hexdigest()[:32]


def decode(text: str) -> Change:
    """Read a change and check everything that can be checked without knowing any survey. Raises BadChange."""
    raw = _bytes(text)
    try:
        change = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        change = None
    if change is None or not (_is_plain(change) and _reads_plainly(text)):
        _look_with_care(raw, text)
    return _named(change or _decoder.decode(raw), hashlib.sha256(raw).hexdigest()[:32], text)


def read_back(id: str, text: str) -> Change:
    """Decode a change from the journal without checking it: it was checked when it came in."""
    return _named(_decoder.decode(text), id, text)


def _named(change: Change, id: str, text: str) -> Change:
    _set(change, "id", id)
    _set(change, "text", text)
    return change


def encode(
    *,
    survey: str,
    record: str,
    answers: Mapping[str, Any],
    base: Mapping[str, Sequence[str]],
    stamp: str,
    device: str,
    seq: int,
    prev: str | None,
    author: str,
    form_version: int,
    made_at: Mapping[str, Any] | MadeAt,
    v: int = 1,
) -> str:
    """The text of a new change; values are made canonical first. Raises BadChange if it would not be accepted."""
    text = _encoder.encode(
        {
            "v": v,
            "survey": survey,
            "record": record,
            "answers": canonical(dict(answers)),
            "base": {question: sorted(ids) for question, ids in sorted(base.items())},
            "stamp": stamp,
            "device": device,
            "seq": seq,
            "prev": prev,
            "author": author,
            "form_version": form_version,
            "made_at": made_at,
        }
    ).decode()
    return decode(text).text


def canonical(value: Any) -> Any:
    """The one form of a value: text in NFC, trimmed, blanks single, lines kept; keys sorted. Refuses floats."""
    if isinstance(value, str):
        return _tidy(value)
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, Mapping):
        return {_tidy(key): canonical(item) for key, item in sorted(value.items())}
    _check_scalar(value, "")
    return value


def same_as(value: Any) -> str:
    """A text that is equal for equal canonical values, and different for ``1``, ``true`` and ``"1"``."""
    return _sorted_encoder.encode(value).decode()


def new_record_id(now_ms: int | None = None) -> str:
    """A UUIDv7: made on the device, never given out by a server, and in the order of time."""
    millis = wall_ms() if now_ms is None else now_ms
    rest = int.from_bytes(os.urandom(10), "big")
    number = millis << 80 | 7 << 76 | (rest >> 68) << 64 | 2 << 62 | rest & (1 << 62) - 1
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _bytes(text: str) -> bytes:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise BadChange("lone_surrogate") from None
    if len(raw) > MAX_BYTES:
        raise BadChange("too_big", bytes=len(raw), limit=MAX_BYTES)
    return raw


# --- a quick look at what nearly every change is, which passes nothing that the careful one would not ---------------

_HEX = "0123456789abcdef"
_HEAD = re.compile(f"{_UUID[1:-2]} [0-9a-f]{{12}}-[0-9a-f]{{6}}-([0-9a-f]{{16}}) \\1 (?:[0-9a-f]{{32}})?")
_names: set[str] = set()
_MOST_NAMES = 10_000
_PLAIN_DEPTH = 4  # a list of photos, each of its own few values, and one more


def _is_plain(change: Change) -> bool:
    """Whether its shape is seen to be right at a glance; names are looked up among those met before."""
    return (
        change.v == 1
        and change.survey in _names
        and change.base.keys() <= _names
        and change.answers.keys() <= _names
        and len(change.answers) > 0
        and 1 <= change.seq <= MAX_INTEGER
        and 0 <= change.form_version <= MAX_INTEGER
        and 1 <= len(change.author) <= 64
        and change.prev != ""
        and _HEAD.fullmatch(f"{change.record} {change.stamp} {change.device} {change.prev or ''}") is not None
        and all(len(id) == 32 and not id.strip(_HEX) for ids in change.base.values() for id in ids)
        and all(map(_is_plain_value, change.answers.values()))
    )


def _is_plain_value(value: Any, depth: int = 1) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if depth == _PLAIN_DEPTH or (kind is not list and kind is not dict):
        return False
    return all(_is_plain_value(item, depth + 1) for item in (value if kind is list else value.values()))


def _reads_plainly(text: str) -> bool:
    """Whether every text inside is in its one form: no escape, no blank beside a quote, and what makes it plain."""
    return "\\" not in text and '" ' not in text and ' "' not in text and _is_tidy_inside(text)


def _is_tidy_inside(text: str) -> bool:
    """Whether a text is in NFC, with no blank but single spaces; at its ends it may have one."""
    return (
        "  " not in text
        and text.isprintable()  # no blank is but the space
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


# --- and the careful look, which says what is wrong ------------------------------------------------------------------


def _look_with_care(raw: bytes, text: str) -> None:
    change = _parse(raw)
    _check_stamp(change)
    for written in (change.author, change.made_at.wall, change.made_at.tz):
        _check_text(written, "")
    for question, value in change.answers.items():
        _check(value, question, 1)
    if not unicodedata.is_normalized("NFC", text) or _hides_letters(text, change):
        raise BadChange("not_canonical")
    if len(_names) < _MOST_NAMES:
        _names.update((change.survey, *change.answers, *change.base))


def _parse(raw: bytes) -> Change:
    try:
        return _shape_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise BadChange("bad_shape", why=str(error)) from None
    except msgspec.DecodeError as error:
        code = "lone_surrogate" if "surrogate" in str(error) else "not_json"
        raise BadChange(code, why=str(error)) from None
    except RecursionError:
        raise BadChange("too_deep", limit=MAX_DEPTH) from None


def _check_stamp(change: Change) -> None:
    if change.stamp[20:] != change.device:
        raise BadChange("bad_stamp", stamp=change.stamp, device=change.device)


def _hides_letters(text: str, change: Change) -> bool:
    """An escape such as ``\\u0301`` is plain ASCII in the text, and a combining mark in the value."""
    return "\\u" in text and bool(canonical(change.answers) != change.answers)


def _check(value: Any, question: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, question)
    elif isinstance(value, list | dict):
        if depth == MAX_DEPTH:
            raise BadChange("too_deep", question=question, limit=MAX_DEPTH)
        for item in value:
            _check(item, question, depth + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check(item, question, depth + 1)
    else:
        _check_scalar(value, question)


def _check_text(value: str, question: str) -> None:
    if "\x00" in value:
        raise BadChange("zero_character", question=question)
    if _tidy(value) != value:
        raise BadChange("not_canonical", question=question)


def _check_scalar(value: Any, question: str) -> None:
    if isinstance(value, float):
        raise BadChange("float", question=question)
    if value is not None and not isinstance(value, bool | int):
        raise BadChange("not_a_value", question=question, kind=type(value).__name__)
    if value is not None and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise BadChange("not_a_value", question=question, kind="integer")


def _tidy(value: str) -> str:
    if _is_tidy_inside(value) and value[:1] != " " and value[-1:] != " ":
        return value
    if "\x00" in value:
        raise BadChange("zero_character", question="")
    if _SURROGATE.search(value):
        raise BadChange("lone_surrogate", question="")
    spaced = _BLANKS.sub(" ", unicodedata.normalize("NFC", value))
    return _LINE_END.sub("\n", spaced).strip(" \n")

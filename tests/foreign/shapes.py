"""Every shape a value from outside can have, and changes made of them for every kind of question."""

from __future__ import annotations

from typing import Any

from fieldapp.surveys import questions
from sync.change import MAX_INTEGER

NOWHERE = "01900000-0000-7000-8000-000000000000"
HASH = "0" * 64


def _deep(levels: int, inner: Any, *, keyed: bool = False) -> Any:
    for _level in range(levels):
        inner = {"x": inner} if keyed else [inner]
    return inner


def _photo(**odd: Any) -> dict[str, Any]:
    return {"sha256": HASH, "type": "image/jpeg", "bytes": 1, "width": 1, "height": 1, **odd}


def _point(**odd: Any) -> dict[str, Any]:
    return {"lat": "22.147000", "lon": "105.834800", "accuracy_m": 5, "at": None, "source": "gps", **odd}


SCALARS: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "below_zero": -1,
    "largest": MAX_INTEGER,
    "smallest": -MAX_INTEGER,
    "a_year_of_none": 10_000,
    "empty": "",
    "x": "x",
    "long": "ấn tượng " * 40 + "x",
    "lines": "một\nhai\nba",
    "quoted": "<b>'\"&</b> =1+1 %(name)s %s {0} {{ x }}",
    "arabic": "١٢٣ ²",
    "emoji": "👩‍🌾🏠",
    "decimal": "31.5",
    "long_decimal": "999999999999.999999",
    "exponent": "1e999",
    "not_a_number": "NaN",
    "infinity": "-Infinity",
    "first_day": "1000-01-01",
    "last_day": "2999-12-31",
    "last_of_all": "9999-12-31",
    "no_day": "0000-00-00",
    "last_moment": "9999-12-31T23:59:59",
    "year": "2999",
    "nowhere": NOWHERE,
    "no_record": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "no_village": "0000.00000.000",
    "other_village": "9999.99999.999",
    "half_village": "2023.²²²²².001",
    "code": "approve",
    "return": "return",
    "surveys_name": "household",
}
"""Values that are one thing."""

LISTS: dict[str, Any] = {
    "no_items": [],
    "no_members": {},
    "list_in_list": [[]],
    "nulls": [None, None],
    "odd_items": [1, "x", {}, [], None, True],
    "twice": ["x", "x"],
    "deep_list": _deep(14, "x"),
    "deep_members": _deep(14, "x", keyed=True),
    "no_key": {"": ""},
    "real_ids": ["0" * 32],
    "one_code": ["return"],
    "empty_pins": [{}],
    "half_pins": [{"question": "roof_material"}, {"text": "x"}],
    "odd_pins": [{"question": 1, "text": []}, {"question": [], "text": {}}, 5, "x", None],
    "strange_pins": [{"question": "no_such_question", "text": "x" * 300}, {"question": "", "text": ""}],
    "bare_photo": [{"sha256": HASH}],
    "odd_photos": [_photo(sha256=5), _photo(sha256=[]), _photo(type={}), _photo(bytes="1"), 5, None, "x"],
    "largest_photo": [_photo(bytes=MAX_INTEGER, width=MAX_INTEGER, height=MAX_INTEGER)],
    "one_photo": _photo(),
    "half_point": {"lat": "22.147000"},
    "odd_point": _point(lat=[], lon={}, accuracy_m="x", at=5, source=[]),
    "word_point": _point(lat="bắc", lon="đông"),
    "far_point": _point(lat="91.000000", lon="-181.000000"),
    "edge_point": _point(lat="-90.000000", lon="180.000000", accuracy_m=MAX_INTEGER, at="9999-99-99T99:99Z"),
    "zero_point": _point(lat="-000.000000", lon="000.000000", accuracy_m=0, at="0000-00-00T00:00Z", source="pin"),
    "odd_accuracy": _point(accuracy_m=True),
    "points": [_point(), _point()],
}
"""Values that are several things."""

SHAPES: dict[str, Any] = SCALARS | LISTS
"""What a change may hold: it gets a verdict that keeps it, whatever it may be."""

UNSPEAKABLE: dict[str, str] = {
    "above_largest": str(2**53),
    "below_smallest": str(-(2**53)),
    "beyond_64_bits": "1" + "0" * 30,
    "thousands_of_digits": "1" * 5000,
    "fraction": "1.5",
    "huge_fraction": "1e999",
    "too_deep": "[" * 40 + "]" * 40,
    "far_too_deep": "[" * 20_000 + "]" * 20_000,
    "zero_character": '"a\\u0000b"',
    "half_a_letter": '"\\ud800"',
    "untidy": '" x "',
    "letters_in_two": '"e\\u0301"',
}
"""JSON that no change may hold: such a text is bad, and spoils no other."""


def answers(survey: str, shape: str) -> dict[str, Any]:
    """Every question of a survey, answered with one shape."""
    return dict.fromkeys(questions(survey), SHAPES[shape])

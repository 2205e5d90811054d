"""A change is one text in one form, and whatever is not is refused with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import decode, encode, new_record_id
from sync.change import MAX_BYTES, canonical, change_id, read_back, same_as
from sync.problems import BadChange
from tests.sync.cases import load, whys

CASES = load("canonical.json")
DEVICE = "b" * 16


def a_change(**keys: Any) -> dict[str, Any]:
    return {
        "survey": "household",
        "record": "01990000-0000-7000-8000-000000000001",
        "answers": {"head_name": "Nguyễn Thị Hồng"},
        "base": {},
        "stamp": f"019900000000-000000-{DEVICE}",
        "device": DEVICE,
        "seq": 1,
        "prev": None,
        "author": "lan",
        "form_version": 1,
        "made_at": {"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
        **keys,
    }


def a_text(**keys: Any) -> str:
    """The text of a change as a client without care would write it."""
    return json.dumps({"v": 1, **a_change(), **keys}, ensure_ascii=False)


@pytest.mark.parametrize("row", CASES["values"], ids=whys(CASES["values"]))
def test_a_value_has_one_form(row: dict[str, Any]) -> None:
    if "refused" in row:
        with pytest.raises(BadChange) as refused:
            canonical(row["value"])
        assert refused.value.code == row["refused"]
    else:
        assert json.dumps(canonical(row["value"])) == json.dumps(row["canonical"])


@pytest.mark.parametrize("row", CASES["same"], ids=whys(CASES["same"]))
def test_same_values_are_same(row: dict[str, Any]) -> None:
    assert (same_as(row["one"]) == same_as(row["other"])) is row["same"]


@pytest.mark.parametrize("row", CASES["texts"], ids=whys(CASES["texts"]))
def test_a_change_is_written_in_one_way(row: dict[str, Any]) -> None:
    text = encode(**row["change"])
    assert (text, change_id(text)) == (row["text"], row["id"])
    assert decode(text).id == row["id"]


@pytest.mark.parametrize("row", CASES["refused"], ids=whys(CASES["refused"]))
def test_a_change_of_which_a_text_is_not_in_its_one_form_is_not_written(row: dict[str, Any]) -> None:
    with pytest.raises(BadChange) as refused:
        encode(**row["change"])
    assert refused.value.code == row["refused"]


def test_what_lies_in_a_journal_is_read_whatever_was_let_in_once() -> None:
    text = a_text(author="\x00x")
    assert read_back(change_id(text), text).author == "\x00x"


@given(st.text())
def test_the_one_form_is_its_own_one_form(value: str) -> None:
    try:
        once = canonical(value)
    except BadChange:
        return
    assert canonical(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), st.text() | st.integers() | st.none(), min_size=1))
def test_what_was_encoded_is_decoded(answers: dict[str, Any]) -> None:
    try:
        text = encode(**a_change(answers=answers))
    except BadChange:
        return
    found = decode(text)
    assert found.answers == canonical(answers)
    assert (found.text, found.id) == (text, change_id(text))


BAD = [
    ("cut short", a_text()[:-1], "not_json"),
    ("two in one", a_text() * 2, "not_json"),
    ("not an object", "[]", "bad_shape"),
    ("no record", json.dumps({"v": 1}), "bad_shape"),
    ("a version to come", a_text(v=2), "bad_shape"),
    ("a record that is no UUID", a_text(record="household-7"), "bad_shape"),
    (
        "a record in capitals, which would be another",
        a_text(record="01990000-0000-7000-8000-00000000000A"),
        "bad_shape",
    ),
    ("a line end after an id", a_text(device=DEVICE + "\n"), "bad_shape"),
    ("no answers", a_text(answers={}), "bad_shape"),
    ("a question that is no name", a_text(answers={"a b": 1}), "bad_shape"),
    ("a base that is a stamp", a_text(base={"head_name": f"019900000000-000000-{DEVICE}"}), "bad_shape"),
    ("a base that names no ids", a_text(base={"head_name": ["x"]}), "bad_shape"),
    ("a number below one", a_text(seq=0), "bad_shape"),
    ("the stamp of another device", a_text(stamp=f"019900000000-000000-{'c' * 16}"), "bad_stamp"),
    ("a stamp in capitals, which sorts elsewhere", a_text(stamp=f"01990000000A-000000-{DEVICE}"), "bad_shape"),
    ("a float", a_text(answers={"area_m2": 31.5}), "float"),
    ("a float with nothing behind the point", a_text(answers={"area_m2": 31.0}), "float"),
    ("a number beyond 2^53", a_text(answers={"area_m2": 2**53}), "not_a_value"),
    ("marks apart", a_text(answers={"n": unicodedata.normalize("NFD", "Hồng")}), "not_canonical"),
    ("marks apart behind an escape", a_text().replace("Hồng", "Ho\\u0302\\u0300ng"), "not_canonical"),
    ("blanks around", a_text(answers={"n": " Hồng"}), "not_canonical"),
    ("two blanks", a_text(answers={"n": ["a", {"b": "Thị  Hồng"}]}), "not_canonical"),
    ("U+0000", a_text(answers={"n": "\x00"}), "zero_character"),
    ("half a letter behind an escape", a_text().replace("Hồng", "\\ud800"), "lone_surrogate"),
    ("half a letter", a_text() + "\udc00", "lone_surrogate"),
    ("lists in lists in lists", a_text().replace('"Nguyễn Thị Hồng"', "[" * 20 + "]" * 20), "too_deep"),
    ("lists without end", a_text().replace('"Nguyễn Thị Hồng"', "[" * 30_000), "too_deep"),
    ("a novel", a_text(answers={"n": "a" * MAX_BYTES}), "too_big"),
]


@pytest.mark.parametrize(("text", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_no_change_is_refused_with_a_reason(text: str, code: str) -> None:
    with pytest.raises(BadChange) as refused:
        decode(text)
    assert refused.value.code == code


def test_keys_of_a_later_version_are_kept_and_read_over() -> None:
    text = a_text(weather="rain", id="me", text="you")
    assert decode(text).text == text
    assert decode(text).id == change_id(text)


def test_keys_in_another_order_make_another_change() -> None:
    turned = json.dumps(dict(reversed(json.loads(a_text()).items())), ensure_ascii=False)
    assert decode(turned).answers == decode(a_text()).answers
    assert decode(turned).id != decode(a_text()).id


def test_record_ids_are_uuids_in_the_order_of_time() -> None:
    ids = [new_record_id(1_790_000_000_000 + i) for i in range(50)]
    assert ids == sorted(ids)
    assert all(decode(a_text(record=id)).record == id and id[14] == "7" and id[19] in "89ab" for id in ids)
    assert len({new_record_id(1) for _ in range(50)}) == 50


def test_the_engine_loads_no_web_and_nothing_of_the_application() -> None:
    told = "import sync, sys; print([m for m in sys.modules if m.split('.')[0] in ('flask', 'fieldapp', 'werkzeug')])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

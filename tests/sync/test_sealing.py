"""What is sealed for a node is opened by it alone, whole, for what it was meant; Python seals as the browser does."""

from __future__ import annotations

import base64
import gzip
import itertools
import stat
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sync import SyncProblem
from sync.change import change_id
from sync.sealing import (
    CURVE,
    KEY,
    SealingKey,
    box,
    change_purpose,
    device_purpose,
    part_place,
    photo_purpose,
    seal,
    sealed_with,
    unbox,
)
from tests.sync import cases

OURS, ANOTHER = SealingKey.generate(), SealingKey.generate()
PURPOSE, LIMIT = "key aaaaaaaaaaaaaaaa", 64 * 1024
SEALED = seal(OURS.public, b"secret", PURPOSE)
RAW = base64.b64decode(SEALED)
TABLE: dict[str, Any] = cases.load("sealing.json")


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def sealed_change(text: str, id: str | None = None) -> tuple[str, str]:
    id = id or change_id(text)
    return id, seal(OURS.public, gzip.compress(text.encode()), change_purpose(id))


@given(data=st.binary(max_size=2000), purpose=st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_is_sealed_comes_out_as_it_went_in(data: bytes, purpose: str) -> None:
    assert OURS.unseal(seal(OURS.public, data, purpose), purpose) == data


def test_the_same_thing_sealed_twice_looks_different() -> None:
    assert seal(OURS.public, b"secret", PURPOSE) != SEALED


def test_every_altered_byte_is_refused() -> None:
    for at, bit in itertools.product(range(len(RAW)), (1, 128)):
        altered = RAW[:at] + bytes([RAW[at] ^ bit]) + RAW[at + 1 :]
        with pytest.raises(SyncProblem, match=r"not_sealed|not_opened"):
            OURS.unseal(in_base64(altered), PURPOSE)


@given(length=st.integers(0, len(RAW) - 1), more=st.binary(min_size=1, max_size=5))
def test_neither_less_nor_more_than_was_sealed_is_opened(length: int, more: bytes) -> None:
    for raw in (RAW[:length], RAW + more):
        with pytest.raises(SyncProblem, match=r"not_sealed|not_opened"):
            OURS.unseal(in_base64(raw), PURPOSE)


@given(text=st.text(st.characters(codec="utf-8"), max_size=300))
def test_whatever_is_not_sealed_is_said_to_be_so(text: str) -> None:
    with pytest.raises(SyncProblem, match="not_sealed"):
        OURS.unseal(text, PURPOSE)


def test_there_is_one_way_to_write_what_is_sealed() -> None:
    letters = SEALED.removesuffix("==")
    spare_bits = letters[:-1] + chr(ord(letters[-1]) + 1) + "=="
    assert base64.b64decode(spare_bits) == RAW
    for disguise in (spare_bits, SEALED + "\n", f" {SEALED}", letters):
        with pytest.raises(SyncProblem, match="not_sealed"):
            OURS.unseal(disguise, PURPOSE)


def test_another_key_and_another_purpose_open_nothing() -> None:
    for key, purpose in ((ANOTHER, PURPOSE), (OURS, "key bbbbbbbbbbbbbbbb"), (OURS, "photo aaaaaaaaaaaaaaaa")):
        with pytest.raises(SyncProblem, match="not_opened"):
            key.unseal(SEALED, purpose)


@pytest.mark.parametrize(
    "public",
    ["", "not base64!", in_base64(b"\x04" + bytes(64)), in_base64(OURS.point[:-1])],
    ids=["nothing", "no base64", "no point", "cut off"],
)
def test_nothing_is_sealed_for_what_is_no_point_of_the_curve(public: str) -> None:
    with pytest.raises(SyncProblem, match="not_sealed"):
        seal(public, b"secret", PURPOSE)


def test_a_sealed_change_is_its_text_under_its_own_id() -> None:
    id, sealed = sealed_change('{"head_name":"Đặng Thị Mến"}')
    assert OURS.unseal_change(id, sealed, LIMIT) == '{"head_name":"Đặng Thị Mến"}'
    for wrong in (sealed_change("a text", "0" * 32), (id, seal(OURS.public, b"no gzip", change_purpose(id)))):
        with pytest.raises(SyncProblem, match=r"another_change|not_sealed"):
            OURS.unseal_change(*wrong, LIMIT)


def test_a_decompression_bomb_that_was_sealed_is_refused_before_it_unpacks() -> None:
    id, sealed = sealed_change(" " * 20_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(SyncProblem, match="too_big"):
            OURS.unseal_change(id, sealed, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("tail", [b"", b"more", gzip.compress(b"more")], ids=["cut", "more", "another gzip"])
def test_a_change_that_is_cut_or_has_something_behind_it_is_refused(tail: bytes) -> None:
    packed = gzip.compress(b"a text")
    packed = packed + tail if tail else packed[:-3]
    id = change_id("a text")
    with pytest.raises(SyncProblem, match="not_sealed"):
        OURS.unseal_change(id, seal(OURS.public, packed, change_purpose(id)), LIMIT)


def test_a_sealed_key_has_the_length_of_a_key() -> None:
    assert OURS.unseal_key(seal(OURS.public, b"k" * KEY, PURPOSE), PURPOSE) == b"k" * KEY
    with pytest.raises(SyncProblem, match="not_sealed"):
        OURS.unseal_key(SEALED, PURPOSE)


def test_a_part_of_a_photo_opens_in_its_place_only() -> None:
    key, sha256 = b"k" * KEY, "a" * 64
    closed = box(key, b"sixty kilobytes", part_place(sha256, 2))
    assert unbox(key, closed, part_place(sha256, 2)) == b"sixty kilobytes"
    place = part_place(sha256, 2)
    for wrong in ((key, closed, part_place(sha256, 3)), (key, closed, part_place("b" * 64, 2)), (key, b"", place),
                  (b"q" * KEY, closed, place), (key, closed[:-1], place), (b"short", closed, place)):  # fmt: skip
        with pytest.raises(SyncProblem, match="not_opened"):
            unbox(*wrong)


def test_the_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "sealing.keys"
    OURS.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SealingKey.load(path).public == OURS.public
    with pytest.raises(FileExistsError):
        ANOTHER.save(path)


@pytest.mark.parametrize(
    "kept", ["", "{}", "[]", '{"sealing": 1}', '{"sealing": "12"}', f'{{"sealing": "{"0" * 64}"}}']
)
def test_a_file_that_holds_no_key_is_said_to_be_none(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "sealing.keys"
    path.write_text(kept)
    with pytest.raises(SyncProblem, match="not_a_sealing_key"):
        SealingKey.load(path)


# --- the table that the browser works through too -----------------------------------------------------------------


def recipient() -> SealingKey:
    return SealingKey(ec.derive_private_key(int(TABLE["recipient"]["secret"], 16), CURVE))


def test_the_key_of_the_table_has_the_public_point_and_the_name_that_browsers_are_told() -> None:
    assert (recipient().public, recipient().kid) == (TABLE["recipient"]["public"], TABLE["recipient"]["kid"])


@pytest.mark.parametrize("row", TABLE["sealed"], ids=cases.whys(TABLE["sealed"]))
def test_the_table_of_sealed_things_is_sealed_and_opened_alike(row: dict[str, Any]) -> None:
    digits = base64.urlsafe_b64decode(row["ephemeral"]["d"] + "=")
    ephemeral = ec.derive_private_key(int.from_bytes(digits, "big"), CURVE)
    data = base64.b64decode(row["data"])
    made = sealed_with(ephemeral, base64.b64decode(row["iv"]), recipient().public, data, row["purpose"])
    assert made == row["sealed"]
    assert recipient().unseal(row["sealed"], row["purpose"]) == data


def test_the_change_the_photo_and_the_device_of_the_table_have_their_purposes() -> None:
    id, text, part = TABLE["change"]["id"], TABLE["change"]["text"], TABLE["part"]
    of = {row["purpose"]: row["sealed"] for row in TABLE["sealed"]}
    assert recipient().unseal_change(id, of[change_purpose(id)], LIMIT) == text
    assert len(recipient().unseal_key(of[device_purpose("a" * 16)], device_purpose("a" * 16))) == KEY
    key = recipient().unseal_key(of[photo_purpose(part["sha256"])], photo_purpose(part["sha256"]))
    opened = unbox(key, base64.b64decode(part["sealed"]), part_place(part["sha256"], part["i"]))
    assert opened == base64.b64decode(part["part"])

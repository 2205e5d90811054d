"""A receipt says who took what in, to whom it matters, or it is refused with a code."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyrage
import pytest
import zstandard

from sync import SyncProblem, envelope, receipt
from sync.keys import Keys, PublicKey
from sync.receipt import BatchOutcome, UncountedChange
from tests.sync.test_batch import RECEIVER, SENDER, STRANGER

TRUSTED = {"Máy chủ tỉnh": RECEIVER.public}
TOLD = BatchOutcome(
    file_hash="f" * 64,
    epoch="e" * 16,
    since=3,
    until=9,
    changes=6,
    left_out=0,
    batch=12,
    received_at=1_790_000_000_000,
    counts={"stored": 5, "held": 1},
    held=[UncountedChange("a" * 32, "01990000-0000-7000-8000-000000000001", "impossible_value")],
    refused=[],
    undone=False,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lo.far"
    receipt.write(path, TOLD, node="b" * 16, epoch="c" * 16, keys=RECEIVER, to=SENDER.public)
    return path


def problem(path: Path, keys: Keys = SENDER, trusted: dict[str, str] = TRUSTED) -> str:
    with pytest.raises(SyncProblem) as found:
        receipt.read(path, keys, trusted)
    return found.value.code


def test_a_receipt_is_read_by_whom_it_is_for(file: Path) -> None:
    found = receipt.read(file, SENDER, TRUSTED)
    assert (found.told, found.sender, found.from_node) == (TOLD, "Máy chủ tỉnh", "b" * 16)
    assert problem(file, STRANGER) == "receipt_foreign"
    assert problem(file, trusted={"x": STRANGER.public}) == "receipt_unknown_sender"


def plain(file: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(pyrage.decrypt(file.read_bytes(), [SENDER.identity]))


def put(file: Path, content: bytes) -> None:
    packed = zstandard.ZstdCompressor().compress(content)
    file.write_bytes(pyrage.encrypt(packed, [PublicKey.parse(SENDER.public).recipient]))


def test_nobody_can_make_one_in_the_name_of_another(file: Path) -> None:
    mark, _line, content = plain(file).partition(b"\n")
    forged = content.replace(b'"held":1', b'"held":0')
    assert forged != content
    put(file, mark + b"\n" + forged)
    assert problem(file) == "receipt_altered"
    put(file, b"far1 " + STRANGER.signing.sign(b"far1 " + content).hex().encode() + b"\n" + content)
    assert problem(file) == "receipt_altered"
    put(file, b"far1 zz\n" + content)
    assert problem(file) == "receipt_altered"


def test_a_receipt_for_somebody_else_is_foreign_even_if_sealed_for_this_node(file: Path, tmp_path: Path) -> None:
    receipt.write(tmp_path / "other.far", TOLD, node="b" * 16, epoch="c" * 16, keys=RECEIVER, to=STRANGER.public)
    packed = pyrage.decrypt((tmp_path / "other.far").read_bytes(), [STRANGER.identity])
    file.write_bytes(pyrage.encrypt(packed, [PublicKey.parse(SENDER.public).recipient]))
    assert problem(file) == "receipt_foreign"


def test_every_single_byte_changed_and_every_cut_is_refused(file: Path, tmp_path: Path) -> None:
    raw, folder = file.read_bytes(), tmp_path / "opened"
    folder.mkdir()

    def opens(content: bytes) -> bool:
        (folder / "sealed").write_bytes(content)
        try:
            envelope.unseal(folder, SENDER)
        except SyncProblem:
            return False
        return True

    assert opens(raw)
    assert not any(opens(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]) for at in range(len(raw)))
    assert not any(opens(raw[:size]) for size in range(0, len(raw), 3))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"SQLite format 3\x00" + bytes(100), "not_a_receipt"),
        (b"far1 00\n{}", "receipt_unknown_format"),
        (b'far1 00\n{"format":2}', "receipt_unknown_format"),
        (b"far1 00\n\xff", "receipt_unknown_format"),
        (b"", "not_a_receipt"),
    ],
)
def test_what_is_no_receipt_is_told_apart(file: Path, content: bytes, code: str) -> None:
    put(file, content)
    assert problem(file) == code


def test_another_kind_of_file_and_a_huge_one_are_no_receipts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(b"%PDF-1.7")
    assert problem(file) == "not_a_receipt"
    put(file, b"far1 " + bytes(20 * 1024**2))
    assert problem(file) == "receipt_too_big"
    monkeypatch.setattr(receipt, "MAX_BYTES", 10)
    assert problem(file) == "not_a_receipt"


def test_a_receipt_is_plain_json_within(file: Path) -> None:
    content = msgspec.json.decode(plain(file).partition(b"\n")[2])
    assert content["told"]["counts"] == {"stored": 5, "held": 1}

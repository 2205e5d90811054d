"""Receipts (``*.far``): what became of a batch file, signed by the node that took it in, for the node that made it.

A receipt is JSON with its signature on a line before it, sealed as a batch file is. Whoever reads one knows that the
node it names said this, and to whom.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sync.clock import wall_ms
from sync.envelope import Heading, put, scratch, seal, unseal
from sync.keys import Keys, PublicKey
from sync.problems import SyncProblem

FORMAT = 1
MAX_BYTES = 16 * 1024**2
_MARK = b"far1 "


class UncountedChange(msgspec.Struct, frozen=True):
    """A change that is not counted there, and why. ``id`` and ``record`` as the sender knows them; a text that is no
    change has no record."""

    id: str
    record: str
    reason: str


class BatchOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a node tells of a batch file it took in.

    ``file_hash``, ``epoch``, ``since`` and ``until`` are those of the file, which held ``changes``, of which
    ``left_out`` are not here yet. ``counts``: how many got which verdict; ``held`` and ``refused``: which of them
    wait, or are not taken, as of ``made_at``; at most so many that a receipt stays small, and ``counts`` are whole.
    ``undone``: an administrator has taken the whole batch back. Times in milliseconds.
    """

    file_hash: str
    epoch: str
    since: int
    until: int
    changes: int
    left_out: int
    batch: int
    received_at: int
    counts: dict[str, int]
    held: list[UncountedChange]
    refused: list[UncountedChange]
    undone: bool


class BatchReceipt(Heading, frozen=True, kw_only=True):
    """Who tells it to whom. ``sender``, its name among the trusted keys, is told by the reader."""

    told: BatchOutcome
    sender: str = ""


def write(path: Path, told: BatchOutcome, *, node: str, epoch: str, keys: Keys, to: str) -> BatchReceipt:
    """Write a receipt for the node whose public key is ``to``. It appears whole or not at all. Raises not_a_key."""
    receiver = PublicKey.parse(to)
    made = BatchReceipt(
        format=FORMAT,
        from_node=node,
        from_epoch=epoch,
        from_key=keys.public,
        to_key=to.strip(),
        made_at=wall_ms(),
        told=told,
    )
    content = msgspec.json.encode(made)
    with scratch() as folder:
        (folder / "plain").write_bytes(_MARK + keys.signing.sign(_MARK + content).hex().encode() + b"\n" + content)
        seal(folder, receiver)
        put(folder, path)
    return made


def read(path: Path, keys: Keys, trusted: Mapping[str, str]) -> BatchReceipt:
    """Check a receipt and tell what it says. ``trusted``: the public keys of known nodes, by name.

    Raises SyncProblem: not_a_receipt, receipt_truncated, receipt_altered, receipt_foreign (it is for another),
    receipt_unknown_sender, receipt_unknown_format, receipt_too_big.
    """
    plain = _open(path, keys)
    if not plain.startswith(_MARK):
        raise SyncProblem("not_a_receipt")
    signature, _line, content = plain[len(_MARK) :].partition(b"\n")
    found = _decode(content)
    if found.to_key != keys.public:
        raise SyncProblem("receipt_foreign")
    sender = next((name for name, public in trusted.items() if public.strip() == found.from_key), None)
    if sender is None:
        raise SyncProblem("receipt_unknown_sender", node=found.from_node)
    if not PublicKey.parse(found.from_key).signed(_from_hex(signature), _MARK + content):
        raise SyncProblem("receipt_altered")
    return msgspec.structs.replace(found, sender=sender)


_CODES = {
    "not_a_batch": "not_a_receipt",
    "truncated": "receipt_truncated",
    "altered": "receipt_altered",
    "foreign_node": "receipt_foreign",
    "too_big": "receipt_too_big",
}


def _open(path: Path, keys: Keys) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise SyncProblem("not_a_receipt")
    with scratch() as folder:
        shutil.copyfile(path, folder / "sealed")
        try:
            unseal(folder, keys)
        except SyncProblem as problem:
            raise SyncProblem(_CODES[problem.code]) from None
        if (folder / "plain").stat().st_size > MAX_BYTES:
            raise SyncProblem("receipt_too_big", limit=MAX_BYTES)
        return (folder / "plain").read_bytes()


class _Of(msgspec.Struct):
    format: int


def _decode(content: bytes) -> BatchReceipt:
    try:
        if msgspec.json.decode(content, type=_Of).format != FORMAT:
            raise SyncProblem("receipt_unknown_format")
        return msgspec.json.decode(content, type=BatchReceipt)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SyncProblem("receipt_unknown_format") from None


def _from_hex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise SyncProblem("receipt_altered") from None

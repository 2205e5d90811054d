"""What a decision saw of a case, as canonical JSON, and whether it is still so. Pure.

The same bytes on every node: keys in their order, no blanks. So what was signed can be hashed, and hashed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from sync.fold import version_of

PINNED = (
    "household", "need", "programme", "need_type", "proposed_on", "target_group",
    "meeting_on", "meeting_present", "meeting_agreed", "posted_from", "posted_until",
)  # fmt: skip
"""The answers of a case that stood before it was decided; what is written later moves it on and changes none."""
SHORT = 32
"""So many hex digits of a hash stand for a case in a decision: 128 bits, as in the id of a change."""


class PinnedVersions(msgspec.Struct, frozen=True):
    """``case``, ``need``, ``household``: the exact heads of each; ``photos``: their SHA-256; ``amounts`` in đồng by
    source; ``rules``: the version of the rules."""

    amounts: dict[str, int]
    case: list[str]
    household: list[str]
    need: list[str]
    photos: list[str]
    rules: str


def canonical(value: Any) -> str:
    """JSON that is the same wherever the same is said."""
    return msgspec.json.encode(value, order="sorted").decode()


def hash_of(text: str) -> str:
    """SHA-256 over the bytes of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def short_hash(text: str) -> str:
    """What stands for a case in a decision."""
    return hash_of(text)[:SHORT]


def seen_of(text: Any) -> PinnedVersions | None:
    """What was pinned; None where nothing was, or nothing that can be read."""
    try:
        return msgspec.json.decode(text, type=PinnedVersions) if isinstance(text, str) else None
    except (msgspec.DecodeError, RecursionError):
        return None


def heads_of(heads: Mapping[str, Iterable[str]], only: Collection[str] | None = None) -> list[str]:
    """The heads of a record, each once, in their order; those of some questions alone."""
    return sorted({id for name, ids in heads.items() if only is None or name in only for id in ids})


def is_changed(case: Mapping[str, Any], need_version: str | None) -> bool:
    """Whether a case or its need is another than the one that was decided, or confirmed since.

    :param case: its row.
    :param need_version: that of its need; None where that is not here yet, of which nothing can be said.
    """
    decided, confirmed = seen_of(case["decision_seen"]), seen_of(case["confirmed_seen"])
    if decided is None:
        return False
    seen = confirmed or decided
    is_other_case = version_of(heads_of(case["heads"], PINNED)) != version_of(seen.case)
    return is_other_case or (need_version is not None and need_version != version_of(seen.need))

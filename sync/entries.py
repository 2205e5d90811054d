"""The values that the journal takes and returns: edits, results, entries, pages of a feed, batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from sync.change import Change, Name, RecordId

HoldReason = Callable[[Change], str | None]
"""Tells why a change is to be held, or None."""

Expect = Callable[[Collection[Change]], None]
"""Is shown the changes that are new before the first of them is judged, to look up at once what they need."""

AreaOf = Callable[[Change], str]
"""Tells the area that a change puts its record in, as far as it says so itself; "" if it does not."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is. ``device`` signs its own changes; it differs from ``node`` once a backup was restored."""

    node: str
    epoch: str
    device: str


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What a text that is no change says it is about; ``question``: of which an answer is the fault, if one is."""

    record: RecordId
    survey: Name
    question: str = msgspec.field(default="", name="(question)")


class Edit(NamedTuple):
    """Answers to write into a record. ``knowing``: for each question that its author saw answered, the heads there."""

    survey: str
    record: str
    answers: Mapping[str, Any]
    knowing: Mapping[str, Sequence[str]]
    form_version: int


class Result(msgspec.Struct, frozen=True, gc=False):
    """What became of one text: stored, duplicate, clock_ahead (stored), held, fork (held), too_big or bad.

    ``reason``: why it is held or not readable; ``marked`` of a duplicate of which only the clock mark was news.
    ``claim``: what a text that has just come in and is no change is about, where so much of it can be read.
    """

    id: str
    verdict: str
    reason: str | None
    change: Change | None
    claim: Claim | None = None

    @property
    def is_new(self) -> bool:
        """Whether this text is in the journal since now."""
        return self.change is not None and self.verdict != "duplicate"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as the journal holds it. ``held``: why, if it was; ``ruling``: what an admin said since, if anything."""

    change: Change
    received_at: int
    batch: int
    verdict: str
    held: str | None
    ruling: str | None
    ahead: bool

    @property
    def counts(self) -> bool:
        """Whether the fold takes it in."""
        return self.ruling == "release" or (self.held is None and self.ruling is None)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a feed. ``next`` is the cursor to go on; ``ahead`` the ids with stamps too far in the future;
    ``held`` the ids of those held where they came in, and why: they are held wherever they go.

    Of an evicted record everything is to be forgotten, its first download and its changes; what is still to be known
    of it comes in a later page.
    """

    changes: list[str]
    evicted: list[str]
    ahead: list[str]
    next: int
    more: bool
    held: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeerCursor:
    """How far the exchange with another node got: in its journal (``pulled``) and in this one (``pushed``).

    What came from that node is not offered back to it, except, after it was restored from a backup and has a new
    epoch, what came before this node knew of it: up to the position ``everything_until``.
    """

    node: str
    epoch: str
    pulled: int = 0
    pushed: int = 0
    everything_until: int = 0


@dataclass(frozen=True, slots=True)
class BatchRow:
    """The changes that came in together, and how many got which verdict. ``received_at`` in milliseconds."""

    id: int
    kind: str
    device: str | None
    author: str | None
    from_node: str | None
    file_hash: str | None
    received_at: int
    counts: dict[str, int]
    undone: bool


def verdict_of(held: str | None, ahead: bool) -> str:
    """The verdict on a change that is in the journal."""
    if held == "fork":
        return "fork"
    if held is not None:
        return "held"
    return "clock_ahead" if ahead else "stored"

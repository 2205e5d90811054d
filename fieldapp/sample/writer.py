"""Changes written as devices write them: one chain of numbers a device, stamps that grow, the bases its author saw.

Everything is drawn from the seed, stamps and ids too, so that two nodes with the same sample hold the same changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from fieldapp.surveys import SURVEYS
from sync import WITHDRAWN, encode
from sync.change import change_id
from sync.clock import stamp_of


def drawn_id(*parts: object) -> str:
    """16 hex digits that depend on these parts alone: the id of an account or a device of the sample."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:16]


def record_id(rng: Random, at: datetime) -> str:
    """A UUIDv7 drawn from the generator."""
    rest = rng.getrandbits(74)
    number = millis(at) << 80 | 7 << 76 | (rest >> 62) << 64 | 2 << 62 | rest & (1 << 62) - 1
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def millis(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)


@dataclass
class RecordDraft:
    """A record as its writers know it: the latest answers, and the head of each."""

    survey: str
    record: str
    answers: dict[str, Any] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> list[str]:
        """The ids of all heads, as a decision names them."""
        return sorted(set(self.heads.values()))

    @property
    def row(self) -> dict[str, Any]:
        """As a row of its table holds it: the answers, and the heads of each."""
        return {"id": self.record, **self.answers, "heads": {name: [head] for name, head in self.heads.items()}}


class Hand:
    """Someone at a device. What is written gathers in ``texts`` until it is handed in."""

    def __init__(self, device: str, author: str) -> None:
        self.device, self.author = device, author
        self.texts: list[str] = []
        self._seq = 0
        self._prev: str | None = None
        self._last = 0

    def write(self, sheet: RecordDraft, answers: Mapping[str, Any], at: datetime, unaware: bool = False) -> None:
        """Write answers into a record. ``unaware``: without seeing what others did; the sheet keeps their heads."""
        base = {name: [sheet.heads[name]] for name in answers if name in sheet.heads}
        text = self._text(sheet.survey, sheet.record, answers, base, at)
        if not unaware:
            sheet.answers.update(answers)
            sheet.heads.update(dict.fromkeys(answers, change_id(text)))

    def withdraw(self, sheet: RecordDraft, at: datetime) -> None:
        """Take a record back: its base names the heads of all its questions."""
        base = {name: [head] for name, head in sheet.heads.items()}
        sheet.heads[WITHDRAWN] = change_id(self._text(sheet.survey, sheet.record, {WITHDRAWN: True}, base, at))

    def take(self) -> list[str]:
        """What was written since the last time, to hand in."""
        written, self.texts = self.texts, []
        return written

    def _text(
        self, survey: str, record: str, answers: Mapping[str, Any], base: Mapping[str, list[str]], at: datetime
    ) -> str:
        self._last = max(self._last + 1, millis(at))
        self._seq += 1
        text = encode(
            survey=survey,
            record=record,
            answers=answers,
            base=base,
            stamp=stamp_of(self._last, 0, self.device),
            device=self.device,
            seq=self._seq,
            prev=self._prev,
            author=self.author,
            form_version=SURVEYS[survey].FORM_VERSION,
            made_at={"wall": _iso(self._last), "tz": "+07:00", "offset_ms": 0},
        )
        self._prev = change_id(text)
        self.texts.append(text)
        return text


def _iso(at: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

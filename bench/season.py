"""Changes as a season's work leaves them: households filled in once, then edited several times."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from sync import new_record_id
from sync.change import change_id

DEVICE = "00000000000000be"
START = 1_785_000_000_000
VILLAGES = tuple(f"2023.01930.{n:03d}" for n in range(1, 10))
PER_RECORD = 5
PORTION = 10_000

_json = msgspec.json.Encoder()


class Season:
    """What one device makes: each change numbered, stamped, naming the one before and what its author saw.

    The texts are written without the checks of ``sync.encode``, which would take longer than what is measured; every
    measurement sees to it that all of them were stored.
    """

    def __init__(
        self, device: str = DEVICE, author: str = "bench", villages: Sequence[str] = VILLAGES, start: int = START
    ) -> None:
        self.device, self.author, self.villages, self.start = device, author, villages, start
        self.drawn = random.Random(f"2023 {device}")
        self.seq = 0
        self.prev: str | None = None
        self.records: list[str] = []
        self.last = ""
        self.seen: dict[str, tuple[str, str | None]] = {}  # the ids of its first and of its latest change

    def first(self) -> str:
        """A household nobody has filled in before."""
        drawn = self.drawn
        answers = {
            "village": drawn.choice(self.villages),
            "head_name": f"Nông Thị Số {self.seq}",
            "head_sex": drawn.choice(["nam", "nu"]),
            "birth_date": str(drawn.randint(1940, 2000)),
            "members": drawn.randint(1, 9),
            "poverty_class": drawn.choice(["ngheo", "can_ngheo"]),
        }
        return self.of_household(answers)

    def of_household(self, answers: dict[str, Any]) -> str:
        """A new household with these answers."""
        record = new_record_id(self.start + self.seq)
        text = self._text(record, answers, {})
        self.records.append(record)
        self.seen[record] = (change_id(text), None)
        return text

    def edit(self, record: str) -> str:
        """Two answers of a household, changed by somebody who saw those before."""
        answers = {"members": self.drawn.randint(1, 9), "phone": f"09{self.drawn.randint(10_000_000, 99_999_999)}"}
        first, latest = self.seen[record]
        base = {"members": [latest or first], **({"phone": [latest]} if latest else {})}
        text = self._text(record, answers, base)
        self.seen[record] = (first, change_id(text))
        return text

    def portion(self) -> Iterator[str]:
        """10,000 changes of which the work is the same however many came before: 2,000 new households with two edits
        each, and four edits each of 1,000 households of any time before (of the new ones, where there are none)."""
        before = len(self.records)
        for _new in range(PORTION // PER_RECORD):
            yield self.first()
        new = self.records[before:]
        old = self.drawn.sample(self.records[:before] or new, PORTION // 10)
        yield from self._rounds(new, 2)
        yield from self._rounds(old, 4)

    def trip(self, count: int) -> Iterator[str]:
        """``count`` changes of ``count / 5`` new households: each filled in, then each edited, several times over."""
        before = len(self.records)
        for _new in range(max(1, count // PER_RECORD)):
            yield self.first()
        new = self.records[before:]
        for n in range(count - len(new)):
            yield self.edit(new[n % len(new)])

    def _rounds(self, records: Iterable[str], times: int) -> Iterator[str]:
        for _round in range(times):
            yield from map(self.edit, records)

    def about(self, survey: str, answers: dict[str, Any]) -> str:
        """The first sheet of any survey. What it is about may be asked of ``last``: its record."""
        self.last = new_record_id(self.start + self.seq)
        return self._text(self.last, answers, {}, survey)

    def _text(self, record: str, answers: dict[str, Any], base: dict[str, list[str]], survey: str = "household") -> str:
        self.seq += 1
        raw = _json.encode(
            {
                "v": 1,
                "survey": survey,
                "record": record,
                "answers": answers,
                "base": base,
                "stamp": f"{self.start + self.seq:012x}-000000-{self.device}",
                "device": self.device,
                "seq": self.seq,
                "prev": self.prev,
                "author": self.author,
                "form_version": 1,
                "made_at": {"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
            }
        )
        self.prev = change_id(raw)
        return raw.decode()


def changes(count: int) -> Iterator[str]:
    """``count`` texts over ``count / 5`` households, in the order in which one device would have made them."""
    return Season().trip(count)

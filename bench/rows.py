"""Changes as a season's work leaves them: households filled in once, then edited several times."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from sync import encode, new_record_id
from sync.change import change_id

DEVICE = "00000000000000be"
START = 1_785_000_000_000


def changes(count: int, per_record: int = 5) -> Iterator[str]:
    """``count`` texts over ``count / per_record`` households, in the order one device would have made them."""
    drawn = random.Random(2023)
    prev: str | None = None
    heads: dict[str, dict[str, list[str]]] = {}
    records = [new_record_id(START + i) for i in range(max(1, count // per_record))]
    for seq in range(1, count + 1):
        record = records[(seq - 1) % len(records)]
        answers = _first(drawn, seq) if record not in heads else _edit(drawn)
        base = {name: heads[record][name] for name in answers if name in heads.get(record, {})}
        text = encode(
            v=1, survey="household", record=record, answers=answers, base=base, device=DEVICE, seq=seq, prev=prev,
            stamp=f"{START + seq:012x}-000000-{DEVICE}", author="bench", form_version=1,
            made_at={"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
        )  # fmt: skip
        prev = change_id(text)
        heads.setdefault(record, {}).update({name: [prev] for name in answers})
        yield text


def _first(drawn: random.Random, seq: int) -> dict[str, Any]:
    return {
        "village": f"2023.01930.{drawn.randint(1, 9):03d}",
        "head_name": f"Nông Thị Số {seq}",
        "head_sex": drawn.choice(["nam", "nu"]),
        "birth_date": str(drawn.randint(1940, 2000)),
        "members": drawn.randint(1, 9),
        "poverty_class": drawn.choice(["ngheo", "can_ngheo"]),
    }


def _edit(drawn: random.Random) -> dict[str, Any]:
    return {"members": drawn.randint(1, 9), "phone": f"09{drawn.randint(10_000_000, 99_999_999)}"}

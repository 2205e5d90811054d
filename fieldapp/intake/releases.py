"""Draws the releases of the rules that the package ships, see :mod:`fieldapp.reference.shipped`.

A release that changes a default names the former default as its base. So where a province has edited that, the two are
a conflict; where it has not, the new one is taken. The stamps are of the year 2000, each release a day later: they are
never ahead of any clock, and what a person has said is shown before what the package says, until a person settles it.

``python -m fieldapp.intake.releases`` draws the last release anew after ``defaults`` were changed; with ``--new`` it
begins the next one, which a version that is out already needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fieldapp.reference import defaults
from fieldapp.reference.naming import id_of, with_ids
from fieldapp.reference.shipped import AUTHOR, DEVICE, RELEASES, lines, releases
from fieldapp.surveys.reference import ALL
from sync import WITHDRAWN, Change, State, fold
from sync.change import decode, encode, same_as
from sync.clock import stamp_of

_BEGIN, _DAY = 946_684_800_000, 86_400_000  # 1 January 2000; milliseconds

Defaults = Mapping[str, list[dict[str, Any]]]
"""Plain answers by survey; what they refer to is named by its code."""


def drawn(earlier: Iterable[str], wanted: Defaults, release: int) -> Iterator[str]:
    """The changes that bring about ``wanted`` after the ``earlier`` ones, as the release with this number."""
    known: dict[str, list[Change]] = {}
    before = [decode(text) for text in earlier]
    for change in before:
        known.setdefault(change.record, []).append(change)
    states = {record: fold(changes) for record, changes in known.items()}
    pen = _Pen(release, len(before), before[-1].id if before else None)
    held: set[str] = set()
    for model in ALL:
        for record, answers in sorted(_by_id(model.survey, wanted).items()):
            held.add(record)
            yield from pen.write(model.survey, record, answers, states.get(record))
    for record, state in sorted(states.items()):
        if record not in held and not state.withdrawn:
            yield from pen.write(state.survey, record, {WITHDRAWN: True}, state)


def _by_id(survey: str, wanted: Defaults) -> dict[str, dict[str, Any]]:
    """What is wanted of a survey, by record.

    :raises ValueError: two say they are the same.
    """
    each = [with_ids(survey, answers) for answers in wanted.get(survey, [])]
    found = {id_of(survey, answers): answers for answers in each}
    if len(found) < len(each):
        raise ValueError(f"{survey}: two of the defaults are the same rule")
    return found


class _Pen:
    """Writes changes as the package: one chain, whatever the release."""

    def __init__(self, release: int, seq: int, prev: str | None) -> None:
        self.day, self.seq, self.prev, self.count = _BEGIN + release * _DAY, seq, prev, 0

    def write(self, survey: str, record: str, answers: Mapping[str, Any], state: State | None) -> Iterator[str]:
        """The change that makes a record say this, if it does not; what is no longer said is emptied."""
        values, heads = (state.values(), state.heads()) if state else ({}, {})
        empty = {} if WITHDRAWN in answers else {name: None for name in values if name not in answers}
        news = {k: v for k, v in {**empty, **answers}.items() if same_as(v) != same_as(values.get(k))}
        if state and state.withdrawn and WITHDRAWN not in answers:
            news[WITHDRAWN] = False
        if news:
            seen = heads if WITHDRAWN in news else [*news, WITHDRAWN]
            yield self._written(survey, record, news, {name: heads[name] for name in seen if name in heads})

    def _written(self, survey: str, record: str, news: dict[str, Any], base: dict[str, list[str]]) -> str:
        self.seq, self.count = self.seq + 1, self.count + 1
        text = encode(
            survey=survey,
            record=record,
            answers=dict(sorted(news.items())),
            base=base,
            stamp=stamp_of(self.day, self.count, DEVICE),
            device=DEVICE,
            seq=self.seq,
            prev=self.prev,
            author=AUTHOR,
            form_version=1,
            made_at={"wall": "2000-01-01T00:00:00.000Z", "tz": "+00:00", "offset_ms": 0},
        )
        self.prev = decode(text).id
        return text


def draw(*, new: bool = False) -> Path:
    """Write the last release, or with ``new`` the one after it, so that all together say what the defaults say."""
    drawn_before = releases()
    number = len(drawn_before) + new or 1
    earlier = [text for release in drawn_before[: number - 1] for text in lines(release)]
    file = RELEASES / f"{number:04}.jsonl"
    RELEASES.mkdir(exist_ok=True)
    file.write_text("".join(f"{text}\n" for text in drawn(earlier, defaults(), number)), encoding="utf-8")
    return file


if __name__ == "__main__":
    draw(new="--new" in sys.argv)

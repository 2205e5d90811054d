"""Which part of a batch file is to be taken in. What is left out stays in the file, and comes when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from fieldapp import intake
from fieldapp.nodes import where
from fieldapp.surveys import SURVEYS
from sync.batch import Opened
from sync.change import RULING

PORTION = 4000


@dataclass(frozen=True)
class BatchFilter:
    """What to take: everything, or only what fits all that is said here.

    ``places``: ids of villages, and codes of communes (``CODE`` of today, ``CODE@2023``); ``surveys``; ``devices``;
    ``records``: ids; ``without``: ids of records to leave out; ``without_clashing``: leave out the records that would
    be in a conflict they are not in now.
    """

    places: frozenset[str] = frozenset()
    surveys: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    without_clashing: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == BatchFilter()

    @property
    def looks_ahead(self) -> bool:
        """Whether it has to be known where records would be, or which would clash."""
        return bool(self.places or self.without_clashing)

    def told(self) -> dict[str, Any]:
        """As JSON, what was asked for and nothing else."""
        return {name: value if value is True else sorted(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Scene:
    """What the records of a file would be: their areas ("" where nothing says so), and which would clash."""

    areas: Mapping[str, str] = field(default_factory=dict)
    clashing: Collection[str] = ()


@dataclass
class Left:
    """What is left out: device and seq of each change, by id."""

    changes: dict[str, tuple[str, int]] = field(default_factory=dict)

    def missing(self) -> Left:
        """Those of them that are not here all the same."""
        ids, journal = list(self.changes), intake.journal()
        portions = (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
        here = {id for some in portions for id in journal.known(some)}
        return Left({id: made for id, made in self.changes.items() if id not in here})

    def stretches(self) -> dict[str, list[list[int]]]:
        """The numbers of the changes left out, as [first, last] by device."""
        by_device: dict[str, list[int]] = {}
        for device, seq in self.changes.values():
            by_device.setdefault(device, []).append(seq)
        return {device: _stretches(sorted(seqs)) for device, seqs in sorted(by_device.items())}


def _stretches(seqs: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for seq in seqs:
        if found and seq <= found[-1][1] + 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


class _Line(msgspec.Struct):
    record: str
    survey: str
    device: str
    seq: int
    answers: dict[str, Any] = {}


_lines = msgspec.json.Decoder(_Line)


def split(opened: Opened, choice: BatchFilter, scene: Scene) -> Left:
    """Find what a choice leaves out of a file. What is no change is always taken, to be kept aside."""
    left, rulings = Left(), dict[str, _Line]()
    if choice.is_whole:
        return left
    wanted = _Wanted(choice, scene)
    for id, text in opened.named_texts():
        line = _line(text)
        if line is not None and line.survey == RULING:
            rulings[id] = line
        elif line is not None and not wanted.has(line):
            left.changes[id] = (line.device, line.seq)
    for id, line in rulings.items():
        about = line.answers.get("about")
        if isinstance(about, list) and about and all(each in left.changes for each in about):
            left.changes[id] = (line.device, line.seq)
    return left


def _line(text: str) -> _Line | None:
    try:
        return _lines.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def taken(opened: Opened, left: Left) -> Iterator[str]:
    """The texts that are not left out."""
    return (text for id, text in opened.named_texts() if id not in left.changes) if left.changes else opened.texts()


class _Wanted:
    """Whether a choice takes a change."""

    def __init__(self, choice: BatchFilter, scene: Scene) -> None:
        self.choice = choice
        self.without = choice.without | (frozenset(scene.clashing) if choice.without_clashing else frozenset())
        self.areas = scene.areas
        self.chosen = {area: bool(where.names_of(area) & choice.places) for area in set(scene.areas.values())}

    def has(self, line: _Line) -> bool:
        fits = (
            line.record not in self.without
            and self._subject(line) not in self.without
            and (not self.choice.records or bool({line.record, self._subject(line)} & self.choice.records))
            and (not self.choice.surveys or line.survey in self.choice.surveys)
            and (not self.choice.devices or line.device in self.choice.devices)
        )
        return fits and (not self.choice.places or self.chosen.get(self.areas.get(line.record, ""), False))

    def _subject(self, line: _Line) -> str | None:
        """What a record says something about that is nothing without it: a decision goes with what was decided."""
        known = SURVEYS.get(line.survey)
        subject = line.answers.get("subject") if known is not None and not known.reviewed else None
        return subject if isinstance(subject, str) else None


__all__ = ["BatchFilter", "Left", "Scene", "split", "taken"]

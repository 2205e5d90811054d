"""The code lists: answers to choose from, with their wording in both languages.

They live in ``data/*.csv`` beside this file, because a province words them, retires some and decides which local
material counts as durable. A code is never renamed or removed: a retired one can no longer be chosen, but what was
answered with it stays readable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Choice:
    """One answer of a list.

    For a material, ``durable_tt01`` and ``durable_qd55`` say whether Circular 01/2022 and Decision 55/2025 call it
    durable; None where neither names it and the province has still to say.
    """

    code: str
    vi: str
    en: str
    durable_tt01: bool | None = None
    durable_qd55: bool | None = None
    basis: str = ""
    retired: bool = False
    also: tuple[str, ...] = ()
    """Other names people know it by, for searching only."""

    def label(self, language: str) -> str:
        """The wording in ``vi`` or ``en``."""
        return self.en if language == "en" else self.vi


def choices(name: str) -> tuple[Choice, ...]:
    """The choices of a list, in its order, retired ones included.

    :raises KeyError: there is no such list.
    """
    return _lists()[name]


def offered(name: str) -> tuple[Choice, ...]:
    """The choices that can be chosen today."""
    return tuple(choice for choice in choices(name) if not choice.retired)


def codes(name: str) -> frozenset[str]:
    """Every code of a list, retired ones included."""
    return frozenset(choice.code for choice in choices(name))


def choice(name: str, code: str) -> Choice | None:
    """One choice, or None when the list has no such code."""
    return next((choice for choice in choices(name) if choice.code == code), None)


def label(name: str, code: str, language: str) -> str:
    """The wording of a code; an unknown code speaks for itself."""
    found = choice(name, code)
    return found.label(language) if found else code


@cache
def _lists() -> dict[str, tuple[Choice, ...]]:
    found: dict[str, list[Choice]] = {}
    for name, choice in [*_code_lists(), *_ethnic_groups()]:
        found.setdefault(name, []).append(choice)
    return {name: tuple(choices) for name, choices in found.items()}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _code_lists() -> Iterator[tuple[str, Choice]]:
    durable = {"yes": True, "no": False, "": None}
    for row in _rows("codelists.csv"):
        found = Choice(
            code=row["code"],
            vi=row["vi"],
            en=row["en"],
            durable_tt01=durable[row["durable_tt01"]],
            durable_qd55=durable[row["durable_qd55"]],
            basis=row["basis"],
            retired=row["retired"] == "yes",
        )
        yield row["list"], found


def _ethnic_groups() -> Iterator[tuple[str, Choice]]:
    for row in _rows("ethnic_groups.csv"):
        also = tuple(name.strip() for name in row["other_names"].split(";") if name.strip())
        yield "ethnic_group", Choice(code=row["code"], vi=row["vi"], en=row["en"], also=also)


def official_ethnic_code(code: str, order: str) -> str | None:
    """The code of an ethnic group in one of the two official lists: ``qd121`` (1979) or ``gso`` (document 15172)."""
    return next((row[order] or None for row in _rows("ethnic_groups.csv") if row["code"] == code), None)

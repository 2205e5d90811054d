"""The code lists: answers to choose from, with their wording in both languages.

They live in ``data/*.csv`` beside this file. A province words them its own way, retires some and decides which local
material counts as durable: see :func:`amend`. A code is never renamed or removed: a retired one can no longer be
chosen, but what was answered with it stays readable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fieldapp.i18n import DEFAULT, LANGUAGES

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Choice:
    """One answer of a list.

    For a material, ``durable_tt01`` and ``durable_qd55`` are what a province's own file rules by Circular 01/2022 and
    Decision 55/2025. They count where no record of ``material_ruling`` speaks of it; the package says nothing here.
    """

    code: str
    wordings: Mapping[str, str] = field(hash=False)
    durable_tt01: bool | None = None
    durable_qd55: bool | None = None
    basis: str = ""
    retired: bool = False
    also: tuple[str, ...] = ()
    """Other names people know it by, for searching only."""

    def label(self, language: str) -> str:
        """The wording in a language; in Vietnamese where the list has none in it."""
        return self.wordings.get(language) or self.wordings[DEFAULT]


def choices(name: str) -> tuple[Choice, ...]:
    """The choices of a list, in its order, retired ones included.

    :raises KeyError: there is no such list.
    """
    return _lists()[name]


def offered(name: str) -> tuple[Choice, ...]:
    """The choices that can be chosen today."""
    return tuple(choice for choice in choices(name) if not choice.retired)


@cache
def codes(name: str) -> frozenset[str]:
    """Every code of a list, retired ones included."""
    return frozenset(_index(name))


def choice(name: str, code: str) -> Choice | None:
    """One choice, or None when the list has no such code."""
    return _index(name).get(code)


def label(name: str, code: str, language: str) -> str:
    """The wording of a code; an unknown code as it is."""
    found = choice(name, code)
    return found.label(language) if found else code


def amend(path: Path) -> None:
    """Take over a province's own rows: new codes, other wordings, what counts as durable, what is retired.

    The file has the columns of ``data/codelists.csv``. A row whose list and code are known replaces that row where it
    stands; any other is added at the end of its list. A file that does not exist amends nothing.

    :raises ValueError: a column lacks, a list is unknown, or ``durable_…`` or ``retired`` is neither yes, no nor empty.
    """
    rows = list(_read(path)) if path.exists() else []
    unknown = {name for name, _ in rows} - {name for name, _ in _packaged()}
    if unknown:
        raise ValueError(f"{path.name}: no such list: {', '.join(sorted(unknown))}")
    if rows == _amendments:
        return
    _amendments[:] = rows
    for cached in (_lists, _index, codes):
        cached.cache_clear()


_amendments: list[tuple[str, Choice]] = []


@cache
def _packaged() -> list[tuple[str, Choice]]:
    return [row for file in ("codelists.csv", "reference_codelists.csv") for row in _read(DATA / file)]


@cache
def _lists() -> dict[str, tuple[Choice, ...]]:
    found: dict[str, dict[str, Choice]] = {}
    for name, each in [*_packaged(), *_ethnic_groups(), *_amendments]:
        found.setdefault(name, {})[each.code] = each
    return {name: tuple(by_code.values()) for name, by_code in found.items()}


@cache
def _index(name: str) -> dict[str, Choice]:
    return {choice.code: choice for choice in choices(name)}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


YES_NO = {"yes": True, "no": False, "": None}


def _read(path: Path) -> Iterator[tuple[str, Choice]]:
    for number, row in enumerate(_rows(path), start=2):
        try:
            yield row["list"], _choice(row)
        except (KeyError, AttributeError) as wrong:
            raise ValueError(f"{path.name}, line {number}: {wrong}") from None


def _choice(row: dict[str, str]) -> Choice:
    return Choice(
        code=row["code"],
        wordings=_wordings(row),
        durable_tt01=YES_NO[row["durable_tt01"]],
        durable_qd55=YES_NO[row["durable_qd55"]],
        basis=row["basis"],
        retired=YES_NO[row["retired"]] or False,
    )


def _ethnic_groups() -> Iterator[tuple[str, Choice]]:
    for row in _rows(DATA / "ethnic_groups.csv"):
        also = tuple(name.strip() for name in row["other_names"].split(";") if name.strip())
        yield "ethnic_group", Choice(row["code"], _wordings(row), also=also)


def _wordings(row: Mapping[str, str]) -> dict[str, str]:
    """The columns that are called as the languages are."""
    return {DEFAULT: row[DEFAULT], **{code: row[code] for code in LANGUAGES if row.get(code)}}


def official_ethnic_code(code: str, order: str) -> str | None:
    """The code of an ethnic group in one of the two official lists: ``qd121`` (1979) or ``gso`` (document 15172)."""
    return next((row[order] or None for row in _rows(DATA / "ethnic_groups.csv") if row["code"] == code), None)

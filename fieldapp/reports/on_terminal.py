"""An official table for a terminal: as many columns side by side as there is room for, each under its words; the others
follow below, beside the places again."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from fieldapp.reports.numbers import show
from fieldapp.reports.table import Column, Table

WIDTH = 100
"""Characters on a line, where the width of the terminal is not known."""

GAP = "  "
_LEAST = 8
"""Characters that a column has at least, for the words over it."""
_LONGEST_NAME = 40


class _Drawn(NamedTuple):
    """A column with all its texts, and its width in characters."""

    column: Column
    number: str
    cells: tuple[str, ...]
    width: int


def to_text(table: Table, width: int = WIDTH) -> str:
    """The table in lines of at most ``width`` characters, where a place and one column have room in that."""
    lead = _lead(table)
    parts = [_part(lead, columns) for columns in _side_by_side(_drawn(table), width - len(lead[-1]))]
    above, below = ([_wrapped(text, width) for text in texts] for texts in ([table.scope, table.unit], table.notes))
    return "\n".join([table.title, *above, "", "\n\n".join(parts), "", *below]).rstrip() + "\n"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent=GAP)


def _lead(table: Table) -> list[str]:
    """What stands left of the numbers: over them the heading, then a text for each line, all of one width."""
    ordinals = [table.ordinal_heading, *(row.ordinal for row in table.rows)]
    names = [table.place_heading, *(textwrap.shorten(row.name, _LONGEST_NAME, placeholder=" …") for row in table.rows)]
    first, second = (max(map(len, texts)) for texts in (ordinals, names))
    return [f"{one.ljust(first)}{GAP}{two.ljust(second)}" for one, two in zip(ordinals, names, strict=True)]


def _drawn(table: Table) -> Iterator[_Drawn]:
    for place, (column, number) in enumerate(zip(table.columns, table.numbers()[2:], strict=True)):
        cells = tuple(show(row.values[place]) for row in table.rows)
        words = " ".join(column.heading).split()
        yield _Drawn(column, number, cells, max(_LEAST, *map(len, words), *map(len, cells)))


def _side_by_side(columns: Iterator[_Drawn], room: int) -> Iterator[list[_Drawn]]:
    """The columns in runs, each as wide as the room at most."""
    run: list[_Drawn] = []
    for each in columns:
        if run and _across([*run, each]) + len(GAP) > room:
            yield run
            run = []
        run.append(each)
    yield run


def _across(columns: Sequence[_Drawn]) -> int:
    return sum(each.width for each in columns) + len(GAP) * (len(columns) - 1)


def _part(lead: Sequence[str], columns: Sequence[_Drawn]) -> str:
    heads = _heads(columns, 0)
    width = len(lead[0])
    lines = [
        *(f"{'':{width}}{GAP}{line}" for line in heads[:-1]),
        f"{lead[0]}{GAP}{heads[-1]}",
        *(f"{'':{width}}{GAP}{line}" for line in _beneath_each_other([_number(each) for each in columns])),
    ]
    rule = GAP.join("─" * each for each in (width, *(column.width for column in columns)))
    rows = zip(lead[1:], zip(*(each.cells for each in columns), strict=True), strict=True)
    body = [GAP.join([name, *map(_right, cells, columns)]) for name, cells in rows]
    return "\n".join(line.rstrip() for line in [*lines, rule, *body])


def _right(cell: str, column: _Drawn) -> str:
    return cell.rjust(column.width)


def _number(each: _Drawn) -> list[str]:
    """The number of a column; what it is worked out from goes on below, where it is long."""
    pieces = re.sub(r"([=+/])", r"\1 ", each.number)
    return [line.replace(" ", "").rjust(each.width) for line in textwrap.wrap(pieces, each.width)]


def _heads(columns: Sequence[_Drawn], depth: int) -> list[str]:
    """The words over columns side by side, from this depth on; one heading over several is drawn as far as it goes."""
    blocks: list[list[str]] = []
    for (_heading, is_last), neighbours in groupby(columns, key=lambda each: _at(each.column, depth)):
        run = list(neighbours)
        blocks += map(_own, run) if is_last else [[*_spanning(run, depth), *_heads(run, depth + 1)]]
    tallest = max(map(len, blocks))
    return _beneath_each_other([[" " * len(block[0])] * (tallest - len(block)) + block for block in blocks])


def _at(column: Column, depth: int) -> tuple[str, bool]:
    """The heading of a column at this depth, and whether it is its own."""
    return column.heading[depth], len(column.heading) == depth + 1


def _own(each: _Drawn) -> list[str]:
    return [line.rjust(each.width) for line in textwrap.wrap(each.column.heading[-1], each.width)]


def _spanning(columns: Sequence[_Drawn], depth: int) -> list[str]:
    width = _across(columns)
    *lines, last = textwrap.wrap(columns[0].column.heading[depth], width)
    return [*(line.ljust(width) for line in lines), f"{last} ".ljust(width, "─")[:width]]


def _beneath_each_other(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks of lines side by side; each block is of one width."""
    widths = [len(block[0]) for block in blocks]
    return [
        GAP.join(line if line is not None else " " * width for line, width in zip(lines, widths, strict=True))
        for lines in zip_longest(*blocks)
    ]

"""An official table as a value: what the page, the spreadsheet, the CSV and the JSON are all drawn from.

Nothing here knows a database or a page. Every text is already in the language it will be read in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import accumulate, groupby, repeat
from typing import Any, Literal, NamedTuple

from fieldapp.i18n import _

RowLevel = Literal["total", "group", "item"]
Number = int | Fraction | None


@dataclass(frozen=True)
class Column:
    """One column of numbers.

    ``heading`` runs from the outermost heading to the column's own; columns side by side that share an outer heading
    stand under one merged cell. A column that is the sum of others names them in ``parts``; a rate names what is
    divided by what in ``rate``. From these the table writes the row of column numbers: ``4=5+6+7+8``, ``18=17/12``.
    """

    key: str
    heading: tuple[str, ...]
    parts: tuple[str, ...] = ()
    rate: tuple[str, str] | None = None

    @property
    def title(self) -> str:
        """The whole heading on one line."""
        return " – ".join(self.heading)

    def value(self, counts: Mapping[str, int]) -> Number:
        """What stands in this column: a count, a sum, or a rate: ``None`` when there is nothing to divide by, and when
        the part is more than the whole, which no percentage can say."""
        if self.rate is None:
            return counts.get(self.key, 0)
        part, whole = map(counts.get, self.rate, (0, 0))
        return Fraction(part, whole) if whole and 0 <= part <= whole else None


@dataclass(frozen=True)
class Row:
    """One line: the total of all, a group with its subtotal, or a place."""

    level: RowLevel
    ordinal: str
    name: str
    values: tuple[Number, ...]
    code: str = ""


@dataclass(frozen=True)
class Group:
    """Places that share a subtotal. ``name`` is empty when the places stand alone, without a line above them."""

    name: str
    code: str
    items: tuple[tuple[str, str, Mapping[str, int]], ...]


@dataclass(frozen=True)
class HeadingCell:
    """A cell of the heading: its place and how far it spreads."""

    text: str
    row: int
    column: int
    rows: int
    columns: int


class TablePart(NamedTuple):
    """Lines of a table that stand together on a page, its total above them: from ``first`` to ``last`` of ``whole``."""

    rows: tuple[Row, ...]
    first: int
    last: int
    whole: int


@dataclass(frozen=True)
class Signature:
    """A column of the block where people sign."""

    title: str
    hint: str


@dataclass(frozen=True)
class Table:
    """A finished report."""

    name: str
    title: str
    issuer: tuple[str, ...]
    motto: tuple[str, str]
    place_and_date: str
    scope: str
    unit: str
    place_heading: str
    ordinal_heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    signatures: tuple[Signature, ...]
    made_on: date
    code_heading: str = ""
    as_of: date | None = None
    as_of_line: str = ""
    notes: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counted_on(self) -> date:
        """The day that the figures are of."""
        return self.as_of or self.made_on

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets the paper: what stands before them, and one line for each."""
        return (_("Recipients:"), _("As above;"), _("Kept: archive."))

    @property
    def total(self) -> Row:
        """The line of totals."""
        return self.rows[0]

    def parts(self, most: int) -> list[TablePart]:
        """As :func:`parted`."""
        return parted(self.rows, most)

    def totals(self) -> dict[str, Number]:
        """The totals by column key."""
        return dict(zip((column.key for column in self.columns), self.total.values, strict=True))

    def numbers(self) -> list[str]:
        """The row of column numbers, the two leading columns included: ``A``, ``B``, ``1``, … ``4=5+6+7+8`` …"""
        return ["A", "B", *column_numbers(self.columns)]

    def headings(self) -> list[HeadingCell]:
        """The cells of the heading, merged where neighbours share a text; column 0 is the ordinal, 1 the place."""
        depth = max(len(column.heading) for column in self.columns)
        lead = [HeadingCell(self.ordinal_heading, 0, 0, depth, 1), HeadingCell(self.place_heading, 0, 1, depth, 1)]
        return lead + list(_spread(self.columns, depth, 0, 2))

    @property
    def depth(self) -> int:
        """How many rows the heading takes."""
        return max(len(column.heading) for column in self.columns)


def column_numbers(columns: tuple[Column, ...]) -> list[str]:
    """The number of each column, with the formula of those that are computed from others."""
    place = {column.key: str(number) for number, column in enumerate(columns, 1)}

    def number(column: Column) -> str:
        if column.parts:
            return f"{place[column.key]}={'+'.join(place[key] for key in column.parts)}"
        if column.rate:
            return f"{place[column.key]}={place[column.rate[0]]}/{place[column.rate[1]]}"
        return place[column.key]

    return [number(column) for column in columns]


def _spread(columns: tuple[Column, ...], depth: int, row: int, start: int) -> Iterator[HeadingCell]:
    for text, neighbours in groupby(columns, key=lambda column: column.heading[row]):
        run = tuple(neighbours)
        deeper = tuple(column for column in run if len(column.heading) > row + 1)
        yield HeadingCell(text, row, start, 1 if deeper else depth - row, len(run))
        if deeper:
            yield from _spread(deeper, depth, row + 1, start)
        start += len(run)


def complete(summed: Iterable[Column], counts: Mapping[str, int]) -> dict[str, int]:
    """Counts with the summed columns filled in from their parts. ``summed``: those columns, innermost first."""
    filled = dict(counts)
    for column in summed:
        filled[column.key] = sum(map(filled.get, column.parts, repeat(0)))
    return filled


def _innermost_first(columns: tuple[Column, ...]) -> list[Column]:
    by_key = {column.key: column for column in columns}

    def depth(column: Column) -> int:
        return 1 + max((depth(by_key[key]) for key in column.parts), default=0)

    return sorted((column for column in columns if column.parts), key=depth)


def totals_of(columns: tuple[Column, ...], counts: Iterable[Mapping[str, int]]) -> dict[str, Number]:
    """What stands in the columns of a line that adds these counts up, by their keys."""
    whole = complete(_innermost_first(columns), add(*counts))
    return {column.key: column.value(whole) for column in columns}


def add(*counts: Mapping[str, int]) -> dict[str, int]:
    """The sum of counts, key by key."""
    if len(counts) == 1:
        return dict(counts[0])
    found: dict[str, int] = {}
    for names, alike in _by_keys(counts).items():
        for name, count in zip(names, map(sum, zip(*alike, strict=True)), strict=True):
            found[name] = found.get(name, 0) + count
    return found


def _by_keys(counts: Iterable[Mapping[str, int]]) -> dict[tuple[str, ...], list[Iterable[int]]]:
    """Those with the same keys in the same order together: most have the same, and so are added up at once."""
    found: dict[tuple[str, ...], list[Iterable[int]]] = defaultdict(list)
    for each in counts:
        found[tuple(each)].append(each.values())
    return found


def rows(
    columns: tuple[Column, ...], groups: tuple[Group, ...], total_name: str, whole: Mapping[str, int] | None = None
) -> tuple[Row, ...]:
    """The lines of a table: the total first, then each group (I, II …) with its places (1, 2 …).

    Places without a group are numbered through. The counts of the places are the only source: subtotals and the total
    are sums of what stands below them.

    :param whole: the counts of the total, where lines are no parts of it: several groups that divide the same whole,
        or lines that share what they count.
    """
    subtotals = [add(*(counts for _, _, counts in group.items)) for group in groups]
    everything = add(*subtotals) if whole is None else whole
    rates = [(place, column) for place, column in enumerate(columns) if column.rate]
    row = partial(_row, [column.key for column in columns], rates, _innermost_first(columns))
    lines = [row("total", "", total_name, "", everything)]
    for number, (group, subtotal) in enumerate(zip(groups, subtotals, strict=True), 1):
        if group.name:
            lines.append(row("group", roman(number), group.name, group.code, subtotal))
        for place, (name, code, counts) in enumerate(group.items, 1):
            lines.append(row("item", str(place), name, code, counts))
    return tuple(lines)


def parted(rows: Sequence[Row], most: int) -> list[TablePart]:
    """The lines of a table in parts of some ``most``, for pages; where there are groups, each part begins with one."""
    begins = "group" if any(row.level == "group" for row in rows) else "item"
    found: list[list[Row]] = [[]]
    for row in rows[1:]:
        if len(found[-1]) >= most and row.level == begins:
            found.append([])
        found[-1].append(row)
    ends = list(accumulate(map(len, found)))
    return [
        TablePart((rows[0], *lines), end - len(lines) + 1, end, ends[-1])
        for lines, end in zip(found, ends, strict=True)
    ]


def _row(
    keys: Sequence[str],
    rates: Sequence[tuple[int, Column]],
    summed: Sequence[Column],
    level: RowLevel,
    ordinal: str,
    name: str,
    code: str,
    counts: Mapping[str, int],
) -> Row:
    filled = complete(summed, counts) if summed else counts
    values: list[Number] = list(map(filled.get, keys, repeat(0)))
    for place, column in rates:
        values[place] = column.value(filled)
    return Row(level, ordinal, name, tuple(values), code)


def roman(number: int) -> str:
    """A group's number as official tables write it: ``I``, ``II`` … ``XCIX``."""
    pairs = (
        (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    )  # fmt: skip
    text = ""
    for value, letters in pairs:
        while number >= value:
            text, number = text + letters, number - value
    return text

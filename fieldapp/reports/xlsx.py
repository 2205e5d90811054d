"""A table as a workbook that opens in Excel and prints on A4 as the office expects it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time
from fractions import Fraction

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from fieldapp.reports.numbers import show
from fieldapp.reports.table import Column, Number, Row, Table

A4 = 9
FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
TITLE_ROW = 4
"""Rows above hold the issuer and the national motto."""


def to_xlsx(table: Table) -> bytes:
    """The workbook: numbers are numbers, headings are merged, panes are frozen, heading rows repeat on each page."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        made = datetime.combine(table.made_on, time())
        book.set_properties({"title": table.title, "author": table.issuer[0], "created": made})
        sheet = book.add_worksheet(table.name[:31], NumberedSheet)
        _Drawing(book, sheet, table).draw()
    return out.getvalue()


class NumberedSheet(Worksheet):  # type: ignore[misc]  # the library ships no types
    """A sheet with the number of a page in the middle of the top margin, from the second page on (Decree 30/2020,
    Appendix I); the library has one header for all pages."""

    def _write_header_footer(self) -> None:
        self._xml_start_tag("headerFooter", [("differentFirst", 1)])
        self._xml_data_element("oddHeader", self.header)
        self._xml_end_tag("headerFooter")


class _Drawing:
    """One table on one sheet, drawn from top to bottom."""

    def __init__(self, book: Workbook, sheet: Worksheet, table: Table) -> None:
        self.book, self.sheet, self.table = book, sheet, table
        self.last = len(table.columns) + 1
        self.header = TITLE_ROW + 4

    def draw(self) -> None:
        self._official_header()
        self._headings()
        below = self._rows()
        self._footer(below)
        self._page_setup(below)

    def style(self, **properties: object) -> Format:
        return self.book.add_format({**FONT, **properties})

    def _official_header(self) -> None:
        centre, middle = {"align": "center"}, self.last // 2
        issuer = [*self.table.issuer, ""][:2]
        for row, (left, right) in enumerate(zip(issuer, self.table.motto, strict=True)):
            self._merge(row, 0, min(4, middle), left, self.style(bold=row == 1 or not issuer[1], **centre))
            underline = {"underline": 1} if row == 1 else {}
            self._merge(row, middle + 1, self.last, right, self.style(bold=True, **centre, **underline))
        self._merge(2, middle + 1, self.last, self.table.place_and_date, self.style(italic=True, **centre))
        self._merge(TITLE_ROW, 0, self.last, self.table.title.upper(), self.style(bold=True, font_size=14, **centre))
        scope = "; ".join(filter(None, (self.table.scope, self.table.as_of_line.strip("()"))))
        self._merge(TITLE_ROW + 1, 0, self.last, scope, self.style(italic=True, **centre))
        self._merge(TITLE_ROW + 2, 0, self.last, self.table.unit, self.style(italic=True, align="right"))

    def _merge(self, row: int, first: int, last: int, text: str, style: Format) -> None:
        self.sheet.merge_range(row, first, row, last, text, style)

    def _headings(self) -> None:
        style = self.style(bold=True, border=1, align="center", text_wrap=True, bg_color="#E7EEF4")
        for cell in self.table.headings():
            top, left = self.header + cell.row, cell.column
            bottom, right = top + cell.rows - 1, left + cell.columns - 1
            if (top, left) == (bottom, right):
                self.sheet.write_string(top, left, cell.text, style)
            else:
                self.sheet.merge_range(top, left, bottom, right, cell.text, style)
        numbers = self.style(italic=True, border=1, align="center", font_size=9, text_wrap=True)
        self.sheet.write_row(self.header + self.table.depth, 0, self.table.numbers(), numbers)
        for row in range(self.header, self.header + self.table.depth):
            self.sheet.set_row(row, 78 if row == self.header + self.table.depth - 1 else 32)

    @property
    def first_row(self) -> int:
        """The first line of figures: below the headings and the row of column numbers."""
        return self.header + self.table.depth + 1

    def _rows(self) -> int:
        styles = {level: self._row_styles(level) for level in ("total", "group", "item")}
        for place, row in enumerate(self.table.rows, self.first_row):
            self._row(place, row, *styles[row.level])
        return self.first_row + len(self.table.rows)

    def _row_styles(self, level: str) -> tuple[Format, Format, Format, Format]:
        look: dict[str, object] = {"border": 1, "bold": level != "item"}
        if level == "total":
            look["bg_color"] = "#F3F3F3"
        return (
            self.style(align="center", **look),
            self.style(align="left", text_wrap=True, **look),
            self.style(num_format="#,##0", **look),
            self.style(num_format="0.0%", **look),
        )

    def _row(self, place: int, row: Row, ordinal: Format, name: Format, count: Format, rate: Format) -> None:
        self.sheet.write_string(place, 0, row.ordinal, ordinal)
        self.sheet.write_string(place, 1, row.name, name)
        for column, (value, kind) in enumerate(zip(row.values, self.table.columns, strict=True), 2):
            self._number(place, column, value, rate if kind.rate else count, self._formula(place, kind))

    def _formula(self, row: int, column: Column) -> str:
        """That of a column that the form works out from others, as the row of column numbers says."""
        if column.rate:
            part, whole = (self._cell(row, key) for key in column.rate)
            return f"={part}/{whole}"
        return f"={'+'.join(self._cell(row, key) for key in column.parts)}" if column.parts else ""

    def _cell(self, row: int, key: str) -> str:
        place = next(place for place, column in enumerate(self.table.columns, 2) if column.key == key)
        return str(xl_rowcol_to_cell(row, place))

    def _number(self, row: int, column: int, value: Number, style: Format, formula: str) -> None:
        """A value, or the formula that comes to it: what it comes to is beside it for who works nothing out."""
        if value is None:
            self.sheet.write_blank(row, column, None, style)
        elif formula:
            self.sheet.write_formula(
                row, column, formula, style, float(value) if isinstance(value, Fraction) else value
            )
        else:
            self.sheet.write_number(row, column, float(value) if isinstance(value, Fraction) else value, style)

    def _footer(self, row: int) -> None:
        note = self.style(italic=True, font_size=10)
        for line in self.table.notes:
            self.sheet.write_string(row, 1, line, note)
            row += 1
        for place, line in enumerate(self.table.recipients):
            style = self.style(font_size=10, **({} if place else {"bold": True, "italic": True}))
            self.sheet.write_string(row + 1 + place, 0, f"- {line}" if place else line, style)
        self._signatures(row + 1)

    def _signatures(self, row: int) -> None:
        """To the right of those who get it."""
        room = (self.last - 1) // len(self.table.signatures)
        for place, signature in enumerate(self.table.signatures):
            first = 2 + place * room
            last = self.last if signature is self.table.signatures[-1] else first + room - 1
            self._merge(row, first, last, signature.title, self.style(bold=True, align="center"))
            self._merge(row + 1, first, last, signature.hint, self.style(italic=True, align="center"))

    def _widths(self) -> Iterator[float]:
        """Each column as wide as its longest number: one that does not fit is drawn as a row of #."""
        for values in zip(*(row.values for row in self.table.rows), strict=True):
            yield max(7.7, 1.5 + max(len(show(value)) for value in values))

    def _page_setup(self, below: int) -> None:
        sheet = self.sheet
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, 1, 26)
        for place, width in enumerate(self._widths(), 2):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(self.first_row, 2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=1.18, right=0.59, top=0.79, bottom=0.79)  # 30, 15, 20 and 20 mm (Decree 30/2020)
        sheet.repeat_rows(self.header, self.first_row - 1)
        sheet.print_area(0, 0, below + len(self.table.notes) + 8, self.last)
        sheet.set_header('&C&"Times New Roman,Regular"&13&P')

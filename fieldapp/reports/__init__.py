"""The official tables: a pure query makes a table, and the table is drawn as a page, XLSX, CSV or JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from fieldapp.i18n import _, _l
from fieldapp.problems import UnknownReport
from fieldapp.reports import housing_need, other_support, overview, pdf, plain, xlsx
from fieldapp.reports.case_tables import CASE_REPORTS, PURPOSES, SAID_ALONE, SHOWN_FIRST
from fieldapp.reports.geography import BY
from fieldapp.reports.of_cases import CaseReport
from fieldapp.reports.scope import Options
from fieldapp.reports.subjects import CASES
from fieldapp.reports.table import Number, Table


@dataclass(frozen=True)
class Report:
    """A report by name: what it says of itself, how it is built, what is drawn and shown first.

    ``by_place``: whether its lines are places, or something else that a reader chooses; ``counted``: what its columns
    count, by which what stands behind a number is found.
    """

    name: str
    title: str
    purpose: str
    build: Callable[[Session, Options, frozenset[str] | None, date], Table]
    chart: tuple[str, ...] = ()
    shown_first: tuple[str, ...] = ()
    by_place: bool = True
    counted: CaseReport | None = None

    @property
    def of_cases(self) -> CaseReport | None:
        """What it counts, where its numbers lead to lists of support cases."""
        return self.counted if self.counted and self.counted.of is CASES else None

    @property
    def cuts(self) -> tuple[str, ...]:
        """What its lines can be."""
        return (self.counted.cuts if self.counted else BY) if self.by_place else ()

    @property
    def filters(self) -> tuple[str, ...]:
        """What narrows it beside places."""
        return self.counted.filters if self.counted else ()


REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            housing_need.NAME,
            housing_need.TITLE,
            _l("Households in need, what was approved and what has been built, by village, commune or district."),
            housing_need.build,
            housing_need.CHART,
            housing_need.SHOWN_FIRST,
            counted=housing_need.COUNTED,
        ),
        Report(
            other_support.NAME,
            other_support.TITLE,
            _l("What households were given beside housing, by year, policy and source."),
            other_support.build,
            shown_first=other_support.SHOWN_FIRST,
            by_place=False,
            counted=other_support.COUNTED,
        ),
        Report(
            overview.NAME,
            overview.OVERVIEW.title,
            overview.PURPOSE,
            overview.OVERVIEW.build,
            shown_first=overview.SHOWN,
            counted=overview.OVERVIEW,
        ),
        *(
            Report(one.name, one.title, PURPOSES[one.name], one.build, shown_first=SHOWN_FIRST[one.name], counted=one)
            for one in CASE_REPORTS
        ),
    )
}


@dataclass(frozen=True)
class Writer:
    """A way to write a table into a file."""

    write: Callable[[Table], bytes]
    media_type: str


WRITERS: dict[str, Writer] = {
    "xlsx": Writer(xlsx.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": Writer(pdf.to_pdf, "application/pdf"),
    "csv": Writer(plain.to_csv, "text/csv; charset=utf-8"),
    "json": Writer(plain.to_json, "application/json"),
}


def find(name: str) -> Report:
    """The report of this name.

    :raises UnknownReport: there is none.
    """
    if name not in REPORTS:
        raise UnknownReport(name=name, names=", ".join(REPORTS))
    return REPORTS[name]


def figures(report: Report, table: Table) -> list[tuple[str, str, Number]]:
    """What a report shows first: a column by its key, under a heading that can stand alone, and its total."""
    headings, totals = {column.key: column.heading for column in table.columns}, table.totals()
    return [(key, _alone(report.name, key, headings[key]), totals[key]) for key in report.shown_first]


def _alone(report: str, key: str, heading: tuple[str, ...]) -> str:
    """The inner heading, but of one that only says "total" that of which it is the total."""
    if (report, key) in SAID_ALONE:
        return str(SAID_ALONE[report, key])
    return heading[0] if heading[-1] == _("Total") else heading[-1]


def file_name(table: Table, extension: str) -> str:
    """A plain name for the file: ``housing-need-commune-2025-20260823.xlsx``."""
    said = [str(table.parameters[key]) for key in ("by", "vintage") if key in table.parameters]
    return f"{'-'.join([table.name, *said])}-{table.made_on:%Y%m%d}.{extension}"

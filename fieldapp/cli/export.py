"""``fieldapp export`` and ``fieldapp dictionary``: records as files, and what their columns mean."""

from __future__ import annotations

import csv
import io

import click

from fieldapp import exports
from fieldapp.cli.base import format_option, in_application, tell
from fieldapp.cli.report import write
from fieldapp.db import db
from fieldapp.exports.dictionary import HEADINGS
from fieldapp.reports.plain import BOM


@click.command()
@click.argument("survey")
@format_option(*exports.FORMATS)
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file.")
@click.option("--exact", is_flag=True, help="Exact positions and unmasked sensitive answers. Take care of the file.")
@in_application
def export(survey: str, form: str, output: str | None, exact: bool) -> None:
    """Write all records of a survey to standard output or a file; contested answers are flagged with every value."""
    write(exports.export(db.session(), survey, form, areas=None, exact=exact), output)


@click.command()
@format_option("table", "csv", "json")
@in_application
def dictionary(form: str) -> None:
    """Every question of every survey: name, wording, kind, rules, choices."""
    lines = exports.dictionary()
    headings = {key: str(label) for key, label in HEADINGS.items()}
    if form == "csv":
        out = io.StringIO(BOM)
        out.seek(0, io.SEEK_END)
        writer = csv.writer(out)
        writer.writerows([list(headings.values()), *([line[key] for key in headings] for line in lines)])
        write(out.getvalue().encode(), None)
    else:
        tell(lines, form, {key: headings[key] for key in ("survey", "name", "kind", "label")})

"""``fieldapp export`` and ``fieldapp dictionary``: records as files, and what their columns mean."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from fieldapp import exports, taken_out
from fieldapp.cli.base import ProgressLine, format_option, in_application, tell, terminal
from fieldapp.cli.writing import place_for, write
from fieldapp.db import db
from fieldapp.exports.dictionary import HEADINGS
from fieldapp.exports.xlsform import to_xlsform
from fieldapp.i18n import _
from fieldapp.problems import NoSurveyNamed
from fieldapp.reports.plain import BOM
from fieldapp.surveys import SURVEYS


@click.command()
@click.argument("survey", required=False)
@format_option(*exports.FORMATS)
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file.")
@click.option("--exact", is_flag=True, help="Exact positions and unmasked sensitive answers. Take care of the file.")
@click.option("--metadata", type=click.Path(dir_okay=False, writable=True), help="Write what Datasette is to know.")
@in_application
def export(survey: str | None, form: str, output: str | None, exact: bool, metadata: str | None) -> None:
    """Write all records of a survey to standard output or a file; contested answers are flagged with every value.

    Without a survey, '--format sqlite' writes everything into one file: all surveys, facts, places and code lists.
    """
    progress = ProgressLine(_("Writing records"))
    if survey is None and form != "sqlite":
        raise NoSurveyNamed(names=", ".join(SURVEYS))
    with place_for(output) as file:
        if survey is None:
            rows = exports.to_everything(db.session(), file, areas=None, exact=exact, progress=progress)
        else:
            rows = exports.export(db.session(), survey, form, file, areas=None, exact=exact, progress=progress)
        taken_out.note(terminal(), survey or "everything", form, rows, exact=exact)
    progress.done()
    if metadata is not None:
        name = Path(output).stem if output else exports.NAME
        write(json.dumps(exports.metadata(name), ensure_ascii=False, indent=2).encode(), metadata)


@click.command()
@format_option("table", "csv", "json", "xlsform")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Write the XLSForm to this file.")
@in_application
def dictionary(form: str, output: str | None) -> None:
    """Every question of every survey: name, wording, kind, rules, choices.

    '--format xlsform' writes the questionnaires as a workbook that ODK, Kobo and the like read.
    """
    if form == "xlsform":
        with place_for(output) as file:
            to_xlsform(file)
        return
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

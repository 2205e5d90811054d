"""``fieldapp report``: the official tables, on the terminal or as a file."""

from __future__ import annotations

import shutil
import sys

import click

from fieldapp import reports, taken_out
from fieldapp.cli.base import day_option, format_option, in_application, terminal
from fieldapp.cli.writing import write
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.reports import on_terminal
from fieldapp.reports.labels import LINES
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Table
from fieldapp.today import today


class WithReports(click.Command):
    """A command that names the reports there are below its options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Reports")):
            formatter.write_dl([(each.name, str(each.title)) for each in reports.REPORTS.values()])


@click.command(cls=WithReports)
@click.argument("name")
@click.option("--by", type=click.Choice(LINES), default="commune", show_default=True, help="What the lines are.")
@click.option("--vintage", default="", help="The list of places: 2023 or 2025 (the newest by default).")
@click.option("--within", default="", metavar="CODE", help="Only within this district or commune of that list.")
@click.option("--programme", default="", metavar="CODE", help="Of support cases only those of this programme.")
@click.option("--year", type=click.IntRange(1900, 2100), help="Of support cases only those of this year.")
@click.option("--source", default="", metavar="CODE", help="Of support cases only those with money of this source.")
@click.option("--group", default="", metavar="CODE", help="Of support cases only those of this target group.")
@day_option("--since", help="Of support cases only those from this day on.")
@day_option("--until", help="Of support cases only those until this day.")
@day_option("--as-of", help="As it stood at the end of this day, once worked out.")
@format_option("table", *reports.WRITERS)
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file.")
@in_application
def report(name: str, year: int | None, form: str, output: str | None, **asked: str) -> None:
    """Make a report over the whole node: 'fieldapp report housing-need --by district'."""
    found = reports.find(name)
    options = Options.read(db.session(), year=year or 0, **asked)
    table = found.build(db.session(), options, None, today())
    taken_out.note(terminal(), f"report:{name}", form, len(table.rows))
    write(_for_people(table, output) if form == "table" else reports.WRITERS[form].write(table), output)


def _for_people(table: Table, output: str | None) -> bytes:
    """The table as wide as the terminal that it is printed on."""
    is_seen = output is None and sys.stdout.isatty()
    return on_terminal.to_text(table, shutil.get_terminal_size().columns if is_seen else on_terminal.WIDTH).encode()

"""``fieldapp move-database``: the data of an instance into another database."""

from __future__ import annotations

from dataclasses import asdict

import click

from fieldapp.cli.base import ProgressLine, application, format_option, tell_one
from fieldapp.config import settings
from fieldapp.i18n import _
from fieldapp.instance import move as moving
from fieldapp.instance import moved


@click.command("move-database")
@click.argument("url")
@format_option()
def move_database(url: str, form: str) -> None:
    """Put all data of this instance into the empty PostgreSQL database at URL, or for “sqlite” into its own file.

    All of it or nothing, read again before it counts. The database of before is kept as it was.
    No server may run meanwhile. Photos and keys stay in the folder of the instance.
    The password can be left out of URL where PGPASSWORD or the file .pgpass has it.
    """
    copying, comparing = ProgressLine(_("Rows copied")), ProgressLine(_("Rows read again"))
    with application(being="alone"):
        result = moving.move(settings(), url, copying, comparing)
        copying.done()
        comparing.done()
    if form == "json":
        tell_one(asdict(result), form)
    else:
        _tell(result)


def _tell(result: moving.MoveResult) -> None:
    click.echo(
        _(
            "Moved and read again: rows %(rows)s, tables %(tables)s; changes in the journal, the same "
            "in both: %(changes)s (%(digest)s).",
            **asdict(result),
        )
    )
    click.echo(_("The database of before is kept as it was: %(kept)s.", kept=result.kept))
    said = _("Set this before 'fieldapp serve': %(setting)s", setting=result.setting)
    hidden = _("(with your password instead of %(stars)s)", stars=moved.HIDDEN)
    click.echo(f"{said} {hidden}" if moved.HIDDEN in result.setting else said)

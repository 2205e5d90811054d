"""``fieldapp place``: official lists of places, and villages."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import click

from fieldapp import places
from fieldapp.cli.base import format_option, in_application, tell, tell_one
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.places import Imported
from fieldapp.problems import NotAPlaceList

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def place() -> None:
    """Places: import official lists and villages, follow a reorganisation, search."""


@place.command("import")
@click.argument("file", type=FILE, required=False)
@click.option("--vintage", type=click.IntRange(1900, 2200), help="The year whose list it is.")
@click.option("--villages", is_flag=True, help="The file lists villages: commune_code, number, name.")
@format_option()
@in_application
def import_(file: Path | None, vintage: int | None, villages: bool, form: str) -> None:
    """Import a list of places (code, name, level, parent_code), or without FILE the lists that come with the app.

    Importing twice is importing once.
    """
    if file and not vintage:
        raise click.UsageError(_("Say which year's list it is: --vintage 2025."))
    begin_writing()
    if file is None or vintage is None:
        result = places.import_packaged()
    elif villages:
        result = places.import_villages(_villages(file, vintage))
    else:
        result = places.import_places(file, vintage)
    db.session.commit()
    _report(result, form)


def _villages(file: Path, vintage: int) -> list[tuple[int, str, int, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        return [(vintage, row["commune_code"], int(row["number"]), row["name"]) for row in rows]
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise NotAPlaceList(file=file.name, line=1) from error


@place.command()
@click.argument("mapping", type=FILE)
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day it came into force.")
@click.option("--from", "from_vintage", type=int, default=2023, show_default=True, help="The year of the old list.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@format_option()
@in_application
def reorganise(mapping: Path, on: datetime, from_vintage: int, dry_run: bool, form: str) -> None:
    """Learn what became of each commune, from old_commune_code, new_commune_code, whole_or_part.

    Villages keep their old commune for ever; they are found under the new one as well.
    """
    begin_writing()
    result = places.import_mapping(mapping, from_vintage, on.year)
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    _report(result, form)


def _report(result: Imported, form: str) -> None:
    words = {"new": _("New"), "changed": _("Changed"), "same": _("Unchanged")}
    tell_one(result._asdict(), form, words)


@place.command()
@click.argument("words")
@click.option("--vintage", type=int, help="Of which year [all].")
@format_option()
@in_application
def search(words: str, vintage: int | None, form: str) -> None:
    """Find places and villages by name, accents or not."""
    found = [
        {"code": place.code, "name": place.name, "in": place.parent_code or "", "vintage": place.vintage}
        for place in places.search_places(words, vintage)
    ]
    for village, commune in places.with_communes([each.id for each in places.search_villages(words)], vintage):
        found.append({"code": village.id, "name": village.name, "in": commune.name, "vintage": village.vintage})
    tell(found, form, {"code": _("Place code"), "name": _("Name"), "in": _("In"), "vintage": _("Vintage")})

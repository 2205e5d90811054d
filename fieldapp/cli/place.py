"""``fieldapp place``: official lists of places, and villages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from fieldapp import people, places
from fieldapp.cli.base import day_option, format_option, in_application, tell, tell_one
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, _l
from fieldapp.places import PlaceListDraft
from fieldapp.problems import QuestionsOfPlaceList

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def place() -> None:
    """Places: import official lists and villages, follow a reorganisation, search."""


YES = click.option("--yes", is_flag=True, help="All that is asked about the list is meant.")
DRY = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
COUNTED = {"number": _l("Number"), "new": _l("New"), "changed": _l("Changed"), "same": _l("Unchanged")}
OUTDATED = {"outdated": _l("People who look after places that are no more")}


@place.command("import")
@click.argument("file", type=FILE, required=False)
@click.option("--vintage", type=click.IntRange(1900, 2200), help="The year whose list it is.")
@click.option("--villages", is_flag=True, help="The file lists villages: commune_code, number, name.")
@DRY
@YES
@format_option()
@in_application
def import_(file: Path | None, vintage: int | None, villages: bool, dry_run: bool, yes: bool, form: str) -> None:
    """Import a list of places (code, name, level, parent_code), or without FILE the lists that come with the app.

    What is odd in it is asked about first. Importing twice is importing once.
    """
    if file and not vintage:
        raise click.UsageError(_("Say which year's list it is: --vintage 2025."))
    begin_writing()
    if file is None or vintage is None:
        result = places.import_packaged()
        db.session.commit()
        tell_one(result._asdict(), form, COUNTED)
    else:
        _take(
            places.draft_villages(file, vintage) if villages else places.draft_places(file, vintage), dry_run, yes, form
        )


@place.command()
@click.argument("mapping", type=FILE)
@day_option("--date", "on", required=True, help="The day it came into force.")
@click.option("--from", "from_vintage", type=int, default=2023, show_default=True, help="The year of the old list.")
@DRY
@YES
@format_option()
@in_application
def reorganise(mapping: Path, on: str, from_vintage: int, dry_run: bool, yes: bool, form: str) -> None:
    """Learn what became of each commune, from old_commune_code, new_commune_code, whole_or_part.

    Villages keep their old commune for ever; they are found under the new one as well.
    """
    begin_writing()
    _take(places.draft_mapping(mapping, from_vintage, date.fromisoformat(on).year), dry_run, yes, form)


def _take(draft: PlaceListDraft, dry_run: bool, yes: bool, form: str) -> None:
    """Show what a list would do, with what is asked about it; or take it.

    :raises QuestionsOfPlaceList: something is asked, and nobody said that it is meant.
    """
    counts = places.foresee(draft)._asdict()
    if dry_run:
        db.session.rollback()
        tell_one({**counts, "questions": draft.questions}, form, {**COUNTED, "questions": _l("Questions")})
        return
    if draft.questions and not yes:
        raise QuestionsOfPlaceList(file=draft.file, questions="\n".join(f"- {each}" for each in draft.questions))
    kept = places.take(draft, None, datetime.now(UTC))
    db.session.commit()
    told, words = {"number": kept.id, **counts}, COUNTED
    if draft.kind == "mapping":
        told, words = {**told, "outdated": len(people.outdated.outdated())}, {**words, **OUTDATED}
    tell_one(told, form, words)


@place.command()
@format_option()
@in_application
def imports(form: str) -> None:
    """The lists that were imported and can be undone, the newest first."""
    rows = [
        {"number": each.id, "at": each.at, "file": each.file, "vintage": each.vintage,
         "new": len(each.added), "changed": len(each.after)}
        for each in places.taken()
    ]  # fmt: skip
    tell(rows, form, {**COUNTED, "at": _l("Time"), "file": _l("File"), "vintage": _l("Vintage")})


@place.command()
@click.argument("number", type=click.IntRange(min=1))
@in_application
def undo(number: int) -> None:
    """Undo the import with this number: what it replaced is back, what it added is gone."""
    begin_writing()
    file = places.undo(number).file
    db.session.commit()
    click.echo(_("The import of %(file)s is undone.", file=file))


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

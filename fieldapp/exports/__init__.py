"""A survey's records as a file to take away, and the dictionary that explains its columns.

For people: ``csv`` and ``xlsx``, with headings and answers in words. For programs: ``geojson`` and ``sqlite``, with
question names and codes. Whoever is no administrator gets positions rounded to about a kilometre and sensitive answers
masked. Every format says which answers are contested and what the other values are.
One more file holds everything: :mod:`fieldapp.exports.everything`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from sqlalchemy.orm import Session

from fieldapp.exports import spreadsheet
from fieldapp.exports.datasette import metadata
from fieldapp.exports.dictionary import dictionary
from fieldapp.exports.everything import to_everything
from fieldapp.exports.geojson import to_geojson
from fieldapp.exports.records import PORTION, Exported, Extract, extract
from fieldapp.exports.sqlite import to_sqlite
from fieldapp.problems import UnknownFormat, UnknownSurvey
from fieldapp.surveys import SURVEYS

__all__ = ["FORMATS", "NAME", "Format", "dictionary", "export", "find_format", "metadata", "to_everything"]

Progress = Callable[[int, int], None]
NAME = "fieldapp"
"""What the file of everything is called unless somebody calls it otherwise."""


@dataclass(frozen=True)
class Format:
    """A kind of file an extract can be written as, record by record."""

    write: Callable[[Extract, BinaryIO], None]
    media_type: str


FORMATS: dict[str, Format] = {
    "csv": Format(spreadsheet.to_csv, "text/csv; charset=utf-8"),
    "xlsx": Format(spreadsheet.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": Format(to_geojson, "application/geo+json"),
    "sqlite": Format(to_sqlite, "application/vnd.sqlite3"),
}


def find_format(name: str) -> Format:
    """The format of this name.

    :raises UnknownFormat: there is none.
    """
    if name not in FORMATS:
        raise UnknownFormat(name=name, names=", ".join(FORMATS))
    return FORMATS[name]


def export(
    session: Session,
    survey: str,
    format_name: str,
    out: BinaryIO,
    *,
    areas: frozenset[str] | None,
    exact: bool,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the records of a survey in these villages (all for ``None``) into a file; how many these are.

    :param exact: with full positions and sensitive answers, which is for administrators.
    :param only: of them those of these ids.
    :param progress: told now and then how many records are written, of how many.
    :raises UnknownSurvey: there is no such survey.
    :raises UnknownFormat: there is no such format.
    """
    wanted = find_format(format_name)
    if survey not in SURVEYS:
        raise UnknownSurvey(name=survey, names=", ".join(SURVEYS))
    found = extract(session, survey, areas=areas, exact=exact, only=only)
    wanted.write(replace(found, records=_told(found, progress)) if progress else found, out)
    return found.count


def _told(found: Extract, progress: Progress) -> Iterator[Exported]:
    for number, record in enumerate(found.records, 1):
        yield record
        if number % PORTION == 0 or number == found.count:
            progress(number, found.count)

"""An extract for maps: one feature a record, codes as they are kept, their words in ``labels``."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import msgspec

from fieldapp.exports.records import MASK, Exported, Extract, moment
from fieldapp.i18n import language
from fieldapp.surveys.question import Question


def to_geojson(extract: Extract, out: BinaryIO) -> None:
    """A FeatureCollection (RFC 7946); a record without a position has no geometry and is there all the same."""
    head = {"survey": extract.survey, "positions": "exact" if extract.exact else "rounded"}
    out.write(b'{"type":"FeatureCollection",%s,"features":[' % _text(head)[1:-1])
    between = b""
    coded = {name: question for name, question in extract.questions.items() if question.choices}
    for record in extract.records:
        out.write(between)
        out.write(_text(_feature(record, coded)))
        between = b",\n"
    out.write(b"]}\n")


def _text(value: Any) -> bytes:
    """As JSON. What a foreign program brought may hold numbers beyond what the quick writer knows."""
    try:
        return msgspec.json.encode(value)
    except OverflowError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _feature(record: Exported, coded: dict[str, Question]) -> dict[str, Any]:
    point = record.point
    geometry = point and {"type": "Point", "coordinates": [float(point["lon"]), float(point["lat"])]}
    return {
        "type": "Feature",
        "id": record.id,
        "geometry": geometry,
        "properties": {
            "area": record.area,
            "village_name": record.where.village,
            "commune_listed": record.where.commune,
            "commune_today": record.where.commune_today,
            **{name: value for name, value in record.answers.items() if value is not None},
            "labels": _labels(record.answers, coded),
            "author": record.author,
            "author_name": record.by,
            "created_at": moment(record.created_at),
            "changed_at": moment(record.changed_at),
            "contested": sorted(record.conflicts),
            "conflicts": record.conflicts,
            "withdrawn": record.withdrawn,
        },
    }


def _labels(answers: dict[str, Any], coded: dict[str, Question]) -> dict[str, str]:
    """The answers that are codes, in words; what is masked says nothing."""
    given = ((name, answers[name]) for name in coded)
    told = {name: value for name, value in given if value is not None and not str(value).startswith(MASK)}
    return {name: coded[name].show(value, language()) for name, value in told.items()}

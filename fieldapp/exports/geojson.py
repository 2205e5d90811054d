"""An extract for maps: one feature a record, codes as they are kept, their words in ``labels``."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, BinaryIO

import msgspec

from fieldapp.exports.drawn_once import DrawnOnce
from fieldapp.exports.records import MASK, Exported, Extract
from fieldapp.i18n import language
from fieldapp.surveys.question import Question
from fieldapp.today import stamp


def to_geojson(extract: Extract, out: BinaryIO) -> None:
    """A FeatureCollection (RFC 7946); a record without a position has no geometry and is there all the same."""
    head = {"survey": extract.survey, "positions": "exact" if extract.exact else "rounded"}
    out.write(b'{"type":"FeatureCollection",%s,"features":[' % _text(head)[1:-1])
    between = b""
    coded = [
        (name, DrawnOnce(partial(_label, question))) for name, question in extract.questions.items() if question.choices
    ]
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


def _feature(record: Exported, coded: list[tuple[str, DrawnOnce]]) -> dict[str, Any]:
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
            "created_at": stamp(record.created_at),
            "changed_at": stamp(record.changed_at),
            "contested": sorted(record.conflicts),
            "conflicts": record.conflicts,
            "withdrawn": record.withdrawn,
        },
    }


def _labels(answers: dict[str, Any], coded: list[tuple[str, DrawnOnce]]) -> dict[str, str]:
    """The answers that are codes, in words; what is masked says nothing."""
    given = ((name, answers[name], labels) for name, labels in coded)
    told = ((name, labels[value] if type(value) is str else labels.draw(value)) for name, value, labels in given)
    return {name: label for name, label in told if label is not None}


def _label(question: Question, value: Any) -> str | None:
    return None if value is None or str(value).startswith(MASK) else question.show(value, language())

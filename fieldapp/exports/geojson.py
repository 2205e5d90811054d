"""An extract for maps: one feature a record, codes as they are kept."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import msgspec

from fieldapp.exports.records import Exported, Extract


def to_geojson(extract: Extract, out: BinaryIO) -> None:
    """A FeatureCollection (RFC 7946); a record without a position has no geometry and is there all the same."""
    head = {"survey": extract.survey, "positions": "exact" if extract.exact else "rounded"}
    out.write(b'{"type":"FeatureCollection",%s,"features":[' % _text(head)[1:-1])
    between = b""
    for record in extract.records:
        out.write(between)
        out.write(_text(_feature(record)))
        between = b",\n"
    out.write(b"]}\n")


def _text(value: Any) -> bytes:
    """As JSON. What a foreign program brought may hold numbers beyond what the quick writer knows."""
    try:
        return msgspec.json.encode(value)
    except OverflowError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _feature(record: Exported) -> dict[str, Any]:
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
            "contested": sorted(record.conflicts),
            "conflicts": record.conflicts,
            "withdrawn": record.withdrawn,
        },
    }

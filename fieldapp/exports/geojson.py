"""An extract for maps: one feature a record, codes as they are kept."""

from __future__ import annotations

import json
from typing import Any

from fieldapp.exports.records import Exported, Extract


def to_geojson(extract: Extract) -> bytes:
    """A FeatureCollection (RFC 7946); a record without a position has no geometry and is there all the same."""
    body = {
        "type": "FeatureCollection",
        "survey": extract.survey,
        "positions": "exact" if extract.exact else "rounded",
        "features": [_feature(record) for record in extract.records],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


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

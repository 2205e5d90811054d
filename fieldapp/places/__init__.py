"""Places: what the official lists of each vintage say, what became of each commune, and the villages we own."""

from fieldapp.places.imports import (
    Imported,
    add_village,
    import_mapping,
    import_packaged,
    import_places,
    import_villages,
)
from fieldapp.places.lookup import (
    commune_of,
    communes,
    district_of,
    districts,
    newest_vintage,
    place,
    search_places,
    search_villages,
    village_name,
    villages_of,
    with_communes,
)
from fieldapp.places.models import Place, PlaceMapping, Village, village_id

__all__ = [
    "Imported",
    "Place",
    "PlaceMapping",
    "Village",
    "add_village",
    "commune_of",
    "communes",
    "district_of",
    "districts",
    "import_mapping",
    "import_packaged",
    "import_places",
    "import_villages",
    "newest_vintage",
    "place",
    "search_places",
    "search_villages",
    "village_id",
    "village_name",
    "villages_of",
    "with_communes",
]

"""Lists that others keep, taken in: households of a commune's list, cases and payments of earlier years, other support
of households, indicators of places.

A list is kept, read by a plan (:class:`Plan`), looked at row by row, answered about, and taken as one batch of changes
through intake: so it merges, has its history, and is taken back by the ruling that does so for any batch.
"""

from fieldapp.imports.asking import of, rows_of, taken
from fieldapp.imports.fields import GROUPS, KINDS, Field, ListKind, fields, kind_of
from fieldapp.imports.incoming import begin, head_at, headings_of, keep, path_of, sheets_of
from fieldapp.imports.indicators import ListedPlaces
from fieldapp.imports.looking import choose, choose_all, look
from fieldapp.imports.models import FATES, ListImport, ListRow, Plan
from fieldapp.imports.places import Villages
from fieldapp.imports.planning import missing
from fieldapp.imports.sentences import label, sentences, shown
from fieldapp.imports.taking import redo, take, undo

__all__ = [
    "FATES",
    "GROUPS",
    "KINDS",
    "Field",
    "ListImport",
    "ListKind",
    "ListRow",
    "ListedPlaces",
    "Plan",
    "Villages",
    "begin",
    "choose",
    "choose_all",
    "fields",
    "head_at",
    "headings_of",
    "keep",
    "kind_of",
    "label",
    "look",
    "missing",
    "of",
    "path_of",
    "redo",
    "rows_of",
    "sentences",
    "sheets_of",
    "shown",
    "take",
    "taken",
    "undo",
]

"""What a person reads for the choices of a report."""

from __future__ import annotations

from fieldapp.i18n import _l

BY_LABELS: dict[str, str] = {
    "district": _l("By district"),
    "commune": _l("By commune"),
    "village": _l("By village"),
}

"""What a person reads for the choices of a report."""

from __future__ import annotations

from fieldapp.i18n import _l

BY_LABELS: dict[str, str] = {
    "district": _l("By district"),
    "commune": _l("By commune"),
    "village": _l("By village"),
    "ethnic": _l("By ethnic group"),
    "status": _l("By status of the place"),
    "group": _l("By target group"),
    "programme": _l("By programme"),
    "source": _l("By fund source"),
    "author": _l("By who entered it"),
}
LINES = tuple(BY_LABELS)
"""All that lines can be; which of them a report has, it says itself."""
LINE_HEADINGS: dict[str, str] = {
    "ethnic": _l("Ethnic group"),
    "status": _l("Status of the place"),
    "group": _l("Target group"),
    "programme": _l("Programme"),
    "source": _l("Fund source"),
    "author": _l("Entered by"),
}
"""What stands above the names of lines that are no places."""

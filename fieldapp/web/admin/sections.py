"""The row of links above every page of the administrator."""

from __future__ import annotations

from typing import NamedTuple

from flask import request, url_for

from fieldapp.i18n import _l


class SectionLink(NamedTuple):
    """One link of the row."""

    url: str
    label: str
    here: bool


SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin.batches": (_l("What came in"), ("batches", "batch", "exclude", "include")),
    "admin.import_page": (_l("Import a file"), ("import_page", "preview", "take_in")),
    "admin.lists": (
        _l("Import a list"),
        (
            "lists",
            "begin_list",
            "list",
            "list_columns",
            "look_at_list",
            "explain_list",
            "choose_in_list",
            "take_list",
        ),
    ),
    "admin.held": (_l("Held"), ("held", "rule")),
    "admin.devices": (_l("Devices"), ("devices", "revoke", "backup_page", "read_backup")),
    "admin.people": (_l("People"), ("people", "add_person", "code", "person", "change_person", "switch_person")),
    "admin.taken": (_l("Taken out"), ("taken",)),
    "admin.tokens": (_l("Access for programs"), ("tokens", "make_token", "end_token")),
    "admin.places": (_l("Places"), ("places", "look_at_places", "take_places", "undo_places")),
    "rules.index": (
        _l("Rules of support"),
        tuple(f"rules.{page}" for page in ("index", "programme", "kind", "new", "record", "edit", "effect", "publish")),
    ),
    "admin.node": (_l("This node and its peers"), ("node", "trust", "join", "export", "exchange", "forget")),
    "admin.system": (_l("System"), ("system",)),
}


def sections() -> list[SectionLink]:
    """The links, with the one that is open marked."""
    here = (request.endpoint or "").removeprefix("admin.")
    return [SectionLink(url_for(endpoint), str(label), here in pages) for endpoint, (label, pages) in SECTIONS.items()]

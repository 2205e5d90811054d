"""The administrator's pages: what came in and from whom, what waits for a ruling, devices, people, this node.

One module a page or two; this file is the table of their addresses.
"""

from __future__ import annotations

from flask import Blueprint, Flask

from fieldapp.web.admin import (
    batches,
    devices,
    held,
    imports,
    list_columns,
    list_rows,
    lists,
    node,
    people,
    person,
    places,
    restore,
    system,
    taken,
    tokens,
)
from fieldapp.web.admin.sections import sections

bp = Blueprint("admin", __name__, url_prefix="/admin")

bp.add_url_rule("/", "batches", batches.index)
bp.add_url_rule("/batches/<int:number>", "batch", batches.page)
bp.add_url_rule("/batches/<int:number>/exclusion", "exclude", batches.exclude, methods=["POST"])
bp.add_url_rule("/batches/<int:number>/inclusion", "include", batches.include, methods=["POST"])
bp.add_url_rule("/batches/<int:number>/receipt", "receipt", batches.receipt)
bp.add_url_rule("/import", "import_page", imports.page)
bp.add_url_rule("/import", "preview", imports.preview, methods=["POST"])
bp.add_url_rule("/import/<file>", "take_in", imports.take_in, methods=["POST"])
bp.add_url_rule("/lists", "lists", lists.index)
bp.add_url_rule("/lists", "begin_list", lists.begin, methods=["POST"])
bp.add_url_rule("/lists/<int:number>", "list", list_rows.page)
bp.add_url_rule("/lists/<int:number>/columns", "list_columns", list_columns.columns)
bp.add_url_rule("/lists/<int:number>/columns", "look_at_list", list_columns.look, methods=["POST"])
bp.add_url_rule("/lists/<int:number>/words", "explain_list", list_rows.explain, methods=["POST"])
bp.add_url_rule("/lists/<int:number>/choices", "choose_in_list", list_rows.choose, methods=["POST"])
bp.add_url_rule("/lists/<int:number>/taking", "take_list", list_rows.take, methods=["POST"])
bp.add_url_rule("/lists/<int:number>/fates.csv", "list_fates", list_rows.download)
bp.add_url_rule("/held", "held", held.page)
bp.add_url_rule("/rulings", "rule", held.rule, methods=["POST"])
bp.add_url_rule("/devices", "devices", devices.page)
bp.add_url_rule("/devices/<device>/revocation", "revoke", devices.revoke, methods=["POST"])
bp.add_url_rule("/devices/backups", "backup_page", restore.page)
bp.add_url_rule("/devices/backups", "read_backup", restore.read, methods=["POST"])
bp.add_url_rule("/people", "people", people.page)
bp.add_url_rule("/people", "add_person", people.add, methods=["POST"])
bp.add_url_rule("/people/areas", "move_people", people.move, methods=["POST"])
bp.add_url_rule("/people/<account>", "person", person.page)
bp.add_url_rule("/people/<account>", "change_person", person.change, methods=["POST"])
bp.add_url_rule("/people/<account>/codes", "code", people.code, methods=["POST"])
bp.add_url_rule("/people/<account>/standing", "switch_person", people.switch, methods=["POST"])
bp.add_url_rule("/places", "places", places.page)
bp.add_url_rule("/places", "look_at_places", places.look, methods=["POST"])
bp.add_url_rule("/places/imports", "take_places", places.take_in, methods=["POST"])
bp.add_url_rule("/places/imports/<int:number>/removal", "undo_places", places.undo, methods=["POST"])
bp.add_url_rule("/taken", "taken", taken.page)
bp.add_url_rule("/tokens", "tokens", tokens.page)
bp.add_url_rule("/tokens", "make_token", tokens.make, methods=["POST"])
bp.add_url_rule("/tokens/<token>/end", "end_token", tokens.end, methods=["POST"])
bp.add_url_rule("/node", "node", node.page)
bp.add_url_rule("/node/peers", "trust", node.trust, methods=["POST"])
bp.add_url_rule("/node/joins", "join", node.join, methods=["POST"])
bp.add_url_rule("/node/peers/<name>/files", "export", node.export, methods=["POST"])
bp.add_url_rule("/node/peers/<name>/files", "given", node.given)
bp.add_url_rule("/node/peers/<name>/removal", "forget", node.forget, methods=["POST"])
bp.add_url_rule("/node/peers/<name>/exchanges", "exchange", node.exchange, methods=["POST"])
bp.add_url_rule("/system", "system", system.page)


def init_app(app: Flask) -> None:
    """Give the administrator's pages their own row of links, and large batch files a way in."""
    app.url_value_preprocessor(lambda endpoint, _values: imports.allow_large_files(endpoint))
    app.jinja_env.globals.update(admin_sections=sections)

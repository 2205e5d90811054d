"""The rules as pages: programmes and what else the law says, read in words, changed after a look at what follows."""

from __future__ import annotations

from flask import Blueprint

from fieldapp.web.admin.rules import changing, listing, record

bp = Blueprint("rules", __name__, url_prefix="/admin/rules")

bp.add_url_rule("/", "index", listing.index)
bp.add_url_rule("/programmes/<uuid:record_id>", "programme", listing.programme)
bp.add_url_rule("/kinds/<survey>", "kind", listing.kind)
bp.add_url_rule("/new/<survey>", "new", changing.new, methods=["GET", "POST"])
bp.add_url_rule("/records/<uuid:record_id>", "record", record.page)
bp.add_url_rule("/records/<uuid:record_id>/edit", "edit", changing.edit, methods=["GET", "POST"])
bp.add_url_rule("/records/<uuid:record_id>/withdrawal", "withdraw", changing.withdraw, methods=["POST"])
bp.add_url_rule("/records/<uuid:record_id>/settlements", "settle", changing.settle, methods=["POST"])
bp.add_url_rule("/records/<uuid:record_id>/steps/<change>/undo", "undo", changing.undo, methods=["POST"])
bp.add_url_rule("/effect", "effect", changing.effect, methods=["POST"])
bp.add_url_rule("/publications", "publish", changing.publish, methods=["POST"])

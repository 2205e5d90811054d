"""What a leader reads: the figures of the province, the dashboard, and the indicators that offices keep."""

from __future__ import annotations

from flask import Blueprint

from fieldapp.web.figures import dashboard, indicators, province

bp = Blueprint("figures", __name__, url_prefix="/figures")

bp.add_url_rule("/", "province", province.page)
bp.add_url_rule("/dashboard", "dashboard", dashboard.page)
bp.add_url_rule("/vouchers", "vouchers", dashboard.vouchers)
bp.add_url_rule("/statuses/<status>", "statuses", province.statuses)
bp.add_url_rule("/indicators/", "indicators", indicators.listing)
bp.add_url_rule("/indicators/new", "new_indicator", indicators.new, methods=["GET", "POST"])
bp.add_url_rule("/indicators/<uuid:record_id>", "indicator", indicators.record)
bp.add_url_rule("/indicators/<uuid:record_id>/edit", "edit_indicator", indicators.edit, methods=["GET", "POST"])
bp.add_url_rule("/indicators/<uuid:record_id>/settlements", "settle_indicator", indicators.settle, methods=["POST"])
bp.add_url_rule("/indicators/<uuid:record_id>/withdrawal", "withdraw_indicator", indicators.withdraw, methods=["POST"])

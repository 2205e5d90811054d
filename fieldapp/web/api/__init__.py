"""``/api/v1/``: records, facts, reports, places and code lists as JSON; ``/api/odata/``: the same as an OData 4 feed.

For programs that only read. A program shows its token, ``Authorization: Bearer fa_…``, or as the password of Basic
authentication, which is what Excel and Power BI can. Every answer with data is told in the log of what is taken out.
"""

from flask import Flask

from fieldapp.web.api import odata, plain
from fieldapp.web.api.base import bp, odata_bp, refuse

__all__ = ["bp", "init_app", "refuse"]

bp.add_url_rule("/", "index", plain.index)
bp.add_url_rule("/openapi.json", "openapi", plain.openapi)
bp.add_url_rule("/records/<survey>", "records", plain.records)
bp.add_url_rule("/households", "households", plain.feed_view("households"))
bp.add_url_rule("/cases", "cases", plain.feed_view("cases"))
bp.add_url_rule("/money", "money", plain.feed_view("money"))
bp.add_url_rule("/places", "places", plain.feed_view("places"))
bp.add_url_rule("/villages", "villages", plain.feed_view("villages"))
bp.add_url_rule("/codes", "code_lists", plain.code_lists)
bp.add_url_rule("/codes/<name>", "codes", plain.codes)
bp.add_url_rule("/reports", "reports", plain.report_list)
bp.add_url_rule("/reports/<name>", "report", plain.report)
odata_bp.add_url_rule("/", "service", odata.service)
odata_bp.add_url_rule("/$metadata", "metadata", odata.metadata)
odata_bp.add_url_rule("/<name>", "rows", odata.rows)
odata_bp.add_url_rule("/<name>/$count", "count", odata.count_rows)


def init_app(app: Flask) -> None:
    """Give the app the feed too."""
    app.register_blueprint(odata_bp)

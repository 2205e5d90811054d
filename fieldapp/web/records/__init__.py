"""Records: their list, the page of each with what is done to it, the office's form, the map, and photos."""

from fieldapp.web.records import beside, record
from fieldapp.web.records.listing import bp, init_app

__all__ = ["beside", "bp", "init_app", "record"]

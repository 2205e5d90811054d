"""All addresses of reports on their blueprint."""

from fieldapp.web.reports import behind, bp, files, page

__all__ = ["behind", "bp", "files", "page"]

"""All addresses of cases on their blueprint."""

from fieldapp.web.cases import page, proposing
from fieldapp.web.cases.listing import bp, init_app

__all__ = ["bp", "init_app", "page", "proposing"]

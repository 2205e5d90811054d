"""All addresses of decisions on their blueprint."""

from fieldapp.web.cases import decision, paper
from fieldapp.web.cases.decisions import bp, init_app

__all__ = ["bp", "decision", "init_app", "paper"]

"""All addresses of cases on their blueprint."""

from fieldapp.web.cases import budget, doubts, lists, page, paper, payment, proposing, ready
from fieldapp.web.cases.listing import bp, init_app

__all__ = ["bp", "budget", "doubts", "init_app", "lists", "page", "paper", "payment", "proposing", "ready"]

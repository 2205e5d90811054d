"""Figures as of a day, and closed periods."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class FiguresNotReady(Problem):
    code, status = "figures_not_ready", 409
    sentence = _l("The figures as of %(day)s were not worked out yet. Open the report on that day and ask for them.")


class NoSuchPeriod(Problem):
    code, status = "no_such_period", 404
    sentence = _l("There is no closed period with this number.")


class DayNotOver(Problem):
    code, status = "day_not_over", 400
    sentence = _l("Choose a day until today: of a day that is still to come there are no figures.")

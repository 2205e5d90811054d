"""The clock of this node beside those of the nodes it exchanges with."""

from __future__ import annotations

from fieldapp.i18n import _, ngettext
from fieldapp.nodes.models import Peer
from sync.change import CLOCK_WRONG_MS

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def clock_told(peer: Peer) -> str:
    """That the clock here was wrong when this node last met that one, and what to do; nothing where it was right."""
    ahead = (peer.report or {}).get("clock_ahead_ms", 0)
    if -CLOCK_WRONG_MS <= ahead <= CLOCK_WRONG_MS:
        return ""
    told = {"much": _much(abs(ahead)), "name": peer.name}
    if ahead > 0:
        return _(
            "The clock of this computer is %(much)s ahead of that of “%(name)s”. Set date and time to automatic in its "
            "settings, then sync again. Nothing is lost.", **told
        )  # fmt: skip
    return _(
        "The clock of this computer is %(much)s behind that of “%(name)s”. Set date and time to automatic in its "
        "settings, then sync again. Nothing is lost.", **told
    )  # fmt: skip


def _much(millis: int) -> str:
    if millis < 2 * _HOUR:
        minutes = round(millis / _MINUTE)
        return ngettext("%(n)s minute", "%(n)s minutes", minutes)
    if millis < 2 * _DAY:
        hours = round(millis / _HOUR)
        return ngettext("%(n)s hour", "%(n)s hours", hours)
    days = round(millis / _DAY)
    return ngettext("%(n)s day", "%(n)s days", days)

"""The clock of this node beside those of the nodes it exchanges with."""

from __future__ import annotations

from typing import NamedTuple

from fieldapp.i18n import _, ngettext
from fieldapp.intake import journal
from fieldapp.nodes.models import Peer
from fieldapp.nodes.peers import peers
from fieldapp.today import clock
from sync.change import CLOCK_WRONG_MS
from sync.clock import MAX_AHEAD_MS, millis_of, moment_at, wall_ms

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


class WrongClock(NamedTuple):
    """By how many milliseconds the clock of this computer is ahead, or behind (less than 0), and what tells so: the
    node of this name when they last met, or the newest of what others recorded where there is no name."""

    ahead_ms: int
    name: str = ""


def wrong_clock() -> WrongClock | None:
    """What is known against the clock of this computer; None where nothing is."""
    return next(filter(None, map(_met, peers())), None) or _behind_what_came()


def clock_told(peer: Peer) -> str:
    """That the clock here was wrong when this node last met that one, and what to do; nothing where it was right."""
    found = _met(peer)
    return in_words(found) if found else ""


def _met(peer: Peer) -> WrongClock | None:
    ahead = (peer.report or {}).get("clock_ahead_ms", 0)
    return None if -CLOCK_WRONG_MS <= ahead <= CLOCK_WRONG_MS else WrongClock(ahead, peer.name)


def _behind_what_came() -> WrongClock | None:
    last = journal().last_stamp_of_others()
    behind = millis_of(last) - wall_ms() if last else 0
    return WrongClock(-behind) if behind > MAX_AHEAD_MS else None


def in_words(found: WrongClock) -> str:
    """How the clock is wrong, and what to do."""
    told = {"much": _much(abs(found.ahead_ms)), "name": found.name}
    if not found.name:
        now = wall_ms()
        return _(
            "The clock of this computer shows %(now)s, but the newest that came from others is of %(then)s. Set its "
            "date and time right: until then each “today” written here is wrong. Nothing is lost.",
            now=clock(moment_at(now)), then=clock(moment_at(now - found.ahead_ms)),
        )  # fmt: skip
    if found.ahead_ms > 0:
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

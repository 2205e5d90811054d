"""What is due next in a case, from whom, and whether it is late."""

from __future__ import annotations

from typing import NamedTuple

from fieldapp.db import db
from fieldapp.facts.case_story import (
    Story,
    approved_by_source,
    late_from,
    paid_by_source,
    to_settle_since,
)
from fieldapp.housing.states import NEXT
from fieldapp.i18n import _
from fieldapp.reference.current import current_rules
from fieldapp.today import today
from fieldapp.vietnamese import show_date, show_integer
from fieldapp.web.cases import words


class Due(NamedTuple):
    """What is due next, from whom, since when; where it is late, that it is, and what to do."""

    what: str
    whom: str
    since: str
    late: str
    to_do: str = ""


def due_of(story: Story, state: str, since: str | None, chain: tuple[str, ...]) -> Due | None:
    """What is due next in a state; None where the case has ended. ``chain``: the levels of approval of today."""
    if state not in NEXT:
        return None
    _move, what, level = NEXT[state]
    at = chain[-1] if level == "last" and chain else level
    whom = words.level_label(at) if at else _("The household")
    if state == "complete":
        what, since = _last_due(story, since)
    late, to_do = _late(story, state)
    return Due(str(what), whom, show_date(since) if since else "", late, to_do)


def _last_due(story: Story, since: str | None) -> tuple[str, str | None]:
    """Of a complete house: the payment that is left, or else the settlement, and since when."""
    settling = to_settle_since(story)
    if settling:
        return _("The settlement: the house is complete, and all that is approved is paid"), settling
    left = sum(approved_by_source(story.case).values()) - sum(paid_by_source(story.payments).values())
    if left > 0:
        return _("The remaining payment of %(amount)s đồng, then the settlement", amount=show_integer(left)), since
    return _("The payments put right by source, then the settlement"), since


def _late(story: Story, state: str) -> tuple[str, str]:
    """That it is late, and what to do about it; nothing while it is not."""
    day = late_from(story, current_rules(db.session()))
    if day is None or day >= today().isoformat():
        return "", ""
    if state == "complete":
        return _("It should have been settled by %(day)s.", day=show_date(day)), _(
            "Look through its papers and vouchers, then settle it."
        )
    return _("It should have begun by %(day)s.", day=show_date(day)), _(
        "Visit the household: enter why it has not begun, or block the case with its reason."
    )

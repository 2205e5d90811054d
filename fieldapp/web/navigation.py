"""The main navigation of the desk: what each role may open, in the order of use."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask, request

from fieldapp import people
from fieldapp.i18n import _l
from fieldapp.web import asked
from fieldapp.web.access import me
from fieldapp.web.review import chosen_queue


def init_app(app: Flask) -> None:
    """Give every page its links."""
    app.jinja_env.globals.update(desk_links=desk_links)


class Link(NamedTuple):
    """A link of the main navigation."""

    url: str
    label: str
    here: bool


LINKS: list[tuple[str, str, str | None, str]] = [
    ("/", _l("Home"), None, "enumerator supervisor admin leader"),
    ("/review", _l("To review"), "approve", "supervisor"),
    ("/records/", _l("Records"), "see", "enumerator supervisor admin leader"),
    ("/cases/", _l("Support cases"), "see", "supervisor admin leader"),
    ("/map", _l("Map"), "see", "supervisor admin leader"),
    ("/reports/", _l("Reports"), "report", "supervisor admin leader"),
    ("/admin/", _l("Administration"), "rule", "admin"),
    ("/app/", _l("Tablet app"), "add", "enumerator"),
]
BELONGS = {
    "assignments": ("review", "records"),
    "decisions": ("cases",),
    "figures": ("reports",),
    "pairs": ("review", "records"),
}
"""Behind which link the pages lie that have none of their own, by the first part of their address: the first of these
that is offered."""


def desk_links() -> list[Link]:
    """What this person may open, in the order of use."""
    account = me()
    offered = [
        (url, label)
        for url, label, act, roles in LINKS
        if account.role in roles.split() and (act is None or people.may(account, act))
    ]
    here = _here([url for url, _label in offered])
    return [Link(url, label, url == here) for url, label in offered]


def _here(offered: list[str]) -> str | None:
    """The link behind which this page lies for whom these are offered; None for a page about oneself."""
    first = request.path.split("/")[1]
    wished = ["review"] if asked.query.has(chosen_queue.WALKING) else []
    wished += [*BELONGS.get(first, ()), first]
    return next((url for each in wished for url in offered if url.strip("/") == each), None)

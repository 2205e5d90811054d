"""``fieldapp sync``: exchange changes and photos with a node this one has joined."""

from __future__ import annotations

import click

from fieldapp import nodes
from fieldapp.cli.base import Progress, format_option, in_application, tell, tell_one
from fieldapp.cli.node import row
from fieldapp.i18n import _
from sync.exchange import Outcome


@click.command()
@click.argument("target", metavar="URL|status")
@format_option()
@in_application
def sync(target: str, form: str) -> None:
    """Sync with the node at URL (or of that name), which was joined before; 'fieldapp sync status' lists them all."""
    if target == "status":
        return status(form)
    peer = nodes.joined(target)
    bar = _Bar()
    done = nodes.exchange(peer, bar)
    bar.progress.done()
    return tell_one(_values(done), form, _words())


def status(form: str) -> None:
    """Print each joined node, when it was synced last, and what was exchanged then."""
    words = {
        "name": _("Name"),
        "url": _("Address"),
        "synced": _("Last synced (UTC)"),
        "sent": _("Sent"),
        "received": _("Received"),
    }
    rows = [{**row(peer), **(peer.report or {})} for peer in nodes.peers() if peer.url]
    tell([{key: line.get(key) for key in words} for line in rows], form, words)


class _Bar:
    """Progress of an exchange: how many changes and photos have gone and come, for there is no total to know."""

    def __init__(self) -> None:
        self.progress = Progress(_("Exchanged"))

    def __call__(self, outcome: Outcome) -> None:
        count = outcome.sent + outcome.received + outcome.blobs_sent + outcome.blobs_received
        self.progress(count, count)


def _values(done: Outcome) -> dict[str, object]:
    return {
        "node": done.node,
        "sent": done.sent,
        "received": nodes.fresh(done),
        "photos_sent": done.blobs_sent,
        "photos_received": done.blobs_received,
        "held": done.received_verdicts.get("held", 0),
    }


def _words() -> dict[str, str]:
    return {
        "node": _("Number"),
        "sent": _("Changes sent"),
        "received": _("New changes received"),
        "photos_sent": _("Photos sent"),
        "photos_received": _("Photos received"),
        "held": _("Held"),
    }

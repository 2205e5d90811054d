"""``fieldapp sync``: exchange changes and photos with a node this one has joined."""

from __future__ import annotations

import click

from fieldapp import nodes
from fieldapp.cli.base import ProgressLine, format_option, in_application, tell, tell_one
from fieldapp.cli.node import row
from fieldapp.i18n import _
from fieldapp.instance.copies import guard_epoch
from fieldapp.today import clock
from sync.client import Outcome


@click.command()
@click.argument("target", metavar="URL|status")
@click.option("--compare", is_flag=True, help="Compare all that both hold as well, which is done once a day anyway.")
@format_option()
@in_application
def sync(target: str, compare: bool, form: str) -> None:
    """Sync with the node at URL (or of that name), which was joined before; 'fieldapp sync status' lists them all."""
    if target == "status":
        return status(form)
    guard_epoch()
    peer = nodes.joined(target)
    name, bar = peer.name, _Bar()
    try:
        done = nodes.exchange(peer, bar, comparing=compare or None)
    finally:
        bar.progress.done()
        if nodes.was_put_back(name):
            click.echo(put_back(), err=True)
    if wrong := nodes.clock_told(nodes.find(name)):
        click.echo(wrong, err=True)
    if done.lacked or done.given_again:
        click.echo(found(done.lacked, done.given_again), err=True)
    return tell_one(_values(done), form, _words())


def put_back() -> str:
    """What happened to the other node."""
    return _("The other node was put back to an earlier day: everything was offered to it again.")


def status(form: str) -> None:
    """Print each joined node, when it was synced last, and what was exchanged then."""
    words = {
        "name": _("Name"),
        "url": _("Address"),
        "synced": _("Last synced"),
        "sent": _("Sent"),
        "received": _("Received"),
        "compared": _("Last compared"),
        "found": _("Found by comparing"),
    }
    rows = [{**row(peer), **(peer.report or {}), **_compared(peer)} for peer in nodes.peers() if peer.url]
    tell([{key: line.get(key) for key in words} for line in rows], form, words)


def found(lacked: int, given_again: int) -> str:
    """What a comparison found and put right."""
    return _(
        "Comparing found changes missing here: %(lacked)s, missing there: %(given)s; all were sent again.",
        lacked=lacked,
        given=given_again,
    )


def _compared(peer: nodes.Peer) -> dict[str, object]:
    told, found_at = peer.report or {}, peer.when("found_at")
    what = f"{clock(found_at)}: {found(told['lacked'], told['given_again'])}" if found_at else ""
    return {"compared": peer.when("compared"), "found": what}


class _Bar:
    """Progress of an exchange: how many changes and photos have gone and come, for there is no total to know."""

    def __init__(self) -> None:
        self.progress = ProgressLine(_("Exchanged"))

    def __call__(self, outcome: Outcome) -> None:
        self.progress(outcome.sent + outcome.received + outcome.blobs_sent + outcome.blobs_received)


def _values(done: Outcome) -> dict[str, object]:
    return {
        "node": done.node,
        "sent": done.sent,
        "received": nodes.fresh(done),
        "photos_sent": done.blobs_sent,
        "photos_received": done.blobs_received,
        "held": done.received_verdicts.get("held", 0),
        "compared": done.compared,
        "lacked": done.lacked,
        "given_again": done.given_again,
    }


def _words() -> dict[str, str]:
    return {
        "node": _("Number"),
        "sent": _("Changes sent"),
        "received": _("New changes received"),
        "photos_sent": _("Photos sent"),
        "photos_received": _("Photos received"),
        "held": _("Held"),
        "compared": _("Compared"),
    }

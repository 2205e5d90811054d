"""``fieldapp node``: who this node is, whom it trusts, which it has joined."""

from __future__ import annotations

from dataclasses import asdict

import click

from fieldapp import nodes
from fieldapp.cli.base import format_option, in_application, tell, tell_one
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.nodes import Peer


@click.group()
def node() -> None:
    """This node and the others it exchanges data with."""


@node.command()
@format_option("json", "table")
@in_application
def show(form: str) -> None:
    """Print the number, epoch and key of this node. The key is what other nodes trust."""
    begin_writing()
    own = nodes.own()
    db.session.commit()
    tell_one(asdict(own), form, {"node": _("Number"), "epoch": _("Epoch"), "key": _("Key")})


@node.command()
@click.argument("name")
@click.argument("key")
@in_application
def trust(name: str, key: str) -> None:
    """Trust the node with this KEY, and call it NAME: files it makes can be imported, files can be made for it."""
    begin_writing()
    peer = nodes.trust(name, key)
    name = peer.name
    db.session.commit()
    click.echo(_("“%(name)s” is trusted: files it makes can be imported here.", name=name))


@node.command()
@click.argument("name")
@in_application
def forget(name: str) -> None:
    """Trust the node NAME no longer: its files are refused. What it sent before stays."""
    begin_writing()
    nodes.forget(nodes.find(name))
    db.session.commit()
    click.echo(_("“%(name)s” is no longer trusted. What it sent before stays.", name=name))


@node.command("list")
@format_option()
@in_application
def list_(form: str) -> None:
    """List the nodes known here."""
    words = {"name": _("Name"), "node": _("Number"), "url": _("Address"), "synced": _("Last synced")}
    tell([row(peer) for peer in nodes.peers()], form, words)


def row(peer: Peer) -> dict[str, object]:
    """A peer for a list."""
    return {"name": peer.name, "node": peer.node, "url": peer.url, "synced": peer.synced_at, "key": peer.key}


@node.command()
@click.argument("url")
@click.argument("code")
@click.option("--name", default="", help="What to call the other node here; its address by default.")
@in_application
def join(url: str, code: str, name: str) -> None:
    """Join the node at URL with a one-time CODE made there, so that 'fieldapp sync URL' works."""
    peer = nodes.join(url, code, name)
    name = peer.name
    db.session.commit()
    click.echo(_("This node has joined “%(name)s”. Sync whenever there is a network.", name=name))

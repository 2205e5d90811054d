"""This node and its peers: keys to trust, files to carry, nodes to sync with."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp import nodes
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.nodes import Peer
from fieldapp.problems import Problem
from fieldapp.reports.clock import today
from fieldapp.web.access import signed_in


@signed_in("admin")
def page() -> ResponseReturnValue:
    """Who this node is, and whom it knows."""
    return _page(None)


def _page(problem: Problem | None, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    body = render_template("admin/node.html", own=nodes.own(), peers=nodes.peers(), problem=problem, typed=typed or {})
    db.session.commit()
    return body, problem.status if problem else 200


@signed_in("admin")
def trust() -> ResponseReturnValue:
    """Trust a node by its key."""
    typed = {key: request.form.get(key, "").strip() for key in ("name", "key")}
    try:
        peer = nodes.trust(typed["name"], typed["key"])
    except Problem as problem:
        db.session.rollback()
        return _page(problem, typed)
    name = peer.name
    db.session.commit()
    flash(_("“%(name)s” is trusted: files it makes can be imported here.", name=name), "done")
    return redirect(url_for("admin.node"))


@signed_in("admin")
def join() -> ResponseReturnValue:
    """Join another node over the network, with a one-time code made there."""
    typed = {key: request.form.get(key, "").strip() for key in ("url", "code")}
    try:
        peer = nodes.join(typed["url"], typed["code"])
    except Problem as problem:
        db.session.rollback()
        return _page(problem, typed)
    name = peer.name
    db.session.commit()
    flash(_("This node has joined “%(name)s”. Sync whenever there is a network.", name=name), "done")
    return redirect(url_for("admin.node"))


@signed_in("admin")
def export(name: str) -> ResponseReturnValue:
    """A batch file for a peer, that only the peer can open."""
    peer = nodes.find(name)
    path = _outgoing(peer)
    nodes.export(path, peer)
    name = f"{peer.name}-{today():%Y%m%d}.fab"
    db.session.commit()
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name, max_age=0)


def _outgoing(peer: Peer) -> Path:
    """Where the file for a peer is made; each new one takes the place of the one before."""
    folder = settings().instance / "outgoing"
    folder.mkdir(exist_ok=True)
    return folder / f"{hashlib.sha256(peer.key.encode()).hexdigest()[:16]}.fab"


@signed_in("admin")
def forget(name: str) -> ResponseReturnValue:
    """Trust a node no longer."""
    nodes.forget(nodes.find(name))
    db.session.commit()
    flash(_("“%(name)s” is no longer trusted. What it sent before stays.", name=name), "done")
    return redirect(url_for("admin.node"))


@signed_in("admin")
def exchange(name: str) -> ResponseReturnValue:
    """Sync with a peer now."""
    peer = nodes.find(name)
    try:
        done = nodes.exchange(peer)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "error")
    else:
        flash(
            _("Synced with “%(name)s”: %(sent)s changes sent, %(received)s received.",
              name=name, sent=done.sent, received=nodes.fresh(done)),
            "done",
        )  # fmt: skip
    return redirect(url_for("admin.node"))

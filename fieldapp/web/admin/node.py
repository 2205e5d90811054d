"""This node and its peers: keys to trust, files to carry, nodes to sync with."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlalchemy as sa
from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp import batches, nodes, taken_out, verdicts
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.nodes import Peer
from fieldapp.problems import Problem
from fieldapp.surveys import SURVEYS
from fieldapp.tablets import sealing
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.shown import names_of, place_line


@signed_in("administer")
def page() -> ResponseReturnValue:
    """Who this node is, and whom it knows."""
    return _page(None)


def _page(problem: Problem | None, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    known = nodes.peers()
    body = render_template(
        "admin/node.html",
        own=nodes.own(),
        fingerprint=sealing.fingerprint(),
        peers=known,
        last_given={peer.name: next(iter(batches.given(peer, 1)), None) for peer in known},
        waiting={peer.name: batches.unacknowledged(peer) for peer in known},
        most=batches.MOST,
        clock_told=nodes.clock_told,
        problem=problem,
        typed=typed or {},
    )
    return body, problem.status if problem else 200


@signed_in("administer")
def trust() -> ResponseReturnValue:
    """Trust a node by its key."""
    typed = {key: asked.form.text(key, most=1000).strip() for key in ("name", "key")}
    begin_writing()
    try:
        peer = nodes.trust(typed["name"], typed["key"])
    except Problem as problem:
        db.session.rollback()
        return _page(problem, typed)
    name = peer.name
    db.session.commit()
    flash(_("“%(name)s” is trusted: files it makes can be imported here.", name=name), "good")
    return redirect(url_for("admin.node"))


@signed_in("administer")
def join() -> ResponseReturnValue:
    """Join another node over the network, with a one-time code made there."""
    typed = {key: asked.form.text(key, most=1000).strip() for key in ("url", "one_time_code")}
    try:
        peer = nodes.join(typed["url"], typed["one_time_code"])
    except Problem as problem:
        db.session.rollback()
        return _page(problem, typed)
    name = peer.name
    db.session.commit()
    flash(_("This node has joined “%(name)s”. Sync whenever there is a network.", name=name), "good")
    return redirect(url_for("admin.node"))


@signed_in("administer")
def given(name: str) -> ResponseReturnValue:
    """What was given to a peer by file, and what it has acknowledged."""
    peer = nodes.find(name)
    files = batches.given(peer)
    waiting = [each for file in files if file.receipt for each in (*file.receipt.told.held, *file.receipt.told.refused)]
    return render_template(
        "admin/given.html",
        peer=peer,
        files=files,
        waiting=batches.unacknowledged(peer),
        most=batches.MOST,
        names=names_by_id({each.record for each in waiting if each.record}),
        why=lambda each: verdicts.sentence("held", each.reason),
        verdict_label=verdicts.label,
    )


def names_by_id(records: set[str]) -> dict[str, str]:
    """What records are called, by id; those that are not here are left out."""
    found: dict[str, str] = {}
    for model in SURVEYS.values():
        rows = list(db.session.scalars(sa.select(model).where(model.id.in_(records)))) if records else []
        found |= {row.id: f"{names_of(rows)[row.id]} · {place_line(row.area)}" for row in rows}
    return found


@signed_in("administer")
def export(name: str) -> ResponseReturnValue:
    """A batch file for a peer, that only the peer can open: what it has not acknowledged, or everything."""
    peer = nodes.find(name)
    path = _outgoing(peer)
    parcel = batches.export(path, peer, since=0 if asked.form.has("everything") else batches.acknowledged(peer))
    taker, told = taken_out.Taker(me().name, me().id), f"batch:{peer.name}"
    name = f"{peer.name}-{today():%Y%m%d}.fab"
    db.session.commit()
    taken_out.note(taker, told, "fab", parcel.changes, exact=True)
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name, max_age=0)


def _outgoing(peer: Peer) -> Path:
    """Where the file for a peer is made; each new one takes the place of the one before."""
    folder = settings().instance / "outgoing"
    folder.mkdir(exist_ok=True)
    return folder / f"{hashlib.sha256(peer.key.encode()).hexdigest()[:16]}.fab"


@signed_in("administer")
def forget(name: str) -> ResponseReturnValue:
    """Trust a node no longer."""
    begin_writing()
    nodes.forget(nodes.find(name))
    db.session.commit()
    flash(_("“%(name)s” is no longer trusted. What it sent before stays.", name=name), "good")
    return redirect(url_for("admin.node"))


@signed_in("administer")
def exchange(name: str) -> ResponseReturnValue:
    """Sync with a peer now."""
    peer = nodes.find(name)
    try:
        done = nodes.exchange(peer)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "danger")
    else:
        flash(
            _("Synced with “%(name)s”. Changes sent: %(sent)s, received: %(received)s.",
              name=name, sent=done.sent, received=nodes.fresh(done)),
            "good",
        )  # fmt: skip
        if wrong := nodes.clock_told(nodes.find(name)):
            flash(wrong, "warning")
    if nodes.was_put_back(name):
        flash(_("The other node was put back to an earlier day: everything was offered to it again."), "warning")
    return redirect(url_for("admin.node"))

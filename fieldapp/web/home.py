"""The home page: for each role, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, people, reports, review
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.facts import refreshing
from fieldapp.instance import last_backup
from fieldapp.people import ROLES, Account, Device
from fieldapp.places import Place
from fieldapp.reports.scope import OF_DISTRICTS, Options, has_districts
from fieldapp.review import QueueFilter, Status, Tally, assigning, pairs
from fieldapp.today import now, today
from fieldapp.web import shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.cases import doubts, listing
from fieldapp.web.records import missing, rows
from fieldapp.web.reports.table import headlines
from fieldapp.web.review import chosen_queue
from fieldapp.web.review.assigning import VisitLine, visit_lines

bp = Blueprint("home", __name__)

MANY = 8
BARS = 12
"""So many bars are seen at a glance."""
SILENT = timedelta(days=3)


@bp.get("/")
@signed_in()
def page() -> ResponseReturnValue:
    """What this person should do next."""
    account = me()
    home = ROLES[account.role].home
    return render_template(f"home/{home}.html", **HOMES[home](account))


# --- the enumerator at the desk -------------------------------------------------------------------------------


def _enumerator(account: Account) -> dict[str, Any]:
    counts = review.counts_of(account.id, my_areas())
    return {
        "returned": _lines_of(account, "returned"),
        "latest": _lines_of(account),
        "counts": counts,
        "total": sum(counts.values()),
        "to_visit": _to_visit(account),
    }


def _lines_of(account: Account, status: Status | None = None) -> list[rows.RecordRow]:
    """Those of this person's records that were changed last, of one state where one is given."""
    return rows.standing_lines(review.last_of(account.id, my_areas(), MANY, status))


def _to_visit(account: Account) -> list[VisitLine]:
    """The households this person is still to visit."""
    chosen = assigning.VisitFilter(my_areas(), account.id)
    return visit_lines(assigning.listed(chosen, today(), most=MANY))


# --- the supervisor -------------------------------------------------------------------------------------------


class CommuneLine(NamedTuple):
    """How the records of one commune stand."""

    commune: Place | None
    tally: Tally


def _supervisor(account: Account) -> dict[str, Any]:
    by_village = review.tally(my_areas())
    lines = _by_commune(by_village)
    return {
        "all": review.together(list(by_village.values())),
        "lines": lines,
        "columns": [(status, review.label(status)) for status in review.OPEN],
        "first": rows.waiting_lines(review.queue(QueueFilter(my_areas()), most=5)),
        "queue_url": _queue_url,
        "address": chosen_queue.address,
        "to_visit": assigning.count(assigning.VisitFilter(my_areas()), today()),
        "visits_late": assigning.count(assigning.VisitFilter(my_areas(), late=True), today()),
        "held": review.count_held(my_areas()),
        "case_doubts": doubts.count_all(my_areas()),
        "to_settle": listing.count_to_settle(my_areas(), today()),
        "hanging": missing.count(my_areas()),
        "alike": pairs.count_alike(my_areas()),
    }


def _by_commune(by_village: dict[str, Tally]) -> list[CommuneLine]:
    """A line for each of the person's communes, those with something to do first."""
    of_commune: dict[Place, list[Tally]] = {commune: [] for commune in shown.communes()}
    unplaced: list[Tally] = []
    for village, tally in by_village.items():
        where = shown.gazetteer().get(village)
        (of_commune[where.commune] if where else unplaced).append(tally)
    lines = [CommuneLine(commune, review.together(of_commune[commune])) for commune in shown.communes()]
    lines += [CommuneLine(None, review.together(unplaced))] if unplaced else []
    return sorted(lines, key=lambda line: (line.tally.oldest is None, line.tally.oldest))


def _queue_url(commune: Place | None, status: Status | None = None) -> str:
    return url_for("review.queue", commune=shown.commune_key(commune) if commune else None, status=status)


# --- the administrator ----------------------------------------------------------------------------------------


def _admin(account: Account) -> dict[str, Any]:
    journal = intake.journal()
    with_gaps = journal.with_gaps()
    devices = list(db.session.scalars(sa.select(Device).where(Device.revoked_at.is_(None))))
    return {
        "held": journal.count_held(),
        "batches": journal.batches(5),
        "devices": len(devices),
        "silent": [device for device in devices if _is_silent(device)],
        "gaps": [device for device in devices if device.id in with_gaps],
        "names": {device.id: device.name for device in db.session.scalars(sa.select(Device))},
        "backup": _backup(),
        "working_out": refreshing.progress(),
        "outdated": len(people.outdated.outdated()),
        "without_villages": len(people.outdated.without_villages()),
        "accounts": db.session.scalar(sa.select(sa.func.count()).select_from(Account).where(Account.active)),
    }


def _backup() -> dict[str, Any]:
    """How many days ago the last backup was made, if ever, and whether that is too long ago."""
    made_at = last_backup.last(settings().instance)
    return {"days": (datetime.now(UTC) - made_at).days if made_at else None, "old": last_backup.is_old(made_at)}


def _is_silent(device: Device) -> bool:
    return device.last_seen_at is None or now() - device.last_seen_at > SILENT


# --- the leader -----------------------------------------------------------------------------------------------


def _leader(account: Account) -> dict[str, Any]:
    report = reports.find("housing-need")
    options = Options.read(db.session())
    table = report.build(db.session(), options, my_areas(), today())
    by, vintage = table.parameters["by"], table.parameters["vintage"]
    return {
        "report": report,
        "figures": headlines(report, table, options),
        "working_out": refreshing.progress(),
        "made_on": table.made_on,
        "scope": table.scope,
        "notes": table.notes,
        "drawn": {"by": by, "vintage": vintage, "most": BARS},
        "longest": BARS if sum(row.level == "item" for row in table.rows) > BARS else 0,
        "districts_of": OF_DISTRICTS if has_districts(db.session(), OF_DISTRICTS) else 0,
    }


HOMES: dict[str, Callable[[Account], dict[str, Any]]] = {
    "enumerator": _enumerator,
    "supervisor": _supervisor,
    "admin": _admin,
    "leader": _leader,
}

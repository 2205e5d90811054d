"""Who issues a paper: the office that makes it, as it is called on the day on which it is made.

Never the places of the rows: a table of 2023's districts that is made today is issued by an office of today.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.i18n import _
from fieldapp.places import Gazetteer, Place, vintage_on
from fieldapp.reference.current import current_records
from fieldapp.reports.table import Signature

USUAL = "housing-need"
"""The paper whose office issues all others that no office is named for: that of housing."""
PLACE = "%place%"
"""Stands in the name of an office of every commune for the name of the commune."""


@dataclass(frozen=True)
class Issuer:
    """The two lines of the head, the place named before the date, and who signs."""

    lines: tuple[str, str]
    seat: str
    signature: Signature


def issuer(session: Session, paper: str, day: date, villages: Collection[str] | None) -> Issuer:
    """The issuer of a paper made on a day.

    :param paper: its code in the list ``paper``; where no office is said to issue it, that of :data:`USUAL` does.
    :param villages: what whoever makes it looks after; those of one commune make it a paper of that commune. None for
        all of them.
    """
    commune = _commune(session, day, villages)
    rules = current_records(session, ("office", "signer"))
    here = [one for one in rules["office"] if _holds(one, day)]
    offices = _issuing(here, paper) or _issuing(here, USUAL)
    office = _office(offices, commune)
    if office is None:
        return Issuer(("…", "…"), commune.bare_name if commune else "…", _signature([], {}))
    signers = [one for one in rules["signer"] if one["office"] == office["code"] and _holds(one, day)]
    own = commune.name.upper() if commune else ""
    lines = (office["above"] or "", (office["name"] or "").replace(PLACE, own))
    seat = office["seat"] or (commune.bare_name if commune else "…")
    return Issuer(lines, seat, _signature(signers, office))


def _issuing(offices: list[dict[str, Any]], paper: str) -> list[dict[str, Any]]:
    return [one for one in offices if paper in (one["papers"] or ())]


def _office(offices: list[dict[str, Any]], commune: Place | None) -> dict[str, Any] | None:
    """The commune's own office, that of every commune, or that of the province."""
    if commune is not None:
        key = f"{commune.code}@{commune.vintage}"
        of_it = [one for one in offices if one["level"] == "commune" and one["place"] in (key, None)]
        if of_it:
            return max(of_it, key=lambda one: (one["place"] is not None, one["from_on"] or ""))
    of_all = [one for one in offices if one["level"] == "province"]
    return max(of_all, key=lambda one: one["from_on"] or "", default=None)


def _commune(session: Session, day: date, villages: Collection[str] | None) -> Place | None:
    """The one commune of the day in which all these villages lie; None where there are several, or none."""
    if not villages:
        return None
    known = session.scalars(sa.select(Place.vintage).distinct())
    gazetteer = Gazetteer(session, vintage_on(known, day))
    found = {commune.code: commune for village in villages if (commune := gazetteer.commune(village))}
    return next(iter(found.values())) if len(found) == 1 else None


def _holds(rule: Mapping[str, Any], day: date) -> bool:
    return (rule["from_on"] or "") <= day.isoformat() <= (rule["to_on"] or "9")


def _signature(signers: list[dict[str, Any]], office: Mapping[str, Any]) -> Signature:
    """Who signs: TM. for the body, KT. for the head, TL. by order; of several the one who began last."""
    if not signers:
        return Signature(_("HEAD OF THE OFFICE"), _("(signature, seal, full name)"))
    signer = max(signers, key=lambda one: one["from_on"] or "")
    before = {"tm": f"TM. {office['above']} – ", "kt": "KT. ", "tl": "TL. "}.get(signer["mode"], "")
    return Signature(f"{before}{signer['position']}", signer["name"] or _("(signature, seal, full name)"))

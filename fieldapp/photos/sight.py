"""Who may see a photo: whoever may see a record that names it, and no record names one that is strange to its author.

Knowing the hash of a photo gives no right to it. Whoever writes it into a record must have brought the bytes, or be
able to see them already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people import Areas
from fieldapp.photos.attachments import NOT_A_PHOTO, STORED, Attachment, Bringer, PhotoUse
from fieldapp.problems import NotFound
from fieldapp.surveys import SURVEYS, of_kind
from sync.journal import Journal
from sync.statements import among


def must_be_named(sha256: str, allowed: Areas) -> None:
    """Pass only for a photo that some record within these areas names.

    :raises NotFound: there is none, or it is none of theirs; the two look the same from outside.
    """
    uses = list(db.session.scalars(sa.select(PhotoUse.record).where(PhotoUse.sha256 == sha256)))
    areas = Journal(db.session.connection()).areas_of(uses) if uses else {}
    if not uses or (allowed is not None and not set(areas.values()) & allowed):
        raise NotFound()


def named_in(survey: str, answers: Mapping[str, Any]) -> set[str]:
    """The photos that these answers name, as far as they can be answers."""
    asked = of_kind(survey, "photo") if survey in SURVEYS else ()
    given = ((each, answers[each.name]) for each in asked if answers.get(each.name))
    return {photo["sha256"] for each, photos in given if each.fits(photos) for photo in photos}


def strange(hashes: Collection[str], allowed: Areas, account: str) -> set[str]:
    """Those of these photos that are known here, and that this account has neither brought nor can see.

    A photo that is not known here is no stranger: its bytes come after the change that names it.
    """
    if allowed is None or not hashes:
        return set()
    use, connection = PhotoUse.__table__.c, db.session.connection()
    uses = sa.select(use.sha256, use.record).where(among(connection, use.sha256, hashes))
    named = db.session.execute(uses).all()
    areas = Journal(connection).areas_of({record for _sha256, record in named}) if named else {}
    seen = {sha256 for sha256, record in named if areas.get(record) in allowed}
    here = sa.select(Attachment.sha256).where(Attachment.state.in_((STORED, NOT_A_PHOTO)))
    known = {sha256 for sha256, _record in named}.union(
        db.session.scalars(here.where(among(connection, Attachment.__table__.c.sha256, hashes)))
    )
    left = known - seen
    return left - brought(left, account) if left else left


def brought(hashes: Collection[str], account: str) -> set[str]:
    """Those of these photos of which this account brought the bytes."""
    column = Bringer.__table__.c.sha256
    query = sa.select(column).where(among(db.session.connection(), column, hashes), Bringer.account == account)
    return set(db.session.scalars(query))

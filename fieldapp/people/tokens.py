"""Tokens of programs: made by an administrator, told once, kept as a hash, good for some places, scopes and days."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from fieldapp.db import begin_writing, db
from fieldapp.i18n import _l, ngettext
from fieldapp.people.accounts import grant_of, must_be_short
from fieldapp.people.models import Account, ApiToken
from fieldapp.people.rights import Areas, areas_of, may
from fieldapp.people.when import utc
from fieldapp.places import Place, names_places
from fieldapp.places.gazetteer import villages_of_all
from fieldapp.problems import EmptyToken, TokenEndsBefore
from fieldapp.vietnamese import clean

SCOPES: dict[str, str] = {
    "households": _l("Households and what follows about them"),
    "cases": _l("Support cases and their money"),
    "records": _l("Records of every survey"),
    "reports": _l("Reports"),
    "places": _l("Places and code lists"),
}
"""What a token may be good for."""
PREFIX = "fa_"
"""What every token begins with, so that one that went astray is known for what it is."""


def make(
    account: Account,
    name: str,
    scopes: Iterable[str],
    grants: Collection[tuple[int, str]],
    *,
    exact: bool,
    ends_on: date,
    today: date,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A token and its text, which is told once; begins as a writer, and the caller commits.

    :param grants: (vintage, code) of the places it may see.
    :raises EmptyToken: it has no name, no scope or no place.
    :raises TokenEndsBefore: its last day is over.
    :raises NameTooLong, UnknownPlace: a sentence for each.
    """
    name, wanted = clean(name)[:80], [scope for scope in SCOPES if scope in set(scopes)]
    must_be_short(name)
    if not name or not wanted or not grants:
        raise EmptyToken()
    if ends_on < today:
        raise TokenEndsBefore()
    text = PREFIX + secrets.token_urlsafe(32)
    begin_writing(again=False)
    places = [[grant.vintage, grant.code] for grant in (grant_of(*each) for each in grants)]
    token = ApiToken(
        name=name,
        account_id=account.id,
        token_hash=_hash(text),
        scopes=wanted,
        grants=places,
        exact=exact,
        made_at=utc(now),
        ends_on=ends_on.isoformat(),
    )
    db.session.add(token)
    db.session.flush()
    return token, text


def find(text: str, today: date) -> ApiToken | None:
    """The token of this text; None when it is unknown, ended, or who made it may make none any more."""
    query = sa.select(ApiToken).options(joinedload(ApiToken.account)).where(ApiToken.token_hash == _hash(text))
    token = db.session.scalar(query)
    return token if token and is_good(token, today) else None


def is_good(token: ApiToken, today: date) -> bool:
    """Whether a token is valid on this day."""
    return token.ended_at is None and token.ends_on >= today.isoformat() and may(token.account, "administer")


def villages(token: ApiToken) -> Areas:
    """The villages a token may see; None for everything on this node. Never more than who made it."""
    grants = [(vintage, code) for vintage, code in token.grants]
    provinces = sa.select(Place.code).where(Place.level == "tinh", sa.tuple_(Place.vintage, Place.code).in_(grants))
    whole = db.session.scalar(provinces.limit(1)) is not None
    own, given = areas_of(token.account), None if whole else frozenset(villages_of_all(grants))
    return given if own is None else own if given is None else own & given


def villages_in(place: str) -> frozenset[str]:
    """The villages of a place as addresses name it: ``060@2023``, or a village by its id. None of what is no place."""
    code, at, vintage = place.partition("@")
    if at and vintage.isascii() and vintage.isdigit() and len(vintage) == len("2023"):
        return frozenset(villages_of_all([(int(vintage), code)])) if "." not in code else frozenset()
    year = place[:4]
    return frozenset(villages_of_all([(int(year), place)])) if _VILLAGE.fullmatch(place) else frozenset()


_VILLAGE = re.compile(r"[0-9]{4}\.[0-9]{5}\.[0-9]{3}")


def end(token: ApiToken, now: datetime) -> None:
    """End a token. The caller commits."""
    token.ended_at = token.ended_at or utc(now)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@names_places
def _with_areas(keys: set[tuple[int, str]]) -> str:
    """How many tokens that still let a program in are for one of these places."""
    of_all = db.session.scalars(sa.select(ApiToken).where(ApiToken.ended_at.is_(None)))
    number = sum(any((vintage, code) in keys for vintage, code in each.grants) for each in of_all)
    return (
        ngettext(
            "%(n)s token of a program is for places that it brought",
            "%(n)s tokens of programs are for places that it brought",
            number,
        )
        if number
        else ""
    )

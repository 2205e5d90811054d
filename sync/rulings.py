"""Rulings: changes that an admin makes about changes. They travel like any change and mean the same in any order.

``release`` and ``refuse`` answer a hold, ``exclude`` and ``include`` undo and redo; the two pairs do not touch each
other. The latest head of each pair wins. A ruling about a ruling counts only if it is the later of the two, so no
circle of rulings can arise; a ruling that is itself held or excluded says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from sync.change import RULING, Change, read_back
from sync.statements import among, insert
from sync.tables import FOLDED, change, ruling

VERDICTS = frozenset({"release", "refuse", "exclude", "include"})
_HOLDS = ("release", "refuse")
_EXCLUSIONS = ("exclude", "include")
_ID = re.compile("[0-9a-f]{32}")


class GivenRuling(NamedTuple):
    """One ruling about one change, with what puts it in order; ``text`` is its own change."""

    about: str
    ruling: str
    verdict: str
    ahead: bool
    stamp: str
    text: str

    @property
    def rank(self) -> tuple[bool, str, str]:
        """The sort key of a ruling: the greater comes later."""
        return (not self.ahead, self.stamp, self.ruling)


class Turned(NamedTuple):
    """A change of which the standing differs from before."""

    id: str
    record: str
    counts: bool
    counted: bool


def note(connection: sa.Connection, fresh: Iterable[Change]) -> set[str]:
    """Keep what these changes say as rulings; returns the ids of the changes they are about."""
    rows = [row for each in fresh if each.survey == RULING for row in _rows(each)]
    insert(connection, ruling, rows)
    return {about for about, _ruling, _verdict in rows}


def awaited(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids about which a ruling is here already."""
    return set(connection.execute(sa.select(ruling.c.about).where(among(connection, ruling.c.about, ids))).scalars())


def earlier(connection: sa.Connection, ids: Collection[str]) -> list[str]:
    """The rulings that a new one about these changes names in its base: all known, but for those that one of the same
    pair about the same change names already and so replaces, while it counts."""
    columns = (ruling.c.about, ruling.c.ruling, ruling.c.verdict)
    known: dict[tuple[str, bool], set[str]] = {}
    for row in connection.execute(sa.select(*columns).where(among(connection, ruling.c.about, ids))):
        known.setdefault((row.about, row.verdict in _HOLDS), set()).add(row.ruling)
    named = _named(connection, set().union(*known.values()))
    return sorted({id for some in known.values() for id in some.difference(*(named.get(other, ()) for other in some))})


def _named(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[str]]:
    """What those of these rulings that count name in their base."""
    query = sa.select(change.c.id, change.c.text).where(among(connection, change.c.id, ids), FOLDED)
    return {row.id: _base(row.id, row.text) for row in connection.execute(query)} if ids else {}


def _base(id: str, text: str) -> list[str]:
    return read_back(id, text).base.get("about", [])


def apply(connection: sa.Connection, about: Collection[str]) -> list[Turned]:
    """Work out the standing of these changes anew, and of what they rule in turn. Returns those that turned."""
    turned: list[Turned] = []
    while about:
        just = _apply_once(connection, about)
        turned += just
        about = about_of(connection, [each.id for each in just])
    return turned


def about_of(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """The ids of the changes that these changes, as far as they are rulings, are about."""
    if not ids:
        return set()
    return set(connection.execute(sa.select(ruling.c.about).where(among(connection, ruling.c.ruling, ids))).scalars())


def doubted(connection: sa.Connection, marked: Collection[str]) -> set[str]:
    """Of what the standing may differ since the clock marks of these changes do: a mark counts in the order of rulings,
    both of those that a change says and of those about it."""
    return {*marked, *about_of(connection, marked)}


def reach(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """The changes that these changes, as far as they are rulings, are about, directly or through other rulings."""
    found, news = set[str](), set(ids)
    while news := about_of(connection, news) - found:
        found |= news
    return found


def named_in(answers: Mapping[str, Any]) -> set[str]:
    """The ids that a ruling of these answers is about; none if it is no ruling that anybody understands."""
    about, verdict = answers.get("about"), answers.get("verdict")
    if not isinstance(about, list) or not isinstance(verdict, str) or verdict not in VERDICTS:
        return set()
    return {id for id in about if isinstance(id, str) and _ID.fullmatch(id)}


def _rows(each: Change) -> list[tuple[str, str, str]]:
    return [(about, each.id, each.answers["verdict"]) for about in sorted(named_in(each.answers))]


def _apply_once(connection: sa.Connection, about: Collection[str]) -> list[Turned]:
    said, circular = _said(connection, about), _rulings_among(connection, about)
    columns = (change.c.n, change.c.id, change.c.record, change.c.stamp, change.c.ahead)
    standing = (change.c.held, change.c.ruled, change.c.excluded)
    turned, rows = [], []
    for row in connection.execute(sa.select(*columns, *standing).where(among(connection, change.c.id, about))):
        heard = said.get(row.id, [])
        if row.id in circular:
            heard = [each for each in heard if each.rank > (not row.ahead, row.stamp, row.id)]
        ruled, excluded = _winner(heard, _HOLDS), _winner(heard, _EXCLUSIONS) == "exclude"
        if (ruled, excluded) != (row.ruled, row.excluded):
            rows.append({"number": row.n, "now": ruled, "out": excluded})
            before, after = _counts(row.held, row.ruled, row.excluded), _counts(row.held, ruled, excluded)
            turned.append(Turned(row.id, row.record, after, before))
    if rows:
        settle = change.update().where(change.c.n == sa.bindparam("number"))
        connection.execute(settle.values(ruled=sa.bindparam("now"), excluded=sa.bindparam("out")), rows)
    return turned


def _rulings_among(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    query = sa.select(ruling.c.ruling).distinct().where(among(connection, ruling.c.ruling, ids))
    return set(connection.execute(query).scalars())


def _counts(held: str | None, ruled: str | None, excluded: bool) -> bool:
    return not excluded and (ruled == "release" or (held is None and ruled is None))


def _said(connection: sa.Connection, about: Collection[str]) -> dict[str, list[GivenRuling]]:
    query = (
        sa.select(ruling.c.about, ruling.c.ruling, ruling.c.verdict, change.c.ahead, change.c.stamp, change.c.text)
        .join(change, change.c.id == ruling.c.ruling)
        .where(among(connection, ruling.c.about, about), FOLDED)
    )
    found: dict[str, list[GivenRuling]] = {}
    for row in connection.execute(query):
        found.setdefault(row.about, []).append(GivenRuling(*row))
    return found


def _winner(said: list[GivenRuling], verdicts: Collection[str]) -> str | None:
    of_kind = [each for each in said if each.verdict in verdicts]
    if len(of_kind) > 1:
        seen = {id for each in of_kind for id in _base(each.ruling, each.text)}
        of_kind = [each for each in of_kind if each.ruling not in seen]
    return max(of_kind, key=lambda each: each.rank).verdict if of_kind else None

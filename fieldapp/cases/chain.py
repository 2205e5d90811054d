"""The hash chain over signed decisions: each names those of its office before it, so that none can be altered or lost
without being noticed. Whoever looks at it gets a sentence for a person: two offices apart have done nothing wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.pinned import hash_of, short_hash
from fieldapp.surveys import SupportCase, SupportDecision
from fieldapp.vietnamese import search_key
from sync.statements import among

SIGNED, TAKEN_BACK, DRAFT = "signed", "taken_back", "draft"
SAID = ("budget_year", "decided_on", "level", "number", "office", "programme", "signer")
"""What the content repeats of the answers of a decision."""


class Content(msgspec.Struct, frozen=True):
    """What was signed. ``before``: the hashes of the decisions of the same office that none came after; ``cases``: by
    id, the short hash of what was seen of each."""

    before: list[str]
    budget_year: int | None
    cases: dict[str, str]
    decided_on: str | None
    level: str | None
    number: str | None
    office: str | None
    programme: str | None
    signer: str | None


class ChainDoubt(NamedTuple):
    """Something about a decision that a person should look at: ``altered``, ``lost_before``, ``fork``,
    ``same_number``; ``others``: the decisions it is about beside this one."""

    code: str
    decision: str
    others: tuple[str, ...] = ()


_TABLE: Any = SupportDecision.__table__


def office_key(office: str | None) -> str:
    """What two spellings of an office have in common."""
    return search_key(office or "")


def links() -> list[dict[str, Any]]:
    """Every decision that was signed once, by its day."""
    names = ("id", "state", "content", "content_hash", *SAID)
    query = sa.select(*(_TABLE.c[name] for name in names)).where(sa.not_(_TABLE.c.withdrawn), _TABLE.c.state != DRAFT)
    rows = [dict(row) for row in db.session.execute(query).mappings()]
    return sorted(rows, key=lambda row: (row["decided_on"] or "", row["id"]))


def content_of(text: Any) -> Content | None:
    """What was signed; None where it cannot be read."""
    try:
        return msgspec.json.decode(text, type=Content) if isinstance(text, str) else None
    except (msgspec.DecodeError, RecursionError):
        return None


def tips(rows: Iterable[Mapping[str, Any]], office: str | None) -> list[str]:
    """The hashes of the decisions of an office that none of its decisions came after, in their order."""
    mine = [row for row in rows if office_key(row["office"]) == office_key(office) and row["content_hash"]]
    named = {hash for row in mine for hash in _before(row)}
    return sorted({row["content_hash"] for row in mine} - named)


def _before(row: Mapping[str, Any]) -> Sequence[str]:
    content = content_of(row["content"])
    return content.before if content else ()


def doubts() -> list[ChainDoubt]:
    """All that should be looked at, each once, in an order that is the same on every node."""
    rows = links()
    altered = _altered(rows)
    found = [ChainDoubt("altered", row["id"]) for row in rows if row["id"] in altered]
    return [*found, *_lost(rows), *_forks(rows), *_same_numbers(rows)]


def _altered(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The decisions that say another thing than was signed: they themselves, or what a case keeps of them."""
    of = {row["id"]: content_of(row["content"]) for row in rows}
    own = {row["id"] for row in rows if not _is_whole(row, of[row["id"]])}
    return own | {decision for decision, case, seen in _seen(of) if _differs(of[decision], case, seen)}


def _is_whole(row: Mapping[str, Any], content: Content | None) -> bool:
    if content is None or hash_of(row["content"]) != row["content_hash"]:
        return False
    return all(getattr(content, name) == row[name] for name in SAID)


def _seen(decisions: Collection[str]) -> Iterator[tuple[str, str, str | None]]:
    """Of each case that was approved last by one of these decisions: that decision, the case, and what was seen."""
    table = SupportCase.__table__
    named = among(db.session.connection(), table.c.decision, decisions)
    query = sa.select(table.c.decision, table.c.id, table.c.decision_seen).where(named)
    for row in db.session.execute(query) if decisions else ():
        yield row.decision, row.id, row.decision_seen


def _differs(content: Content | None, case: str, seen: str | None) -> bool:
    return content is not None and case in content.cases and content.cases[case] != short_hash(seen or "")


def _lost(rows: Sequence[Mapping[str, Any]]) -> Iterator[ChainDoubt]:
    there = {row["content_hash"] for row in rows}
    for row in rows:
        if any(hash not in there for hash in _before(row)):
            yield ChainDoubt("lost_before", row["id"])


def _forks(rows: Sequence[Mapping[str, Any]]) -> Iterator[ChainDoubt]:
    by_hash: dict[str, str] = {}
    offices: dict[str, str] = {}
    for row in reversed(rows):
        by_hash[row["content_hash"]] = row["id"]
        offices[office_key(row["office"])] = row["office"] or ""
    for _key, office in sorted(offices.items()):
        ends = sorted(by_hash[hash] for hash in tips(rows, office))
        if len(ends) > 1:
            yield ChainDoubt("fork", ends[0], tuple(ends[1:]))


def _same_numbers(rows: Sequence[Mapping[str, Any]]) -> Iterator[ChainDoubt]:
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row["state"] == SIGNED and row["number"]:
            found[_numbered(row)].append(row["id"])
    for _key, ids in sorted(found.items()):
        if len(ids) > 1:
            yield ChainDoubt("same_number", min(ids), tuple(sorted(ids)[1:]))


def _numbered(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return office_key(row["office"]), (row["decided_on"] or "")[:4], search_key(row["number"] or "")


def is_numbered(number: str, office: str, day: str, but: str) -> bool:
    """Whether another decision of the same office and year that stands has this number."""
    wanted = _numbered({"office": office, "decided_on": day, "number": number})
    return any(row["id"] != but and row["state"] == SIGNED and _numbered(row) == wanted for row in links())


def state() -> Counter[str]:
    """How many decisions were signed, as ``signed``, and of each doubt how many there are."""
    return Counter({SIGNED: len(links()), **Counter(doubt.code for doubt in doubts())})

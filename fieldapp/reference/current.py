"""The rules that hold on this node: read from the records, remembered as long as none of them changes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.reference.naming import CODES
from fieldapp.reference.rules import Rules, default_rules, defaults, rules_from
from fieldapp.surveys import REFERENCE, SURVEYS, of_kind, questions
from fieldapp.surveys.base import Base
from fieldapp.surveys.reference import Reference

Records = Mapping[str, list[dict[str, Any]]]
"""Plain answers by survey; what they refer to is named by its code."""


class Rulebook(Base):
    """One row: the version of all rules together, so that every process sees at a glance whether one has changed."""

    __tablename__ = "rulebook"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(sa.String(32))


def rules_version(session: Session) -> str:
    """The version of all rules together: the same wherever the same is held of them; "" where nothing is."""
    return session.connection().exec_driver_sql(_VERSION).scalar() or ""


_VERSION = "SELECT version FROM rulebook"
"""In words: each push asks it, and to build the query costs ten times as much as to run it."""


def note(session: Session) -> None:
    """Work the version out again, after a rule has changed."""
    version = _version(session)
    if session.execute(sa.update(Rulebook).values(version=version)).rowcount == 0:  # type: ignore[attr-defined]
        session.execute(sa.insert(Rulebook).values(id=1, version=version))


BESIDE = frozenset({"budget", "place_indicator"})
"""Records beside the law: nothing that it says of a household follows from them."""


def _version(session: Session) -> str:
    each = [sa.select(SURVEYS[survey].id, SURVEYS[survey].version) for survey in sorted(REFERENCE - BESIDE)]
    versions = sorted(f"{record} {version}" for record, version in session.execute(sa.union_all(*each)))
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:32] if versions else ""


def current_rules(session: Session, version: str | None = None) -> Rules:
    """The rules that hold here, of all days; the packaged ones where none were put in. Remembered until one changes.

    :param version: theirs, as :func:`rules_version` says at this moment, where it is known.
    """
    version = rules_version(session) if version is None else version
    if not version:
        return default_rules()
    if version not in _remembered:
        if len(_remembered) == MOST_REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
        _remembered[version] = rules_from(records(session))
    return _remembered[version]


MOST_REMEMBERED = 4
_remembered: dict[str, Rules] = {}


def records(session: Session, only: Collection[str] = REFERENCE) -> Records:
    """What the rules say, those of some surveys alone, without those that were taken back. Of one in dispute, what a
    person has said holds before what the package says, see :mod:`fieldapp.reference.shipped`."""
    codes = {survey: _codes(session, survey) for survey in CODES}
    return {survey: [_plain(survey, row, codes) for row in _rows(session, survey)] for survey in sorted(only)}


TOLD = ("programme", "programme_criterion", "programme_norm", "material_ruling", "place_status", "threshold")
"""The rules that a client needs to say what the law says; who signs for an office is none of its business."""


def told(session: Session) -> dict[str, Any]:
    """The rules as a client needs them: their version, and by survey what each says."""
    found = current_records(session)
    return {"version": rules_version(session), "records": {survey: found[survey] for survey in TOLD}}


def current_records(session: Session, only: Collection[str] = REFERENCE) -> Records:
    """The answers of the reference records of this node, by survey; where there are none, those of the package."""
    return records(session, only) if rules_version(session) else defaults()


def _codes(session: Session, survey: str) -> dict[str, str]:
    table = SURVEYS[survey].__table__
    return {id: code for id, code in session.execute(sa.select(table.c.id, table.c[CODES[survey]])) if code}


def _rows(session: Session, survey: str) -> list[Mapping[str, Any]]:
    model, table = SURVEYS[survey], SURVEYS[survey].__table__
    assert issubclass(model, Reference)
    found = session.execute(sa.select(table).where(table.c.withdrawn.is_(sa.false()))).mappings()
    return sorted(map(dict, found), key=lambda row: [*(f"{row[name] or ''}" for name in model.key), row["id"]])


def _plain(survey: str, row: Mapping[str, Any], codes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    found = {name: row[name] for name in questions(survey)}
    for question in of_kind(survey, "reference"):
        named = found[question.name]
        found[question.name] = codes[question.of or ""].get(named, named)
    return found

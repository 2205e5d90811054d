"""The tables of imports: each list that was handed in, the fate of each of its rows, and how its columns were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base

FATES = {
    "new": _l("New"),
    "changes": _l("Changes"),
    "doubt": _l("In doubt"),
    "wrong": _l("Wrong"),
    "known": _l("Known already"),
    "aside": _l("Passed over"),
}
"""What can become of a row, in the order in which it is looked at."""


class Plan(msgspec.Struct):
    """How a list is read.

    ``columns``: the code of a field for each column, "" where it is not read; ``words``: by field, what words of the
    list mean; ``every``: what holds for every row, by field; ``commune``: ``CODE@2025`` where no column says it;
    ``unit``: đồng of one unit of money; ``lenient``: a cell that cannot be read is left empty, and its row is taken;
    ``households``: of a list of cases, a household that is not here is entered from its row.
    """

    columns: list[str] = []
    words: dict[str, dict[str, str]] = {}
    every: dict[str, str] = {}
    commune: str = ""
    unit: int = 1
    lenient: bool = False
    households: bool = True


class ListImport(Base):
    """A list that was handed in. ``state``: ``mapping`` until it was looked at, ``looked``, ``taken``.

    ``at`` is UTC; ``day``: of which day the list is, ``2024-12-14``; ``header``: the row number of its headings;
    ``file_hash``: the SHA-256 of the file, which lies in the instance until it is taken or a day has passed;
    ``counts``: rows by fate; ``batch``: of the journal, once it is taken.
    """

    __tablename__ = "list_import"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime)
    author: Mapped[str | None] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(16))
    file: Mapped[str] = mapped_column(sa.String(200))
    file_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    sheet: Mapped[str] = mapped_column(sa.String(100))
    header: Mapped[int] = mapped_column(sa.Integer)
    day: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(10))
    plan: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    counts: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    unknown: Mapped[dict[str, dict[str, list[Any]]]] = mapped_column(sa.JSON)
    """Words of the list that were not understood, by field: as they are written, and in how many rows."""
    batch: Mapped[int | None] = mapped_column(sa.Integer)


class ListRow(Base):
    """The fate of one row.

    ``number``: of the import; ``row``: of the row in the file; ``told``: why, each as a code with its values;
    ``answers``: what it says, by part (``household``, ``support_case``, ``payment`` …); ``record``: the household;
    ``differs``: survey, question, value here and value of the list; ``heads``: what stood there when it was looked at;
    ``alike``: households it may be; ``choice``: what a person said, ``""``, ``out``, ``new``, ``take``, or a
    household.
    """

    __tablename__ = "list_row"

    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    fate: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(120))
    place: Mapped[str] = mapped_column(sa.String(32))
    told: Mapped[list[Any]] = mapped_column(sa.JSON)
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    record: Mapped[str] = mapped_column(sa.String(36))
    differs: Mapped[list[Any]] = mapped_column(sa.JSON)
    heads: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    alike: Mapped[list[Any]] = mapped_column(sa.JSON)
    choice: Mapped[str] = mapped_column(sa.String(36))

    __table_args__ = (sa.Index("ix_list_row_fate", "number", "fate", "row"),)


class ListShape(Base):
    """How lists with certain headings were read last, so that it need not be said again."""

    __tablename__ = "list_shape"

    kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    shape: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    at: Mapped[datetime] = mapped_column(sa.DateTime)

"""What every survey's table has beside its questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def bytewise(length: int | None = None) -> sa.String:
    """Text that PostgreSQL sorts as SQLite does, by its bytes, whatever alphabet the database sorts by."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


class Base(DeclarativeBase):
    """The one base of all tables; every constraint has a name, so that a migration can speak of it."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True)
class Section:
    """A part of a questionnaire: a title, the name of its first question, a few words to read out first."""

    title: str
    first: str
    intro: str | None = None


class Record:
    """The folded state of one filled survey. A row can always be made again from the journal; edit changes, not rows.

    A survey is a subclass with one column a question (see :mod:`fieldapp.surveys.columns`), and says:

    - ``survey``: its name, which is its table's; never changed once used
    - ``title`` and ``plural``: what people call it
    - ``FORM_VERSION``: raised whenever a question or a rule changes
    - ``sections``: in the order of its questions
    - ``reviewed``: whether a supervisor approves it
    - ``listed``: whether it has a page of its own and is filled in a form; what is only said about a record has none
    - ``placed``: whether its records lie in a village, once that is known
    - ``kept_by``: the act of the table of rights that writes it, where it is kept in offices only and no tablet carries
      its form; "" where whoever fills in forms writes it
    - ``carried``: whether tablets carry its form though it has no page of its own
    - ``stands``: whether a record stays as it was entered, and another one corrects it
    - ``reference``: whether it is a rule: its records lie in the area ``*``, and only administrators write them
    - ``named_by``: the questions that name a record in a list; a person's name first
    - ``searched_by``: the questions a record is found by, beside its name
    """

    __table__: ClassVar[sa.FromClause]
    survey: ClassVar[str]
    title: ClassVar[str]
    plural: ClassVar[str]
    FORM_VERSION: ClassVar[int] = 1
    sections: ClassVar[tuple[Section, ...]]
    reviewed: ClassVar[bool] = True
    listed: ClassVar[bool] = True
    placed: ClassVar[bool] = True
    kept_by: ClassVar[str] = ""
    carried: ClassVar[bool] = False
    stands: ClassVar[bool] = False
    reference: ClassVar[bool] = False
    named_by: ClassVar[tuple[str, ...]] = ()
    searched_by: ClassVar[tuple[str, ...]] = ()

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, sort_order=-20)
    area: Mapped[str | None] = mapped_column(sa.String(32), index=True, sort_order=-19)
    """The village the record belongs to; None while that is not known yet."""
    author: Mapped[str] = mapped_column(sa.String(64), sort_order=-18)
    device: Mapped[str] = mapped_column(sa.String(16), sort_order=-17)
    """Who began it, and on which device."""
    created_stamp: Mapped[str] = mapped_column(bytewise(36), sort_order=-16)
    changed_stamp: Mapped[str] = mapped_column(bytewise(36), sort_order=-15)
    """Of the first and the last change by the order of stamps, which is no time that people are told."""
    created_at: Mapped[datetime] = mapped_column(sa.DateTime, sort_order=-14)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime, index=True, sort_order=-13)
    """When it was begun, and changed last, by clocks put right; in UTC, without a time zone."""
    heads: Mapped[dict[str, list[str]]] = mapped_column(sa.JSON, default=dict, sort_order=-12)
    conflicts: Mapped[dict[str, list[Any]]] = mapped_column(sa.JSON, default=dict, sort_order=-11)
    contested: Mapped[bool] = mapped_column(default=False, index=True, sort_order=-10)
    withdrawn: Mapped[bool] = mapped_column(default=False, sort_order=-9)
    extra: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict, sort_order=-8)
    """Answers to questions this version does not know, kept for the version that does."""
    version: Mapped[str] = mapped_column(sa.String(32), sort_order=-7)
    form_version: Mapped[int] = mapped_column(sa.BigInteger, sort_order=-6)
    search_key: Mapped[str] = mapped_column(default="", sort_order=-5)
    sort_key: Mapped[str] = mapped_column(bytewise(), default="", index=True, sort_order=-4)
    """What lists are searched and sorted by; see :mod:`fieldapp.surveys.keys`."""

"""What the reference surveys have in common."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.orm import MappedColumn

from fieldapp.i18n import _l
from fieldapp.surveys.base import Record
from fieldapp.surveys.columns import date, long_text, one_of, text

EVERYWHERE = "*"
"""The area of every reference record."""


class Reference(Record):
    """A rule as a record. Nobody reviews it: who may write it at all answers for it.

    ``key``: the questions that tell one record from another wherever it is filled in, so that two administrators who
    add the same rule make one record.
    """

    reviewed = False
    listed = False
    reference = True
    key: ClassVar[tuple[str, ...]] = ()


def from_on() -> MappedColumn[str | None]:
    """The first day on which a rule holds."""
    return date(_l("Holds from"), hint=_l("Empty: as long as anybody remembers."))


def to_on() -> MappedColumn[str | None]:
    """The last day on which it holds."""
    return date(_l("Holds until"), hint=_l("The last day; empty while no end is known."), not_before="from_on")


def legal_basis() -> MappedColumn[str | None]:
    """The text and article that say so."""
    return text(_l("Legal basis"), longest=300, hint=_l("The document and its article, for example QĐ 55/QĐ-BXD Đ.1."))


def verified() -> MappedColumn[str | None]:
    """Whether somebody has read it in the document itself."""
    return one_of(_l("Was it checked against the document?"), "verified", short=_l("Checked"))


def note() -> MappedColumn[str | None]:
    """Anything else, with the source."""
    return long_text(_l("Note, source"))

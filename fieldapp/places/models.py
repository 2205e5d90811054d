"""The tables of places: administrative units of a vintage, what became of them, and the villages below them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base

LEVELS = {
    "tinh": _l("Province"),
    "thanh_pho": _l("City"),
    "huyen": _l("District"),
    "phuong": _l("Ward"),
    "thi_tran": _l("Township"),
    "xa": _l("Commune"),
}
PROVINCE = ("tinh",)
DISTRICT = ("thanh_pho", "huyen")
COMMUNE = ("phuong", "thi_tran", "xa")


class Place(Base):
    """A province, district or commune as it was in one vintage.

    The key is (vintage, code): all 37 communes made in Bắc Kạn in 2025 carry a code of 2023, 19 of them
    under another name, so neither a code nor a name says alone which place is meant.
    """

    __tablename__ = "place"

    vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    level: Mapped[str] = mapped_column(sa.String(12), index=True)
    parent_code: Mapped[str | None] = mapped_column(sa.String(5), index=True)
    search_key: Mapped[str] = mapped_column(sa.String(120))

    def __eq__(self, other: object) -> bool:
        """The same place, whichever session read it."""
        return isinstance(other, Place) and (self.vintage, self.code) == (other.vintage, other.code)

    def __hash__(self) -> int:
        return hash((self.vintage, self.code))

    @property
    def is_province(self) -> bool:
        return self.level in PROVINCE

    @property
    def is_district(self) -> bool:
        return self.level in DISTRICT

    @property
    def is_commune(self) -> bool:
        return self.level in COMMUNE

    @property
    def bare_name(self) -> str:
        """The name without its level: "Bằng Thành" of "Xã Bằng Thành"."""
        for word in ("Tỉnh ", "Thành phố ", "Huyện ", "Phường ", "Thị trấn ", "Xã "):
            if self.name.startswith(word):
                return self.name.removeprefix(word)
        return self.name


class PlaceMapping(Base):
    """What became of a commune: it went whole, or in part, into a commune of a later vintage."""

    __tablename__ = "place_mapping"

    from_vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    from_code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    to_vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    to_code: Mapped[str] = mapped_column(sa.String(5), primary_key=True, index=True)
    whole: Mapped[bool] = mapped_column(sa.Boolean)


class Village(Base):
    """A village, hamlet or residential group: below the official lists, so the app owns it.

    ``id`` is ``vintage.commune.number``, the commune it was first listed in; it never changes, so the old commune
    and district stay known after every reorganisation. It is also the *area* by which records are shared.
    """

    __tablename__ = "village"

    id: Mapped[str] = mapped_column(sa.String(14), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    vintage: Mapped[int] = mapped_column(sa.Integer)
    commune_code: Mapped[str] = mapped_column(sa.String(5))
    number: Mapped[int] = mapped_column(sa.Integer)
    search_key: Mapped[str] = mapped_column(sa.String(120), index=True)

    __table_args__ = (
        sa.UniqueConstraint("vintage", "commune_code", "number"),
        sa.ForeignKeyConstraint(["vintage", "commune_code"], ["place.vintage", "place.code"]),
    )


class PlaceImport(Base):
    """A list that a person took in, with what it added and replaced: rows of its table as they were and as they became.

    ``kind``: ``places``, ``villages`` or ``mapping``. ``at`` is UTC. It is gone once the import was undone.
    """

    __tablename__ = "place_import"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime)
    author: Mapped[str | None] = mapped_column(sa.String(36))
    kind: Mapped[str] = mapped_column(sa.String(12))
    file: Mapped[str] = mapped_column(sa.String(200))
    vintage: Mapped[int] = mapped_column(sa.Integer)
    to_vintage: Mapped[int | None] = mapped_column(sa.Integer)
    added: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    before: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    after: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)


class PlaceListVersion(Base):
    """What is another one whenever a row of a table of places changes, so that every process sees at a glance whether
    what it has read still holds. ``of``: the name of the table; one that has not changed yet has no row."""

    __tablename__ = "place_list_version"

    of: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(16))


def village_id(vintage: int, commune_code: str, number: int) -> str:
    """``village_id(2023, "01930", 3)`` is ``"2023.01930.003"``."""
    return f"{vintage}.{commune_code}.{number:03d}"

"""Lists of the tiny province, and an administrator who imports them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import imports, people, places
from fieldapp.db import db
from fieldapp.imports import ListImport, Plan
from fieldapp.people import Account
from fieldapp.surveys import Household
from tests.imports.lists import commune_list

Looked = Callable[..., ListImport]


class Village(NamedTuple):
    """A village with a household that is known: what a list calls them."""

    id: str
    name: str
    commune: str
    known: dict[str, Any]


@pytest.fixture
def village(context: Flask) -> Village:
    """A village of a household of which number and birth are known and nothing is in dispute."""
    found = db.session.scalars(
        sa.select(Household)
        .where(Household.citizen_id.is_not(None), Household.birth_date.is_not(None), sa.not_(Household.contested))
        .where(sa.not_(Household.withdrawn), Household.village == Household.area)
        .order_by(Household.id)
    ).first()
    assert found is not None
    assert found.village is not None
    commune = places.known_commune(found.village)
    assert commune is not None
    names = ("id", "head_name", "birth_date", "citizen_id", "members", "poverty_class", "ethnic_group", "head_sex")
    known = {name: getattr(found, name) for name in names}
    return Village(found.village, places.village_name(found.village), commune.name, known)


@pytest.fixture
def look(context: Flask) -> Looked:
    """Keep a file and look at it, as its headings are guessed; ``plan`` changes how it is read."""

    def looked(path: Path, kind: imports.ListKind = "households", day: str = "", **plan: Any) -> ListImport:
        def copy(to: Path) -> None:
            shutil.copyfile(path, to)

        each = imports.begin(imports.keep(copy), path.name, kind, admin().id)
        wanted = msgspec.structs.replace(msgspec.convert(each.plan, Plan), **plan)
        return imports.look(each.id, wanted, day=day or each.day, sheet=each.sheet, header=each.header)

    return looked


@pytest.fixture
def listed(tmp_path: Path, village: Village) -> Callable[..., Path]:
    """A list of the commune with these rows."""
    return lambda *rows, day="31/12/2025": commune_list(
        tmp_path / "danh sách.xlsx", list(rows), village.name, village.commune, day
    )


def admin() -> Account:
    """Who imports."""
    return people.find_account("quan")

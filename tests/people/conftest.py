"""Places, and one account to work with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.people import Account
from tests.places.bare import bare

NOW = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)
PASSWORD = "bốn từ dễ nhớ"


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Flask]:
    for app in bare(tmp_path):
        places.import_packaged()
        places.import_villages((2023, code, n, f"Thôn {n}") for code in ("01924", "01930", "01933") for n in (1, 2, 3))
        db.session.commit()
        yield app


@pytest.fixture
def lan(province: Flask) -> Account:
    account = people.add_account("lan", "Hoàng Thị Lan", "enumerator", PASSWORD, [(2023, "2023.01930.001")])
    db.session.commit()
    return account

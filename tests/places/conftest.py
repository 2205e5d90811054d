"""Both official lists imported, and two villages of every commune the tests speak of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fieldapp import places
from tests.places.bare import bare


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    yield from bare(tmp_path)


@pytest.fixture
def lists(empty: Flask) -> Flask:
    places.import_packaged()
    places.import_villages(
        (2023, code, number, name)
        for code in ("01858", "01864", "01930", "02041", "01957")
        for number, name in ((1, "Thôn Nà Lài"), (2, "Bản Cám"))
    )
    return empty

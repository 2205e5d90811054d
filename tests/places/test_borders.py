"""Whether a position lies in its commune: by the borders of the province, or by those that come with the app."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldapp.places import borders
from tests.again import ALL

SQUARE = [[105.0, 22.0], [106.0, 22.0], [106.0, 23.0], [105.0, 23.0], [105.0, 22.0]]
HOLE = [[105.4, 22.4], [105.6, 22.4], [105.6, 22.6], [105.4, 22.6], [105.4, 22.4]]
A_DEGREE = borders.M_PER_DEGREE


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square commune with another in its midst."""
    made = tmp_path_factory.mktemp("borders") / "borders.geojson"
    shape = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    features = [{"type": "Feature", "properties": {"code": "1"}, "geometry": shape}]
    made.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return made


@settings(max_examples=200, deadline=None)
@given(st.floats(21.5, 23.5), st.floats(104.5, 106.5))
@example(22.4375, 105.4)
def test_a_position_is_as_far_outside_as_its_nearest_border(file: Path, lat: float, lon: float) -> None:
    away = borders.metres_outside(file, "1", lat, lon)
    if not (22 < lat < 23 and 105 < lon < 106):
        north = max(0.0, 22 - lat, lat - 23) * A_DEGREE
        assert away >= north * 0.999
        if 105 <= lon <= 106:
            assert away == pytest.approx(north, rel=1e-6, abs=1e-6)
    elif 22.4 < lat < 22.6 and 105.4 < lon < 105.6:
        assert away <= 0.1 * A_DEGREE
    else:
        assert away < 0.001, "on a border it is as far as a float can tell"


def test_of_a_commune_without_a_border_nobody_says_that_anything_lies_outside_it(file: Path, tmp_path: Path) -> None:
    assert borders.metres_outside(file, "2", 0, 0) == 0
    (tmp_path / borders.OWN).write_text("no borders")
    assert borders.metres_outside(borders.file_of(tmp_path), "1", 0, 0) == 0
    assert borders.midst(borders.file_of(tmp_path), "1") is None


def test_each_commune_that_comes_with_the_app_has_a_midst_inside_it() -> None:
    for code, _rings in islice(borders.read(borders.PACKAGED), None, None, 1 if ALL else 5):
        spot = borders.midst(borders.PACKAGED, code)
        assert spot
        assert borders.metres_outside(borders.PACKAGED, code, *spot) == 0

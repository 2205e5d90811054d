"""A test that names what is not there is found before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import named

GONE = {
    "from fieldapp.places import gazeteer": "fieldapp.places.gazeteer",
    "from fieldapp.gone import anything": "fieldapp.gone.anything",
    "from tests.conftest import of_old": "tests.conftest.of_old",
    "from fieldapp import people\n\ndef test() -> None:\n    people.find_acount('lan')": "fieldapp.people.find_acount",
    "def test(monkeypatch):\n    monkeypatch.setattr('sync.feeds.refreshed', None)": "sync.feeds.refreshed",
}
THERE = """
import sync
from fieldapp import people
from fieldapp.places import gazetteer
from sync.fold import State

def test(monkeypatch, gone):
    people.find_account("lan")
    monkeypatch.setattr("sync.feeds.refresh", None)
    for people in gone:
        people.find_acount("lan")
"""


@pytest.mark.parametrize("text", GONE)
def test_what_is_named_and_not_there_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "TESTS", tmp_path)
    (tmp_path / "test_it.py").write_text(text)
    [fault] = named.faults(tmp_path)
    assert fault.endswith(f"there is no {GONE[text]}")


def test_what_is_there_or_stands_for_something_else_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "TESTS", tmp_path)
    (tmp_path / "test_it.py").write_text(THERE)
    assert named.faults(tmp_path) == []

"""What a laptop has comes to the province by wire and on a stick, in either order: it is there once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldapp import batches, intake, nodes
from fieldapp.db import begin_writing
from tests.again import asked_by
from tests.nodes.conftest import Node
from tests.postgres import AGAIN_ON_POSTGRESQL

pytestmark = AGAIN_ON_POSTGRESQL


@pytest.fixture
def stick(joined: Node, province: Node, tmp_path: Path) -> Path:
    """A week of the laptop's work, for the province."""
    with province.inside():
        nodes.trust("laptop", joined.key())
    with joined.inside():
        start = intake.journal().position(None)
    for record in joined.households()[:3]:
        joined.edit(record, {"members": 9})
    with joined.inside():
        batches.export(tmp_path / "week.fab", nodes.find("tinh"), since=start)
    return tmp_path / "week.fab"


def take_in(node: Node, file: Path) -> dict[str, int]:
    with node.inside():
        begin_writing()
        return batches.take_in(file).counts


def what_stands(node: Node) -> Any:
    with node.inside():
        here = intake.journal()
        return node.versions(), here.position(None), here.position()


@asked_by("tests/sync/test_stories.py::test_the_same_batch_by_wire_and_by_stick")
def test_the_same_batch_by_wire_and_then_by_usb(joined: Node, province: Node, stick: Path) -> None:
    assert joined.sync().sent == 3
    before = what_stands(province)
    assert take_in(province, stick) == {"duplicate": 3}
    assert what_stands(province) == before
    assert joined.versions() == province.versions()


@asked_by("tests/sync/test_stories.py::test_the_same_batch_by_wire_and_by_stick")
def test_the_same_batch_by_usb_and_then_by_wire(joined: Node, province: Node, stick: Path) -> None:
    assert take_in(province, stick) == {"stored": 3}
    before = what_stands(province)
    assert joined.sync().sent_verdicts == {"duplicate": 3}
    assert what_stands(province) == before
    assert joined.versions() == province.versions()
    assert (joined.sync().sent, joined.sync().received) == (0, 0)

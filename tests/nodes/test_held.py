"""What one node holds is held on every node it goes to, until a ruling, which goes there too."""

from __future__ import annotations

import pytest

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.surveys.household import Household
from sync.change import Change, change_id
from tests.nodes.conftest import Node


def held(node: Node) -> list[Change]:
    with node.inside():
        return [entry.change for entry in intake.journal().held()]


def has(node: Node, record: str) -> bool:
    with node.inside():
        return db.session.get(Household, record) is not None


@pytest.mark.parametrize("where", ["province", "laptop"])
@pytest.mark.parametrize(("verdict", "counts"), [("release", True), ("refuse", False)])
def test_a_ruling_on_either_node_holds_on_both(
    verdict: str, counts: bool, where: str, province: Node, joined: Node
) -> None:
    (change,) = held(province)
    assert held(joined) == [change]
    ruling = province if where == "province" else joined
    with ruling.inside():
        begin_writing()
        intake.rule([change.id], verdict, account=people.find_account("quan"))
    joined.sync()
    assert held(province) == held(joined) == []
    assert has(province, change.record) is has(joined, change.record) is counts
    assert joined.versions() == province.versions()


def test_what_another_version_could_not_read_is_judged_anew(joined: Node, province: Node) -> None:
    record = province.households()[0]
    with joined.inside():
        begin_writing()
        text = intake.compose("household", record, {"members": 13}, account=people.find_account("quan"))
        assert text

        receipt = intake.receive([text], kind="node", held={change_id(text): "unknown_survey"})
    assert [result.verdict for result in receipt.results] == ["stored"]

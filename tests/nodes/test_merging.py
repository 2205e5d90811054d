"""Two entries of one household merged on one node while the other enters something about the part: both end alike."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import AlikePair, CaseFact, CaseMoney, HouseholdFact, HouseholdProgramme
from fieldapp.intake.merging import kept_of
from fieldapp.review import pairs
from fieldapp.surveys import SURVEYS, Household, HousingNeed, questions
from tests.again import again
from tests.nodes.conftest import Node

FACTS = (AlikePair, CaseFact, CaseMoney, HouseholdFact, HouseholdProgramme, Standing)


def whole(node: Node) -> dict[str, list[str]]:
    """Every row of the surveys, and all that follows from them: states, sums, pairs."""
    tables: list[Any] = [model.__table__ for model in (*SURVEYS.values(), *FACTS)]
    with node.inside():
        return {
            table.name: sorted(json.dumps(list(row), default=str) for row in db.session.execute(sa.select(table)))
            for table in tables
        }


def twin_of(node: Node, home: str) -> str:
    """Another entry of a household, made on this node."""
    row, twin = node.row(home), str(uuid4())
    node.edit(twin, {name: value for name in questions("household") if (value := getattr(row, name)) is not None})
    return twin


def say(node: Node, kept: str, other: str, verdict: str) -> None:
    with node.inside():
        begin_writing()
        one, two, before = (
            db.session.get(Household, kept),
            db.session.get(Household, other),
            pairs.pairing_of(kept, other),
        )
        assert one
        assert two
        seen = review.heads_of(before) if before else ()
        pairs.say(one, two, verdict, account=people.find_account("quan"), seen=seen)


def housed(node: Node) -> str:
    """A household with a case that has payments, which its other entry is to be merged with."""
    with node.inside():
        paid = sa.select(CaseFact.household).where(CaseFact.paid > 0).order_by(CaseFact.record).limit(1)
        found = db.session.scalar(paid) or db.session.scalar(sa.select(HousingNeed.household).order_by(HousingNeed.id))
        assert found
        return found


@pytest.mark.parametrize(
    ("merged_first", "part_is_older"), [again(True, False), (False, True), again(True, True), again(False, False)]
)
def test_a_merge_leaves_every_row_and_sum_the_same_on_both_nodes_whichever_arrives_first(
    province: Node, joined: Node, merged_first: bool, part_is_older: bool
) -> None:
    home = housed(province)
    twin = twin_of(province, home)
    kept, part = (twin, home) if part_is_older else (home, twin)
    joined.sync()
    merging, entering = (province, joined) if merged_first else (joined, province)
    need = str(uuid4())
    say(merging, kept, part, "same")
    entering.edit(need, {"household": part, "need_type": "xay_moi", "visited_on": "2026-07-01"}, survey="housing_need")
    joined.sync()
    joined.sync()
    assert whole(joined) == whole(province)
    for node in (province, joined):
        assert node.row(need, "housing_need").household == kept
        with node.inside():
            assert kept_of([part]) == {part: kept}
            assert intake.rebuild(check=True) == []
    say(entering, kept, part, "open")
    joined.sync()
    joined.sync()
    assert whole(joined) == whole(province)
    assert province.row(need, "housing_need").household == part

"""What the tests of batch files do with them: written for a node, looked at, taken in, undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldapp import batches, intake, nodes, people
from fieldapp.batches import BatchFilter
from fieldapp.db import begin_writing

if TYPE_CHECKING:
    from tests.nodes.conftest import Node


def befriend(one: Node, other: Node, one_name: str = "laptop", other_name: str = "tinh") -> None:
    """Each trusts the other's key."""
    keys = one.key(), other.key()
    with one.inside():
        nodes.trust(other_name, keys[1])
    with other.inside():
        nodes.trust(one_name, keys[0])


def write(node: Node, path: Path, to: str) -> batches.CheckedBatch:
    with node.inside():
        return batches.export(path, nodes.find(to))


def take_in(node: Node, path: Path) -> batches.CheckedBatch:
    with node.inside():
        return batches.take_in(path)


def take_along(laptop: Node, province: Node, folder: Path) -> None:
    """The laptop knows the province, and goes away with all that is there."""
    befriend(laptop, province)
    write(province, folder / "there.fab", "laptop")
    take_in(laptop, folder / "there.fab")


def what_stands(node: Node) -> tuple[dict[str, str], int, int]:
    """Everything an import could change: versions, the journal, the batches."""
    with node.inside():
        here = intake.journal()
        state = here.position(None), len(here.batches(1000))
    return node.versions(), *state


def looked_at(node: Node, path: Path, **choice: Any) -> batches.CheckedBatch:
    with node.inside():
        return batches.preview(path, choice=BatchFilter(**choice))


def chosen(node: Node, path: Path, **choice: Any) -> batches.CheckedBatch:
    with node.inside():
        return batches.take_in(path, choice=BatchFilter(**choice))


def undo(node: Node, number: int | None, verdict: str = "exclude") -> None:
    with node.inside():
        assert number is not None
        begin_writing()
        intake.rule(intake.journal().changes_of_batch(number), verdict, account=people.find_account("quan"))

"""A batch file that is damaged, foreign or something else changes nothing, and is told apart by one sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp import batches, nodes
from fieldapp.i18n import speaking
from fieldapp.nodes.sentences import SENTENCES, ExchangeProblem
from fieldapp.problems import (
    FileNotReadable,
    FileNotWritable,
)
from sync.problems import SyncProblem
from tests.nodes.conftest import Node
from tests.nodes.sticks import befriend, what_stands, write


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.98], ids=["empty", "a third", "nearly all"])
def test_a_truncated_file_is_said_to_be_cut_short_and_changes_nothing(file: Path, laptop: Node, kept: float) -> None:
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * kept)])
    assert refused(laptop, file) in ("truncated", "altered")


def test_a_flipped_bit_anywhere_refuses_the_whole_file(file: Path, laptop: Node) -> None:
    whole = file.read_bytes()
    for place in random.Random(7).sample(range(len(whole)), 8):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert refused(laptop, file)


def test_something_else_under_the_name_of_a_batch_file_is_told_apart(laptop: Node, tmp_path: Path) -> None:
    (tmp_path / "note.fab").write_text("ghi chú" * 100)
    assert refused(laptop, tmp_path / "note.fab") == "not_a_batch"


def test_a_file_for_another_node_cannot_be_opened(file: Path, province: Node, new_node: Callable[[str], Node]) -> None:
    third = new_node("third")
    befriend(third, province, "third", "tinh")
    assert refused(third, file) == "foreign_node"


def test_a_file_of_a_node_nobody_here_trusts_names_its_number(
    file: Path, laptop: Node, new_node: Callable[[str], Node], tmp_path: Path
) -> None:
    stranger, key = new_node("stranger"), laptop.key()
    with stranger.inside():
        nodes.trust("laptop", key)
        number = nodes.own().node
    write(stranger, tmp_path / "strange.fab", "laptop")
    with laptop.inside(), speaking("en"), pytest.raises(ExchangeProblem, match=number):
        batches.show(tmp_path / "strange.fab")


def test_a_file_with_names_of_another_shape_is_refused_and_changes_nothing(
    province: Node, laptop: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    befriend(laptop, province)
    for names in ({"villages": [[1]]}, {"people": 3}, {"villages": [[2023, "x", "y", 4]]}):
        monkeypatch.setattr("fieldapp.batches.files.directory.give", lambda names=names: names)
        write(province, tmp_path / "odd.fab", "laptop")
        assert refused(laptop, tmp_path / "odd.fab") == "unknown_format"


def refused(node: Node, path: Path) -> str:
    """The code of the problem, after checking that nothing changed and that it has its own sentence."""
    before = what_stands(node)
    with node.inside(), pytest.raises(ExchangeProblem) as told:
        batches.take_in(path)
    assert what_stands(node) == before
    with speaking("vi"):
        assert "Chưa có gì thay đổi" in told.value.message
    return told.value.sync_code


def test_every_sentence_can_be_said_even_when_a_detail_is_missing() -> None:
    for language in ("vi", "en"):
        with speaking(language):
            said = [ExchangeProblem(SyncProblem(code, other=1)).message for code in (*SENTENCES, "never_heard_of")]
    assert len(set(said)) == len(SENTENCES) + 1
    assert all(text and "%(" not in text for text in said)


OF_A_FILE = ["not_a_batch", "truncated", "altered", "foreign_node", "unknown_sender", "unknown_format", "too_big"]


@pytest.mark.parametrize("code", [*OF_A_FILE, "counts_differ", *(code for code in SENTENCES if "receipt" in code)])
def test_whatever_is_wrong_with_a_file_is_one_sentence_that_ends_with_nothing_changed(code: str) -> None:
    with speaking("vi"):
        said = ExchangeProblem(SyncProblem(code, node="n", told=1, found=2)).message
    assert said.endswith("Chưa có gì thay đổi.")
    assert "\n" not in said


def test_a_missing_file_and_a_folder_that_is_not_there_are_each_a_sentence(laptop: Node, tmp_path: Path) -> None:
    with laptop.inside():
        with pytest.raises(FileNotReadable):
            batches.show(tmp_path / "none.fab")
        with pytest.raises(FileNotReadable):
            batches.show(tmp_path)
        nodes.trust("x", nodes.keys().generate().public)
        with pytest.raises(FileNotWritable):
            batches.export(tmp_path / "nowhere" / "x.fab", nodes.find("x"))

"""``fieldapp node``, ``batch`` and ``sync`` as an operator types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fieldapp import batches, people
from fieldapp.cli import main
from fieldapp.config import Config
from tests.again import a_walk, again
from tests.conftest import Server
from tests.nodes.conftest import Node

Run = Callable[..., str]


@pytest.fixture
def run(config: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(instance, "batch", "list")``: what it printed; ``status`` is what it must end with."""
    monkeypatch.setenv("FIELDAPP_LANG", "vi")

    def invoke(instance: Path, *args: str | Path, status: int = 0) -> str:
        monkeypatch.setenv("FIELDAPP_INSTANCE", str(instance))
        monkeypatch.setenv("FIELDAPP_DATABASE_URL", config.database_url if instance == config.instance else "")
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == status, result.output
        return result.stdout if status == 0 else result.output

    return invoke


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """The same with ``--format json``, read."""
    return lambda instance, *args: json.loads(run(instance, *args, "--format", "json"))


@pytest.fixture
def places(instance: Path, laptop: Node) -> tuple[Path, Path]:
    """The folders of the province and of the laptop."""
    return instance, Path(laptop.app.instance_path)


def test_a_laptop_gets_a_file_shows_it_tries_it_and_imports_it(
    run: Run, ask: Callable[..., Any], places: tuple[Path, Path], tmp_path: Path
) -> None:
    province, laptop = places
    file = tmp_path / "a.fab"
    run(province, "node", "trust", "laptop", ask(laptop, "node", "show")["key"])
    run(laptop, "node", "trust", "tinh", ask(province, "node", "show")["key"])
    written = ask(province, "batch", "export", file, "--to", "laptop")
    assert written["changes"] > 100
    assert ask(laptop, "batch", "show", file)["sender"] == "tinh"
    tried = ask(laptop, "batch", "import", file, "--dry-run")
    assert tried["batch"] is None
    assert ask(laptop, "batch", "list") == []
    done = ask(laptop, "batch", "import", file)
    assert done["stored"] == tried["stored"] > 100
    assert ask(laptop, "batch", "import", file)["imported_before"] is True
    assert "Tệp này đã được nhập trước đây" in run(laptop, "batch", "import", file)
    assert [line["kind"] for line in ask(laptop, "batch", "list")] == ["file"]
    assert f"Lô dữ liệu {done['batch']} không còn được tính" in run(laptop, "batch", "undo", done["batch"])
    assert ask(laptop, "batch", "list")[0]["undone"] is True
    run(laptop, "batch", "redo", done["batch"])
    assert ask(laptop, "batch", "list")[0]["undone"] is False


@a_walk
def test_a_part_is_imported_a_receipt_goes_back_and_the_next_file_holds_only_the_rest(
    run: Run, ask: Callable[..., Any], places: tuple[Path, Path], province: Node, tmp_path: Path
) -> None:
    here, laptop = places
    file, receipt = tmp_path / "a.fab", tmp_path / "a.far"
    run(here, "node", "trust", "laptop", ask(laptop, "node", "show")["key"])
    run(laptop, "node", "trust", "tinh", ask(here, "node", "show")["key"])
    run(here, "batch", "export", file, "--to", "laptop")
    tried = run(laptop, "batch", "import", file, "--dry-run")
    assert province.row(province.households()[0]).head_name in tried
    some = ask(laptop, "batch", "import", file, "--survey", "household")
    assert some["left_out"] > 0
    assert Path(some["receipt"]) == receipt
    assert ask(laptop, "batch", "list")[0]["left_out"] == some["left_out"]
    told = ask(here, "batch", "receipt-read", receipt)
    assert told["left_out"] == some["left_out"]
    assert ask(here, "batch", "export", tmp_path / "b.fab", "--to", "laptop")["changes"] > 100
    whole = ask(laptop, "batch", "import", file)
    assert whole["left_out"] == 0
    run(laptop, "batch", "receipt", whole["batch"], receipt)
    assert ask(here, "batch", "show", receipt)["counts"] == ask(laptop, "batch", "list")[0]["counts"]
    assert ask(here, "batch", "export", tmp_path / "c.fab", "--to", "laptop")["changes"] == 0
    assert ask(here, "batch", "export", tmp_path / "d.fab", "--to", "laptop", "--all")["changes"] > 100
    assert [each["received"] is not None for each in ask(here, "batch", "given", "laptop")].count(True) == 1
    run(laptop, "batch", "undo", whole["batch"])
    assert f"fieldapp batch redo {whole['batch']}" in run(laptop, "batch", "import", file)


def test_an_import_is_not_undone_by_a_stick_that_cannot_be_written_to(
    run: Run, ask: Callable[..., Any], places: tuple[Path, Path], tmp_path: Path
) -> None:
    here, laptop = places
    run(here, "node", "trust", "laptop", ask(laptop, "node", "show")["key"])
    run(laptop, "node", "trust", "tinh", ask(here, "node", "show")["key"])
    run(here, "batch", "export", tmp_path / "a.fab", "--to", "laptop")
    (tmp_path / "a.far").mkdir()
    done = ask(laptop, "batch", "import", tmp_path / "a.fab")
    assert (done["receipt"], done["batch"]) == (None, 1)


def test_a_laptop_joins_syncs_and_says_where_it_stands(
    run: Run, ask: Callable[..., Any], places: tuple[Path, Path], province: Node, server: Server
) -> None:
    _province, laptop = places
    said = run(laptop, "node", "join", server.url, province.code(), "--name", "Máy chủ tỉnh")
    assert "Máy chủ tỉnh" in said
    assert ask(laptop, "sync", server.url)["received"] > 100
    again = ask(laptop, "sync", "Máy chủ tỉnh")
    assert (again["sent"], again["received"]) == (0, 0)
    stands = ask(laptop, "sync", "status")
    assert [line["name"] for line in stands] == ["Máy chủ tỉnh"]
    assert stands[0]["synced"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["batch", "show", "khong-co.fab"], "không tồn tại"),
        (["batch", "export", "x.fab", "--to", "nobody"], "chưa có máy nào tên nobody"),
        (["batch", "undo", "999"], "Không có lô dữ liệu 999"),
        (["batch", "receipt", "999", "x.far"], "không đến bằng tệp lô dữ liệu"),
        (["batch", "receipt-read", "khong-co.far"], "không tồn tại"),
        (["node", "trust", "x", "abc"], "không phải khóa"),
        (["node", "join", "may chu", "ABCD-2345"], "không phải địa chỉ"),
        (["node", "join", "http://127.0.0.1:9", "ABCD-2345"], "Không có gì trả lời ở địa chỉ này"),
        (["sync", "http://127.0.0.1:9"], "chưa kết nối"),
        (["report", "budget"], "Không có báo cáo tên budget"),
        (["report", "housing-need", "--by", "district", "--vintage", "2025"], "không có cấp huyện"),
        (["report", "housing-need", "--vintage", "1999"], "Không có danh mục địa bàn năm 1999"),
        (["report", "housing-need", "--within", "99999"], "99999"),
        (["export", "nothing"], "Không có phiếu nothing"),
    ],
)
def test_each_failure_is_one_sentence_and_a_status(
    run: Run, instance: Path, args: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output = run(instance, *args, status=1)
    assert said in output
    assert len(output.strip().splitlines()) == 1
    assert not list(tmp_path.glob("*.fab"))


@pytest.mark.parametrize("listing", [("batch", "list", "--all"), again(("user", "list"))])
def test_lists_of_commands_say_in_words_how_and_what(
    run: Run, ask: Callable[..., Any], places: tuple[Path, Path], tmp_path: Path, listing: tuple[str, ...]
) -> None:
    province, laptop = places
    file = tmp_path / "a.fab"
    run(province, "node", "trust", "laptop", ask(laptop, "node", "show")["key"])
    run(laptop, "node", "trust", "tinh", ask(province, "node", "show")["key"])
    run(province, "batch", "export", file, "--to", "laptop")
    run(laptop, "batch", "import", file)
    for node in places:
        said = {cell for line in run(node, *listing).splitlines() for cell in re.split(r" {2,}", line)}
        senders = {str(each.get("from")) for each in ask(node, *listing)}
        assert not said & {*batches.KINDS, *people.ROLES, *senders}

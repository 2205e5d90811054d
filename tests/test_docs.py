"""What the README says is so: its commands, its folders, its picture."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from fieldapp.cli import main
from tests.commands.tree import below

ROOT = Path(__file__).parent.parent
ENGINE = (ROOT / "sync/README.md").read_text(encoding="utf-8")
PROMISES = [[cell.strip() for cell in row.split("|")[1:4]] for row in ENGINE.splitlines() if row.count("|") == 4]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README))))
def test_every_make_command_of_the_readme_is_a_target(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("words", sorted(set(re.findall(r"fieldapp((?: [a-z-]+)+)", README))))
def test_every_command_of_the_readme_is_a_command(words: str) -> None:
    context = click.Context(main)
    command: click.Command = main
    for word in words.split():
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        assert found is not None, f"fieldapp{words}: there is no {word}"
        command = found


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:fieldapp|sync|migrations|translations|tests|bench)/[a-z_/]*)`", README)))
)
def test_every_folder_of_the_map_exists(path: str) -> None:
    assert (ROOT / path).is_dir()


PAPERS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "sync/README.md",
    ROOT / "tests/README.md",
    *(ROOT / "docs").rglob("*.md"),
]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_every_link_of_a_paper_leads_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#h][^)#]*)", paper.read_text(encoding="utf-8"))
    assert [link for link in links if not (paper.parent / link).exists()] == []


def test_every_command_explains_itself() -> None:
    silent: list[str] = []

    def walk(command: click.Command, path: str) -> None:
        if not (command.help or "").strip():
            silent.append(path)
        for name, each in below(command):
            walk(each, f"{path} {name}")

    walk(main, "fieldapp")
    assert silent == []


def claims() -> list[tuple[str, str]]:
    """(file, name) of what the promises of the engine name: tests, or what these check."""
    found = []
    for _promise, held_by, _mutant in PROMISES[2:]:
        for part in held_by.split(";"):
            file, *names = re.findall(r"`([^`]+)`", part)
            found += [(file, name) for name in names] or [(file, "")]
    return found


def named_in(source: str, name: str) -> bool:
    """Is it there: a test whose name begins so, or ends so where it is whole, or words that stand there?"""
    if "_" not in name or name.startswith("check_"):
        return name in source
    begun = re.escape(name.removesuffix("…"))
    end = "" if name.endswith("…") else r"\b"
    return re.search(rf"def (?:test_)?\w*{begun}{end}", source) is not None


@pytest.mark.parametrize(("file", "name"), claims())
def test_every_promise_of_the_engine_names_tests_that_exist(file: str, name: str) -> None:
    assert name, f"{file}: which of its tests?"
    source = (ROOT / "tests/sync" / f"{file}.py").read_text(encoding="utf-8")
    assert named_in(source, name), f"{file} has no {name}"


@pytest.mark.parametrize("mutant", sorted({name for row in PROMISES[2:] for name in re.findall(r"`([^`]+)`", row[2])}))
def test_every_mutant_of_the_promises_exists(mutant: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/sync").rglob("*.py")]
    ways = (f"class {mutant}(", f"def {mutant}(patch", f'"{mutant}"')
    assert any(way in source for way in ways for source in sources)


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`([a-z]+\.py)`", ENGINE))))
def test_every_file_of_the_engine_is_on_its_map(file: str) -> None:
    assert (ROOT / "sync" / file).exists()


def test_the_map_of_the_engine_leaves_no_file_out() -> None:
    files = {path.name for path in (ROOT / "sync").glob("*.py")} - {"__init__.py"}
    assert files <= set(re.findall(r"`([a-z_]+\.py)`", ENGINE))

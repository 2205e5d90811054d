"""What the README says is so: its commands, its folders, its picture."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from fieldapp.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README))))
def test_every_make_command_of_the_readme_is_a_target(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("words", sorted(set(re.findall(r"fieldapp((?: [a-z]+)+)", README))))
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


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)h][^)]*)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_command_explains_itself() -> None:
    silent: list[str] = []

    def walk(command: click.Command, path: str) -> None:
        if not (command.help or "").strip():
            silent.append(path)
        if isinstance(command, click.Group):
            for name, each in command.commands.items():
                walk(each, f"{path} {name}")

    walk(main, "fieldapp")
    assert silent == []

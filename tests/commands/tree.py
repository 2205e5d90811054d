"""The tree of the commands, each imported for it."""

from __future__ import annotations

from collections.abc import Iterator

import click


def below(command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by their names, in order; of one that is no group, none."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            found = command.get_command(context, name)
            assert found is not None, name
            yield name, found

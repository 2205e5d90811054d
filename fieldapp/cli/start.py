"""How every command begins: its language, its instance, and sentences instead of tracebacks.

``--help`` and a mistyped command load nothing but this, so it imports only what loads quickly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click
from babel.support import LazyProxy

from fieldapp import i18n
from fieldapp.cli import words
from fieldapp.i18n import _
from fieldapp.instance import private


class Sentences(click.Group):
    """Commands that end every failure with one sentence and a non-zero status. Tracebacks go to the log."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # A console that cannot show Vietnamese shows question marks; it does not stop the work.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        private.from_here_on()
        speak_as_asked()
        words.speak(self)
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise click.exceptions.Exit(1) from None
        except Exception as error:
            from fieldapp.cli.failures import sentence  # seldom needed, and dear

            raise click.ClickException(sentence(ctx, error)) from None


class OnDemand(Sentences):
    """Commands of which each is imported when somebody asks for it."""

    def __init__(self, *args: Any, found: Mapping[str, tuple[str, LazyProxy]], **kwargs: Any) -> None:
        """``found``: of each name the module of ``fieldapp.cli`` it is in, and what the list of commands says of it."""
        super().__init__(*args, **kwargs)
        self.found = found

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.found and cmd_name not in self.commands:
            module = import_module(f"fieldapp.cli.{self.found[cmd_name][0]}")
            name = cmd_name.replace("-", "_")
            self.add_command(getattr(module, f"{name}_" if iskeyword(name) else name))
            words.speak(self.commands[cmd_name])
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, str(self.found[name][1])) for name in self.list_commands(ctx)])


def use_instance(folder: str | os.PathLike[str]) -> None:
    """Work in this instance from here on, in this process and in those it starts."""
    os.environ["FIELDAPP_INSTANCE"] = str(Path(folder).resolve())


def speak_as_asked() -> None:
    """The language of ``FIELDAPP_LANG``, else of the terminal, else Vietnamese."""
    terminal = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    i18n.use(i18n.negotiate(os.environ.get("FIELDAPP_LANG"), accepted=[terminal.replace("_", "-")]))

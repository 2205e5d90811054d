"""The words of the commands, in the language of the moment: what they say of themselves, and what click says."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import click

from fieldapp import i18n
from fieldapp.i18n import _, _l


def one_or_more(one: str, more: str) -> tuple[str, str]:
    """A message of click that has a plural."""
    return one, more


CLICK = (
    _l("Usage:"),
    _l("Options"),
    _l("Commands"),
    _l("Positional arguments"),
    _l("Error: {message}"),
    _l("Try '{command} {option}' for help."),
    _l("Show the version and exit."),
    _l("%(prog)s, version %(version)s"),
    _l("default: {default}"),
    _l("required"),
    _l("Aborted!"),
    _l("Invalid value: {message}"),
    _l("Invalid value for {param_hint}: {message}"),
    _l("Missing argument"),
    _l("Missing option"),
    _l("Missing parameter"),
    _l("Missing command."),
    _l("No such option {name!r}."),
    _l("No such option: {name}"),
    _l("No such command {name!r}."),
    _l("Could not open file {filename!r}: {message}"),
    _l("Option {name!r} does not take a value."),
    _l("Choose from:\n\t{choices}"),
    _l("{value!r} is not a valid {number_type}."),
    _l("{value} is not in the range {range}."),
    _l("file"),
    _l("directory"),
    _l("path"),
    _l("{name} {filename!r} does not exist."),
    _l("{name} {filename!r} is a file."),
    _l("{name} {filename!r} is a directory."),
    _l("{name} {filename!r} is not readable."),
    _l("{name} {filename!r} is not writable."),
    one_or_more("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    one_or_more("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    one_or_more("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    one_or_more("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
"""What click itself says to people, so that the catalogue knows it: click looks there through the standard library."""

PLACES = {
    "CODE": _l("CODE"),
    "CODE@VINTAGE": _l("CODE@VINTAGE"),
    "DD/MM/YYYY": _l("DD/MM/YYYY"),
    "DEVICE": _l("DEVICE"),
    "DIR": _l("DIR"),
    "FIELD=ANSWER": _l("FIELD=ANSWER"),
    "FILE": _l("FILE"),
    "INTEGER": _l("INTEGER"),
    "INTEGER RANGE": _l("INTEGER RANGE"),
    "KEY": _l("KEY"),
    "MAPPING": _l("MAPPING"),
    "NAME": _l("NAME"),
    "NUMBER": _l("NUMBER"),
    "SURVEY": _l("SURVEY"),
    "TEXT": _l("TEXT"),
    "USERNAME": _l("USERNAME"),
    "WORDS": _l("WORDS"),
}
"""The words in capitals that stand for what is to be typed."""

HELP = ["-h", "--help"]

_SOURCE: WeakKeyDictionary[click.Command | click.Option, str] = WeakKeyDictionary()
_PLACE: WeakKeyDictionary[click.Parameter, str | None] = WeakKeyDictionary()


def speak(command: click.Command) -> None:
    """Translate the help of a command and of its subcommands into the current language."""
    gettext.bindtextdomain("messages", i18n.CATALOGUES)
    os.environ["LANGUAGE"] = i18n.language()
    for each in _commands(command):
        spoken: list[click.Command | click.Option] = [
            each,
            *(one for one in each.params if isinstance(one, click.Option)),
        ]
        for one in spoken:
            if one.help:
                one.help = _(_SOURCE.setdefault(one, plain(one.help)))
        if each.help:  # else the lists of commands would cut it off in the middle of a sentence
            each.short_help = first_sentence(each.help)
        context = click.Context(each, help_option_names=HELP)
        _speak_of_places(context)
        helps = each.get_help_option(context)
        if helps:  # click makes it once, in the language of that moment
            helps.help = _("Show this message and exit.")


def _speak_of_places(context: click.Context) -> None:
    """What stands for what is to be typed; click made its own words for it in the language of the import."""
    command = context.command
    command.options_metavar = _("[OPTIONS]")
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
    for each in command.params:
        each.metavar = _PLACE.setdefault(each, each.metavar)
        if isinstance(each.type, click.types.IntParamType):
            each.type.name = "integer range" if isinstance(each.type, click.IntRange) else "integer"
        place = each.make_metavar(context)
        if (word := place.strip("[].")) in PLACES:
            each.metavar = place.replace(word, str(PLACES[word]))
        if isinstance(each.type, click.Path):
            each.type.name = _("file") if each.type.file_okay else _("directory")
        elif isinstance(each.type, click.types.IntParamType):  # what click says is wrong with what was typed
            each.type.name = _("whole number")


def _commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        yield from _commands(each)


def first_sentence(text: str) -> str:
    """Of a help text, what a list of commands says of it."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def plain(text: str) -> str:
    """A help text with its paragraphs each on one line, as the catalogue has it."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))

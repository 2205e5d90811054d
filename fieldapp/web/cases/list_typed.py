"""Two people with the page of one list open: neither wipes out what the other saved, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class TypedApart(NamedTuple):
    """What was typed into a list, by field, that stays in its fields; and a line for each that cannot."""

    kept: dict[str, str]
    told: list[str]


def sorted_out(
    typed: Mapping[str, str], was: Mapping[str, str], now: Mapping[str, str], name_of: Callable[[str], str]
) -> TypedApart:
    """What was typed, told apart from what a colleague saved meanwhile.

    A field that the colleague changed shows what is saved now; where something else was typed there, a line tells it.

    :param was: the text of each field as the page was opened; one that is left out was empty.
    :param now: the text of each field as it is saved now.
    :param name_of: what a field is called.
    """
    theirs = {name for name, text in now.items() if text != was.get(name, "")}
    lost = [name for name in theirs & typed.keys() if typed[name] not in (was.get(name, ""), now[name])]
    kept = {name: text for name, text in typed.items() if name not in theirs}
    return TypedApart(kept, [f"{name_of(name)}: {typed[name]}" for name in sorted(lost, key=list(now).index)])

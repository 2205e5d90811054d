"""What a machine calls a thing, where a person reads: the walk over every page looks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.pages import Page, words

SPOKEN = ("placeholder", "title", "alt", "aria-label", "data-confirm")
"""Attributes that people read or hear."""
UNSEEN = ("script", "style", "template", "code", "pre", "kbd", "samp")
"""Elements whose text is no sentence: code is shown as code, where it is meant."""
FIELDS = ("input", "textarea")

CODES = {
    "a word of the machine": re.compile(r"(?i)(?<![\w/.@-])[a-z]+[0-9]*(?:_[a-z0-9]+)+(?![\w.(/])"),
    "an id": re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b"),
    "a day or moment of the machine": re.compile(r"\b[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:T|\b)"),
    "a value of Python or JSON": re.compile(r"(?<![\w“\"'])(?:null|NaN|undefined)(?![\w”\"'])|\[\]|\{\}|\[object"),
    "what was never filled in": re.compile(r"%\(\w+\)s|%\w+%|\{\{|\}\}"),
    "a figure as English writes it": re.compile(r"(?<![\w.,:])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![\w,])(?!\.[0-9]{3})"),
}
WORDS = {"a value of Python": re.compile(r"\b(?:None|True|False)\b")}
"""Those that are words of English, looked for on pages in another language."""


LABELS = ("Code", "Mã")
"""Of a code that people give a programme, and read to the programs of others."""


def codes(page: Page) -> dict[str, str]:
    """What on a page is for machines, and what it is."""
    found, asked = {}, CODES if page.tree.get("lang") == "en" else CODES | WORDS
    for text in map(_without_given_codes, read(page.tree)):
        found |= {
            match[0]: f"{what}, in {text[:120]!r}" for what, code in asked.items() for match in code.finditer(text)
        }
    return found


def _without_given_codes(text: str) -> str:
    return re.sub(rf"\b(?:{'|'.join(LABELS)}): [a-z0-9_]+", "", text)


def read(element: Element) -> Iterator[str]:
    """Each text of a page that is read or heard; an answer with its label."""
    if not isinstance(element.tag, str) or element.tag in UNSEEN or element.get("hidden") is not None:
        return
    if [child.tag for child in element] == ["dt", "dd"]:
        yield ": ".join(words(child) for child in element)
        return
    yield from (text for name in SPOKEN if (text := (element.get(name) or "").strip()))
    if element.tag not in FIELDS and (text := (element.text or "").strip()):
        yield text
    for child in element:
        yield from read(child)
        if text := (child.tail or "").strip():
            yield text

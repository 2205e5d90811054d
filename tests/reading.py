"""Pages read in a part of the time that html5lib takes, where it has shown that it reads them so and finds no fault.

A page is read here only where it is plain: each element closed, each value in double quotes, no character that stands
for itself but should not. What a parser of HTML makes of such a page depends on what each element stands in. So
html5lib judges every page in which an element, or a text, stands in what it was not yet seen to stand in; only where
its tree is the very one that is made here, and it found no fault, are those places known from then on.
"""

from __future__ import annotations

import re
import warnings
from html import unescape
from html.entities import html5
from xml.etree.ElementTree import Element

import html5lib

ALLOWED = {"unexpected-cell-in-table-body"}
"""Faults html5lib sees in what the HTML standard allows today."""
DOCTYPE = re.compile(r"\s*<!doctype html>\s*", re.IGNORECASE)
TOKEN = re.compile(r'([^<]+)|<(/?)([a-z][a-z0-9-]*)((?:\s+[^\s"\'<>/=]+(?:="[^"]*")?)*)\s*(/?)>', re.IGNORECASE)
ATTRIBUTE = re.compile(r'\s+([^\s"\'<>/=]+)(?:="([^"]*)")?')
REFERENCE = re.compile(r"&(\w*;?)")
ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]|<!--")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
RAW, RAW_WITH_REFERENCES = {"script", "style"}, {"title", "textarea"}
SVG = "{http://www.w3.org/2000/svg}"
TEXT, SPACE = "#text", "#space"

Place = tuple[str, ...]
"""What an element stands in, from the root on, and its own name."""
known: set[Place] = set()
"""The places that html5lib was seen to read so."""


class NotPlain(Exception):
    """A page that is not read here."""


def parse(html: str) -> Element:
    """The html element of a page, without a namespace.

    :raises AssertionError: it is not valid HTML; the message says where.
    """
    try:
        tree, places = read(html)
    except NotPlain:
        return judged(html)
    if places <= known:
        return tree
    found = judged(html)
    if alike(found, tree):
        known.update(places)
    return found


def judged(html: str) -> Element:
    """What html5lib makes of a page.

    :raises AssertionError: it found a fault.
    """
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Element = parser.parse(html)
    faults = [(place, code) for place, code, _values in parser.errors if code not in ALLOWED]
    assert not faults, f"not valid HTML: {faults[:5]}"
    return tree


def alike(one: Element, other: Element) -> bool:
    """Whether two trees are the same in all they hold."""
    pairs = list(zip(one.iter(), other.iter(), strict=False))
    same = all(
        (a.tag, a.attrib, a.text or "", a.tail or "", len(a)) == (b.tag, b.attrib, b.text or "", b.tail or "", len(b))
        for a, b in pairs
    )
    return same and len(pairs) == sum(1 for _each in one.iter()) == sum(1 for _each in other.iter())


def read(html: str) -> tuple[Element, set[Place]]:
    """The tree of a plain page, and all places in it.

    :raises NotPlain: it is none.
    """
    text = html.replace("\r\n", "\n").replace("\r", "\n")
    begin = DOCTYPE.match(text)
    if begin is None or ODD.search(text):
        raise NotPlain
    if not all(name in html5 and name.endswith(";") for name in _named(text)):
        raise NotPlain
    reading = _Reading()
    reading.go_through(text, begin.end())
    return reading.whole()


def _named(text: str) -> list[str]:
    """The references of a page, of those by number only what stands for a quotation mark left out."""
    rest = text.replace("&#34;", "").replace("&#39;", "")
    return REFERENCE.findall(rest)


class _Reading:
    """The elements that are open, and the places met so far."""

    def __init__(self) -> None:
        self._open: list[Element] = []
        self._path: Place = ()
        self._paths: list[Place] = []
        self._places: set[Place] = set()
        self._root: Element | None = None
        self._after: list[str] = []

    def go_through(self, text: str, at: int) -> None:
        while at < len(text):
            token = TOKEN.match(text, at)
            if token is None:
                raise NotPlain
            said, end, name, attributes, closed = token.groups()
            at = token.end()
            if said is not None:
                self._say(unescape(said))
            elif end:
                self._close(name, attributes + closed)
            else:
                self._begin(name, attributes, bool(closed))
                if name in RAW or name in RAW_WITH_REFERENCES:
                    at = self._raw(text, at, name)

    def whole(self) -> tuple[Element, set[Place]]:
        if self._root is None or self._open or [each.tag for each in self._root] != ["head", "body"]:
            raise NotPlain
        for said in self._after:  # what stands behind the body is taken into it
            _add(self._root[1], said)
        return self._root, self._places

    def _say(self, said: str) -> None:
        if len(self._path) < 2:
            self._say_outside(said)
            return
        if self._path[-1] == "pre" and not (self._open[-1].text or len(self._open[-1])):
            said = said.removeprefix("\n")
        self._places.add((*self._path, SPACE if said.isspace() else TEXT))
        _add(self._open[-1], said)

    def _say_outside(self, said: str) -> None:
        """What stands outside of head and body: blanks alone, of which those before the head are lost."""
        if not said.isspace():
            raise NotPlain
        if self._root is not None and len(self._root) == 2:
            self._after.append(said)
        elif self._root is not None and len(self._root) == 1:
            _add(self._root, said)

    def _begin(self, name: str, attributes: str, closed: bool) -> None:
        drawn = name == "svg" or (bool(self._open) and self._open[-1].tag.startswith(SVG))
        given = ATTRIBUTE.findall(attributes)
        keys = [key for key, _value in given]
        if len(set(keys)) != len(keys) or not (drawn or all(each == each.lower() for each in (name, *keys))):
            raise NotPlain
        values = {key: unescape(value) for key, value in given}
        made = Element(f"{SVG}{name}" if drawn else name, values)
        self._put(made)
        told = (*keys,) if drawn else (values.get("type", ""),) if name == "input" else ()
        self._places.add((*self._path, made.tag, *told))
        if closed if drawn else name in VOID:
            return
        if closed:
            raise NotPlain
        self._open.append(made)
        self._paths.append(self._path)
        self._path = (*self._path, made.tag)

    def _put(self, made: Element) -> None:
        """An element into the one that is open, or as the first of all."""
        if self._open:
            self._open[-1].append(made)
        elif self._root is None:
            self._root = made
        else:
            raise NotPlain

    def _close(self, name: str, more: str) -> None:
        if more or not self._open or self._open[-1].tag not in (name, f"{SVG}{name}"):
            raise NotPlain
        self._open.pop()
        self._path = self._paths.pop()

    def _raw(self, text: str, at: int, name: str) -> int:
        """What stands in an element that holds no others, up to its end."""
        end = text.find(f"</{name}>", at)
        said = text[at:end]
        if end < 0 or "</" in said:
            raise NotPlain
        if name == "textarea":
            said = said.removeprefix("\n")
        if said:
            _add(self._open[-1], said if name in RAW else unescape(said))
        return end


def _add(element: Element, said: str) -> None:
    """Text at the end of what an element holds."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + said
    else:
        element.text = (element.text or "") + said

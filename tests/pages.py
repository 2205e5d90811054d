"""What is true of every page: valid HTML, one h1, a language, labels, linked errors, no inline script or style."""

from __future__ import annotations

import html as markup
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.reading import parse

LABELLED = ("input", "select", "textarea")
PRESSED = ("button", "link", "menuitem", "option", "tab", "checkbox", "radio", "switch", "img")
"""Roles of what a screen reader names before it is pressed or passed."""


@dataclass(frozen=True)
class Page:
    """A parsed page. ``tree`` is its html element, without a namespace; ``html`` its source."""

    tree: Element
    html: str

    def find(self, path: str) -> Element:
        found = self.tree.find(path)
        assert found is not None, f"nothing at {path} in:\n{self.html[:3000]}"
        return found

    def all(self, path: str) -> list[Element]:
        return self.tree.findall(path)

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        body = self.find("body")
        return " ".join("".join(body.itertext()).split())

    @property
    def h1(self) -> str:
        return words(self.find(".//h1"))


def words(element: Element) -> str:
    """The text of an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def said(element: Element) -> str:
    """What a screen reader says for an element: its label, or its text and that of pictures in it, unhidden."""
    if element.get("aria-hidden") == "true" or not isinstance(element.tag, str):
        return ""
    named = element.get("aria-label") or element.get("aria-labelledby") or element.get("alt") or element.get("title")
    inner = [text for child in element for text in (said(child), child.tail or "")]
    return (named or "").strip() or "".join([element.text or "", *inner]).strip()


def check_page(html: str, lang: str) -> Page:
    """Parse a page and check it as a page; the message of a failure says what is wrong."""
    tree = parse(html)
    page = Page(tree, html)
    assert tree.get("lang") == lang, f"the page says it speaks {tree.get('lang')}, not {lang}"
    assert len(page.all(".//h1")) == 1, f"{len(page.all('.//h1'))} h1 on the page"
    title = words(page.find(".//title"))
    assert title.startswith(page.h1), f"title {title!r} does not start with h1 {page.h1!r}"
    _check_ids(page)
    _check_labels(page)
    _check_names(page)
    _check_policy(page)
    _check_filters(page)
    return page


def _check_ids(page: Page) -> None:
    ids = Counter(
        element.get("id") for element in page.tree.iter() if isinstance(element.tag, str) and element.get("id")
    )
    twice = [name for name, count in ids.items() if count > 1]
    assert not twice, f"ids used twice: {twice}"
    for element in page.tree.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for name in (element.get(attribute) or "").split():
                assert name in ids, f"{attribute}={name!r} points to nothing"


def _check_labels(page: Page) -> None:
    labels = [label for label in page.tree.iter("label") if said(label)]
    pointed = {element.get("for") for element in labels}
    wrapped = {id(field) for label in labels for field in label.iter() if field.tag in LABELLED}
    for tag in LABELLED:
        for field in page.tree.iter(tag):
            if field.get("type") in ("hidden", "submit", "button") or field.get("hidden") is not None:
                continue
            named = field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in pointed
            assert named or id(field) in wrapped, f"a {tag} named {field.get('name')!r} has no label"
    for image in page.tree.iter("img"):
        assert image.get("alt") is not None, f"an image without alt: {image.get('src')}"


def _check_names(page: Page) -> None:
    """Whatever is pressed says what it is, and so does a picture that is more than an ornament."""
    for element in page.tree.iter():
        is_there = (
            isinstance(element.tag, str) and element.get("aria-hidden") != "true" and element.get("hidden") is None
        )
        if not is_there:
            continue  # what is hidden gets its words by whoever shows it
        pressed = element.tag in ("button", "summary") or (element.tag == "a" and element.get("href") is not None)
        if pressed or element.get("role") in PRESSED:
            assert said(element), f"a {element.tag} without words: {element.attrib}"
        if element.tag == "input" and element.get("type") in ("submit", "button", "image"):
            assert element.get("value") or said(element), f"an input without words: {element.attrib}"


def _check_policy(page: Page) -> None:
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.get("style") is None, f"an inline style on {element.tag}: the policy forbids it"
        assert not any(name.startswith("on") for name in element.attrib), f"an inline handler on {element.tag}"
    for script in page.tree.iter("script"):
        assert script.get("src") or script.get("type") in ("application/json", "text/template"), "an inline script"


def _check_filters(page: Page) -> None:
    """What is chosen and its button stand on one line, which each makes room for below it."""
    alone = [
        form
        for form in page.tree.iter("form")
        if "filters" in (form.get("class") or "") and form.find("button") is not None
    ]
    assert not alone, "a button of filters that is in no field hangs out of them"


def insisting(client: FlaskClient, address: str, data: Any) -> Any:
    """The answer to a form of the office once a person has said, each time, that what it asks back is right."""
    form = data if isinstance(data, MultiDict) else MultiDict(data)
    answer = client.post(address, data=form)
    while asked := re.search(r'name="confirmed" value="([^"]+)">[^<]*</button>', answer.get_data(as_text=True)):
        form.add("confirmed", markup.unescape(asked[1]))
        answer = client.post(address, data=form)
    return answer

"""axe, the judge of whether a page can be used by anyone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WORDS = (
    "aria-command-name", "aria-input-field-name", "aria-toggle-field-name", "button-name", "document-title",
    "frame-title", "html-has-lang", "html-lang-valid", "image-alt", "input-button-name", "label", "link-name",
    "select-name", "summary-name", "svg-img-alt", "valid-lang",
)  # fmt: skip
IN_ANOTHER_LANGUAGE = {"runOnly": {"type": "rule", "values": WORDS}}
"""The rules about words: nothing else differs on a page that was judged in one language already."""
AT_ANOTHER_SIZE = {"runOnly": {"type": "rule", "values": (*WORDS, "target-size", "scrollable-region-focusable")}}
"""The rules about words and places: on another screen a page shows other parts of itself, in other places."""
RUN = """async (options) => {
  const at = ({ target }) => document.querySelector(target.join(" "));
  const lies = (node, on) => on.some((each) => at(each)?.contains(at(node)));
  const holds = (check, node) => check.data?.messageKey === "bgGradient" && lies(node, check.relatedNodes);
  const isUnreadable = ({ nodes }) => nodes.some((node) => node.any.some((check) => holds(check, node)));
  const { violations, incomplete } = await axe.run(document, options);
  const first = (nodes) => nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(", ");
  return [...violations, ...incomplete.filter(isUnreadable)].map(({ id, nodes }) => `${id}: ${first(nodes)}`);
}"""
"""What is wrong; and what axe could not tell, for the text stands on a gradient: perhaps nobody can read it."""


def faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe holds against a page, whatever its impact; by all its rules unless ``options`` choose."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(RUN, {"resultTypes": ["violations", "incomplete"], **(options or {})})
    return found

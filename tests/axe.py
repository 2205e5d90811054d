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


def faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe holds against a page, whatever its impact; by all its rules unless ``options`` choose."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)
    run = "async (options) => (await axe.run(document, options)).violations"
    found = page.evaluate(run, {"resultTypes": ["violations"], **(options or {})})
    return [f"{fault['id']}: {[node['html'][:200] for node in fault['nodes'][:3]]}" for fault in found]

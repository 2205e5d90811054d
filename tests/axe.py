"""axe, the judge of whether a page can be used by anyone."""

from __future__ import annotations

from functools import cache
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
FEW = 3
"""So many texts of a page that are drawn alike are asked whether they can be read; the others are as they are."""
ALIKE = """(few) => {
  const grounds = new Map([[null, ""]]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const own = `${backgroundColor} ${backgroundImage} ${opacity}`;
      grounds.set(element, ground(element.parentElement) + (own === "rgba(0, 0, 0, 0) none 1" ? "" : `>${own}`));
    }
    return grounds.get(element);
  };
  const says = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const times = {};
  for (const element of document.querySelectorAll("body *")) {
    const isText = [...element.childNodes].some(says) || element.matches("input, select, textarea");
    if (!isText || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textShadow, position } = getComputedStyle(element);
    const isOff = Boolean(element.closest(":disabled, [aria-disabled=true]"));
    const key = [ground(element), color, fontSize, fontWeight, textShadow, position, isOff].join("|");
    times[key] = (times[key] ?? 0) + 1;
    element.toggleAttribute("data-alike", times[key] > few);
  }
}"""
"""Mark the texts that are drawn as others before them: in the same colour and size, on the same grounds."""
ONCE = """() => axe.configure({
  rules: ["color-contrast", "color-contrast-enhanced"].map((id) => ({ id, selector: ":not([data-alike])" })),
})"""
RUN = """async (options) => {
  const at = ({ target }) => document.querySelector(target.join(" "));
  const lies = (node, on) => on.some((each) => at(each)?.contains(at(node)));
  const holds = (check, node) => check.data?.messageKey === "bgGradient" && lies(node, check.relatedNodes);
  const isUnreadable = ({ nodes }) => nodes.some((node) => node.any.some((check) => holds(check, node)));
  const { violations, incomplete } = await axe.run(document, options);
  const first = (nodes) => nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(", ");
  const told = [...violations, ...incomplete.filter(isUnreadable)].map(({ id, nodes }) => `${id}: ${first(nodes)}`);
  for (const each of document.querySelectorAll("[data-alike]")) each.removeAttribute("data-alike");
  return told;
}"""
"""What is wrong; and what axe could not tell, for the text stands on a gradient: perhaps nobody can read it."""
OUTLINES = """() => {
  const numbers = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const isSeen = (color) => (numbers(color)[3] ?? 1) > 0;
  const apart = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (isSeen(backgroundColor)) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const isFaint = (control) => {
    const { borderTopColor, borderTopWidth, backgroundColor } = getComputedStyle(control);
    const around = ground(control.parentElement);
    const drawn = [backgroundColor, ...(parseFloat(borderTopWidth) ? [borderTopColor] : [])];
    return drawn.filter(isSeen).every((color) => apart(color, around) < 3);
  };
  const controls = "input:not([type=hidden], [type=range], [type=file]), select, textarea";
  return [...document.querySelectorAll(controls)]
    .filter((one) => !one.matches(":disabled") && getComputedStyle(one).appearance !== "auto"
      && one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && isFaint(one))
    .map((one) => `outline: ${one.outerHTML.slice(0, 200)}`).slice(0, 3);
}"""
"""The controls whose outline stands out too little from what is around them (WCAG 2.2, 1.4.11), of which axe has no
rule; those that the browser itself draws are its own matter."""


def faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe holds against a page, whatever its impact; by all its rules unless ``options`` choose."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_script())
        page.evaluate(ONCE)
    is_looked_at = (options or {}).get("runOnly", {}).get("type") != "rule"  # what is asked by names of rules are words
    if is_looked_at:
        page.evaluate(ALIKE, FEW)
    found: list[str] = page.evaluate(RUN, {"resultTypes": ["violations", "incomplete"], **(options or {})})
    return [*found, *page.evaluate(OUTLINES)] if is_looked_at else found


@cache
def _script() -> str:
    """axe itself, half a megabyte."""
    return str(Axe().axe_script)

/**
 * Whoever works with the keys alone is always somewhere. A button that waits keeps the keyboard; where what had it is
 * hidden, removed or can be pressed no more, the keyboard goes to the nearest thing that is left.
 */

const TO_REACH = "a[href], button, input, select, textarea, summary, [tabindex]";
const WHAT_TAKES_IT = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "inert"] };

const last = { byKeys: false, path: [] };

/** A button that waits for something does nothing and looks so, but stays where the keyboard is. */
export function setResting(button, waits) {
  if (waits) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/** Whether a button waits. */
export function isResting(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Follow the keyboard from now on. Whoever taps is left alone: on a tablet a field that is reached opens the keys. */
export function watchKeyboard() {
  window.addEventListener("keydown", () => (last.byKeys = true), { capture: true });
  window.addEventListener("pointerdown", () => (last.byKeys = false), { capture: true });
  document.addEventListener("focusin", ({ target }) => (last.path = pathOf(target)));
  new MutationObserver(() => setTimeout(putBack)).observe(document.body, WHAT_TAKES_IT);
}

function pathOf(element) {
  const path = [];
  for (let each = element; each && each !== document.body; each = each.parentElement) path.push(each);
  return path;
}

// Whatever replaced it may have taken the keyboard by itself.
function putBack() {
  const [held, ...around] = last.path;
  if (!last.byKeys || !held || canHold(document.activeElement) || canHold(held)) return;
  nearest(around)?.focus({ preventScroll: true });
}

function nearest(around) {
  for (const each of around.filter((one) => one.isConnected)) {
    const found = [...each.querySelectorAll(TO_REACH)].find(canHold);
    if (found) return found;
  }
  return document.querySelector("#main h1");
}

function canHold(element) {
  return element && element !== document.body && element.isConnected && element.checkVisibility() && !element.matches(":disabled, [inert] *");
}

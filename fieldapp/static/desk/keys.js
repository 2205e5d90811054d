/** Keys for who reads many records: an element is used when its letter (data-key) is pressed, and `?` tells which. */

const OFF = "keys-off";

/** A letter alone is a key only where nobody types, and where the person wants keys at all. */
export function listenForKeys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyped(event.target)) return;
    if (page.querySelector("dialog[open]")) return;
    const used = event.key === "?" ? () => tell(page) : keyed(page, event.key);
    if (!used) return;
    event.preventDefault();
    used();
  });
  for (const button of page.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => tell(page));
  }
  if (location.hash) focusField(page.getElementById(location.hash.slice(1)));
}

function isTyped(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

function keyed(page, key) {
  const element = wantsKeys() && elements(page).find(({ dataset }) => dataset.key === key);
  return element && (() => (element.matches("input, textarea") ? focusField(element) : element.click()));
}

function elements(page) {
  return [...page.querySelectorAll("[data-key]")].filter((element) => element.checkVisibility());
}

function focusField(element) {
  if (!element?.matches("input, textarea")) return;
  element.scrollIntoView({ block: "center" });
  element.focus();
}

// --- the list of them ---

function tell(page) {
  const dialog = page.getElementById("keys")?.content.firstElementChild.cloneNode(true);
  if (!dialog) return;
  dialog.querySelector("dl").append(...elements(page).map(line));
  const wanted = dialog.querySelector("input");
  wanted.checked = wantsKeys();
  wanted.addEventListener("change", () => keep(wanted.checked));
  page.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  dialog.querySelector("button").focus();
}

function line(element) {
  const [box, key, says] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  key.append(document.createElement("kbd"));
  key.firstChild.textContent = element.dataset.key;
  says.textContent = element.dataset.keySays ?? element.textContent.trim();
  box.append(key, says);
  return box;
}

// Where the browser keeps nothing, keys are simply on.
function wantsKeys() {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true;
  }
}

function keep(wanted) {
  try {
    if (wanted) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  } catch (error) {
    console.warn(error);
  }
}

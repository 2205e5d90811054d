/**
 * What a finger is on stays where it is until the press has counted. After typing, the press itself takes the keyboard
 * from the field, and only then is so much judged, asked and saved; and a sync ends whenever it ends. Whatever would
 * move, hide or replace something to press comes through here.
 */

const TO_PRESS = "a, button, label, summary";
const CLICK_AFTER_MS = 400; // a tap is told to the page when the finger has gone; so long is waited for it

const press = { isOn: false, ending: null, moves: [], redraws: [] };

/** Do what moves things on the page: at once, or just before the press that is under way counts. */
export function still(move) {
  if (press.isOn) press.moves.push(move);
  else move();
}

/** Do what puts other elements in the place of those there are: at once, or when the press under way has counted. */
export function afterPress(redraw) {
  if (press.isOn) press.redraws.push(redraw);
  else redraw();
}

/** Follow the fingers from now on. */
export function watchPresses() {
  const on = (name, listener) => window.addEventListener(name, listener, { capture: true, passive: true });
  on("pointerdown", begin);
  on("pointerup", () => press.isOn && endIn(CLICK_AFTER_MS));
  on("pointercancel", end);
  on("blur", ({ target }) => target === window && end());
  on("click", count);
}

function begin({ target }) {
  if (!target.closest?.(TO_PRESS)) return;
  clearTimeout(press.ending);
  press.isOn = true;
}

// Whoever listens for the click sees the page as it has become; all of them have heard it before anything is replaced.
function count() {
  if (!press.isOn) return;
  doAll(press.moves);
  endIn(0);
}

function endIn(ms) {
  clearTimeout(press.ending);
  press.ending = setTimeout(end, ms);
}

function end() {
  clearTimeout(press.ending);
  press.isOn = false;
  doAll(press.moves);
  doAll(press.redraws);
}

function doAll(works) {
  for (const work of works.splice(0)) work();
}

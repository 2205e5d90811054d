/** What a button does may fail: then that is told beside the button, and whatever was typed stays where it is. */

import { _ } from "../ground/i18n.js";
import { StorageFull } from "../store/errors.js";
import { NoNetwork } from "../wire/wire.js";
import { h } from "./dom.js";
import { isResting, setResting } from "./keyboard.js";

/**
 * A listener that does `work`, and tells at what was pressed why it could not be done. Pressed again meanwhile it does
 * nothing: an impatient thumb saves once. A button that waits does nothing either.
 */
export function attempting(work) {
  let doing = false;
  return async (event) => {
    if (doing || isResting(event.currentTarget)) return;
    doing = true;
    await attempt(work, event).finally(() => (doing = false));
  };
}

async function attempt(work, event) {
  const { currentTarget: pressed } = event;
  if (pressed.nextElementSibling?.matches(".not-done")) pressed.nextElementSibling.remove();
  try {
    await work(event);
  } catch (error) {
    console.error(error);
    tell(pressed, error);
  }
}

// The page may have been drawn anew meanwhile: then it is told at its head.
function tell(pressed, error) {
  const place = pressed.isConnected ? pressed : document.querySelector("#main h1");
  const line = h("p", { class: "error not-done", role: "alert" }, notDone(error));
  place.after(line);
  line.scrollIntoView({ block: "nearest" });
}

/** Why something was not done, for a person. */
export function notDone(error) {
  return error instanceof StorageFull ? FULL() : FAILED();
}

const FULL = () =>
  _("The tablet's storage is full: this was not saved. Delete photos or films from the tablet, then try again.");
const FAILED = () =>
  _("This could not be done. Nothing was deleted. Try again; if it fails again, close the app and open it again.");

/** A form was sent before anything was typed into its field; the message asks for it. */
class Untyped extends Error {}

/**
 * What a form does when it is sent: once at a time, and what fails is told at its field. `untyped`: what to say while
 * nothing stands there; then nothing is done.
 */
export function trying({ work, submit, error, field, untyped = null }) {
  return async (event) => {
    event.preventDefault();
    if (isResting(submit)) return;
    setResting(submit, true);
    error.hidden = true;
    try {
      if (untyped && !field.value.trim()) throw new Untyped(untyped);
      await work();
    } catch (problem) {
      console.info(problem);
      error.textContent = sentence(problem);
      error.hidden = false;
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
    setResting(submit, false);
  };
}

function sentence(problem) {
  if (!(problem instanceof NoNetwork)) return problem.message || notDone(problem);
  return _("The server cannot be reached. Check the network, then try again with the same code: on this tablet it is still good.");
}

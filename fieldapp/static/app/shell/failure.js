/** The app does not start: why, in one sentence, and a way out for the work that is on this tablet. */

import { _, language } from "../ground/i18n.js";
import { Copy } from "../store/copy.js";
import { StorageBlocked, StorageNewer } from "../store/errors.js";
import { FIRST } from "../store/store.js";
import { storeNames } from "../person/people.js";
import { h } from "../kit/dom.js";
import { saverOf } from "../kit/saver.js";

/** The address is none at which a browser lets an app work without network. */
export class Insecure extends Error {}

const INSECURE = () =>
  _("The app needs a secure address that begins with https. Ask your administrator for the right address.");
const OTHER_WINDOW = () =>
  _("Another window of this app holds an older version. Close every other window of it, then reload this page.");
const NEWER = () =>
  _("This is an older version of the app than the one that was used on this tablet. Nothing was deleted. Connect to the network and reload this page.");
const NOT_STARTED = () =>
  _("The app could not start. Nothing was deleted. Close it and open it again; if this comes back, tell your administrator.");

/** Say it in the place of the first view. Where its own words have not come, the page's say it. */
export function failed(error) {
  console.error(error);
  const slow = document.getElementById("slow");
  if (language() !== document.documentElement.lang) return slow?.classList.add("now");
  slow?.remove();
  const place = document.getElementById("starting") ?? document.getElementById("main").appendChild(h("p", {}));
  place.textContent = reason(error);
  if (!(error instanceof Insecure)) place.after(h("div", {}, saverOf(everyCopy, "outline-primary")));
}

function reason(error) {
  if (error instanceof Insecure) return INSECURE();
  if (error instanceof StorageNewer) return NEWER();
  return error instanceof StorageBlocked ? OTHER_WINDOW() : NOT_STARTED();
}

// The stores cannot be read, and their second copies do not need them.
async function everyCopy() {
  const names = await storeNames().catch(() => [FIRST]);
  return names.map((name) => new Copy(null, name));
}

/** Newer versions of the app: fetched by the worker, taken only when a person says so. */

import { _ } from "../ground/i18n.js";
import { banner } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { take } from "./renew.js";

/** Register the worker, and tell when a newer shell is ready. */
export async function watchUpdates() {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register("/app/worker.js", { updateViaCache: "none" });
  const offer = () => registration.waiting && navigator.serviceWorker.controller && tell(() => take(registration));
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
}

function tell(onclick) {
  const text = _("A newer version of the app is ready. Drafts stay as they are.");
  place(banner("plain", "sync", text, _("Use it now"), onclick));
}

/** Another window brought a newer version of the store. */
export function tellOutdated() {
  place(banner("warning", "warning", OUTDATED(), _("Reload"), () => location.reload()));
}

const OUTDATED = () =>
  _("The app was opened in another window in a newer version. Your draft is kept. Reload this page to go on.");

function place(element) {
  afterPress(() => document.getElementById("updates").replaceChildren(element));
}

/** The events that begin a sync at once; next.js has the times at which one begins anyway. */

import { onOtherLine } from "./line.js";
import { onWoken } from "./wake.js";

/** Call `work` when the network comes back or is another one, and when the app is looked at. */
export function onReason(work) {
  window.addEventListener("online", work);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && work());
  onOtherLine(work);
  onWoken(work);
}

/** What is a reason to sync now, beside that a while has passed. */

import { onOtherLine } from "./line.js";
import { onWoken } from "./wake.js";

/** Call `work` when the network comes back or is another one, and when the app is looked at. */
export function onReason(work) {
  window.addEventListener("online", work);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && work());
  onOtherLine(work);
  onWoken(work);
}

/**
 * Woken by the browser itself when the network is back, where it can (Background Sync): a bonus. It reaches a window
 * whose timers sleep, and nothing depends on it: without it the app syncs when it is opened, looked at, or minutes later.
 */

const SAID = "the network is back"; // the same words are in worker.js

/**
 * Ask to be woken. Only without any network: where there is a line that brings nothing, the browser would wake the app
 * at once, over and over, and the growing pauses between tries would be none.
 */
export async function askToBeWoken() {
  if (navigator.onLine) return;
  /** @type {any} */
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.sync?.register("send").catch((error) => console.info("not to be woken:", error));
}

/** Call `work` when woken; gives what ends that. */
export function onWoken(work) {
  const hear = ({ data }) => data === SAID && work();
  navigator.serviceWorker?.addEventListener("message", hear);
  return () => navigator.serviceWorker?.removeEventListener("message", hear);
}

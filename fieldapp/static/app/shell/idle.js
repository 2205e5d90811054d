/** Notices that nobody has touched the app for a quarter of an hour, so that it can be locked. */

const IDLE_MS = 15 * 60_000;
const LOOK_EVERY_MS = 15_000;
const SIGNS = ["pointerdown", "keydown", "input"];

/** Call `work` once nobody has touched the app for a quarter of an hour, also when it is seen again only later. */
export function whenIdle(work) {
  let touched = Date.now();
  const idle = () => Date.now() - touched >= IDLE_MS;
  const look = () => idle() && work();
  const touch = () => (idle() ? work() : (touched = Date.now()));
  for (const sign of SIGNS) window.addEventListener(sign, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  setInterval(look, LOOK_EVERY_MS);
}

/** Where the tablet stands. A poor fix is kept and marked; no fix never stops a form. */

import { _ } from "../ground/i18n.js";

const WAIT_MS = 30_000;
const SETTLE_MS = 12_000;
const GOOD_M = 20;
const OLD_MS = 2 * 60_000;

/** Metres beyond which a fix is shown as coarse. */
export const COARSE_M = 100;

/**
 * One fix as a point answer, with its accuracy, its moment and its source. The first good one is taken at once; of poor
 * ones the best, after a while, or when the element `enough` fires `enough`. `onBetter(point)` follows each better one.
 * Throws an Error with a sentence for the person when there is none at all.
 * @param {{onBetter?: (point: any) => void, enough?: EventTarget}} how
 */
export function locate({ onBetter = () => {}, enough = new EventTarget() } = {}) {
  if (!navigator.geolocation) throw new Error(_("This tablet has no GPS. Type the coordinates instead."));
  return new Promise((resolve, reject) => {
    let best = null;
    let settled = null;
    const end = (error = null) => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(settled);
      if (best) resolve(best);
      else reject(new Error(sentence(error?.code)));
    };
    const take = (position) => {
      const found = point(position);
      if (best && found.accuracy_m >= best.accuracy_m) return null;
      best = found;
      if (found.accuracy_m <= GOOD_M) return end();
      settled ??= setTimeout(end, SETTLE_MS);
      return onBetter(found);
    };
    const fail = (error) => best || end(error); // who has a poor one still waits for a better
    enough.addEventListener("enough", () => end(), { once: true });
    const options = { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 };
    const watch = navigator.geolocation.watchPosition(take, fail, options);
  });
}

/** Whether a fix that was just given is one of earlier: a tablet may hand out where it once was. */
export function isOld({ at }, now = Date.now()) {
  return now - Date.parse(at) > OLD_MS;
}

function point({ coords, timestamp }) {
  return {
    lat: coords.latitude.toFixed(6),
    lon: coords.longitude.toFixed(6),
    accuracy_m: Math.round(coords.accuracy),
    at: new Date(timestamp).toISOString(),
    source: "gps",
  };
}

function sentence(code) {
  if (code === 1) return NOT_ALLOWED();
  return code === 3 ? TOO_SLOW() : NOT_FOUND();
}

const NOT_ALLOWED = () =>
  _("The tablet does not allow this app to use GPS. Allow location in its settings, or type the coordinates.");
const TOO_SLOW = () =>
  _("No satellites yet. Stand in the open and try again, or go on and come back to this question.");
const NOT_FOUND = () => _("No position could be found. Stand in the open and try again, or go on without it.");

/** Where the tablet stands. A poor fix is kept and marked; no fix never stops a form. */

import { _ } from "./i18n.js";

const WAIT_MS = 30_000;

/** Metres beyond which a fix is shown as coarse. */
export const COARSE_M = 100;

/** One fix as a point answer. Throws an Error with a sentence for the person. */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) reject(new Error(_("This tablet has no GPS. Type the coordinates instead.")));
    navigator.geolocation?.getCurrentPosition(
      (position) => resolve(point(position)),
      (error) => reject(new Error(sentence(error.code))),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
    );
  });
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

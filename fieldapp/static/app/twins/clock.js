/**
 * A hybrid logical clock: real time where it can be trusted, and an order that no wrong clock can upset.
 * The same as sync/clock.py; both are held to tests/cases/stamps.json.
 */

export const MAX_AHEAD_MS = 300_000;

const LAST_COUNTER = 0xffffff;

/** `{milliseconds:012x}-{counter:06x}-{device}`: fixed width, so that comparing the text compares the stamps. */
export function stampOf(millis, counter, device) {
  return `${millis.toString(16).padStart(12, "0")}-${counter.toString(16).padStart(6, "0")}-${device}`;
}

/** The milliseconds since 1970 that a stamp claims. */
export function millisOf(stamp) {
  return parseInt(stamp.slice(0, 12), 16);
}

const LAST_MOMENT = 253_402_214_400_000; // a day before the year 10,000

/** Milliseconds since 1970, whoever tells them, within the reach of calendars. */
export function within(millis) {
  return Math.min(Math.max(millis, 0), LAST_MOMENT);
}

/** Gives stamps that only grow, however the wall clock jumps and whatever stamps arrive from elsewhere. */
export class Clock {
  #millis;
  #counter;

  /** `last` is the greatest stamp of an earlier run, from which this one goes on. */
  constructor(device, now, last = null, maxAheadMs = MAX_AHEAD_MS) {
    this.device = device;
    this.now = now;
    this.maxAheadMs = maxAheadMs;
    this.#millis = last ? millisOf(last) : 0;
    this.#counter = last ? counterOf(last) : 0;
  }

  /** The greatest stamp given or seen; keep it for the next run. */
  get last() {
    return stampOf(this.#millis, this.#counter, this.device);
  }

  /** A new stamp, above every stamp given or followed before. */
  tick() {
    const now = this.now();
    if (now > this.#millis) [this.#millis, this.#counter] = [now, 0];
    else if (this.#counter < LAST_COUNTER) this.#counter += 1;
    else [this.#millis, this.#counter] = [this.#millis + 1, 0];
    return this.last;
  }

  /** Follow a stamp from elsewhere. False, and the clock stays where it was, if it is too far ahead. */
  see(stamp) {
    const [millis, counter] = [millisOf(stamp), counterOf(stamp)];
    if (millis > this.now() + this.maxAheadMs) return false;
    if (millis > this.#millis || (millis === this.#millis && counter > this.#counter)) {
      [this.#millis, this.#counter] = [millis, counter];
    }
    return true;
  }
}

function counterOf(stamp) {
  return parseInt(stamp.slice(13, 19), 16);
}

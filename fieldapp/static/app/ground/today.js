/**
 * What time it is, as far as a tablet can tell, and which day that is in Việt Nam, whatever zone the tablet is set to.
 * The server said how wrong the clock was when they last spoke; since then somebody may have put it right, or a flat
 * battery may have set it back to 2015.
 */

const VIETNAM_MS = 7 * 3_600_000; // all year
const SLACK_MS = 5 * 60_000;
const MOST_AWAY_MS = 60 * 86_400_000; // longer than this no tablet is without network in the field

export const CLOCK_WRONG_MS = 2 * 60_000;

/**
 * `{now, off, state}`: the true time and how much is to be added to the clock for it, in milliseconds. `state` is `right`,
 * `wrong`, `doubtful` (no network for very long, or the clock was set ahead), or `set_back`, where nobody knows the time:
 * `now` and `off` are null then. `told_at` is the server's time of when it last answered, and `offset` what was off then.
 */
export function readClock({ offset = 0, told_at: told = null }, wall = Date.now()) {
  const last = told ? Date.parse(told) : wall + offset;
  const plausible = (off) => wall + off >= last - SLACK_MS && wall + off <= last + MOST_AWAY_MS;
  const off = [offset, 0].find(plausible);
  if (off !== undefined) return { now: wall + off, off, state: Math.abs(off) > CLOCK_WRONG_MS ? "wrong" : "right" };
  if (wall + offset < last) return { now: null, off: null, state: "set_back" };
  return { now: wall + offset, off: offset, state: "doubtful" };
}

/** The moment it truly is, as far as is known, and else by the clock of the tablet: `2026-08-01T02:00:00.000Z`. */
export function trueMoment(session) {
  return new Date(readClock(session).now ?? Date.now()).toISOString();
}

/** The day in Việt Nam at a moment: `2026-08-01`. */
export function vietnamDay(moment) {
  return new Date(new Date(moment).getTime() + VIETNAM_MS).toISOString().slice(0, 10);
}

/** Today in Việt Nam; null where the clock was set back and nobody knows. `session` is what the tablet keeps in `meta`. */
export function today(session) {
  const { now } = readClock(session);
  return now === null ? null : vietnamDay(now);
}

/** How long it is until the next sync: soon after a failure, and each time twice as long; else every few minutes. */

const FIRST_MS = 1000;
const LONGEST_MS = 5 * 60_000;
const STOPPED_MS = 30 * 60_000;
const ELSEWHERE_MS = 10_000;

/** So often while all goes well. */
export const EVERY_MS = 5 * 60_000;

/**
 * Milliseconds until the next sync. `state`: how the last one ended, see `Sync`; `failures`: how many have failed one
 * after the other; `problem.wait`: the seconds that the server asked for.
 */
export function untilNext({ state, failures, problem }) {
  if (!failures || state === "elsewhere") return { stopped: STOPPED_MS, elsewhere: ELSEWHERE_MS }[state] ?? EVERY_MS;
  const backOff = FIRST_MS * 2 ** Math.min(failures - 1, 9) * (0.5 + Math.random());
  return Math.max(Math.min(backOff, LONGEST_MS), (problem?.wait ?? 0) * 1000);
}

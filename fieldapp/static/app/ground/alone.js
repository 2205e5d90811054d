/** One writer at a time, over all tabs: numbers and stamps are given out in order. */
export function alone(work) {
  return navigator.locks.request("writer", work);
}

/** Long work in short turns, so that whoever touches the screen is answered in between. */

const AT_ONCE = 25;

/** Resolves when whatever waits has had its turn. */
export function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * `work()` as one does it who is asked again and again: never twice at the same time, and once more for all who asked
 * meanwhile. Each who asks is answered by a work that began after that.
 */
export function gathered(work) {
  let [running, next] = [null, null];
  return function ask() {
    if (!running) return (running = work().finally(() => (running = null)));
    next ??= running.catch(() => {}).then(() => {
      next = null;
      return ask();
    });
    return next;
  };
}

/** `work(item)` for each item, promises awaited, some at once. */
export async function inTurns(items, work) {
  const done = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    if (start) await pause();
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return done;
}

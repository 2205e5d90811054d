/** Beside the app in every page that is measured: how long until something is seen, and which tasks were long. */

(() => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: "longtask", buffered: true });

  // The moment when a frame with it has been laid out and painted by the page's own thread.
  const framed = () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    });

  /** Resolves with the moment when `there(mutations)` first holds and is on the screen. */
  const seen = (there) =>
    new Promise((resolve) => {
      const look = (mutations) => {
        if (!there(mutations)) return;
        watch.disconnect();
        framed().then(resolve);
      };
      const watch = new MutationObserver(look);
      watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      look([]);
    });

  /** Milliseconds from the next event of this type until `there` is seen. */
  const after = (type, there) =>
    new Promise((resolve) => {
      const begin = async (event) => resolve((await seen(there)) - event.timeStamp);
      window.addEventListener(type, begin, { capture: true, once: true });
    });

  // Milliseconds of the page until a change was last on the disk: the end of a transaction that writes one.
  let kept = 0;
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function begin(names, mode, ...how) {
    const begun = transaction.call(this, names, mode, ...how);
    const writes = mode === "readwrite" && [names].flat().includes("changes");
    if (writes) begun.addEventListener("complete", () => (kept = performance.now()));
    return begun;
  };

  /** Milliseconds from the next click until a change is on the disk, and until `there` is seen. */
  const saved = (there) =>
    new Promise((resolve) => {
      const begin = async (event) => {
        const shown = await seen(there);
        resolve([kept - event.timeStamp, shown - event.timeStamp]);
      };
      window.addEventListener("click", begin, { capture: true, once: true });
    });

  /** The longest task since the last call, and how many there were, as `[ms, n]`. */
  const longest = () => {
    tasks.push(...observer.takeRecords());
    const found = tasks.splice(0).map(({ duration }) => duration);
    return [Math.max(0, ...found), found.length];
  };

  /** Milliseconds that a fixed piece of work takes. */
  const yardstick = () => {
    const start = performance.now();
    let sum = 0;
    for (let i = 0; i < 3e7; i += 1) sum = (sum + i * 7) % 1_000_003;
    return sum && performance.now() - start;
  };

  const opened = seen(() => document.querySelector("main form #pin"));

  window.measure = { after, saved, longest, yardstick, opened, waiting: null };
})();

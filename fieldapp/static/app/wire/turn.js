/** Which window syncs: one at a time, and who finds another at it goes on when that one ends. */

export class Turn {
  constructor() {
    this.holds = false;
    this.queues = false;
  }

  /** Do it unless another window has the turn; whether this window has, or had, it. */
  async take(work) {
    const had = await navigator.locks.request("sync", { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      this.holds = true;
      await work();
      return true;
    });
    if (had) this.holds = false;
    return had || this.holds;
  }

  /** Call `onward` once the other window is done, or closed. Whoever waits already waits once. */
  async whenFree(onward) {
    if (this.queues) return;
    this.queues = true;
    await navigator.locks.request("sync", () => {});
    this.queues = false;
    onward();
  }
}

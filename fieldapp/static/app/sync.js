/** When to talk to the server, in which order, and how to tell about it: text first, photos last. */

import { compare, due } from "./compare.js";
import { offerAgain, push, pushPhotos, salvage, waiting, waitingPhotos } from "./outbox.js";
import { pull } from "./pull.js";
import { lossReport, lossTold } from "./recovery.js";
import { NoNetwork, Refused } from "./wire.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
const EVERY_MS = 5 * 60_000;
const HELLO_SECONDS = 8;

/** Milliseconds of difference to the server's clock from which a person is told. */
export const CLOCK_WRONG_MS = 2 * 60_000;

/**
 * Fires `change` whenever there is something to show. `state`: idle, running, offline, refused or broken;
 * `step`: hello, push, pull, photos or compare while running, with `done` of `total` changes, records or bytes.
 */
export class Sync extends EventTarget {
  constructor({ store, session, language }) {
    super();
    Object.assign(this, { store, session, language });
    Object.assign(this, { state: "idle", step: null, done: 0, total: 0, problem: null });
    this.failures = 0;
    this.asked = false;
    this.checking = false;
    this.started = false;
    this.timer = null;
  }

  /** Begin to sync by itself: now, when the network comes back, when the app is looked at, and every few minutes. */
  start() {
    if (this.started) return this.run();
    this.started = true;
    window.addEventListener("online", () => this.run());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.run());
    return this.run();
  }

  /**
   * Sync now, or once more after the sync that is going on; not while another tab syncs. Never throws. With `check`,
   * compare with the server what this tablet holds, which is otherwise done once a day.
   */
  async run({ check = false } = {}) {
    this.asked = true;
    this.checking ||= check;
    if (!this.session.device || this.state === "running") return;
    await navigator.locks.request("sync", { ifAvailable: true }, async (lock) => {
      while (lock && this.asked && this.state !== "running") await this.#whole();
    });
  }

  async #whole() {
    clearTimeout(this.timer);
    this.asked = false;
    this.#tell({ state: "running", problem: null, done: 0, total: 0 });
    try {
      await this.#steps();
      this.failures = 0;
      await this.session.keep({ synced_at: new Date().toISOString(), revoked: false, outdated: null });
      this.#tell({ state: "idle", step: null });
    } catch (error) {
      this.asked = false;
      await this.#failed(error);
    }
    this.#again();
  }

  async #steps() {
    const wire = this.session.wire(this.language);
    await this.#hello(wire);
    this.#tell({ step: "push", done: 0, total: (await waiting(this.store)).length });
    await push(this.store, wire, (n) => this.#tell({ done: this.done + n }));
    this.#tell({ step: "pull", done: 0, total: 0 });
    await pull(this, wire, ({ records }) => this.#tell({ done: this.done + records }));
    await this.#photos(wire);
    if (this.checking || due(this.session)) await this.#compare(wire);
  }

  async #compare(wire) {
    this.#tell({ step: "compare", done: 0, total: 0 });
    await compare(this, wire);
    this.checking = false;
  }

  async #hello(wire) {
    this.#tell({ step: "hello" });
    const before = Date.now();
    const answer = await wire.ask(`hello?${await this.#report()}`, { seconds: HELLO_SECONDS });
    const offset = Date.parse(answer.now) - (before + Date.now()) / 2;
    if (answer.epoch !== this.session.epoch) await offerAgain(this.store);
    await this.session.keep({ offset, epoch: answer.epoch, areas: answer.areas, account: answer.account });
    await lossTold(this, answer);
  }

  // What the server may want to know of a tablet: its last number, how much waits, and whether its storage is kept.
  async #report() {
    const said = await this.store.known("seq", 0);
    const pending = (await waiting(this.store)).length;
    const persisted = (await navigator.storage?.persisted?.()) ?? false;
    const copied = !this.store.copy.problem;
    return new URLSearchParams({ said, pending, persisted, copied, ...lossReport(this.session) });
  }

  async #photos(wire) {
    const photos = await waitingPhotos(this.store);
    this.#tell({ step: "photos", done: 0, total: photos.reduce((sum, photo) => sum + photo.bytes, 0) });
    await pushPhotos(this.store, wire, (bytes) => this.#tell({ done: this.done + bytes }));
  }

  async #failed(error) {
    this.failures += 1;
    if (error instanceof Refused && error.status === 401) await this.#switchedOff();
    if (error instanceof Refused && error.outdated) await this.session.keep({ outdated: error.message });
    const state = error instanceof NoNetwork ? "offline" : error instanceof Refused ? "refused" : "broken";
    this.#tell({ state, step: null, problem: error });
  }

  // The work stays here; the server takes in a copy of what is finished, if it knows whose it is.
  async #switchedOff() {
    await this.session.keep({ revoked: true });
    await salvage(this.store, this.session.wire(this.language)).catch((error) => console.info(error));
  }

  #again() {
    const backOff = FIRST_WAIT_MS * 2 ** Math.min(this.failures, 9) * (0.5 + Math.random());
    const asked = (this.problem?.wait ?? 0) * 1000;
    const wait = this.failures ? Math.max(Math.min(backOff, LONGEST_WAIT_MS), asked) : EVERY_MS;
    this.timer = setTimeout(() => (document.visibilityState === "visible" ? this.run() : this.#again()), wait);
  }

  #tell(news) {
    Object.assign(this, news);
    this.dispatchEvent(new Event("change"));
  }
}

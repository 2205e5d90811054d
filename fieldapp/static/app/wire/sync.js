/** When to talk to the server, in which order, and how to tell about it: text first, photos last. */

import { trueMoment } from "../ground/today.js";
import { goingPhotos, waiting } from "../records/unsent.js";
import { hasRoom } from "../store/ballast.js";
import { StorageFull, whereFull } from "../store/errors.js";
import { compare, due } from "./compare.js";
import { readCounts } from "./counts.js";
import { Earlier } from "./earlier.js";
import { stateAfter } from "./failing.js";
import { hello } from "./hello.js";
import { forgetLeft, letGo } from "./leaving.js";
import { photosMayGo } from "./line.js";
import { untilNext } from "./next.js";
import { Load, push, pushPhotos } from "./outbox.js";
import { pull } from "./pull.js";
import { onReason } from "./reasons.js";
import { Round } from "./round.js";
import { Turn } from "./turn.js";
import { Stopped } from "./wire.js";

/**
 * Fires `change` whenever there is something to show. `state`: idle, running, offline, refused, full: the tablet has no room for
 * what is new, broken, stopped or elsewhere: another window syncs; `isFull`: no sync has ended well since it was full;
 * `reached`: the server has answered since this sync began;
 * `step`: hello, push, pull, photos, counts or compare while running, with `done` of `total` changes, records or bytes,
 * and of photos `item` of `items`. Pictures of earlier photos come after a sync: `earlier` fires whenever
 * `pictures.progress` is another.
 */
export class Sync extends EventTarget {
  constructor({ store, session, language, forms }) {
    super();
    this.store = store;
    this.session = session;
    this.language = language;
    this.pictures = new Earlier({ store, session, language, forms }, () => this.dispatchEvent(new Event("earlier")));
    this.state = "idle";
    this.step = null;
    this.reached = false;
    this.isFull = false;
    this.done = 0;
    this.total = 0;
    this.item = 0;
    this.items = 0;
    this.problem = null;
    this.failures = 0;
    this.asked = false;
    this.checking = false;
    this.sendingPhotos = false;
    this.started = false;
    this.timer = null;
    this.stopping = new AbortController();
    this.load = new Load();
    this.round = new Round();
    this.counted = false;
    this.turn = new Turn();
  }

  /** Begin to sync by itself: now, when the network comes back, when the app is looked at, and every few minutes. */
  start() {
    if (this.started) return this.run();
    this.started = true;
    onReason(() => this.nudge());
    return this.run();
  }

  /** There is a reason to sync: done at once, unless a person has stopped it. */
  async nudge() {
    if (this.state !== "stopped") await this.run();
  }

  /**
   * Sync now, or once more after the sync that is going on; not while another tab syncs. Never throws. With `check`,
   * compare with the server what this tablet holds, which is otherwise done once a day. With `photos`, send them though
   * they do not go by themselves. `byItself`: nobody asked, time has passed only.
   */
  async run({ check = false, photos = false, byItself = false } = {}) {
    if (!byItself) this.round.ask();
    this.asked = true;
    this.checking ||= check;
    this.sendingPhotos ||= photos;
    if (!this.session.device || this.state === "running") return;
    const mine = await this.turn.take(async () => {
      while (this.asked && this.state !== "running") await this.#whole();
    });
    if (!mine) this.#elsewhere();
    // Not within the sync: neither what was filled in nor what is new waits for a picture, in no window. The next sync
    // ends it, and goes on with it afterwards.
    if (this.state === "idle") this.pictures.fetch(() => this.state === "idle");
  }

  // What was asked for waits until the other window is done, or closed.
  #elsewhere() {
    this.#tell({ state: "elsewhere", step: null, problem: null });
    this.#again();
    this.turn.whenFree(() => this.state === "elsewhere" && document.visibilityState === "visible" && this.run());
  }

  /** End the sync that is going on. What the server has it keeps; the rest goes later, from where it was. */
  stop() {
    this.stopping.abort();
    this.pictures.pause();
    if (!this.pictures.progress || this.state !== "idle") return;
    clearTimeout(this.timer);
    this.#tell({ state: "stopped" });
    this.#again();
  }

  /** Whether photos that wait are not sent by themselves just now. */
  get withholdsPhotos() {
    return !this.sendingPhotos && !photosMayGo(this.session.photos_go);
  }

  async #whole() {
    clearTimeout(this.timer);
    this.asked = false;
    this.pictures.pause();
    this.stopping = new AbortController();
    this.#tell({ state: "running", reached: false, problem: null, done: 0, total: 0 });
    try {
      await this.#steps();
      this.failures = 0;
      if (this.round.end()) this.asked = true;
      this.load.breaks = false;
      this.sendingPhotos = false;
      await this.session.keep({ synced_at: trueMoment(this.session), revoked: false, outdated: null });
      this.#tell({ state: "idle", step: null, isFull: false });
    } catch (error) {
      this.asked = false;
      await this.#failed(error);
    }
    this.#again();
  }

  async #steps() {
    const wire = this.session.wire(this.language);
    wire.stop = this.stopping.signal;
    this.#tell({ step: "hello" });
    await hello(this, wire);
    await this.#text(wire);
    // On a tablet without room for what is new, what was made here goes all the same.
    const full = await this.#pull(wire).catch(whereFull((error) => error));
    await this.#photos(wire);
    await this.#counts(wire);
    if (full) throw full;
    if (this.#isToCompare) await this.#compare(wire);
  }

  async #text(wire) {
    this.#tell({ step: "push", reached: true, done: 0, total: (await waiting(this.store)).length });
    await push(this.store, wire, (n) => this.#moved({ done: this.done + n, counted: false }), this.load);
  }

  async #pull(wire) {
    const round = this.round.begin();
    this.#tell({ step: "pull", done: 0, total: 0 });
    if (!(await hasRoom())) throw new StorageFull(); // the room that is left is for what a person types
    await letGo(this); // what was here of other villages has been sent a moment ago
    const known = round.size;
    await pull(this, wire, ({ records }) => this.#moved({ done: this.done + records }), round).finally(() => {
      if (round.size > known) this.failures = 0;
    });
  }

  async #counts(wire) {
    this.#tell({ step: "counts", done: 0, total: 0 });
    await readCounts(this, wire);
    await forgetLeft(this);
    this.counted = true;
  }

  async #compare(wire) {
    this.#tell({ step: "compare", done: 0, total: 0 });
    await compare(this, wire);
    this.checking = false;
  }

  async #photos(wire) {
    const again = this.sendingPhotos || this.#isToCompare;
    const photos = await goingPhotos(this.store, again);
    if (!photos.length || this.withholdsPhotos) return;
    if (!this.counted) await this.#counts(wire); // photos may take hours: what became of the text is told before
    const total = photos.reduce((sum, photo) => sum + photo.bytes, 0);
    this.#tell({ step: "photos", done: 0, total, item: 0, items: photos.length });
    await pushPhotos(this.store, wire, {
      onStep: (bytes, fresh) => this.#moved({ done: this.done + bytes }, fresh),
      between: () => this.#betweenPhotos(wire),
      load: this.load,
      again,
    });
  }

  get #isToCompare() {
    return this.checking || due(this.session);
  }

  async #betweenPhotos(wire) {
    if (this.asked) await push(this.store, wire, () => (this.counted = false), this.load);
    this.#tell({ item: Math.min(this.item + 1, this.items) });
  }

  // As long as something gets through, a line that breaks is tried again at once.
  #moved(news, fresh = true) {
    if (fresh) this.failures = 0;
    this.#tell(news);
  }

  async #failed(error) {
    if (error instanceof Stopped) {
      Object.assign(this, { failures: 0, sendingPhotos: false });
      return this.#tell({ state: "stopped", step: null });
    }
    this.failures += 1;
    const state = await stateAfter(error, this);
    return this.#tell({ state, step: null, problem: error, isFull: this.isFull || state === "full" });
  }

  #again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (document.visibilityState === "visible" ? this.run({ byItself: true }) : this.#again()), untilNext(this));
  }

  #tell(news) {
    Object.assign(this, news);
    this.dispatchEvent(new Event("change"));
  }
}

/** When to talk to the server, in which order, and how to tell about it: text first, photos last. */

import { lossReport, lossTold } from "../records/recovery.js";
import { goingPhotos, waiting, waitingPhotos } from "../records/unsent.js";
import { compare, due } from "./compare.js";
import { readCounts } from "./counts.js";
import { Earlier } from "./earlier.js";
import { forgetLeft, letGo } from "./leaving.js";
import { onOtherLine, photosMayGo } from "./line.js";
import { Load, offerAgain, push, pushPhotos, salvage } from "./outbox.js";
import { pull } from "./pull.js";
import { askToBeWoken, onWoken } from "./wake.js";
import { NoNetwork, Refused, Stopped } from "./wire.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
const EVERY_MS = 5 * 60_000;
const STOPPED_MS = 30 * 60_000;
const ELSEWHERE_MS = 10_000;
const HELLO_SECONDS = 8;

/**
 * Fires `change` whenever there is something to show. `state`: idle, running, offline, refused, broken, stopped or
 * elsewhere: another window syncs;
 * `step`: hello, push, pull, photos, counts or compare while running, with `done` of `total` changes, records or bytes,
 * and of photos `item` of `items`. Pictures of earlier photos come after a sync: `earlier` is then `{done, total}`, and
 * `earlier` fires.
 */
export class Sync extends EventTarget {
  constructor({ store, session, language, forms }) {
    super();
    this.store = store;
    this.session = session;
    this.language = language;
    this.pictures = new Earlier({ store, forms });
    this.earlier = null;
    this.state = "idle";
    this.step = null;
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
    this.pausing = new AbortController();
    this.load = new Load();
    this.round = new Set();
    this.roundBegan = null;
    this.counted = false;
    this.holds = false;
  }

  /** Begin to sync by itself: now, when the network comes back, when the app is looked at, and every few minutes. */
  start() {
    if (this.started) return this.run();
    this.started = true;
    const nudge = () => this.nudge();
    window.addEventListener("online", nudge);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && nudge());
    onOtherLine(nudge);
    onWoken(nudge);
    return this.run();
  }

  /** There is a reason to sync: done at once, unless a person has stopped it. */
  async nudge() {
    if (this.state !== "stopped") await this.run();
  }

  /**
   * Sync now, or once more after the sync that is going on; not while another tab syncs. Never throws. With `check`,
   * compare with the server what this tablet holds, which is otherwise done once a day. With `photos`, send them though
   * they do not go by themselves.
   */
  async run({ check = false, photos = false } = {}) {
    this.asked = true;
    this.checking ||= check;
    this.sendingPhotos ||= photos;
    if (!this.session.device || this.state === "running") return;
    const had = await navigator.locks.request("sync", { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      this.holds = true;
      while (this.asked && this.state !== "running") await this.#whole();
      return true;
    });
    if (had) this.holds = false;
    else if (!this.holds) this.#elsewhere();
    if (this.state === "idle") this.#fetchEarlier();
  }

  // What was asked for waits until the other window is done, which nobody tells.
  #elsewhere() {
    this.#tell({ state: "elsewhere", step: null, problem: null });
    this.#again();
  }

  /** End the sync that is going on. What the server has it keeps; the rest goes later, from where it was. */
  stop() {
    this.stopping.abort();
    this.#stopEarlier();
  }

  /** Whether photos that wait are not sent by themselves just now. */
  get withholdsPhotos() {
    return !this.sendingPhotos && !photosMayGo(this.session.photos_go);
  }

  async #whole() {
    clearTimeout(this.timer);
    this.asked = false;
    this.pausing.abort();
    this.stopping = new AbortController();
    this.#tell({ state: "running", problem: null, done: 0, total: 0 });
    try {
      await this.#steps();
      this.failures = 0;
      this.roundBegan = null;
      this.load.breaks = false;
      this.sendingPhotos = false;
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
    wire.stop = this.stopping.signal;
    await this.#hello(wire);
    await this.#text(wire);
    await this.#pull(wire);
    await this.#photos(wire);
    await this.#counts(wire);
    if (this.#isToCompare) await this.#compare(wire);
  }

  async #text(wire) {
    this.#tell({ step: "push", done: 0, total: (await waiting(this.store)).length });
    await push(this.store, wire, (n) => this.#pushed(n), this.load);
  }

  #pushed(n) {
    this.counted = false;
    this.#moved({ done: this.done + n });
  }

  // A round of news that broke off a moment ago goes on where it was: to ask for all of it again would be more than a
  // poor line can carry from cut to cut.
  async #pull(wire) {
    if (this.roundBegan === null || Date.now() - this.roundBegan > EVERY_MS) {
      Object.assign(this, { round: new Set(), roundBegan: Date.now() });
    }
    this.#tell({ step: "pull", done: 0, total: 0 });
    await letGo(this); // what was here of other villages has been sent a moment ago
    const known = this.round.size;
    await pull(this, wire, ({ records }) => this.#moved({ done: this.done + records }), this.round).finally(() => {
      if (this.round.size > known) this.failures = 0;
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

  // Not within the sync: neither what was filled in nor what is new waits for a picture, in no window. The next sync ends
  // it, and goes on with it afterwards.
  async #fetchEarlier() {
    if (this.earlier || this.store.low || !photosMayGo(this.session.photos_go)) return;
    this.#tellEarlier({ done: 0, total: 0 });
    this.pausing = new AbortController();
    const wire = this.session.wire(this.language);
    wire.stop = this.pausing.signal;
    const onStep = (done, total) => this.#tellEarlier({ done, total });
    const goesOn = () => this.state === "idle" && !this.store.low;
    await navigator.locks
      .request("earlier", { ifAvailable: true }, async (lock) => lock && this.pictures.fetch(wire, goesOn, onStep))
      .catch((error) => console.info("earlier photos:", error));
    this.#tellEarlier(null);
  }

  #stopEarlier() {
    this.pausing.abort();
    if (!this.earlier || this.state !== "idle") return;
    clearTimeout(this.timer);
    this.#tell({ state: "stopped" });
    this.#again();
  }

  #tellEarlier(earlier) {
    this.earlier = earlier;
    this.dispatchEvent(new Event("earlier"));
  }

  async #hello(wire) {
    this.#tell({ step: "hello" });
    const before = Date.now();
    const answer = await wire.ask(`hello?${await this.#report()}`, { seconds: HELLO_SECONDS });
    const offset = Date.parse(answer.now) - (before + Date.now()) / 2;
    if (answer.epoch !== this.session.epoch) {
      this.roundBegan = null;
      await offerAgain(this.store);
    }
    const { now: told_at, epoch, areas, account, programmes } = answer;
    await this.session.keep({ offset, told_at, epoch, areas, account, programmes });
    await this.session.trust(answer.sealing_key);
    await lossTold(this, answer);
  }

  // What the server may want to know of a tablet: its last number, how much waits, whether its storage is kept, and with
  // which key of the province it is locked.
  async #report() {
    const said = await this.store.known("seq", 0);
    const pending = (await waiting(this.store)).length;
    const persisted = (await navigator.storage?.persisted?.()) ?? false;
    const copied = !this.store.copy.problem;
    const { kid } = this.session.lock ?? {};
    return new URLSearchParams({ said, pending, persisted: `${persisted}`, copied: `${copied}`, ...(kid ? { kid } : {}), ...lossReport(this.session) });
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
    if (error instanceof Refused && error.status === 401) await this.#switchedOff();
    if (error instanceof Refused && error.outdated) await this.session.keep({ outdated: error.message });
    const state = error instanceof NoNetwork ? "offline" : error instanceof Refused ? "refused" : "broken";
    if (state === "broken") console.error(error);
    if (state === "offline" && (await this.#waits())) await askToBeWoken();
    return this.#tell({ state, step: null, problem: error });
  }

  async #waits() {
    return (await waiting(this.store)).length + (await waitingPhotos(this.store)).length > 0;
  }

  // The work stays here; the server takes in a copy of what is finished, if it knows whose it is.
  async #switchedOff() {
    await this.session.keep({ revoked: true });
    await salvage(this.store, this.session.wire(this.language)).catch((error) => console.info(error));
  }

  #again() {
    clearTimeout(this.timer);
    const backOff = FIRST_WAIT_MS * 2 ** Math.min(this.failures - 1, 9) * (0.5 + Math.random());
    const asked = (this.problem?.wait ?? 0) * 1000;
    const calm = { stopped: STOPPED_MS, elsewhere: ELSEWHERE_MS }[this.state] ?? EVERY_MS;
    const wait = this.failures && this.state !== "elsewhere" ? Math.max(Math.min(backOff, LONGEST_WAIT_MS), asked) : calm;
    this.timer = setTimeout(() => (document.visibilityState === "visible" ? this.run() : this.#again()), wait);
  }

  #tell(news) {
    Object.assign(this, news);
    this.dispatchEvent(new Event("change"));
  }
}

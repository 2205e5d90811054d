/** The tablet app of somebody who is in: what the views are given, and what follows a sync. */

import { gathered } from "../ground/pause.js";
import { lay } from "../store/ballast.js";
import { Households } from "../records/households.js";
import { Lists } from "../records/lists.js";
import { recover, refoldLost, tidy } from "../records/recovery.js";
import { makeSpace } from "../records/space.js";
import { Work } from "../records/todo.js";
import { carrying } from "../wire/courier.js";
import { Sync } from "../wire/sync.js";
import { drawState } from "./bar.js";
import { whenIdle } from "./idle.js";
import { Pages } from "./pages.js";

const BASE = new URL("..", import.meta.url);

/** What the views are given: the store, the session, the forms, the sync, and ways to move about. */
export class Tablet {
  /** `others`: the stores of the other people on this tablet; what is finished in them is sent from here too. */
  constructor({ store, session, others, forms, language }) {
    this.store = store;
    this.session = session;
    this.others = others;
    this.forms = forms;
    this.language = language;
    this.build = BASE.pathname.split("/").at(-2);
    this.sync = new Sync(this);
    this.lists = new Lists(this);
    this.households = new Households(this);
    this.work = new Work(this);
    this.searched = "";
    this.isAwaited = false; // whether somebody was told to wait for the first download
    this.install = null;
    this.pages = new Pages(this);
    this.tellState = gathered(() => drawState(this)); // what stands in the bar and in the banners
  }

  start() {
    this.pages.start();
    this.sync.addEventListener("change", () => this.synced());
    window.addEventListener("appinstalled", askToKeep);
    this.store.copy.onGrown = () => this.tidy();
    window.addEventListener("beforeinstallprompt", (event) => this.#offerInstall(event));
    document.getElementById("lock").addEventListener("click", () => this.lock());
    whenIdle(() => this.lock());
    carrying(this.others, this.language);
    this.started();
  }

  /**
   * Lock: nothing of a person is left in memory, since the app begins anew. What is being typed is kept first; while
   * that cannot be kept, the app stays open.
   */
  async lock() {
    /** @type {HTMLElement} */ (document.activeElement)?.blur();
    if (await this.pages.close()) location.reload();
  }

  /** The tablet belongs to somebody: show the tabs and the page, and only then begin to sync. */
  async started() {
    document.getElementById("tabs").hidden = false;
    for (const id of ["sync-state", "lock"]) document.getElementById(id).hidden = false;
    await this.draw();
    this.sync.start();
    this.tellState();
    this.secondCopy().catch((error) => console.error(error));
    askToKeep();
  }

  /** What the store has lost comes back from its second copy; then that has all the store has. */
  async secondCopy() {
    const loss = await recover(this.store);
    if (loss) {
      Object.assign(this.session, { loss, refold: await this.store.known("refold") });
      await refoldLost(this);
    }
    await this.tidy();
    if (loss) await this.again();
  }

  /** Write the second copy afresh. */
  tidy() {
    return tidy(this);
  }

  // --- moving about ---

  /** Draw the view of the address, one at a time, and say something; the view shown before may ask to stay. */
  draw(said = "") {
    return this.pages.draw(said);
  }

  /** Draw the same view anew, and say something. */
  again(said = "") {
    return this.pages.draw(said);
  }

  /** Draw anew without moving the focus or the page. */
  refresh() {
    return this.pages.refresh();
  }

  /** What the view of this address notes of how it stands: there again when it is drawn anew, or come back to. */
  get noted() {
    return this.pages.noted;
  }

  /** Put another address in the place of this one. */
  replace(hash) {
    this.pages.replace(hash);
  }

  /** Leave a view that is done with, without asking it. */
  leaveTo(hash, said = "") {
    return this.pages.leaveTo(hash, said);
  }

  // The browser's own question comes when a person presses the button, not before.
  #offerInstall(event) {
    event.preventDefault();
    this.install = async () => {
      this.install = null;
      await event.prompt();
      this.refresh();
    };
    this.refresh();
  }

  // --- following the sync ---

  /** After each step of a sync: what came in is shown, but never under somebody's hands: a list is, beside what is typed. */
  synced() {
    this.tellState();
    if (this.sync.state === "running") return;
    if (this.sync.state === "idle") this.settle();
    if (document.activeElement?.matches("input, select, textarea")) this.pages.came();
    else this.refresh();
  }

  /** Once all is sent: room for what comes, and a second copy of what is left. */
  async settle() {
    await makeSpace(this.store).catch((error) => console.info("space:", error));
    await this.#layBallast();
    await this.tidy();
  }

  // What was thrown out for want of room is laid in again: that it fits tells that the tablet is full no more.
  async #layBallast() {
    if (!(await lay()) || !this.store.low) return;
    this.store.low = false;
    await this.tellState();
  }
}

// Browsers grant it by rules of their own: when the app is installed, or much used. So it is asked more than once.
async function askToKeep() {
  if (!(await navigator.storage?.persisted?.())) await navigator.storage?.persist?.();
}

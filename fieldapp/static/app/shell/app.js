/** The tablet app of somebody who is in: what the views are given, and which of them is shown. */

import { _, ngettext } from "../ground/i18n.js";
import { lay } from "../store/ballast.js";
import { Households } from "../records/households.js";
import { Lists } from "../records/lists.js";
import { recover, refoldLost, tidy } from "../records/recovery.js";
import { makeRoom } from "../records/room.js";
import { Work } from "../records/todo.js";
import { tally } from "../records/unsent.js";
import { carrying } from "../wire/courier.js";
import { Sync } from "../wire/sync.js";
import { h, icon } from "../kit/dom.js";
import { afterPress, still } from "../kit/press.js";
import * as begin from "../views/begin.js";
import { brokenPage } from "../views/broken.js";
import * as enrol from "../views/enrol.js";
import * as fill from "../views/fill.js";
import * as home from "../views/home.js";
import * as households from "../views/households.js";
import * as map from "../views/map.js";
import * as meeting from "../views/meeting.js";
import * as people from "../views/people.js";
import * as proof from "../views/proof.js";
import * as receipts from "../views/receipts.js";
import * as record from "../views/record.js";
import * as reply from "../views/reply.js";
import * as roster from "../views/roster.js";
import * as sync from "../views/sync.js";
import * as todo from "../views/todo.js";
import { banners } from "./banners.js";
import { whenIdle } from "./idle.js";

const BASE = new URL("..", import.meta.url);

/** Address -> view. What stands in brackets is handed to the view by name. @type {[RegExp, Function][]} */
const ROUTES = [
  [/^$/, home.draw],
  [/^todo\/(?<kind>returned|alerts|meetings|awaiting|unsurveyed)$/, todo.draw],
  [/^todo\/(?<kind>returned|alerts|meetings|awaiting|unsurveyed)\/(?<village>.+)$/, todo.draw],
  [/^households$/, households.draw],
  [/^households\/(?<village>.+)$/, households.draw],
  [/^map$/, map.draw],
  [/^record\/(?<id>[^/]+)$/, record.draw],
  [/^new\/(?<survey>\w+)$/, begin.draw],
  [/^new\/(?<survey>\w+)\/(?<household>[^/]+)$/, begin.draw],
  [/^another\/(?<survey>\w+)\/(?<household>[^/]+)$/, begin.fresh],
  [/^edit\/(?<record>[^/]+)$/, begin.edit],
  [/^fill\/(?<id>[^/]+)$/, fill.draw],
  [/^members\/(?<household>[^/]+)$/, roster.draw],
  [/^members\/(?<household>[^/]+)\/(?<member>[^/]+)$/, roster.draw],
  [/^meeting\/(?<id>[^/]+)$/, meeting.draw],
  [/^reply\/(?<id>[^/]+)$/, reply.draw],
  [/^sync$/, sync.draw],
  [/^receipts$/, receipts.draw],
  [/^receipts\/(?<day>[\d-]+)$/, receipts.drawDay],
  [/^proof\/(?<day>[\d-]+)$/, proof.draw],
  [/^people$/, people.draw],
  [/^connect$/, enrol.draw],
];

/** Views that may be drawn anew under a person's eyes when something came in. @type {Set<Function>} */
const LIVE = new Set([home.draw, households.draw, record.draw, receipts.draw, receipts.drawDay]);

/** Views whose title tells of nobody: the browser notes the titles of pages in the clear. @type {Set<Function>} */
const TITLED = new Set([home.draw, households.draw, map.draw, receipts.draw, sync.draw, people.draw, enrol.draw]);

/** Views that have no tab of their own. */
const WITHIN = { todo: "", meeting: "", map: "households", proof: "receipts", people: "sync" };

const TABS = () => [
  ["#/", "home", _("To do")],
  ["#/households", "list", _("Households")],
  ["#/sync", "sync", _("Sync")],
  ["#/receipts", "receipt", _("Receipts")],
];

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
    this.main = document.getElementById("main");
    this.shown = null;
    this.places = new Map(); // hash -> how far down that page was, what led away from it, and what its view notes
    this.returning = false;
    this.drawing = Promise.resolve();
  }

  start() {
    history.scrollRestoration = "manual";
    window.addEventListener("hashchange", () => this.#moved());
    window.addEventListener("click", (/** @type {any} */ { target }) => (this.returning = Boolean(target.closest?.("a.back"))), { capture: true });
    window.addEventListener("pagehide", () => this.shown?.now?.());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.shown?.now?.());
    window.addEventListener("beforeunload", (event) => this.shown?.unsaved?.() && event.preventDefault());
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
    const keep = this.shown?.keep ?? this.shown?.leave;
    if (keep && !(await keep())) return;
    this.shown = null;
    this.main.replaceChildren();
    location.reload();
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

  /** Draw the view of the address, one at a time; the view shown before may ask to stay. */
  draw(said = "") {
    this.drawing = this.drawing.then(() => this.#draw(said)).catch((error) => this.#broken(error));
    return this.drawing;
  }

  // Whoever comes back, by the browser or by a link that says so, finds the page as it was left.
  #moved() {
    this.returning ||= Boolean(history.state?.seen);
    this.draw();
  }

  /** What the view of this address notes of how it stands: there again when it is drawn anew, or come back to. */
  get noted() {
    if (!this.places.has(location.hash)) this.places.set(location.hash, {});
    return this.places.get(location.hash);
  }

  /** Put another address in the place of this one. */
  replace(hash) {
    history.replaceState(null, "", hash);
    this.draw();
  }

  /** Leave a view that is done with, without asking it. */
  leaveTo(hash, said = "") {
    this.shown = null;
    history.replaceState(null, "", hash);
    return this.draw(said);
  }

  /** Draw the same view anew, and say something. */
  again(said = "") {
    return this.draw(said);
  }

  async #draw(said) {
    if (this.shown?.leave && !(await this.shown.leave())) return history.replaceState(null, "", this.shown.hash);
    this.#notePlace();
    const { view, params } = this.#route();
    const page = await view(this, params);
    if (!page) return null;
    this.shown = { ...page, hash: location.hash };
    this.#present(page, TITLED.has(view));
    if (said) this.#say(said);
    history.replaceState({ seen: true }, "");
    this.tellState();
    return null;
  }

  // Where a page is left, and whether the next one begins at its head.
  #notePlace() {
    const { hash } = this.shown ?? {};
    if (hash === location.hash) return;
    if (hash !== undefined) Object.assign(this.places.get(hash) ?? {}, { y: window.scrollY, to: location.hash });
    if (!this.returning) this.places.delete(location.hash);
    this.returning = false;
  }

  #present(page, isTitled = false) {
    document.title = [isTitled && page.title, _("Housing survey")].filter(Boolean).join(" – ");
    const heading = h("h1", { tabindex: "-1" }, page.title);
    this.#fill(heading, page.body);
    this.#tabs();
    const { y = 0, to = null } = this.noted;
    window.scrollTo(0, y);
    if (!page.focus?.()) (this.#linkTo(to) ?? heading).focus({ preventScroll: true });
  }

  #linkTo(href) {
    return href && [...this.main.querySelectorAll("a")].find((link) => link.getAttribute("href") === href);
  }

  #fill(heading, body, kept = []) {
    this.main.replaceChildren(heading, ...kept, ...body.flat(Infinity).filter(Boolean));
  }

  #route() {
    const path = location.hash.replace(/^#\/?/, "");
    for (const [pattern, view] of ROUTES) {
      const found = pattern.exec(path);
      if (found) return { view, params: { ...found.groups } };
    }
    return { view: home.draw, params: {} };
  }

  #tabs() {
    const [first] = location.hash.replace(/^#\/?/, "").split("/");
    const here = `#/${WITHIN[first] ?? first}`;
    const tabs = document.getElementById("tabs");
    if (!tabs.children.length) tabs.append(...TABS().map(([href, drawing, label]) => h("a", { class: "tab", href }, icon(drawing), label)));
    for (const tab of tabs.children) tab.toggleAttribute("aria-current", tab.getAttribute("href") === here);
    tabs.querySelector("[aria-current]")?.setAttribute("aria-current", "page");
  }

  #broken(error) {
    console.error(error);
    this.shown = null; // the view before was left already
    this.#present(brokenPage(this, error));
  }

  // On the screen, and to a screen reader.
  #say(text) {
    document.getElementById("said").textContent = text;
    this.main.querySelector("h1").after(h("p", { class: "toast-line" }, icon("check"), text));
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

  /** After each step of a sync: what came in is shown, but never under somebody's hands. */
  synced() {
    this.tellState();
    if (this.sync.state === "running") return;
    if (this.sync.state === "idle") this.settle();
    if (!document.activeElement?.matches("input, select, textarea")) this.refresh();
  }

  /** Once all is sent: room for what comes, and a second copy of what is left. */
  async settle() {
    await makeRoom(this.store).catch((error) => console.info("room:", error));
    await this.#layBallast();
    await this.tidy();
  }

  // What was thrown out for want of room is laid in again: that it fits tells that the tablet is full no more.
  async #layBallast() {
    if (!(await lay()) || !this.store.low) return;
    this.store.low = false;
    await this.tellState();
  }

  /** Draw anew without moving the focus or the page. */
  async refresh() {
    const { view, params } = this.#route();
    const { shown } = this;
    if (!LIVE.has(view) || !shown) return;
    const page = await view(this, params);
    afterPress(() => this.#refill(page, shown));
  }

  #refill(page, shown) {
    if (this.shown !== shown || location.hash !== shown.hash) return; // the person went on meanwhile
    const [heading] = this.main.children;
    const { activeElement: held } = document;
    heading.textContent = page.title;
    this.#fill(heading, page.body, [...this.main.querySelectorAll(".toast-line")]);
    this.#giveBack(held, heading);
  }

  // Who was at the heading or at a link stays there, though all of it was drawn anew.
  #giveBack(held, heading) {
    if (held.isConnected && held !== heading) return;
    (held === heading ? heading : this.#linkTo(held.getAttribute("href")))?.focus({ preventScroll: true });
  }

  /** What stands in the bar and in the banners: how much waits, and what needs a person. */
  async tellState() {
    const found = await tally(this.store);
    const damaged = found.damaged.changes + found.damaged.photos;
    const { waiting, drafts } = found;
    const told = { state: this.sync.state, synced: this.session.synced_at, waiting, damaged, drafts };
    still(() => document.getElementById("sync-state").replaceChildren(icon(stateIcon(told)), stateText(told)));
    afterPress(() => document.getElementById("banners").replaceChildren(...banners(this, found.damaged)));
  }
}

const UNDER_WAY = new Set(["running", "elsewhere"]);

function stateText({ state, synced, waiting, damaged, drafts }) {
  if (UNDER_WAY.has(state)) return _("Syncing…");
  if (!synced) return _("Not synced yet");
  if (waiting) return ngettext("%(n)s waiting", "%(n)s waiting", waiting);
  if (damaged) return ngettext("%(n)s damaged", "%(n)s damaged", damaged);
  if (state === "offline") return _("No network");
  return drafts ? ngettext("%(n)s draft", "%(n)s drafts", drafts) : _("All sent");
}

/** A tick only where everything is sent: without network or amid a sync it would promise too much. */
function stateIcon({ state, synced, waiting, damaged, drafts }) {
  if (UNDER_WAY.has(state)) return "sync";
  if (waiting) return "tablet";
  if (!synced || damaged || state === "offline") return "warning";
  return drafts ? "pencil" : "check";
}

// Browsers grant it by rules of their own: when the app is installed, or much used. So it is asked more than once.
async function askToKeep() {
  if (!(await navigator.storage?.persisted?.())) await navigator.storage?.persist?.();
}

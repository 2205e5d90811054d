/** The tablet app, from start to the first view: store, words, forms, who I am, then an address decides the view. */

import { lay } from "./ballast.js";
import { h, icon } from "./dom.js";
import { Households } from "./households.js";
import { _, ngettext, speak } from "./i18n.js";
import { waiting, waitingPhotos } from "./outbox.js";
import { every } from "./records.js";
import { Session } from "./session.js";
import { Store, StorageBlocked } from "./store.js";
import { CLOCK_WRONG_MS, Sync } from "./sync.js";
import * as enrol from "./views/enrol.js";
import * as fill from "./views/fill.js";
import * as home from "./views/home.js";
import * as households from "./views/households.js";
import * as receipts from "./views/receipts.js";
import * as record from "./views/record.js";
import * as sync from "./views/sync.js";

const BASE = new URL(".", import.meta.url);
const BUILD = BASE.pathname.split("/").at(-2);

/** Address -> view. What stands in brackets is handed to the view by name. */
const ROUTES = [
  [/^$/, home.draw],
  [/^households$/, households.draw],
  [/^households\/(?<village>.+)$/, households.draw],
  [/^record\/(?<id>[^/]+)$/, record.draw],
  [/^new\/(?<survey>\w+)$/, fill.begin],
  [/^new\/(?<survey>\w+)\/(?<household>[^/]+)$/, fill.begin],
  [/^edit\/(?<record>[^/]+)$/, fill.begin],
  [/^fill\/(?<id>[^/]+)$/, fill.draw],
  [/^sync$/, sync.draw],
  [/^receipts$/, receipts.draw],
  [/^connect$/, enrol.draw],
];

const TABS = () => [
  ["#/", "home", _("To do")],
  ["#/households", "list", _("Households")],
  ["#/sync", "sync", _("Sync")],
  ["#/receipts", "receipt", _("Receipts")],
];

class Tablet {
  constructor({ store, session, forms, language: spoken }) {
    Object.assign(this, { store, session, forms, language: spoken, build: BUILD, searched: "", shown: null, drawing: Promise.resolve() });
    this.sync = new Sync(this);
    this.households = new Households(this);
    this.main = document.getElementById("main");
  }

  /** All records of a survey. */
  every(survey) {
    return every(this.store, survey);
  }

  start() {
    window.addEventListener("hashchange", () => this.draw());
    window.addEventListener("beforeunload", (event) => this.shown?.unsaved?.() && event.preventDefault());
    this.sync.addEventListener("change", () => this.synced());
    if (this.session.device) this.started();
    else this.draw();
  }

  /** The tablet belongs to somebody: show the tabs, and begin to sync. */
  started() {
    document.getElementById("tabs").hidden = false;
    document.getElementById("sync-state").hidden = false;
    this.sync.start();
    this.draw();
    this.tellState();
  }

  /** Draw the view of the address, one at a time; the view shown before may ask to stay. */
  draw(said = "") {
    this.drawing = this.drawing.then(() => this.#draw(said)).catch((error) => this.#broken(error));
    return this.drawing;
  }

  async #draw(said) {
    if (this.shown?.leave && !(await this.shown.leave())) return history.replaceState(null, "", this.shown.hash);
    const [view, params] = this.#route();
    const page = await view(this, params);
    if (!page) return null;
    this.shown = { ...page, hash: location.hash };
    document.title = `${page.title} – ${_("Housing survey")}`;
    const heading = h("h1", { tabindex: "-1" }, page.title);
    this.main.replaceChildren(heading, ...page.body.flat(Infinity).filter(Boolean));
    this.#tabs();
    window.scrollTo(0, 0);
    if (!page.focus?.()) heading.focus({ preventScroll: true });
    if (said) this.say(said);
    return null;
  }

  #route() {
    if (!this.session.device) return [enrol.draw, {}];
    const path = location.hash.replace(/^#\/?/, "");
    for (const [pattern, view] of ROUTES) {
      const found = pattern.exec(path);
      if (found) return [view, { ...found.groups }];
    }
    return [home.draw, {}];
  }

  #tabs() {
    const here = `#/${location.hash.replace(/^#\/?/, "").split("/")[0]}`;
    const items = TABS().map(([href, drawing, label]) => h("a", { class: "tab", href, "aria-current": href === here ? "page" : null }, icon(drawing), label));
    document.getElementById("tabs").replaceChildren(...items);
  }

  #broken(error) {
    console.error(error);
    const text = _("The app could not read the tablet's storage. Nothing was deleted. Close the app and open it again.");
    this.main.replaceChildren(h("h1", { tabindex: "-1" }, _("Something went wrong")), h("p", {}, text));
  }

  /** Draw the same view anew, and say something. */
  again(said = "") {
    return this.draw(said);
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

  /** Tell it on the screen and to a screen reader. */
  say(text) {
    document.getElementById("said").textContent = text;
    const box = h("p", { class: "toast-line" }, icon("check"), text);
    this.main.querySelector("h1").after(box);
  }

  /** After each step of a sync: what came in is shown, but never under somebody's hands. */
  synced() {
    this.tellState();
    if (this.sync.state === "running") return;
    if (this.sync.state === "idle") lay();
    this.households.forget();
    if (!location.hash.startsWith("#/fill") && !location.hash.startsWith("#/sync") && !this.main.contains(document.activeElement?.closest("input, select"))) {
      this.refresh();
    }
  }

  /** Draw anew without moving the focus or the page. */
  async refresh() {
    if (this.sync.state === "running" || !this.shown) return;
    const [view, params] = this.#route();
    if (![home.draw, record.draw, receipts.draw, households.draw].includes(view)) return;
    const page = await view(this, params);
    if (location.hash !== this.shown.hash) return;
    const [heading] = this.main.children;
    const said = this.main.querySelectorAll(".toast-line");
    heading.textContent = page.title;
    this.main.replaceChildren(heading, ...said, ...page.body.flat(Infinity).filter(Boolean));
  }

  /** What stands in the bar and in the banners: how much waits, and what needs a person. */
  async tellState() {
    const count = (await waiting(this.store)).length + (await waitingPhotos(this.store)).length;
    const link = document.getElementById("sync-state");
    link.replaceChildren(icon(count ? "tablet" : "check"), stateText(this.sync.state, this.session.synced_at, count));
    link.dataset.synced = this.session.synced_at ?? "";
    document.getElementById("banners").replaceChildren(...banners(this));
  }
}

function stateText(state, synced, count) {
  if (state === "running") return _("Syncing…");
  if (!synced) return _("Not synced yet");
  if (count) return ngettext("%(n)s waiting", "%(n)s waiting", count);
  return state === "offline" ? _("No network") : _("All sent");
}

function banners({ session, store, sync: { state } }) {
  const found = [];
  if (store.low) {
    found.push(h("p", { class: "banner banner-warning", role: "alert" }, icon("warning"), _("The tablet's storage is nearly full. What you typed is saved. Finish this form, then delete photos or films from the tablet, and sync.")));
  }
  if (session.revoked) {
    found.push(h("p", { class: "banner banner-danger", role: "alert" }, icon("warning"), _("The server no longer knows this tablet. Everything you filled in stays here; you can go on working. To send it, ask your administrator for a new code, then connect again."),
      h("button", { class: "btn btn-light", type: "button", onclick: () => (location.hash = "#/connect") }, _("Connect again"))));
  }
  if (state !== "offline" && Math.abs(session.offset) > CLOCK_WRONG_MS) {
    found.push(h("p", { class: "banner banner-warning", role: "alert" }, icon("clock"), clockText(session.offset)));
  }
  return found;
}

function clockText(offset) {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const days = Math.round(minutes / 1440);
  const much = days ? ngettext("%(n)s day", "%(n)s days", days) : ngettext("%(n)s minute", "%(n)s minutes", minutes);
  return offset < 0
    ? _("The clock of this tablet is %(much)s ahead. Set date and time to automatic in its settings. Nothing is lost.", { much })
    : _("The clock of this tablet is %(much)s behind. Set date and time to automatic in its settings. Nothing is lost.", { much });
}

/** Ask the worker for the newest shell; a new one waits until somebody says so on a page without an open form. */
async function watchUpdates() {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register("/app/worker.js", { updateViaCache: "none" });
  const offer = () => registration.waiting && navigator.serviceWorker.controller && offerUpdate(registration);
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
}

function offerUpdate(registration) {
  const take = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting.postMessage("take over");
  };
  const offer = h("p", { class: "banner banner-plain" }, icon("sync"), _("A newer version of the app is ready. Drafts stay as they are."),
    h("button", { class: "btn btn-light", type: "button", onclick: take }, _("Use it now")));
  document.getElementById("updates").replaceChildren(offer);
}

async function fetched(name) {
  const response = await fetch(new URL(name, BASE));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

function outdated() {
  document.getElementById("updates").replaceChildren(h("p", { class: "banner banner-warning", role: "alert" }, icon("warning"),
    _("The app was opened in another window in a newer version. Your draft is kept. Reload this page to go on."),
    h("button", { class: "btn btn-light", type: "button", onclick: () => location.reload() }, _("Reload"))));
}

async function boot() {
  const spoken = document.documentElement.lang;
  const [messages, forms] = await Promise.all([fetched(`messages.${spoken}.json`), fetched(`forms.${spoken}.json`)]);
  speak(spoken, messages);
  const store = new Store({ onOutdated: outdated });
  await store.open();
  const tablet = new Tablet({ store, session: await Session.load(store), forms, language: spoken });
  tablet.start();
  await watchUpdates();
}

function failed(error) {
  console.error(error);
  const text = error instanceof StorageBlocked
    ? _("Another window of this app holds an older version. Close every other window of it, then reload this page.")
    : _("The app could not start. Nothing was deleted. Close it and open it again; if this comes back, tell your administrator.");
  const place = document.getElementById("starting");
  if (place) place.textContent = text;
}

boot().catch(failed);

/** Which page is shown: going from one to another, coming back to one as it was left, and drawing one anew. */

import { _ } from "../ground/i18n.js";
import { gathered } from "../ground/pause.js";
import { h, icon } from "../kit/dom.js";
import { afterPress } from "../kit/press.js";
import { brokenPage } from "../views/broken.js";
import { drawTabs } from "./bar.js";
import { LIVE, TITLED, route } from "./routes.js";

/**
 * A view gives `{title, body}`, and what it needs of `focus()`: it has put the keyboard somewhere; `leave()`: whether it
 * may be left; `keep()`: the same before the app is locked; `now()`: keep what was typed; `unsaved()`: something is not on
 * the disk yet; `came()`: show what came in beside a field that has the keyboard, which stays as it is.
 */
export class Pages {
  constructor(tablet) {
    this.tablet = tablet;
    this.main = document.getElementById("main");
    this.shown = null;
    this.places = new Map(); // hash -> how far down that page was, what led away from it, and what its view notes
    this.returning = false;
    this.drawing = Promise.resolve();
    /** Somebody types, and something came in: the view shows it beside that, or not at all. */
    this.came = gathered(() => this.#came());
    /** Draw anew without moving the focus or the page. What came in before it was asked for is shown then. */
    this.refresh = gathered(() => this.#refresh());
  }

  /** Begin to follow the address, and to keep what is typed when the app is left. */
  start() {
    history.scrollRestoration = "manual";
    window.addEventListener("hashchange", () => this.#moved());
    window.addEventListener("click", (/** @type {any} */ { target }) => (this.returning = Boolean(target.closest?.("a.back"))), { capture: true });
    window.addEventListener("pagehide", () => this.shown?.now?.());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.shown?.now?.());
    window.addEventListener("beforeunload", (event) => this.shown?.unsaved?.() && event.preventDefault());
  }

  /** Take the page away, once what is being typed is kept; false when it could not be. */
  async close() {
    const keep = this.shown?.keep ?? this.shown?.leave;
    if (keep && !(await this.#left(keep))) return false;
    this.shown = null;
    this.main.replaceChildren();
    return true;
  }

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

  async #draw(said) {
    if (this.shown?.leave && !(await this.#left(this.shown.leave))) return history.replaceState(null, "", this.shown.hash);
    this.#notePlace();
    const { view, params } = route();
    const page = await view(this.tablet, params);
    if (!page) return null;
    this.shown = { ...page, hash: location.hash };
    this.#present(page, TITLED.has(view));
    if (said) this.#say(said);
    history.replaceState({ seen: true }, "");
    this.tablet.tellState();
    return null;
  }

  // From now on nobody types into it: what a view on its way out has kept is all that was typed. One that stays is as it was.
  async #left(leave) {
    const held = /** @type {HTMLElement} */ (this.main.querySelector(":focus"));
    held?.blur();
    this.main.inert = true;
    let isLeft = false;
    try {
      isLeft = await leave();
    } finally {
      if (!isLeft) this.main.inert = false;
      if (!isLeft) held?.focus({ preventScroll: true });
    }
    return isLeft;
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
    drawTabs();
    const { y = 0, to = null } = this.noted;
    window.scrollTo(0, y);
    if (!page.focus?.()) (this.#linkTo(to) ?? heading).focus({ preventScroll: true });
  }

  #linkTo(href) {
    return href && [...this.main.querySelectorAll("a")].find((link) => link.getAttribute("href") === href);
  }

  #fill(heading, body, kept = []) {
    this.main.replaceChildren(heading, ...kept, ...body.flat(Infinity).filter(Boolean));
    this.main.inert = false;
  }

  #broken(error) {
    console.error(error);
    this.shown = null; // the view before was left already
    this.#present(brokenPage(this.tablet, error));
  }

  // On the screen, and to a screen reader.
  #say(text) {
    document.getElementById("said").textContent = text;
    this.main.querySelector("h1").after(h("p", { class: "toast-line" }, icon("check"), text));
  }

  // After what is being drawn, which may have been read before; and never overtaken by an earlier one.
  async #refresh() {
    await this.drawing;
    const { view, params } = route();
    const { shown } = this;
    if (!LIVE.has(view) || !shown) return;
    const page = await view(this.tablet, params);
    afterPress(() => this.#refill(page, shown));
  }

  async #came() {
    await this.drawing;
    await this.shown?.came?.();
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
}

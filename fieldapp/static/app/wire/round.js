/** A round of news: every village once. */

import { EVERY_MS } from "./next.js";

/**
 * One that broke off a moment ago goes on where it was: to ask for all of it again would be more than a poor line can
 * carry from cut to cut.
 */
export class Round {
  areas = new Set();
  began = null;

  /** Go on with it, or begin another one. Gives the areas that are up to date in it, to be added to. */
  begin() {
    if (this.began === null || Date.now() - this.began > EVERY_MS) {
      this.areas = new Set();
      this.began = Date.now();
    }
    return this.areas;
  }

  /** The next one begins anew. */
  end() {
    this.began = null;
  }
}

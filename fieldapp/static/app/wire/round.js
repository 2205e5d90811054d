/** One download of what is new in every village; a download that broke off is gone on with. */

import { EVERY_MS } from "./next.js";

/**
 * One that broke off a moment ago goes on where it was: to ask for all of it again would be more than a poor line can
 * carry from cut to cut. Whoever asks for news meanwhile gets those of the villages read before as well, once it is done.
 */
export class Round {
  areas = new Set();
  again = new Set();
  began = null;

  /** Go on with it, or begin another one. Gives the areas that are up to date in it, to be added to. */
  begin() {
    if (this.began === null || Date.now() - this.began > EVERY_MS) this.#anew();
    return this.areas;
  }

  /** Somebody wants to know what is new by now: what was read before is not that. */
  ask() {
    if (this.began !== null) for (const area of this.areas) this.again.add(area);
  }

  /** It is done. Gives whether there is another one to do at once: of the areas read before somebody asked. */
  end() {
    const { areas, again } = this;
    this.forget();
    if (!again.size) return false;
    this.#anew(new Set([...areas].filter((area) => !again.has(area))));
    return true;
  }

  /** The next one begins anew. */
  forget() {
    this.began = null;
    this.again = new Set();
  }

  #anew(areas = new Set()) {
    this.forget();
    this.areas = areas;
    this.began = Date.now();
  }
}

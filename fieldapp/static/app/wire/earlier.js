/**
 * Small pictures of photos taken earlier and elsewhere, fetched after a sync so that they can be seen without network:
 * those of the newest records first, and only so many. A sync waits for none of them, and none makes it fail.
 */

import { pause } from "../ground/pause.js";
import { villagesOf } from "../records/lists.js";
import { photosMayGo } from "./line.js";
import { fetchThumb, keepThumb } from "./thumbs.js";
import { Refused } from "./wire.js";

/** So many pictures of at most so many bytes: 15 MB. */
const MOST = 300;
const MOST_BYTES = 50 * 1024;

const AT_ONCE = 50; // so many records are opened in one turn

export class Earlier {
  /** `onTold()` follows whatever becomes of `progress`: `{done, total}` while pictures are fetched, else null. */
  constructor({ store, session, language, forms }, onTold) {
    this.store = store;
    this.session = session;
    this.language = language;
    this.surveys = withPhotos(forms);
    this.onTold = onTold;
    this.progress = null;
    this.pausing = new AbortController();
    this.of = null;
  }

  /**
   * Fetch what is missing, unless it is being fetched already: as long as `goesOn()`, there is room, the line may be used
   * for it, and nobody calls `pause`. Never throws.
   */
  async fetch(goesOn) {
    if (this.progress || this.store.low || !photosMayGo(this.session.photos_go)) return;
    this.#tell({ done: 0, total: 0 });
    this.pausing = new AbortController();
    const wire = this.session.wire(this.language);
    wire.stop = this.pausing.signal;
    await navigator.locks
      .request("earlier", { ifAvailable: true }, async (lock) => lock && this.#fetchMissing(wire, goesOn))
      .catch((error) => console.info("earlier photos:", error));
    this.#tell(null);
  }

  /** Stop at once; the next `fetch` goes on from there. */
  pause() {
    this.pausing.abort();
  }

  #tell(progress) {
    this.progress = progress;
    this.onTold();
  }

  // Nothing is looked for while no record has changed since all of them were here.
  async #fetchMissing(wire, goesOn) {
    const asked = this.surveys.map((survey) => this.store.bare("marks", { range: villagesOf(survey) }));
    const marks = (await Promise.all(asked)).flat();
    const of = marks.map(({ id, of: mark }) => `${id} ${mark}`).join("\n");
    if (of === this.of) return;
    const wanted = await this.#wanted(marks);
    const missing = await this.#makeRoom(wanted);
    for (const [done, sha256] of missing.entries()) {
      if (!goesOn() || this.store.low) return;
      this.#tell({ done, total: missing.length });
      await this.#fetchOne(wire, sha256);
    }
    this.of = of;
  }

  // The photos that the newest records name. Their rows are opened a few at a time: most are never looked at.
  async #wanted(marks) {
    const ids = await this.#newestFirst(marks);
    const found = new Set();
    for (let start = 0; start < ids.length && found.size < MOST; start += AT_ONCE) {
      const rows = await this.store.some("records", ids.slice(start, start + AT_ONCE));
      for (const sha256 of rows.filter(Boolean).flatMap(photosOf)) if (found.size < MOST) found.add(sha256);
      await pause();
    }
    return found;
  }

  async #newestFirst(marks) {
    const found = [];
    for (const { id } of marks) {
      const rows = await this.store.bare("records", { index: "survey_area", only: id });
      for (const row of rows) if (!row.withdrawn) found.push(row);
    }
    return found.sort((one, other) => (one.changed < other.changed ? 1 : -1)).map(({ id }) => id);
  }

  // Photos taken here have their picture. Of those kept before, only as many go as there would be too many.
  async #makeRoom(wanted) {
    const [own, kept] = await Promise.all(["photos", "thumbs"].map((name) => this.#keysOf(name)));
    const missing = [...wanted].filter((sha256) => !own.has(sha256) && !kept.has(sha256));
    const idle = [...kept].filter((sha256) => !wanted.has(sha256));
    const gone = idle.slice(0, Math.max(0, kept.size + missing.length - MOST));
    const drop = (rows) => gone.forEach((sha256) => rows("thumbs").delete(sha256));
    if (gone.length) await this.store.write(["thumbs"], drop, "relaxed");
    return missing;
  }

  async #keysOf(name) {
    return new Set((await this.store.bare(name)).map(({ sha256 }) => sha256));
  }

  // One that its author has not sent yet, or that is no picture, comes another day.
  async #fetchOne(wire, sha256) {
    try {
      const thumb = await fetchThumb(wire, sha256);
      if (thumb.byteLength <= MOST_BYTES) await keepThumb(this.store, { sha256, thumb });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    }
  }
}

function withPhotos({ surveys }) {
  const shows = ({ questions }) => Object.values(questions).some(({ kind }) => kind === "photo");
  return Object.keys(surveys).filter((name) => shows(surveys[name]));
}

function photosOf({ values }) {
  return Object.values(values).flat().map((value) => value?.sha256).filter(Boolean);
}

/** Who this tablet is, whose it is, and what it may see: everything `meta` holds, read once and kept in step. */

import { NoNetwork, Wire } from "./wire.js";

const MARK = "fieldapp-enrolled"; // outlives the store, so that an emptied one is not taken for a new tablet

export class Session {
  constructor(store, known) {
    this.store = store;
    Object.assign(this, known);
  }

  /** What the store knows; `device` is null before enrolment. */
  static async load(store) {
    const rows = await store.all("meta");
    const known = Object.fromEntries(rows.map((row) => [row.name, row.value]));
    return new Session(store, { device: null, areas: [], account: null, offset: 0, ...known });
  }

  /** The store came up empty on a tablet that was enrolled: its data is gone. */
  get lost() {
    return !this.device && Boolean(localStorage.getItem(MARK));
  }

  /** A wire that speaks as this tablet. */
  wire(language) {
    return new Wire({ token: this.device?.token ?? null, node: this.node ?? null, language });
  }

  /** Exchange a one-time code for a place on the server. */
  async enrol(code, name, language) {
    const answer = await new Wire({ language }).ask("enrol", { body: { code, name } });
    if (!answer.device || !answer.token) throw new NoNetwork("not an enrolment");
    await this.keep({
      device: { id: answer.device, token: answer.token, author: answer.author, name },
      server_key: answer.server_key,
      account: answer.account,
      areas: answer.areas,
      node: answer.node,
      epoch: this.epoch ?? answer.epoch, // if the server was put back meanwhile, the next hello must show it
      revoked: false,
      ...(await this.#chain(answer.device)),
    });
    localStorage.setItem(MARK, answer.device);
  }

  // Changes carry the number of the device that makes them: a new device id starts its own row of numbers.
  async #chain(device) {
    return this.device?.id === device ? {} : { seq: 0, prev: null, clock: this.clock ?? null };
  }

  /** Keep new values, here and on the disk. */
  async keep(values) {
    await this.store.write(["meta"], (store) => {
      for (const [name, value] of Object.entries(values)) store("meta").put({ name, value });
    });
    Object.assign(this, values);
  }

  /** The village with this id, or null. */
  village(id) {
    return this.areas.find((area) => area.id === id) ?? null;
  }
}

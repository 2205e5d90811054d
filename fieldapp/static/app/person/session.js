/** Who this tablet is, whose it is, and what it may see: everything `meta` holds, read once and kept in step. */

import { hex, unbase64, utf8 } from "../ground/bytes.js";
import { _ } from "../ground/i18n.js";
import { isKey, sealChange, sealDeviceKey, sealPhotoKey } from "../twins/seal.js";
import { whereFull } from "../store/errors.js";
import { STORES } from "../store/stores.js";
import { Vault } from "../store/vault.js";
import { connected, connectingAs } from "../wire/codes.js";
import { NoNetwork, Wire } from "../wire/wire.js";

const UNSENT = new Set(["kept", "waiting"]);

/** The code is for somebody else than the person whose data lie here; `isGood`: it still serves that person. */
export class OthersCode extends Error {
  constructor({ name }, { isGood = false } = {}) {
    super([OTHERS({ name }), isGood && _("This code was not used up.")].filter(Boolean).join(" "));
  }
}

const OTHERS = (values) =>
  _("The data on this tablet belong to %(name)s, and this code was made for another person. Nothing was changed. Ask your administrator for a code for %(name)s. To let another person work here, open “PIN and people” and add that person.", values);

export class Session {
  node; epoch; sealing_key; lock; boxing; harmed; // known from the first enrolment on, and some of them seldom

  constructor(store, known) {
    this.store = store;
    this.device = null;
    this.areas = [];
    this.former = {}; // the name of each village that was given before, by its id
    this.programmes = {}; // the name of each, by the id of its record
    this.start_within = []; // how soon after its approval a house is begun, by the day of the decision
    this.account = null;
    this.offset = 0;
    Object.assign(this, known);
  }

  /**
   * What the store knows, once it is unlocked; `device` is null before enrolment. What of it came to harm, and is in the
   * second copy neither, the server tells again; where that is which device this is, it must be connected again: `harmed`.
   */
  static async load(store) {
    const rows = await store.all("meta");
    const known = Object.fromEntries(rows.map((row) => [row.name, row.value]));
    const { device, courier, lock } = known;
    const isHarmed = [...store.boxes.lost.values()].some(({ name, row }) => name === "meta" && row.name === "device");
    known.harmed = isHarmed || Boolean(device && courier && device.id !== courier.device);
    if (known.harmed) known.device = await (await import("../records/recovery.js")).deviceAgain(store, { account: known.account, courier });
    if (known.device) known.account ??= { name: lock?.label ?? "" };
    return new Session(store, known);
  }

  /** The store came up empty on a tablet that was enrolled: its data is gone. */
  get lost() {
    return !this.device && Boolean(localStorage.getItem(markOf(this.store.name)));
  }

  /** A wire that speaks as this tablet. */
  wire(language) {
    return new Wire({ token: this.device?.token ?? null, node: this.node ?? null, language });
  }

  /**
   * Exchange a one-time code for a place on the server. Nothing is written yet: `settle` does that. Throws OthersCode
   * where this store is another person's already: two people's work must never become one's.
   */
  async connect(code, name, language) {
    const author = this.device?.author;
    const answer = await new Wire({ language }).ask("enrol", { body: { code, name, author, try: connectingAs() } }).catch((error) => {
      throw error.code === "others_code" ? new OthersCode(this.account, { isGood: true }) : error;
    });
    if (!answer.device || !answer.token) throw new NoNetwork("not an enrolment");
    if (author && answer.author !== author) throw new OthersCode(this.account); // a server that does not ask whose it is
    return { ...answer, name };
  }

  /** Take the place a server gave; the store has its key by now. */
  async settle(answer) {
    const { device: id, token, author, name, sealing_key: key } = answer;
    await this.keep({
      device: { id, token, author, name },
      server_key: answer.server_key,
      account: answer.account,
      ...this.given(answer.areas),
      node: answer.node,
      epoch: this.epoch ?? answer.epoch, // if the server was put back meanwhile, the next hello must show it
      revoked: false,
      left_behind: answer.left_behind ?? null,
      courier: { device: id, proof: await courierProof(token) },
      ...this.#chain(id),
    });
    await this.trust((await isKey(key)) ? key : this.sealing_key);
    localStorage.setItem(markOf(this.store.name), id);
    this.harmed = false;
    connected();
  }

  // Changes carry the number of the device that makes them: a new device id starts its own row of numbers. The clock in
  // the store goes on from where it is; what this session read of it when it was opened may be long past.
  #chain(device) {
    return this.device?.id === device ? {} : { seq: 0, prev: null };
  }

  /**
   * Lock with this PIN from now on; `label` is what the lock screen calls this person. What was sealed before stays.
   * The store must be unlocked, or new.
   */
  async lockWith(pin, label) {
    this.store.vault ??= await Vault.create();
    const { sealed = null, kid = null, device = null } = this.lock ?? {};
    const lock = { label, ...(await this.store.vault.wrap(pin)), sealed, kid, device, tries: 0, until: 0 };
    await this.keep({ lock });
  }

  /**
   * The province's key, as the server tells it: what waits is sealed with it, and the key of this store as well, so
   * that a forgotten PIN loses nothing.
   */
  async trust(key) {
    if (!key || !this.lock || !(await isKey(key))) return;
    await this.#sealWaiting(key);
    if (this.lock.kid === key.kid && this.lock.device === this.device.id) return;
    const { id: device } = this.device;
    const { kid, box: sealed } = await sealDeviceKey(key, device, await this.store.vault.bytes());
    await this.keep({ sealing_key: key, lock: { ...this.lock, sealed, kid, device } });
  }

  async #sealWaiting(key) {
    const other = ({ sealed }) => sealed?.kid !== key.kid;
    const changes = (await this.store.bare("changes")).filter((change) => !change.receipt && other(change));
    const photos = (await this.store.bare("photos")).filter((photo) => UNSENT.has(photo.state) && other(photo));
    await this.#seal("changes", changes.map(({ id }) => id), (change) => sealChange(key, change));
    await this.#seal("photos", photos.map(({ sha256 }) => sha256), ({ sha256, key: secret }) => {
      return secret ? sealPhotoKey(key, sha256, unbase64(secret)) : null;
    });
  }

  async #seal(name, ids, how) {
    const whole = (await this.store.some(name, ids)).filter(Boolean);
    const sealed = await Promise.all(whole.map(how));
    if (!whole.length) return;
    const { key } = STORES[name];
    await this.store.write([name], (rows) => whole.forEach((row, i) => rows(name).amend(row[key], { sealed: sealed[i] })));
  }

  /** Keep new values, here and on the disk. */
  async keep(values) {
    await this.store.write(["meta"], (store) => {
      for (const [name, value] of Object.entries(values)) store("meta").put({ name, value });
    });
    Object.assign(this, values);
  }

  /** The same of what the server tells again: on a full tablet it is known until the app is closed. */
  async follow(values) {
    await this.keep(values).catch(whereFull(() => Object.assign(this, values)));
  }

  /** The village with this id, or null. */
  village(id) {
    return this.areas.find((area) => area.id === id) ?? null;
  }

  /** The name of a village, of one that is this person's no more as well: `{name, commune}`, or null. */
  nameOf(id) {
    return this.village(id) ?? this.former[id] ?? null;
  }

  /** Whether what lies in this village is for this person to fill in. */
  looksAfter(id) {
    return !id || Boolean(this.village(id) ?? this.village("*"));
  }

  /** What is to be kept when these villages are given: `{areas, former}`. */
  given(areas) {
    const gone = this.areas.filter(({ id }) => !areas.some((area) => area.id === id));
    const names = gone.map(({ id, name, commune }) => [id, { name, commune }]);
    return { areas, former: { ...this.former, ...Object.fromEntries(names) } };
  }
}

/** The mark that outlives a store, so that an emptied one is not taken for a new tablet. */
export function markOf(name) {
  return `${name}-enrolled`;
}

/** What a tablet proves itself with while it is locked: the server knows the hash of the token, and makes the same. */
export async function courierProof(token) {
  const secret = utf8(hex(await crypto.subtle.digest("SHA-256", utf8(token))));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, utf8("courier")));
}

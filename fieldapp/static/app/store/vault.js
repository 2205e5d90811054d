/**
 * The key of all that is kept of one person, and the PIN that opens it. The key itself is in memory only, while the app
 * is unlocked; on the disk it lies wrapped by a key made of the PIN, and sealed for the province.
 */

import { base64, hex, joined, random, unbase64, utf8 } from "../ground/bytes.js";

/** Rounds of PBKDF2: never fewer, and as many as take about this long here. */
const LEAST_ROUNDS = 600_000;
const MOST_ROUNDS = 10_000_000;
const AIM_MS = 250;
const TRIAL_ROUNDS = 30_000;

const AES = { name: "AES-GCM", length: 256 };
const [SALT, IV] = [16, 12];
const VERSION = 1;

/** From so many wrong PINs on, the next try has to wait: first so long, then twice as long each time. */
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** The PIN does not open this. */
export class WrongPin extends Error {}

/** Digits a PIN has at least, and characters of a passphrase. */
export const PIN_DIGITS = 8;
export const PASSPHRASE_CHARACTERS = 12;

/** Whether it can be told at once: `short`, `spaced` (digits that would do, with spaces between), `easy`, or null when it will do. */
export function weakness(pin) {
  const text = tidy(pin);
  const digits = /^\d+$/.test(text);
  if (text.length < (digits ? PIN_DIGITS : PASSPHRASE_CHARACTERS)) {
    return new RegExp(`^(\\d\\s*){${PIN_DIGITS},}$`).test(text) ? "spaced" : "short";
  }
  return /^(.)\1+$/u.test(text) || "01234567890123456789".includes(text) || "98765432109876543210".includes(text)
    ? "easy"
    : null;
}

// The same words from another keyboard are the same passphrase.
function tidy(pin) {
  return pin.normalize("NFKC").trim();
}

export class Vault {
  constructor(key) {
    this.key = key;
  }

  /** A new key. */
  static async create() {
    return new Vault(await crypto.subtle.generateKey(AES, true, ["encrypt", "decrypt"]));
  }

  /** The key in these 32 bytes. */
  static async of(bytes) {
    return new Vault(await crypto.subtle.importKey("raw", bytes, AES, true, ["encrypt", "decrypt"]));
  }

  /** The key that a PIN opens. Throws WrongPin. */
  static async open({ salt, n, wrapped, digits }, pin) {
    const bytes = unbase64(wrapped);
    const typed = digits ? tidy(pin).replace(/\s/g, "") : pin; // of digits alone, a space among them is a slip
    const outer = await keyOf(typed, unbase64(salt), n);
    const how = { name: "AES-GCM", iv: bytes.slice(0, IV) };
    try {
      const inside = bytes.slice(IV);
      return new Vault(await crypto.subtle.unwrapKey("raw", inside, outer, how, AES, true, ["encrypt", "decrypt"]));
    } catch {
      throw new WrongPin();
    }
  }

  /** What of a lock depends on its PIN: `{version, salt, n, wrapped, digits, sum}`. */
  async wrap(pin) {
    const [salt, iv, n] = [random(SALT), random(IV), await rounds()];
    const outer = await keyOf(pin, salt, n);
    const wrapped = joined(iv, await crypto.subtle.wrapKey("raw", this.key, outer, { name: "AES-GCM", iv }));
    const digits = /^\d+$/.test(tidy(pin));
    return summed({ version: VERSION, salt: base64(salt), n, wrapped: base64(wrapped), digits });
  }

  /** The key itself: to be sealed, and for nothing else. */
  async bytes() {
    return crypto.subtle.exportKey("raw", this.key);
  }

  /** Bytes as `iv | ciphertext`. `place` is where they lie: moved anywhere else they do not open. */
  async box(bytes, place) {
    const iv = random(IV);
    const how = { name: "AES-GCM", iv, additionalData: utf8(place) };
    return joined(iv, await crypto.subtle.encrypt(how, this.key, bytes)).buffer;
  }

  /** The bytes again. Throws OperationError when they are not what was boxed for this place. */
  async unbox(box, place) {
    const how = { name: "AES-GCM", iv: new Uint8Array(box, 0, IV), additionalData: utf8(place) };
    return crypto.subtle.decrypt(how, this.key, new Uint8Array(box, IV));
  }
}

async function keyOf(pin, salt, iterations) {
  const material = await crypto.subtle.importKey("raw", utf8(tidy(pin)), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, material, AES, false, ["wrapKey", "unwrapKey"]);
}

async function rounds() {
  const began = performance.now();
  await keyOf("calibration", random(SALT), TRIAL_ROUNDS);
  const fitting = (TRIAL_ROUNDS * AIM_MS) / Math.max(1, performance.now() - began);
  return Math.round(Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, fitting)));
}

/** A lock with the sum by which harm on the disk is told from a wrong PIN; those of an earlier version have none. */
export async function summed(lock) {
  const { version, salt, n, wrapped, digits } = lock;
  const sum = await crypto.subtle.digest("SHA-256", utf8(JSON.stringify([version, salt, n, wrapped, digits])));
  return { ...lock, sum: hex(sum) };
}

/** Whether a lock is as it was made: one that is not, no PIN opens. */
export async function isWhole(lock) {
  if (!lock?.salt || !lock.n || !lock.wrapped) return false;
  return !lock.sum || lock.sum === (await summed(lock)).sum;
}

// --- tries ---

/** Milliseconds until the next try. A clock that was set back does not make it longer than it ever was. */
export function waitOf({ tries = 0, until = 0 }, now = Date.now()) {
  return Math.min(Math.max(0, until - now), delayOf(tries));
}

/** A lock that has seen one more try, noted before the try is made: whoever ends the app meanwhile gains nothing. */
export function tried(lock, now = Date.now()) {
  const tries = (lock.tries ?? 0) + 1;
  return { ...lock, tries, until: now + delayOf(tries) };
}

function delayOf(tries) {
  return tries < FREE_TRIES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (tries - FREE_TRIES), LONGEST_WAIT_MS);
}

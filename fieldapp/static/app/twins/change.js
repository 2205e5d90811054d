/**
 * A change: some answers of one record, by one author on one device, as a text that is never altered again.
 * The same as sync/change.py; both are held to tests/cases/canonical.json.
 */

import { CLOCK_WRONG_MS } from "../ground/today.js";
import { millisOf, within } from "./clock.js";

export const WITHDRAWN = "_withdrawn";
export const MAX_BYTES = 64 * 1024;
export const MAX_DEPTH = 16;

const BLANKS = /[\t\v\f\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/gu;
const LINE_END = / ?(?:\r\n?|\n) ?/g;
const ENDS = /^[ \n]+|[ \n]+$/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
const [YEAR_1, YEAR_10000] = [-62_135_596_800_000, 253_402_300_800_000];

/** A value that cannot be in a change; `code` says why, in the words of sync/problems.py. */
export class BadChange extends Error {
  constructor(code, question = "") {
    super(question ? `${code} (${question})` : code);
    this.code = code;
    this.question = question;
  }
}

/** The one form of a value: text in NFC, trimmed, blanks single, lines kept; keys sorted. Refuses floats. */
export function canonical(value, depth = 0) {
  if (depth > MAX_DEPTH) throw new BadChange("too_deep");
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return tidy(value);
  if (typeof value === "number") return whole(value);
  if (Array.isArray(value)) return value.map((item) => canonical(item, depth + 1));
  if (typeof value !== "object") throw new BadChange("not_a_value");
  const pairs = Object.entries(value).map(([key, item]) => [tidy(key), canonical(item, depth + 1)]);
  return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function whole(value) {
  if (!Number.isInteger(value)) throw new BadChange("float");
  if (!Number.isSafeInteger(value)) throw new BadChange("not_a_value");
  return value + 0; // never -0
}

function tidy(value) {
  if (value.includes("\0")) throw new BadChange("zero_character");
  if (LONE_SURROGATE.test(value)) throw new BadChange("lone_surrogate");
  return value.normalize("NFC").replace(BLANKS, " ").replace(LINE_END, "\n").replace(ENDS, "");
}

/** A text that is equal for equal canonical values, and different for `1`, `true` and `"1"`. */
export function sameAs(value) {
  return JSON.stringify(sorted(value));
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** The text of a new change; values are made canonical first. Throws BadChange if no node would take it. */
export function encode({
  survey, record, answers, base, stamp, device, seq, prev = null, author, form_version, made_at,
}) {
  const names = Object.keys(base).sort();
  const text = JSON.stringify({
    v: 1,
    survey,
    record,
    answers: canonical(answers),
    base: Object.fromEntries(names.map((question) => [question, [...base[question]].sort()])),
    stamp,
    device,
    seq,
    prev,
    author,
    form_version,
    made_at,
  });
  for (const written of [author, made_at.wall, made_at.tz]) {
    if (tidy(written) !== written) throw new BadChange("not_canonical");
  }
  if (new TextEncoder().encode(text).length > MAX_BYTES) throw new BadChange("too_big");
  return text;
}

/** A change that was checked when it came in or was made, with its `id` and its exact `text`. */
export async function decode(text) {
  return { ...JSON.parse(text), id: await changeId(text), text };
}

/**
 * When a change was made, or the head of an answer given, for people: by its stamp, or by the device's clock put right
 * where that was known to be far off. In milliseconds since 1970.
 */
export function momentOf({ stamp, made_at }) {
  return within(putRight({ made_at }) ?? millisOf(stamp));
}

/** The same by the clock put right; null where that was not known to be far off, or tells no moment of a calendar. */
export function putRight({ made_at: { wall = "", offset_ms: off = 0 } = {} }) {
  const right = Math.abs(off) > CLOCK_WRONG_MS ? Date.parse(wall) + off : NaN;
  return right >= YEAR_1 && right < YEAR_10000 ? right : null;
}

/** Sorts changes, or what is told of them, by when they were made. */
export function byMoment(one, other) {
  return momentOf(one) - momentOf(other) || (one.stamp < other.stamp ? -1 : 1);
}

/** The id of a text: 32 hex digits, the first half of SHA-256 over its UTF-8 bytes. */
export async function changeId(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hex(new Uint8Array(hash, 0, 16));
}

/** A UUIDv7: made on the device, never given out by a server, and in the order of time. */
export function newRecordId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  bytes[0] = 0x70 | (bytes[0] & 0x0f);
  bytes[2] = 0x80 | (bytes[2] & 0x3f);
  const digits = now.toString(16).padStart(12, "0") + hex(bytes);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

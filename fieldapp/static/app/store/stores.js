/**
 * What the tablet's own store holds, and how a row lies on the disk: `open` fields as they are, all others together in
 * one field `box`. Ids, numbers, states and moments are open; whatever tells of a person is not.
 *
 * The store `changes` is never altered after version 1: later versions add stores, and drop none.
 */

import { joined as together, utf8 } from "../ground/bytes.js";
import { markAll } from "./marks.js";

export const VERSION = 2;

const VERDICT = ["verdict", "reason", "at", "batch", "fate"];

/**
 * Store -> key path; its indexes: name -> [key path, many values in one row]; its open fields, of some only `within`;
 * the rows that lie `clear` as a whole, by key; the field that is `binary`; the one that lies `grouped`: most of its
 * keys have one value in common;
 * `again`: what was lost of it comes again, from the server or from other rows;
 * `copied`: what a row of it, or all of its rows, are called in the second copy, from which they come again; `closed`: what is noted in the open
 * fields of one that opens in neither.
 */
export const STORES = {
  // One row for each thing known: the device, the account, the areas, the clock …
  meta: {
    key: "name",
    open: ["name"],
    clear: [
      ...["lock", "courier", "sealing_key", "node", "epoch", "seq", "prev", "clock", "offset", "told_at"],
      ...["loss", "refold", "boxing", "photos_go", "evicted"],
    ],
    copied: "tablet",
  },
  // Made here; each with its receipt.
  changes: {
    key: "id",
    indexes: { seq: ["seq"], record: ["record"] },
    open: [
      ...["id", "seq", "record", "survey", "stamp", "made_at", "tried_at"],
      ...["damaged", "settled", "receipt", "earlier", "sealed"],
    ],
    within: { receipt: VERDICT, earlier: VERDICT },
    copied: "change",
    closed: ({ receipt, sealed }) => (receipt || sealed ? {} : { damaged: true }),
  },
  // Unfinished forms.
  drafts: { key: "id", indexes: { record: ["record"] }, open: ["id", "record", "survey", "changed_at"], copied: "draft" },
  // Taken here: what is known of each.
  photos: {
    key: "sha256",
    open: [
      ...["sha256", "record", "change", "type", "bytes", "width", "height", "count"],
      ...["taken_at", "state", "sent", "received_at", "refused", "sealed", "let_go"],
    ],
    binary: "thumb",
    copied: "photo",
  },
  // Their bytes, at most 60 KB a row: larger values become loose files, which cleaner apps delete.
  parts: { key: ["sha256", "i"], open: ["sha256", "i", "bytes"] },
  // Changes made elsewhere since the first download.
  pulled: { key: "id", indexes: { record: ["record"] }, open: ["id", "record"], again: true },
  // Folded; made again at will.
  records: {
    key: "id",
    indexes: { survey_area: ["survey_area"], refs: ["refs", true] },
    open: ["id", "survey", "area", "survey_area", "refs", "ids", "withdrawn", "changed", "ahead", "evicted"],
    grouped: "heads",
    again: true,
  },
  // What lists need of the records of a survey in a village, and the mark under which that was read; see marks.js.
  lists: { key: "id", open: ["id", "of", "build"], again: true },
  marks: { key: "id", open: ["id", "of"] },
  // How far each area was read.
  cursors: { key: "area", open: ["area", "epoch", "position", "page", "whole", "more"] },
  // Small pictures of photos taken elsewhere.
  thumbs: { key: "sha256", open: ["sha256"], binary: "thumb", again: true },
};

/** Make in a database what of this it does not have yet. `before`: its version, 0 for a new one. */
export function upgrade(database, transaction, before) {
  for (const [name, { key, indexes = {} }] of Object.entries(STORES)) {
    if (database.objectStoreNames.contains(name)) continue;
    const store = database.createObjectStore(name, { keyPath: key });
    for (const [index, [path, many]] of Object.entries(indexes)) {
      store.createIndex(index, path, { multiEntry: Boolean(many) });
    }
  }
  if (before === 1) markAll(transaction);
}

/** A row as its open fields and the others. */
export function parted(name, row) {
  const { key, open, within = {}, clear = [] } = STORES[name];
  if (clear.includes(row[key])) return { lying: { ...row }, rest: {} };
  const lying = pick(row, open);
  const rest = pick(row, Object.keys(row).filter((field) => !open.includes(field) && field !== "box"));
  for (const [field, inner] of Object.entries(within)) {
    if (!row[field]) continue;
    lying[field] = pick(row[field], inner);
    const more = pick(row[field], Object.keys(row[field]).filter((each) => !inner.includes(each)));
    if (Object.keys(more).length) rest[field] = more;
  }
  return { lying, rest };
}

/** Where a row lies: what is boxed there opens nowhere else. */
export function placeOf(name, row) {
  return [name, ...[STORES[name].key].flat().map((field) => row[field]), 1].join("|");
}

/** The fields that are not open as bytes: JSON, with its length before it and bytes after it where a store has any. */
export function packed(name, rest) {
  const { binary, grouped } = STORES[name];
  if (grouped && rest[grouped]) return utf8(JSON.stringify({ ...rest, [grouped]: groups(rest[grouped]) }));
  if (!binary) return utf8(JSON.stringify(rest));
  const { [binary]: bytes, ...others } = rest;
  const text = utf8(JSON.stringify(others));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length);
  return together(length, text, bytes ?? new ArrayBuffer());
}

/** The same fields again. */
export function unpacked(name, bytes) {
  const { binary, grouped } = STORES[name];
  if (!binary) return parsed(new TextDecoder().decode(bytes), grouped);
  const start = 4 + new DataView(bytes).getUint32(0);
  const rest = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, start - 4)));
  return bytes.byteLength > start ? { ...rest, [binary]: bytes.slice(start) } : rest;
}

function parsed(text, grouped) {
  const rest = JSON.parse(text);
  return grouped && rest[grouped] ? { ...rest, [grouped]: ungrouped(rest[grouped]) } : rest;
}

// Each value once, with its keys: `[[value, [key, …]], …]`. The values are lists of texts without commas.
function groups(object) {
  const by = Map.groupBy(Object.entries(object), ([, value]) => String(value));
  return [...by.values()].map((pairs) => [pairs[0][1], pairs.map(([key]) => key)]);
}

function ungrouped(all) {
  return Object.fromEntries(all.flatMap(([value, keys]) => keys.map((key) => [key, value])));
}

/** The row again. */
export function joined(name, { box, ...lying }, rest) {
  const row = { ...lying, ...rest };
  for (const field of Object.keys(STORES[name].within ?? {})) {
    if (lying[field]) row[field] = { ...lying[field], ...rest[field] };
    else if (field in lying) row[field] = lying[field];
  }
  return row;
}

function pick(row, fields) {
  const there = fields.filter((field) => row[field] !== undefined);
  return Object.fromEntries(there.map((field) => [field, row[field]]));
}

/** The parts of 60 KiB that photos are stored in: a browser keeps them inside its database, and larger values as files beside it. */

export const PART = 60 * 1024;

/** The rows of a photo's parts as they lie, without those that are lost. */
export async function partRows(store, { sha256, count }) {
  const found = await Promise.all(range(count).map((i) => store.rawOne("parts", [sha256, i])));
  return found.filter(Boolean);
}

/** The keys of all parts of a photo. */
export function partsOf(sha256) {
  return IDBKeyRange.bound([sha256, 0], [sha256, Infinity]);
}

/** Bytes as the parts the store keeps them in. */
export function cut(bytes) {
  return range(Math.ceil(bytes.byteLength / PART)).map((i) => partOf(bytes, i));
}

/** One part out of the whole photo. */
export function partOf(bytes, i) {
  return bytes.slice(i * PART, (i + 1) * PART);
}

/** How many bytes of a photo lie in one of its parts. */
export function partSize({ bytes }, i) {
  return Math.min(PART, bytes - i * PART);
}

function range(n) {
  return Array.from({ length: n }, (_value, i) => i);
}

/** Photos whose parts came to harm on the disk: laid again from the second copy, where that is whole. */

import { lyingParts } from "./copy.js";
import { checked, whole } from "./photos.js";

/** The bytes of a photo, or null where neither the store nor the second copy has them as they were. */
export async function wholeOrMended(store, { sha256 }) {
  return (await whole(store, { sha256 })) ?? mended(store, sha256);
}

async function mended(store, sha256) {
  const [photo, row] = [await store.get("photos", sha256), await store.rawOne("photos", sha256)];
  if (!photo) return null;
  const lying = lyingParts(row, await store.copy.bytes(sha256));
  const parts = lying.map((bytes, i) => ({ sha256, i, bytes }));
  const bytes = await checked(photo, parts);
  if (bytes) await store.write(["parts"], (rows) => parts.forEach((part) => rows("parts").lay(part)));
  return bytes;
}

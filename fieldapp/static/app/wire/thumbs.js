/** Small pictures of photos, fetched from the server and kept to be seen without network. */

import { NoNetwork } from "./wire.js";

const END_OF_JPEG = 0xffd9;

/** The small picture of a photo, from the server. Throws NoNetwork when it did not come whole. */
export async function fetchThumb(wire, sha256) {
  const bytes = await wire.picture(`blob/${sha256}?size=thumb`);
  if (!endsAsJpeg(bytes)) throw new NoNetwork("half a picture");
  return bytes;
}

function endsAsJpeg(bytes) {
  return bytes.byteLength > 2 && new DataView(bytes).getUint16(bytes.byteLength - 2) === END_OF_JPEG;
}

/** Keep a small picture, `{sha256, thumb}`: the server has it again at any time. */
export function keepThumb(store, row) {
  return store.write(["thumbs"], (rows) => rows("thumbs").put(row), "relaxed");
}

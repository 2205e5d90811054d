/** Small pictures of photos, fetched from the server and kept to be seen without network. */

/** The small picture of a photo, from the server. */
export function fetchThumb(wire, sha256) {
  return wire.picture(`blob/${sha256}?size=thumb`);
}

/** Keep a small picture, `{sha256, thumb}`: the server has it again at any time. */
export function keepThumb(store, row) {
  return store.write(["thumbs"], (rows) => rows("thumbs").put(row), "relaxed");
}

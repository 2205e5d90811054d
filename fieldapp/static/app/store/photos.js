/** Photos: read at once, shrunk, hashed, kept in parts small enough to stay inside the store. */

import { base64, hex, random, unbase64 } from "../ground/bytes.js";
import { decoded, dimensions } from "../ground/images.js";
import { pause } from "../ground/pause.js";
import { sealPhotoKey } from "../twins/seal.js";
import { cut, partRows } from "./pieces.js";
import { Vault } from "./vault.js";

const AIM_BYTES = 200 * 1024;
const THUMB = 240;
const MOST_PIXELS = 64_000_000; // decoded, each is four bytes of memory
const MANY_PIXELS = 24_000_000;

/**
 * The longest side and the quality to try, until one is small enough; and of the first, the least share each may come
 * to: one that could not be small enough is not tried.
 */
const TRIES = [
  [1600, 0.82, 1],
  [1600, 0.72, 0.7],
  [1600, 0.62, 0.55],
  [1600, 0.5, 0.45],
  [1280, 0.5, 0.3],
  [1024, 0.4, 0],
];
const LONGEST = TRIES[0][0];

/** The file a person chose is no picture the browser can open. */
export class NotAPhoto extends Error {}

/** The picture has more pixels than a tablet can hold at once. */
export class PhotoTooLarge extends Error {
  constructor({ width, height }) {
    super();
    this.megapixels = Math.round((width * height) / 1_000_000);
  }
}

/**
 * A chosen file as what a change names, `name: {sha256, type, bytes, width, height}`, and what the store keeps, `parts`
 * and `thumb`. The bytes are read before anything else: the camera's file may be gone a moment later. `onSeen(canvas)`
 * is called with the small picture long before the large one is ready.
 * @param {File} file @param {(canvas: HTMLCanvasElement) => void} onSeen
 */
export async function take(file, onSeen = () => {}) {
  const original = await file.arrayBuffer();
  const little = await opened(original, THUMB);
  onSeen(little);
  await pause();
  const { blob, width, height } = await shrunk(await opened(original, LONGEST));
  const bytes = await blob.arrayBuffer();
  const name = { sha256: await hashOf(bytes), type: "image/jpeg", bytes: bytes.byteLength, width, height };
  return { name, parts: cut(bytes), thumb: await small(little) };
}

/** The small picture of a photo, drawn anew. */
export async function thumbOf(bytes) {
  return small(await opened(bytes, THUMB));
}

/**
 * What the store keeps of a photo: its row and the rows of its parts. `record` is the one that names it; it was taken
 * `at`. Each photo has a key of its own, sealed with `sealing`, the province's: its parts are sent as they lie.
 */
export async function rows({ name, parts, thumb }, record, at, sealing = null) {
  const { key, kept } = await closed(name.sha256, parts.map((bytes, i) => ({ i, bytes })));
  const sealed = await sealPhotoKey(sealing, name.sha256, unbase64(key));
  const known = { ...name, record, thumb, key, sealed, count: parts.length, taken_at: at };
  return { photo: { ...known, state: "kept", sent: 0 }, parts: kept };
}

/** Parts of a photo, `{i, bytes}`, under a new key: `{key, kept}`, the key in base64 and the rows to keep. */
export async function closed(sha256, parts) {
  const secret = random(32);
  const vault = await Vault.of(secret);
  const boxes = await Promise.all(parts.map(({ i, bytes }) => vault.box(bytes, `${sha256}|${i}`)));
  return { key: base64(secret), kept: parts.map(({ i }, at) => ({ sha256, i, bytes: boxes[at] })) };
}

/** The whole photo again, or null when its bytes are not what they were. */
export async function whole(store, { sha256 }) {
  const photo = await store.get("photos", sha256);
  return photo ? checked(photo, await partRows(store, photo)) : null;
}

/** The whole photo out of the rows of its parts, or null when its bytes are not what they were. */
export async function checked(photo, parts) {
  if (parts.length < photo.count) return null;
  const bytes = await new Blob(await unboxed(photo, parts).catch(() => [])).arrayBuffer();
  return (await hashOf(bytes)) === photo.sha256 ? bytes : null;
}

// A photo without a key is one of an earlier version: its parts lie open.
async function unboxed({ sha256, key }, parts) {
  if (!key) return parts.map(({ bytes }) => bytes);
  const vault = await Vault.of(unbase64(key));
  return Promise.all(parts.map(({ i, bytes }) => vault.unbox(bytes, `${sha256}|${i}`)));
}

/** An address an `<img>` can show; the caller gives it back with `URL.revokeObjectURL`. */
export function address(bytes, type = "image/jpeg") {
  return URL.createObjectURL(new Blob([bytes], { type }));
}

// The picture in a file, at most `longest` pixels long. What was decoded is let go of at once: it may fill 190 MB. Drawing
// it also turns it upright, and leaves behind what the camera wrote into the file, such as its position.
async function opened(bytes, longest) {
  const size = dimensions(bytes);
  const pixels = size ? size.width * size.height : 0;
  if (pixels > MOST_PIXELS) throw new PhotoTooLarge(size);
  const picture = await decoded(bytes, longest).catch(() => {
    throw pixels > MANY_PIXELS ? new PhotoTooLarge(size) : new NotAPhoto();
  });
  try {
    return drawn(picture, longest);
  } finally {
    picture.close();
  }
}

function drawn(picture, longest) {
  const [width, height] = [picture.displayWidth ?? picture.width, picture.displayHeight ?? picture.height];
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "white"; // what lies behind a picture that is partly transparent: a JPEG would make it black
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function small(canvas) {
  return (await encoded(canvas, 0.7)).arrayBuffer();
}

async function shrunk(canvas) {
  let [first, tried] = [0, null];
  for (const [longest, quality, share] of TRIES) {
    if (first * share > AIM_BYTES) continue;
    const { width, height } = canvas;
    const image = Math.max(width, height) > longest ? drawn(canvas, longest) : canvas;
    tried = { blob: await encoded(image, quality), width: image.width, height: image.height };
    if (tried.blob.size <= AIM_BYTES) break;
    first ||= tried.blob.size;
  }
  return tried;
}

function encoded(canvas, quality) {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

async function hashOf(bytes) {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

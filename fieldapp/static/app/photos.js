/** Photos: read at once, shrunk, hashed, kept in parts small enough to stay inside the store. */

const LONGEST = 1600;
const AIM_BYTES = 200 * 1024;
const PART = 60 * 1024;
const THUMB = 240;
const QUALITIES = [0.82, 0.72, 0.62, 0.5, 0.4];

/** The file a person chose is no picture the browser can open. */
export class NotAPhoto extends Error {}

/**
 * A chosen file as what a change names, `name: {sha256, type, bytes, width, height}`, and what the store keeps, `parts`
 * and `thumb`. The bytes are read before anything else: the camera's file may be gone a moment later.
 */
export async function take(file) {
  const original = new Blob([await file.arrayBuffer()]);
  const picture = await open(original);
  try {
    const { blob, width, height } = await shrink(picture);
    const bytes = await blob.arrayBuffer();
    const thumb = await small(picture);
    const name = { sha256: await sha256(bytes), type: "image/jpeg", bytes: bytes.byteLength, width, height };
    return { name, parts: cut(bytes), thumb };
  } finally {
    picture.close();
  }
}

/** The small picture of a photo, drawn anew. */
export async function thumbOf(bytes) {
  const picture = await open(new Blob([bytes]));
  try {
    return await small(picture);
  } finally {
    picture.close();
  }
}

/** What the store keeps of a photo: its row and the rows of its parts. `record` is the one that names it. */
export function rows({ name, parts, thumb }, record) {
  return {
    photo: { ...name, record, thumb, count: parts.length, taken_at: new Date().toISOString(), state: "kept", sent: 0 },
    parts: parts.map((bytes, i) => ({ sha256: name.sha256, i, bytes })),
  };
}

/** The whole photo again, or null when its bytes are not what they were. */
export async function whole(store, photo) {
  const parts = await Promise.all(range(photo.count).map((i) => store.get("parts", [photo.sha256, i])));
  if (parts.some((part) => !part)) return null;
  const bytes = await new Blob(parts.map((part) => part.bytes)).arrayBuffer();
  return (await sha256(bytes)) === photo.sha256 ? bytes : null;
}

/** How many bytes of a photo lie in one of its parts. */
export function partSize({ bytes }, i) {
  return Math.min(PART, bytes - i * PART);
}

/** An address an `<img>` can show; the caller gives it back with `URL.revokeObjectURL`. */
export function address(bytes, type = "image/jpeg") {
  return URL.createObjectURL(new Blob([bytes], { type }));
}

async function open(blob) {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new NotAPhoto();
  }
}

async function small(picture) {
  return (await draw(picture, THUMB, 0.7)).blob.arrayBuffer();
}

async function shrink(picture) {
  let drawn;
  for (const quality of QUALITIES) {
    drawn = await draw(picture, LONGEST, quality);
    if (drawn.blob.size <= AIM_BYTES) break;
  }
  return drawn;
}

// Drawing anew also turns the picture upright, and leaves behind what the camera wrote into it, such as its position.
async function draw(picture, longest, quality) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  return { blob, width: canvas.width, height: canvas.height };
}

/** Bytes as the parts the store keeps them in. */
export function cut(bytes) {
  return range(Math.ceil(bytes.byteLength / PART)).map((i) => bytes.slice(i * PART, (i + 1) * PART));
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function range(n) {
  return Array.from({ length: n }, (_value, i) => i);
}

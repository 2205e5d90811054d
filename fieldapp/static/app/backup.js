/**
 * The backup file: everything this tablet made and nobody has confirmed, as lines of JSON, compressed. The last line
 * seals the others with the token of the tablet, of which the server knows the hash: what is altered, cut off or made
 * elsewhere is told from it.
 */

import { waiting } from "./outbox.js";
import { cut, whole } from "./photos.js";
import { gathered, unsentPhotos } from "./recovery.js";

const FORMAT = 1;

/** The file as a Blob, and its name. Drafts are in it too: an unfinished form is work as well. */
export async function backup({ store, session }) {
  const [changes, drafts, photos] = await Promise.all([waiting(store), store.all("drafts"), unsentPhotos(store)]);
  return file(session, { changes, drafts, photos, bytesOf: (photo) => whole(store, photo) });
}

/** The same from the second copy, for when the store cannot be read; null when there is none. */
export async function backupOfCopy(copy) {
  const { who, ...found } = gathered((await copy.read()).entries);
  if (!who) return null;
  const [changes, drafts, photos] = [found.changes, found.drafts, found.photos].map((each) => [...each.values()]);
  const bytesOf = ({ sha256 }) => copy.bytes(sha256);
  return file(who, { changes: changes.map(({ change }) => change), drafts, photos, bytesOf });
}

async function file({ device, node, epoch }, { changes, drafts, photos, bytesOf }) {
  const lines = [{ format: FORMAT, device: device.id, node, epoch, made_at: new Date().toISOString() }];
  for (const { text } of changes) lines.push({ change: text });
  for (const draft of drafts) lines.push({ draft });
  for (const photo of photos) lines.push(...partLines(photo, await bytesOf(photo)));
  const body = new Blob(lines.map((line) => `${JSON.stringify(line)}\n`));
  const seal = await sealed(device.token, await body.arrayBuffer());
  const stream = new Blob([body, `${JSON.stringify({ seal })}\n`]).stream().pipeThrough(new CompressionStream("gzip"));
  return { blob: await new Response(stream).blob(), name: `phieu-${device.id}-${stampOfDay()}.jsonl.gz` };
}

function partLines({ sha256, type }, bytes) {
  const parts = bytes ? cut(bytes) : [];
  return parts.map((part, i) => ({ photo: sha256, type, i, of: parts.length, base64: base64(part) }));
}

async function sealed(token, bytes) {
  const secret = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  const hash = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(hex(secret)), hash, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, bytes));
}

function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

function stampOfDay() {
  return new Date().toISOString().slice(0, 16).replace(/[-:T]/g, "");
}

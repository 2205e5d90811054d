/** The backup file: everything this tablet made and nobody has confirmed, as lines of JSON, compressed. */

import { waiting, waitingPhotos } from "./outbox.js";

const FORMAT = 1;

/** The file as a Blob, and its name. Drafts are in it too: an unfinished form is work as well. */
export async function backup({ store, session }) {
  const { device, node, epoch } = session;
  const lines = [{ format: FORMAT, device: device.id, node, epoch, made_at: new Date().toISOString() }];
  for (const change of await waiting(store)) lines.push({ change: change.text });
  for (const draft of await store.all("drafts")) lines.push({ draft });
  for (const photo of await unsentPhotos(store)) lines.push(...(await partLines(store, photo)));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`);
  const stream = new Blob(text).stream().pipeThrough(new CompressionStream("gzip"));
  return { blob: await new Response(stream).blob(), name: `phieu-${device.id}-${stampOfDay()}.jsonl.gz` };
}

async function unsentPhotos(store) {
  const kept = (await store.all("photos")).filter((photo) => photo.state === "kept");
  return [...(await waitingPhotos(store)), ...kept];
}

async function partLines(store, { sha256, count, type }) {
  const lines = [];
  for (let i = 0; i < count; i += 1) {
    const part = await store.get("parts", [sha256, i]);
    if (part) lines.push({ photo: sha256, type, i, of: count, base64: base64(part.bytes) });
  }
  return lines;
}

function base64(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

function stampOfDay() {
  return new Date().toISOString().slice(0, 16).replace(/[-:T]/g, "");
}

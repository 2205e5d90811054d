/**
 * The backup file: everything this tablet made and nobody has confirmed, as lines of JSON, compressed. It lies among the
 * downloads, where anybody may read it: finished work is in it as sealed for the province, drafts as they lie. The last
 * line seals the others with what the tablet proves itself with: what is altered, cut off or made elsewhere is told from
 * it.
 */

import { base64, hex, utf8 } from "../ground/bytes.js";
import { trueMoment } from "../ground/today.js";
import { sealChange } from "../twins/seal.js";
import { lyingParts } from "../store/copy.js";
import { wholeOrMended } from "../store/mending.js";
import { cut, partRows } from "../store/pieces.js";
import { gathered, unsentPhotos } from "../records/recovery.js";
import { courierProof } from "./session.js";

const FORMAT = 2;

/** The file as a Blob, and its name. Drafts are in it too: an unfinished form is work as well. */
export async function backup({ store, session }) {
  const waiting = (await store.raw("changes", { index: "seq" })).filter(({ receipt }) => !receipt);
  const readable = await store.some("changes", waiting.map(({ id }) => id));
  const sealed = waiting.map(async (lying, i) => {
    const change = readable[i] ?? lying; // one that was damaged goes along as it lies
    return { ...change, sealed: change.sealed ?? (change.text && (await sealChange(session.sealing_key, change))) };
  });
  const [changes, drafts, photos] = await Promise.all([Promise.all(sealed), store.raw("drafts"), unsentPhotos(store)]);
  return file(session, { changes, drafts, photos, partsOf: (photo) => sendableParts(store, photo) });
}

async function sendableParts(store, photo) {
  const bytes = await wholeOrMended(store, photo);
  if (photo.sealed) return (await partRows(store, photo)).map((part) => part.bytes);
  return bytes ? cut(bytes) : [];
}

/** The same from the second copy, for when the store cannot be read; null when there is none. It needs no PIN. */
export async function backupOfCopy(copy) {
  const { who, ...found } = gathered((await copy.read()).entries);
  if (!who) return null;
  const [changes, drafts, photos] = [found.changes, found.drafts, found.photos].map((each) => [...each.values()]);
  /** @type {any} */
  const known = Object.fromEntries(who.map(({ name, value }) => [name, value]));
  const partsOf = async (photo) => lyingParts(photo, await copy.bytes(photo.sha256));
  return file(known, { changes: changes.map(({ change }) => change), drafts, photos, partsOf });
}

async function file({ device, courier, lock, node, epoch, offset, told_at }, { changes, drafts, photos, partsOf }) {
  const { device: id, proof } = courier ?? { device: device.id, proof: await courierProof(device.token) };
  const made_at = trueMoment({ offset, told_at });
  /** @type {object[]} */
  const lines = [{ format: FORMAT, device: id, node, epoch, key: lock?.sealed ?? "", made_at }];
  for (const change of changes) lines.push(changeLine(change));
  for (const draft of drafts) lines.push({ draft: { id: draft.id, ...(draft.box ? { box: base64(draft.box) } : draft) } });
  for (const photo of photos) lines.push(...partLines(photo, await partsOf(photo)));
  const body = new Blob(lines.map((line) => `${JSON.stringify(line)}\n`));
  const seal = await sealOf(proof, await body.arrayBuffer());
  const stream = new Blob([body, `${JSON.stringify({ seal })}\n`]).stream().pipeThrough(new CompressionStream("gzip"));
  return { blob: await new Response(stream).blob(), name: `phieu-${id}-${stampOf(made_at)}.jsonl.gz` };
}

// What is neither sealed nor open lies in its box: with `key` of the first line the province can open that as well.
function changeLine({ id, text, sealed, box }) {
  if (sealed) return { sealed: { id, ...sealed } };
  return text ? { change: text } : { boxed: { id, box: base64(box) } };
}

function partLines({ sha256, type, sealed }, parts) {
  const key = sealed?.box ?? "";
  return parts.map((part, i) => ({ photo: sha256, type, i, of: parts.length, key, base64: base64(part) }));
}

async function sealOf(proof, bytes) {
  const key = await crypto.subtle.importKey("raw", utf8(proof), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, bytes));
}

function stampOf(moment) {
  return moment.slice(0, 16).replace(/[-:T]/g, "");
}

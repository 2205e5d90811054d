/**
 * The second copy, inside its worker: only a worker can write a file of the browser's own folder and wait until the disk
 * has it.
 *
 * `log` is a text: a line for each entry, `length checksum json`, only ever added to. A line that was cut off or altered
 * is told from its length and checksum and costs itself alone. Photos are files of their own, named by their SHA-256,
 * each with the hash of what it holds at its head. What tells of a person comes boxed, and lies so.
 * Cleaning writes `next` first, then `log` anew: whenever that is cut off, one of the two is whole.
 */

import { base64, hex, joined, unbase64, utf8 } from "../ground/bytes.js";

const [LOG, NEXT, EVIDENCE] = ["log", "next", "damaged"];
const LINE = /^(\d+) ([0-9a-f]{16}) (.*)$/;
const NEWLINE = 10;
const HASH = 32; // bytes of SHA-256 before those of a photo
const BYTES = "$bytes"; // what stands for bytes in a line of JSON

const JOBS = { add, read, rewrite, keepPhoto, photo, photos, forgetPhotos, forgetEvidence };

self.onmessage = ({ data: { number, folder, job, values } }) => {
  const done = navigator.locks.request("copy", async () => JOBS[job](await folderOf(folder), ...values));
  done.then(
    (result) => self.postMessage({ number, result }),
    (error) => self.postMessage({ number, problem: `${error.name}: ${error.message}` }),
  );
};

/** Add entries at the end; gives the size of the log in bytes. */
async function add(place, entries) {
  const text = await textOf(entries);
  return opened(place, LOG, (file) => {
    const end = file.getSize();
    return write(file, utf8(tornAt(file, end) ? `\n${text}` : text), end);
  });
}

/** Every whole entry in its order, and how many lines were no more what was written. */
async function read(place) {
  const lines = [...(await linesOf(place, LOG)), ...(await linesOf(place, NEXT))];
  const entries = await Promise.all(lines.map(entryOf));
  const whole = entries.filter((entry) => entry !== null);
  return { entries: whole, damaged: lines.length - whole.length };
}

/** Put these in the place of all entries; gives the size, and how many damaged lines there were: they are set aside. */
async function rewrite(place, entries) {
  const { damaged } = await read(place);
  if (damaged) await put(place, EVIDENCE, utf8((await linesOf(place, LOG)).join("\n")));
  const bytes = utf8(await textOf(entries));
  await put(place, NEXT, bytes);
  await put(place, LOG, bytes);
  // Kept, not removed: the browser does not wait for the disk with its list of files.
  await put(place, NEXT, new Uint8Array());
  return { size: bytes.length, damaged };
}

/** Keep the bytes of a photo, after their hash. */
async function keepPhoto(place, sha256, bytes) {
  await put(place, `photo-${sha256}`, joined(await hash(bytes), bytes));
}

/** The bytes of a photo, or null when they are not here, or not what they were. */
async function photo(place, sha256) {
  const all = await contentOf(place, `photo-${sha256}`);
  if (!all) return null;
  const [kept, bytes] = [all.subarray(0, HASH), all.slice(HASH)];
  if (hex(kept) === hex(await hash(bytes))) return bytes.buffer;
  return hex(await hash(all)) === sha256 ? all.buffer : null; // an earlier version kept the photo itself
}

/** The photos that are here: `[sha256, bytes]`. */
async function photos(place) {
  const found = [];
  for await (const [name, handle] of place) {
    if (name.startsWith("photo-")) found.push([name.slice(6), (await handle.getFile()).size - HASH]);
  }
  return found;
}

/** Let go of photos. */
async function forgetPhotos(place, names) {
  for (const name of names) await place.removeEntry(`photo-${name}`);
}

/** Let go of damaged lines that were set aside. */
async function forgetEvidence(place) {
  await place.removeEntry(EVIDENCE).catch(() => null); // there may be none
}

// --- lines ---

async function textOf(entries) {
  return (await Promise.all(entries.map(lineOf))).join("");
}

async function lineOf(entry) {
  const json = JSON.stringify(entry, (_name, value) => (value instanceof ArrayBuffer ? { [BYTES]: base64(value) } : value));
  const bytes = utf8(json);
  return `${bytes.length} ${hex(await hash(bytes)).slice(0, 16)} ${json}\n`;
}

async function entryOf(line) {
  const [, length, checksum, json] = LINE.exec(line) ?? [];
  const bytes = utf8(json ?? "");
  const whole = bytes.length === Number(length) && hex(await hash(bytes)).startsWith(checksum);
  return whole ? JSON.parse(json, (_name, value) => (value?.[BYTES] ? unbase64(value[BYTES]).buffer : value)) : null;
}

async function linesOf(place, name) {
  const bytes = await contentOf(place, name);
  return bytes ? new TextDecoder().decode(bytes).split("\n").filter(Boolean) : [];
}

async function hash(bytes) {
  return crypto.subtle.digest("SHA-256", bytes);
}

// --- files ---

async function folderOf(name) {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

async function opened(place, name, work) {
  const handle = await place.getFileHandle(name, { create: true });
  const file = await handle.createSyncAccessHandle();
  try {
    return work(file);
  } finally {
    file.close();
  }
}

async function contentOf(place, name) {
  const handle = await place.getFileHandle(name).catch(() => null);
  return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

async function put(place, name, bytes) {
  return opened(place, name, (file) => {
    file.truncate(0);
    return write(file, bytes, 0);
  });
}

// All of it on the disk, or nothing: a full tablet may take half.
function write(file, bytes, at) {
  const taken = written(file, bytes, at);
  if (taken < bytes.length) {
    file.truncate(at);
    throw new DOMException("no room", "QuotaExceededError");
  }
  file.flush();
  return file.getSize();
}

function written(file, bytes, at) {
  try {
    return file.write(bytes, { at });
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    return 0;
  }
}

// A line without an end was being written when the tablet went off: what follows begins on a line of its own.
function tornAt(file, end) {
  const last = new Uint8Array(1);
  return end > 0 && file.read(last, { at: end - 1 }) === 1 && last[0] !== NEWLINE;
}

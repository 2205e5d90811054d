/**
 * The second copy, inside its worker: only a worker can write a file of the browser's own folder and wait until the disk
 * has it.
 *
 * `log` is a text: a line for each entry, `length checksum json`, only ever added to. A line that was cut off or altered
 * is told from its length and checksum and costs itself alone. Photos are files of their own, named by their SHA-256.
 * Cleaning writes `next` first, then `log` anew: whenever that is cut off, one of the two is whole.
 */

const [FOLDER, LOG, NEXT, EVIDENCE] = ["copy", "log", "next", "damaged"];
const LINE = /^(\d+) ([0-9a-f]{16}) (.*)$/;
const NEWLINE = 10;

const JOBS = { add, read, rewrite, keepPhoto, photo, photos, forgetPhotos };

self.onmessage = ({ data: { number, job, values } }) => {
  const done = navigator.locks.request("copy", () => JOBS[job](...values));
  done.then(
    (result) => self.postMessage({ number, result }),
    (error) => self.postMessage({ number, problem: `${error.name}: ${error.message}` }),
  );
};

/** Add entries at the end; gives the size of the log in bytes. */
async function add(entries) {
  const text = await textOf(entries);
  return opened(LOG, (file) => {
    const end = file.getSize();
    return write(file, new TextEncoder().encode(tornAt(file, end) ? `\n${text}` : text), end);
  });
}

/** Every whole entry in its order, and how many lines were no more what was written. */
async function read() {
  const lines = [...(await linesOf(LOG)), ...(await linesOf(NEXT))];
  const entries = await Promise.all(lines.map(entryOf));
  const whole = entries.filter((entry) => entry !== null);
  return { entries: whole, damaged: lines.length - whole.length };
}

/** Put these in the place of all entries; gives the size, and how many damaged lines there were: they are set aside. */
async function rewrite(entries) {
  const { damaged } = await read();
  if (damaged) await put(EVIDENCE, new TextEncoder().encode((await linesOf(LOG)).join("\n")));
  const bytes = new TextEncoder().encode(await textOf(entries));
  await put(NEXT, bytes);
  await put(LOG, bytes);
  await put(NEXT, new Uint8Array()); // kept, not removed: the browser does not wait for the disk with its list of files
  return { size: bytes.length, damaged };
}

/** Keep the bytes of a photo. */
async function keepPhoto(sha256, bytes) {
  await put(`photo-${sha256}`, new Uint8Array(bytes));
}

/** The bytes of a photo, or null when they are not here, or not what they were. */
async function photo(sha256) {
  const bytes = await contentOf(`photo-${sha256}`);
  return bytes && (await digest(bytes)) === sha256 ? bytes.buffer : null;
}

/** The photos that are here: `[sha256, bytes]`. */
async function photos() {
  const found = [];
  for await (const [name, handle] of await folder()) {
    if (name.startsWith("photo-")) found.push([name.slice(6), (await handle.getFile()).size]);
  }
  return found;
}

/** Let go of photos. */
async function forgetPhotos(names) {
  const place = await folder();
  for (const name of names) await place.removeEntry(`photo-${name}`);
}

// --- lines ---

async function textOf(entries) {
  return (await Promise.all(entries.map(lineOf))).join("");
}

async function lineOf(entry) {
  const json = JSON.stringify(entry);
  const bytes = new TextEncoder().encode(json);
  return `${bytes.length} ${(await digest(bytes)).slice(0, 16)} ${json}\n`;
}

async function entryOf(line) {
  const [, length, checksum, json] = LINE.exec(line) ?? [];
  const bytes = new TextEncoder().encode(json ?? "");
  const whole = bytes.length === Number(length) && (await digest(bytes)).startsWith(checksum);
  return whole ? JSON.parse(json) : null;
}

async function linesOf(name) {
  const bytes = await contentOf(name);
  return bytes ? new TextDecoder().decode(bytes).split("\n").filter(Boolean) : [];
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- files ---

async function folder() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

async function opened(name, work) {
  const handle = await (await folder()).getFileHandle(name, { create: true });
  const file = await handle.createSyncAccessHandle();
  try {
    return work(file);
  } finally {
    file.close();
  }
}

async function contentOf(name) {
  const handle = await (await folder()).getFileHandle(name).catch(() => null);
  return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

async function put(name, bytes) {
  return opened(name, (file) => {
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

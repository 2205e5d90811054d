/**
 * A file of five megabytes, deleted when the tablet is full: that makes room to finish the record that is open.
 * A file of its own, since room inside IndexedDB comes back only when the browser tidies up.
 */

const NAME = "ballast";
const BYTES = 5_000_000;

/** Lay it in, unless it is there or there is no room; tells whether it lies there now. */
export async function lay() {
  return (await laidOrNot()) === null;
}

/** Whether there is room for it, and so for more than what is in hand; where a browser keeps no such files, nobody knows. */
export async function hasRoom() {
  return (await laidOrNot())?.name !== "QuotaExceededError";
}

// Null, or why it does not lie there.
async function laidOrNot() {
  try {
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle(NAME, { create: true });
    if ((await file.getFile()).size < BYTES) await fill(file);
    return null;
  } catch (error) {
    await cast();
    return error;
  }
}

async function fill(file) {
  const writer = await file.createWritable();
  await writer.write(new Uint8Array(BYTES));
  await writer.close();
}

/** Throw it out; tells whether that made any room. */
export async function cast() {
  try {
    const folder = await navigator.storage.getDirectory();
    const { size } = await (await folder.getFileHandle(NAME)).getFile();
    await folder.removeEntry(NAME);
    return size > 0;
  } catch {
    return false;
  }
}

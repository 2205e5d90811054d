/**
 * Five megabytes kept for the day the tablet is full: thrown out to make room for finishing the record in hand.
 * A file of its own, since room inside IndexedDB comes back only when the browser tidies up.
 */

const NAME = "ballast";
const BYTES = 5_000_000;

/** Lay it in, unless it is there or there is no room; tells whether it lies there now. */
export async function lay() {
  try {
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle(NAME, { create: true });
    if ((await file.getFile()).size >= BYTES) return true;
    const writer = await file.createWritable();
    await writer.write(new Uint8Array(BYTES));
    await writer.close();
    return true;
  } catch {
    await cast();
    return false;
  }
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

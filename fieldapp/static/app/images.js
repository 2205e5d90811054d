/** What the header of a picture tells, without decoding any of it. */

const PNG = 0x89504e47;
const JPEG = 0xffd8;
const NO_FRAME = new Set([0xc4, 0xc8, 0xcc]); // tables, among the markers that begin a frame

/** The size of a JPEG or PNG in pixels, as it lies: `{width, height}`; null for anything else, or half a header. */
export function dimensions(bytes) {
  const view = new DataView(bytes);
  try {
    if (view.getUint32(0) === PNG) return { width: view.getUint32(16), height: view.getUint32(20) };
    return view.getUint16(0) === JPEG ? frameOf(view) : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

// Segment by segment, each with its length, up to the one that begins the picture.
function frameOf(view) {
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return null;
}

/** Pictures as files: what their header tells without decoding any of it, and what is in them. */

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

/**
 * The picture in these bytes, upright when it is drawn, at least `longest` pixels long where it is so long. The caller
 * closes it. Throws when it cannot be opened, whole.
 */
export async function decoded(bytes, longest) {
  return (await decodedSmall(bytes, longest).catch(() => null)) ?? createImageBitmap(new Blob([bytes]));
}

// A JPEG can be decoded at some eighths of its size, with as much less work: a quarter of it for a half.
async function decodedSmall(bytes, longest) {
  const size = dimensions(bytes);
  if (!size || !("ImageDecoder" in globalThis)) return null;
  const wanted = Math.min(longest, Math.max(size.width, size.height));
  const eighths = Math.ceil((8 * wanted) / Math.max(size.width, size.height));
  const [desiredWidth, desiredHeight] = [size.width, size.height].map((side) => Math.ceil((side * eighths) / 8));
  const decoder = new ImageDecoder({ data: bytes, type: "image/jpeg", desiredWidth, desiredHeight });
  try {
    const { image } = await decoder.decode();
    if (Math.max(image.displayWidth, image.displayHeight) >= wanted) return image;
    image.close();
    return null;
  } finally {
    decoder.close();
  }
}

/**
 * What anybody can seal for the province and only the province can open: so what is finished can be sent while the
 * tablet is locked, and a forgotten PIN loses nothing. The same as sync/sealing.py, held to tests/cases/sealing.json.
 */

import { base64, hex, joined, random, unbase64, utf8 } from "../ground/bytes.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const VERSION = Uint8Array.of(1);
const INFO = utf8("fieldapp seal 1");
const [POINT, IV] = [65, 12];

/**
 * Bytes as base64 of `1 | ephemeral point | iv | AES-256-GCM`, for the owner of `publicPoint` (base64). `purpose` says
 * what is inside, so that nothing sealed passes for something else.
 */
export async function seal(publicPoint, bytes, purpose) {
  return sealWith(await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]), random(IV), publicPoint, bytes, purpose);
}

/** What `seal` makes of a given ephemeral pair and iv. Neither may serve twice. */
export async function sealWith(pair, iv, publicPoint, bytes, purpose) {
  const recipient = unbase64(publicPoint);
  const own = await crypto.subtle.exportKey("raw", pair.publicKey);
  const key = await keyOf(pair.privateKey, recipient, joined(own, recipient));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(purpose) }, key, bytes);
  return base64(joined(VERSION, own, iv, box));
}

async function keyOf(secret, recipient, salt) {
  const theirs = await crypto.subtle.importKey("raw", recipient, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, secret, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt, info: INFO };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
}

/** Whether a key a server told is one: `{kid, public}`, where `kid` is made of the point itself. */
export async function isKey(key) {
  if (!key?.public) return false;
  const point = unbase64(key.public);
  return point.length === POINT && (await kidOf(point)) === key.kid;
}

async function kidOf(point) {
  return hex(await crypto.subtle.digest("SHA-256", point)).slice(0, 16);
}

/** A sealed change, `{kid, box}`, or null where no key is known yet. */
export async function sealChange(key, { id, text }) {
  if (!key) return null;
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = await new Response(stream).arrayBuffer();
  return { kid: key.kid, box: await seal(key.public, packed, `change ${id}`) };
}

/** The sealed key of a photo's parts, or null where no key is known yet. */
export async function sealPhotoKey(key, sha256, secret) {
  return key ? { kid: key.kid, box: await seal(key.public, secret, `photo ${sha256}`) } : null;
}

/** The sealed key of all that a device keeps of a person, or null where no key is known yet. */
export async function sealDeviceKey(key, device, secret) {
  return key ? { kid: key.kid, box: await seal(key.public, secret, `key ${device}`) } : null;
}

/** A key as two people can compare it: groups of four. */
export function fingerprint({ kid }) {
  return kid.match(/.{4}/g).join(" ");
}

/** Bytes as text, and text as bytes. */

/** Lowercase hexadecimal. */
export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Base64, in pieces: a call takes only so many arguments. */
export function base64(bytes) {
  const all = new Uint8Array(bytes);
  let text = "";
  for (let i = 0; i < all.length; i += 8192) text += String.fromCharCode(...all.subarray(i, i + 8192));
  return btoa(text);
}

/** The bytes of base64. Throws InvalidCharacterError when it is none. */
export function unbase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** UTF-8. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Several, one after the other. */
export function joined(...parts) {
  const all = parts.map((part) => new Uint8Array(part));
  const whole = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** So many bytes nobody can foretell. */
export function random(count) {
  return crypto.getRandomValues(new Uint8Array(count));
}

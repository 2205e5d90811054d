/** Asking the server. Whatever is not our JSON is no network: a hotel's login page answers 200 as well. */

import { _ } from "../ground/i18n.js";

const ROOT = "/sync/v1/";

/** The versions of the wire this app speaks; sync/protocol.py tells what each brought. */
export const OLDEST = 1;
export const NEWEST = 1;

const REQUEST = "Sync-Request"; // each question has a name, and its answer says it

const MOST_CHARACTERS = 32 * 1024 * 1024; // no answer of ours inflates to more
const UPDATE_NEEDED = 426;

/** Nobody of ours answered. `instead`: but somebody else did, in our place. */
export class NoNetwork extends Error {
  constructor(message, { instead = false } = {}) {
    super(message);
    this.instead = instead;
  }
}

/** A person has stopped the sync. */
export class Stopped extends Error {}

/** The server answered, and said no: `status`, `code`, its sentence, how long to wait in seconds, the whole answer. */
export class Refused extends Error {
  constructor(status, { code, message }, wait = 0, answer = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.wait = wait;
    this.answer = answer;
  }

  /** Whether the server wants a newer app. What is pushed it stores all the same. */
  get outdated() {
    return this.status === UPDATE_NEEDED && this.code !== "server_too_old";
  }
}

const SERVER_TOO_OLD = () =>
  _("The server runs an older version than this app. Everything is kept on this tablet until the server is updated; tell your administrator.");

export class Wire {
  /**
   * `token`: the device's, or null before enrolment; `courier`: what a locked tablet has in its place. `node`: the server
   * this tablet belongs to, once known. `stop`: a signal that ends whatever is asked just then, with Stopped.
   */
  constructor({ token = null, courier = null, node = null, language = "vi", stop = null } = {}) {
    this.token = token;
    this.courier = courier;
    this.node = node;
    this.language = language;
    this.stop = stop;
  }

  /** GET, or POST when there is a body; our JSON comes back. Throws NoNetwork or Refused. */
  async ask(path, { body = undefined, seconds = 30 } = {}) {
    const packed = body === undefined ? {} : await pack(body);
    const response = await this.#fetch(path, { method: body === undefined ? "GET" : "POST", ...packed }, seconds);
    return this.#ours(response);
  }

  /** Send one part of a photo; `sealedKey` opens it for the server, where it is boxed. */
  async put(path, bytes, type, sealedKey = null) {
    const headers = { "Content-Type": "application/octet-stream", "X-Type": type };
    if (sealedKey) headers["X-Sealed-Key"] = sealedKey;
    const response = await this.#fetch(path, { method: "PUT", body: bytes, headers }, 60);
    return this.#ours(response);
  }

  /** The bytes of a picture. Throws NoNetwork when it is not one. */
  async picture(path) {
    const response = await this.#fetch(path, { method: "GET" }, 30);
    if (!response.headers.get("Content-Type")?.startsWith("image/")) return this.#ours(response);
    return response.arrayBuffer().catch((error) => {
      throw this.stop?.aborted ? new Stopped() : new NoNetwork(String(error));
    });
  }

  async #fetch(path, options, seconds) {
    const request = crypto.randomUUID();
    const headers = { "Accept-Language": this.language, "Sync-Protocol": String(NEWEST), [REQUEST]: request, ...options.headers };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    else if (this.courier) headers.Authorization = `Courier ${this.courier.device}:${this.courier.proof}`;
    const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1000), this.stop].filter(Boolean));
    const plain = { credentials: "omit", cache: "no-store", redirect: "error" };
    const response = await fetch(ROOT + path, { ...options, ...plain, headers, signal }).catch((error) => {
      throw this.stop?.aborted ? new Stopped() : new NoNetwork(String(error));
    });
    const answered = response.headers.get(REQUEST) ?? request; // an older server does not say it
    if (answered !== request) throw new NoNetwork("the answer to another question");
    return response;
  }

  async #ours(response) {
    const answer = await textOf(response).then(JSON.parse).catch(() => null);
    if (this.stop?.aborted) throw new Stopped();
    if (!Number.isInteger(answer?.proto) || !answer.node || !answer.epoch) throw new NoNetwork("not our JSON", { instead: isPage(response) });
    if (this.node && answer.node !== this.node) throw new NoNetwork("another server");
    const wait = Number(response.headers.get("Retry-After")) || 0;
    if (answer.error) throw new Refused(response.status, answer.error, wait, answer);
    if (answer.proto < OLDEST) throw new Refused(UPDATE_NEEDED, { code: "server_too_old", message: SERVER_TOO_OLD() });
    return answer;
  }
}

function isPage({ headers }) {
  return headers.get("Content-Type")?.startsWith("text/html") ?? false;
}

// What an answer inflates to, unless it is more than any of ours: then it is somebody else's.
async function textOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    if (text.length > MOST_CHARACTERS) {
      await reader.cancel();
      throw new NoNetwork("too large");
    }
  }
  return text;
}

async function pack(body) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json" };
  if (text.length < 1000 || !globalThis.CompressionStream) return { body: text, headers };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), headers: { ...headers, "Content-Encoding": "gzip" } };
}

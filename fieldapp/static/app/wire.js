/** Asking the server. Whatever is not our JSON is no network: a hotel's login page answers 200 as well. */

const ROOT = "/sync/v1/";
const PROTO = 1;

/** Nobody of ours answered. */
export class NoNetwork extends Error {}

/** The server answered, and said no: `status`, `code`, its sentence, and how long to wait in seconds. */
export class Refused extends Error {
  constructor(status, { code, message }, wait) {
    super(message);
    Object.assign(this, { status, code, wait });
  }
}

export class Wire {
  /** `token`: the device's, or null before enrolment. `node`: the server this tablet belongs to, once known. */
  constructor({ token = null, node = null, language = "vi" } = {}) {
    Object.assign(this, { token, node, language });
  }

  /** GET, or POST when there is a body; our JSON comes back. Throws NoNetwork or Refused. */
  async ask(path, { body = undefined, seconds = 30 } = {}) {
    const packed = body === undefined ? {} : await pack(body);
    const response = await this.#fetch(path, { method: body === undefined ? "GET" : "POST", ...packed }, seconds);
    return this.#ours(response);
  }

  /** Send one part of a photo. */
  async put(path, bytes, type) {
    const headers = { "Content-Type": "application/octet-stream", "X-Type": type };
    const response = await this.#fetch(path, { method: "PUT", body: bytes, headers }, 60);
    return this.#ours(response);
  }

  /** The bytes of a picture. Throws NoNetwork when it is not one. */
  async picture(path) {
    const response = await this.#fetch(path, { method: "GET" }, 30);
    if (!response.headers.get("Content-Type")?.startsWith("image/")) return this.#ours(response);
    return response.arrayBuffer();
  }

  async #fetch(path, options, seconds) {
    const headers = { "Accept-Language": this.language, ...options.headers };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const signal = AbortSignal.timeout(seconds * 1000);
    const plain = { credentials: "omit", cache: "no-store", redirect: "error" };
    try {
      return await fetch(ROOT + path, { ...options, ...plain, headers, signal });
    } catch (error) {
      throw new NoNetwork(String(error));
    }
  }

  async #ours(response) {
    const answer = await response.json().catch(() => null);
    if (answer?.proto !== PROTO || !answer.node || !answer.epoch) throw new NoNetwork("not our JSON");
    if (this.node && answer.node !== this.node) throw new NoNetwork("another server");
    const wait = Number(response.headers.get("Retry-After")) || 0;
    if (answer.error) throw new Refused(response.status, answer.error, wait);
    return answer;
  }
}

async function pack(body) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json" };
  if (text.length < 2000) return { body: text, headers };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), headers: { ...headers, "Content-Encoding": "gzip" } };
}

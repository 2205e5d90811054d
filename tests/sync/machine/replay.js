/**
 * The life of a tablet, lived by the real modules: their store, their session, their sync, on a real IndexedDB. The
 * network answers what it answered then, the clock says what it said then, and the power fails when it failed then.
 */

const RealDate = Date;
const STRING = "string";
let moment = 0;
let answering = null;
let left = null; // transactions until the power fails; none fails while this is null

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [moment]));
  }

  static now() {
    return moment;
  }
};

const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (names, mode, options) {
  if (mode === "readwrite" && left !== null) {
    if (left === 0) throw new DOMException("the power failed", "AbortError");
    left -= 1;
  }
  return transaction.call(this, names, mode, options);
};

const realFetch = globalThis.fetch.bind(globalThis);
globalThis.fetch = (address, options) => (answering ? answering(String(address), options) : realFetch(address, options));

// The second copy has tests of its own; where there can be none, everything else goes on.
globalThis.Worker = class {
  constructor() {
    throw new Error("no second copy here");
  }
};

let lives = 0;

/** The modules at this address: `{name: file}` -> `{name: module}`. */
async function loaded(base, files) {
  const modules = Object.entries(files).map(async ([name, file]) => [name, await import(new URL(file, base))]);
  return Object.fromEntries(await Promise.all(modules));
}

/** Live all steps. Gives the first difference, `{step, do, where, then, now}`, or null. */
export async function replay({ base, files, forms, life }) {
  const tablet = new Tablet(await loaded(base, files), forms);
  await tablet.open();
  try {
    for (const [number, step] of life.steps.entries()) {
      const difference = await tablet.live(step);
      if (difference) return { step: number, do: step.do, ...difference };
    }
    return null;
  } finally {
    await tablet.end();
  }
}

const PATIENCE_MS = 20_000;

/** How one ends what was asked of the app: the names of the twin. */
const ENDS = { idle: "done", offline: "NoNetwork", refused: "Refused", broken: "broken" };

class Tablet {
  constructor(the, forms) {
    lives += 1;
    Object.assign(this, { the, forms, name: `life-${lives}`, asked: [], difference: null });
  }

  /** What a person who opens the app gets: all that is in memory alone begins anew. */
  async open() {
    await this.close();
    const { the, forms } = this;
    this.vault ??= await the.vault.Vault.create();
    this.store = new the.store.Store({ name: this.name, vault: this.vault });
    this.store.low = true; // no pictures of earlier photos: they are no part of any life
    this.session = await the.session.Session.load(this.store);
    this.app = { store: this.store, session: this.session, language: "vi", forms };
    this.sync = new the.sync.Sync(this.app);
  }

  async close() {
    if (!this.store) return;
    this.store.copy.worker?.terminate();
    (await this.store.open()).close();
  }

  async end() {
    await this.close();
    answering = null;
    await new Promise((done, fail) => Object.assign(indexedDB.deleteDatabase(this.name), { onsuccess: done, onerror: fail }));
  }

  async live(step) {
    if (step.do === "given") return this.begin(step.meta);
    moment = step.now;
    left = step.end === "Died" ? step.fuse : null;
    this.asked = [...step.asked];
    answering = (address, options) => this.answer(address, options, step);
    const end = await Promise.race([this.take(step).catch(named), tooLong()]);
    const died = left === 0 && end !== "done";
    left = null;
    if (died) await this.open();
    return this.compare(step, died ? "Died" : end);
  }

  async begin(meta) {
    await this.store.write(["meta"], (rows) => {
      for (const [name, value] of Object.entries(meta)) if (value !== null) rows("meta").put({ name, value });
    });
    await this.open();
    return null;
  }

  async compare({ asked, end, rows }, found) {
    if (this.difference) return this.difference;
    if (this.asked.length) return { where: "a request that was not made", then: this.asked[0].path, now: asked.length };
    if (found !== end) return { where: "how it ends", then: end, now: found };
    return differing(rows, await this.rows());
  }

  // --- what is done ---

  async take(step) {
    const { the, app, store, session } = this;
    switch (step.do) {
      case "open_app":
        await this.open();
        break;
      case "enrol":
        await session.settle(await session.connect(step.code, step.name, "vi"));
        break;
      case "sync":
        return this.synced(step);
      case "salvage":
        await the.outbox.salvage(store, session.wire("vi"));
        break;
      case "compare":
        await the.compare.compare(app, session.wire("vi"));
        break;
      case "open_form":
        await this.openForm(step);
        break;
      case "finish":
        await this.finish(step);
        break;
      case "settle":
        await the.records.settle(app, await store.get("records", step.record), step.answers);
    }
    return "done";
  }

  async synced({ check }) {
    const { session } = this;
    const { trueMoment } = this.the.today;
    session.checked = {
      // a day of comparing is a step of its own, whatever a hello says of the clock
      get at() {
        return trueMoment(session);
      },
    };
    await this.sync.run({ check, byItself: true });
    clearTimeout(this.sync.timer);
    return this.sync.state === "broken" ? `broken: ${this.sync.problem}` : ENDS[this.sync.state];
  }

  // Somebody begins a form, or goes on with the one begun before; of a record that is nowhere yet the id is given.
  async openForm({ survey, record: id, area }) {
    const { drafts } = this.the;
    const record = (await this.store.get("records", id)) ?? null;
    const begun = await this.store.all("drafts", { index: "record", only: id });
    if (record || begun.length) await drafts.begin(this.app, { survey, record: record ?? { id }, area });
    else await drafts.save(this.app, { ...drafts.blank(this.app, { survey, area }), record: id });
  }

  async finish({ draft, answers }) {
    const { change, records } = this.the;
    const [begun] = await this.store.all("drafts", { index: "record", only: draft.record });
    await records.finish(this.app, { ...draft, id: begun?.id ?? draft.id }, change.canonical(answers)); // as forms give them
  }

  // --- the line ---

  async answer(address, options, step) {
    const found = await asking(address, options);
    while (this.asked[0]?.do) await this.take(this.asked.shift());
    const then = this.asked.shift();
    if (!then && step.end === "Died" && READING.has(found.path)) throw new TypeError("the power fails before this arrives");
    const difference = then ? unlike(then, found) : { where: "a request too many", then: null, now: found };
    this.difference ??= difference;
    if (difference || then.lost) throw new TypeError("the line");
    return new Response(JSON.stringify(then.answer), { status: then.status });
  }

  // --- what lies there ---

  async rows() {
    const { store } = this;
    const names = ["meta", "changes", "drafts", "pulled", "records", "cursors"];
    const [meta, ...rest] = await Promise.all(names.map((name) => store.all(name)));
    const told = names.slice(1).map((name, i) => [name, Object.fromEntries(rest[i].map(TOLD[name]))]);
    return { meta: metaOf(Object.fromEntries(meta.map(({ name, value }) => [name, value]))), ...Object.fromEntries(told) };
  }
}

/** The next page is asked for while one is written: of these one more may be on its way when the power fails. */
const READING = new Set(["snapshot", "pull"]);

/** What an address says beside what the twin says, or what is sent there. */
const BESIDE = { hello: ["persisted", "copied"], pull: ["limit"], enrol: ["try"] };

async function asking(address, { headers, body }) {
  const { pathname, searchParams } = new URL(address, location.href);
  const path = pathname.replace("/sync/v1/", "");
  const params = {};
  for (const name of new Set(searchParams.keys())) {
    const all = searchParams.getAll(name);
    if (!BESIDE[path]?.includes(name)) params[name] = name === "device" ? all.sort() : all[0];
  }
  const said = await read(headers, body);
  if (said) BESIDE[path]?.forEach((name) => delete said[name]);
  return { path, params, body: said, token: headers.Authorization?.replace("Bearer ", "") ?? null };
}

async function read(headers, body) {
  if (body === undefined) return null;
  if (typeof body === STRING) return JSON.parse(body);
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

function unlike(then, found) {
  const [one, other] = [asked(then), asked(found)];
  for (const name of ["path", "params", "body", "token"]) {
    if (one[name] !== other[name]) return { where: `the ${name} of a request (${then.path})`, then: one[name], now: other[name] };
  }
  return null;
}

function asked({ path, params, body, token }) {
  const words = Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]);
  const said = body?.without ? { ...body, without: body.without.toSorted() } : body;
  return { path, params: text(Object.fromEntries(words)), body: text(said), token };
}

function tooLong() {
  return new Promise((done) => setTimeout(done, PATIENCE_MS, "never"));
}

function named(error) {
  return ["NoNetwork", "Refused"].includes(error.constructor.name) ? error.constructor.name : `broken: ${error}`;
}

function metaOf({ epoch, revoked, seq, prev, clock, offset, device, areas }) {
  const told = { epoch, revoked, seq, prev, clock, offset };
  if (device) Object.assign(told, { device: device.id, token: device.token, areas: areas.map(({ id }) => id) });
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null && value !== undefined));
}

const TOLD = {
  changes: ({ id, record, text: said, seq, settled, receipt }) => {
    const { verdict, reason = null, fate = null } = receipt ?? {};
    return [id, { record, text: said, seq, settled, receipt: receipt ? [verdict, reason, fate] : null }];
  },
  drafts: ({ record, survey, area, given }) => [record, { survey, area, given }],
  pulled: ({ id, record, text: said }) => [id, { record, text: said }],
  records: ({ id, survey, area, values, heads, conflicts, withdrawn, changed, evicted = false, ahead, snapshot }) => [
    id,
    {
      ...{ survey, area, values, heads, conflicts, withdrawn, changed, evicted, ahead: ahead.toSorted() },
      snapshot: snapshot && { ahead: snapshot.ahead, awaited: snapshot.awaited },
    },
  ],
  cursors: ({ area, epoch, position, page, whole }) => [area, { epoch, position, page: page ?? null, whole }],
};

function differing(then, found) {
  for (const [name, rows] of Object.entries(then)) {
    for (const key of new Set([...Object.keys(rows), ...Object.keys(found[name])])) {
      const [one, other] = [text(rows[key]), text(found[name][key])];
      if (one !== other) return { where: `${name} ${key}`, then: one, now: other };
    }
  }
  return null;
}

/** One text for what is equal. */
function text(value) {
  return JSON.stringify(value, (_name, each) =>
    each && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

/** Sending changes as they were sealed for the province when they were finished: nothing of them has to be read here. */

const MOST_CHANGES = 100;
const MOST_CHARACTERS = 100_000;

/** Finished changes without a receipt that can be sent as they were sealed. */
export async function sealedChanges(store) {
  const changes = await store.bare("changes", { index: "seq" });
  return changes.filter(({ receipt, sealed, damaged }) => !receipt && sealed && !damaged);
}

/** Send these, by default all there are; they get their receipts. Gives whether there was anything to send. */
export async function sendSealed(store, wire, listed = sealedChanges) {
  const all = await listed(store);
  for (let left = all; left.length; left = await listed(store)) {
    const some = portion(left);
    await keep(store, some, await handIn(wire, some));
  }
  return all.length > 0;
}

// A tablet that was switched off hands in what it has: it is held, and only a number comes back.
async function handIn(wire, changes) {
  const body = { changes: [], sealed: changes.map(({ id, sealed }) => ({ id, ...sealed })) };
  try {
    return await wire.ask("push", { body });
  } catch (error) {
    if (error.status !== 401) throw error;
    const { received, unopened = [], now } = await wire.ask("salvage", { body });
    const there = changes.filter(({ id }) => !unopened.includes(id)).slice(0, received);
    return { results: there.map(({ id }) => ({ id, verdict: "held", reason: "revoked" })), unopened, now };
  }
}

function portion(changes) {
  let characters = 0;
  const fits = changes.slice(0, MOST_CHANGES).filter(({ sealed }) => (characters += sealed.box.length) <= MOST_CHARACTERS);
  return fits.length ? fits : changes.slice(0, 1);
}

// What the server could not open waits for its person, and then goes in the clear.
async function keep(store, changes, { results, unopened = [], now, batch = null }) {
  const verdicts = new Map(results.map((result) => [result.id, result]));
  const told = changes.filter(({ id }) => verdicts.has(id) || unopened.includes(id));
  if (!told.length) throw new Error("an answer without receipts");
  await amend(store, told, ({ id }) => {
    if (!verdicts.has(id)) return { sealed: null };
    const { verdict, reason = null } = verdicts.get(id);
    return { sealed: null, receipt: { verdict, reason, at: now, batch } };
  });
}

async function amend(store, changes, fieldsOf) {
  await store.keep(["changes"], (rows) => {
    for (const change of changes) rows("changes").amend(change.id, fieldsOf(change));
  });
}

/** The first words of a sync: what the server says of itself and of this person, and what it is told of this tablet. */

import { lossReport, lossTold } from "../records/recovery.js";
import { waiting } from "../records/unsent.js";
import { offerAgain } from "./outbox.js";

const SECONDS = 8;

/**
 * Ask the server, and keep what it says: its time, its epoch, the villages, the account, the programmes, how soon a house is begun, the key of the province. One that
 * was restored, as another epoch tells, is offered again what is here. Throws NoNetwork or Refused.
 */
export async function hello(sync, wire) {
  const { store, session } = sync;
  const before = Date.now();
  const answer = await wire.ask(`hello?${await report(store, session)}`, { seconds: SECONDS });
  const offset = Date.parse(answer.now) - (before + Date.now()) / 2;
  if (answer.epoch !== session.epoch) {
    sync.round.forget();
    await offerAgain(store);
  }
  const { now: told_at, epoch, areas, account, programmes, start_within } = answer;
  await session.follow({ offset, told_at, epoch, ...session.given(areas), account, programmes, start_within });
  await session.trust(answer.sealing_key);
  await lossTold(sync, answer);
}

// What the server may want to know of a tablet: its last number, how much waits, whether its storage is kept, and with
// which key of the province it is locked.
async function report(store, session) {
  const said = await store.known("seq", 0);
  const pending = (await waiting(store)).length;
  const persisted = (await navigator.storage?.persisted?.()) ?? false;
  const copied = !store.copy.problem;
  const { kid } = session.lock ?? {};
  return new URLSearchParams({ said, pending, persisted: `${persisted}`, copied: `${copied}`, ...(kid ? { kid } : {}), ...lossReport(session) });
}

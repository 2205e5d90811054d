/** What follows when a sync failed: what that says of the server and of this tablet, and what can still be done. */

import { waiting, waitingPhotos } from "../records/unsent.js";
import { salvage } from "./outbox.js";
import { askToBeWoken } from "./wake.js";
import { NoNetwork, Refused } from "./wire.js";

/** The state of a sync that failed so, `offline`, `refused` or `broken`; what it says of this tablet is kept. */
export async function stateAfter(error, { store, session, language }) {
  if (error instanceof Refused && error.status === 401) await switchedOff(store, session, language);
  if (error instanceof Refused && error.outdated) await session.keep({ outdated: error.message });
  const state = error instanceof NoNetwork ? "offline" : error instanceof Refused ? "refused" : "broken";
  if (state === "broken") console.error(error);
  if (state === "offline" && (await hasWaiting(store))) await askToBeWoken();
  return state;
}

async function hasWaiting(store) {
  return (await waiting(store)).length + (await waitingPhotos(store)).length > 0;
}

// The work stays here; the server takes in a copy of what is finished, if it knows whose it is.
async function switchedOff(store, session, language) {
  await session.keep({ revoked: true });
  await salvage(store, session.wire(language)).catch((error) => console.info(error));
}

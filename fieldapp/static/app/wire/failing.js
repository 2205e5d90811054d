/** What follows when a sync failed: what that says of the server and of this tablet, and what can still be done. */

import { makeMuchSpace } from "../records/space.js";
import { waiting, waitingPhotos } from "../records/unsent.js";
import { StorageFull } from "../store/errors.js";
import { salvage } from "./outbox.js";
import { askToBeWoken } from "./wake.js";
import { NoNetwork, Refused } from "./wire.js";

/** The state of a sync that failed so, `offline`, `refused`, `full` or `broken`; what it says of this tablet is kept. */
export async function stateAfter(error, { store, session, language }) {
  if (error instanceof Refused && error.status === 401) await switchedOff(store, session, language);
  if (error instanceof Refused && error.outdated) await session.keep({ outdated: error.message });
  const state = stateOf(error);
  if (state === "full") await makeMuchSpace(store).catch((failed) => console.info("space:", failed));
  if (state === "broken") console.error(error);
  if (state === "offline" && (await hasWaiting(store))) await askToBeWoken();
  return state;
}

function stateOf(error) {
  if (error instanceof StorageFull) return "full";
  if (error instanceof NoNetwork) return "offline";
  return error instanceof Refused ? "refused" : "broken";
}

async function hasWaiting(store) {
  return (await waiting(store)).length + (await waitingPhotos(store)).length > 0;
}

// The work stays here; the server takes in a copy of what is finished, if it knows whose it is.
async function switchedOff(store, session, language) {
  await session.keep({ revoked: true });
  await salvage(store, session.wire(language)).catch((error) => console.info(error));
}

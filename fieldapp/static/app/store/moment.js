/** What time it is, for what lies in a store and may be locked. */

import { trueMoment } from "../ground/today.js";

/** The moment it truly is, as far as the tablet of this store knows: `2026-08-01T02:00:00.000Z`. */
export async function momentOf(store) {
  const [offset, told] = await Promise.all(["offset", "told_at"].map((name) => store.rawOne("meta", name)));
  return trueMoment({ offset: offset?.value, told_at: told?.value });
}

/** A household that the office found to be entered twice: which entry counts, said where the other one is open. */

import { _ } from "../ground/i18n.js";
import { buttonLink, notice, text } from "../kit/parts.js";
import { nameOf } from "../kit/words.js";

/** What is said of it, with the way to the entry that counts; null of any other record. */
export async function mergedNote(tablet, record) {
  const kept = (await tablet.households.merged()).get(record);
  if (!kept) return null;
  const row = await tablet.store.get("records", kept); // it may lie in a village of somebody else
  return notice("warning",
    text(_("The office found that this household was entered twice. The other entry counts; what is changed in this one is kept, and counts nowhere.")),
    row && buttonLink("outline-primary wide", null, _("Open the entry that counts: %(name)s", { name: nameOf(tablet, row) }), `#/record/${kept}`),
  );
}

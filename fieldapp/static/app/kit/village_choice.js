/** Which of a person's villages a list is about, and how much of it lies in each. */

import { _, number } from "../ground/i18n.js";
import { h } from "./dom.js";

/** The field, without counts yet; all villages at first, or the one that was `chosen`. */
export function villageChoice({ session }, chosen) {
  const options = session.areas.map(({ id }) => h("option", { value: id, selected: id === chosen }));
  return h("select", { class: "form-select", id: "village" }, h("option", { value: "" }, _("All my villages")), options);
}

/** Name the villages with their `counts`: anew when something came in, whatever is chosen meanwhile. */
export function tellCounts({ session }, field, counts) {
  for (const option of [...field.options].slice(1)) {
    const { name, commune } = session.nameOf(option.value); // it may have been taken from this person meanwhile
    option.textContent = `${name}, ${commune} (${number(counts.get(option.value) ?? 0)})`;
  }
}

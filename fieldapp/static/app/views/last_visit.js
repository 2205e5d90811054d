/** What the visit before found, beside the form of the next: a visit is measured against it. */

import { _ } from "../ground/i18n.js";
import { about } from "../records/records.js";
import { lastVisits } from "../records/todo.js";
import { h } from "../kit/dom.js";
import { notice, text } from "../kit/parts.js";
import { picture } from "../kit/pictures.js";
import { visitText } from "./todo.js";

/** Draw it; its photo stands where the new one is taken, of the same corner. Null where nobody has been there before. */
export async function drawLastVisit(tablet, draft, form) {
  const last = await visitBefore(tablet, draft);
  const photo = last?.values.photos?.at(-1);
  if (photo) {
    const label = _("At the last visit");
    form.element("photos").prepend(h("figure", {}, picture(tablet, photo, label), h("figcaption", {}, label)));
  }
  return last && notice("plain", text(visitText(tablet, last)));
}

async function visitBefore(tablet, { survey, record, answers }) {
  if (survey !== "progress_visit" || !answers.need) return null;
  const visits = (await about(tablet.store, answers.need, survey)).filter(({ id }) => id !== record);
  return lastVisits(visits).get(answers.need) ?? null;
}

/** What others said of a record while it is filled in: pinned to the question it is about, or told before the first. */

import { _ } from "../ground/i18n.js";
import { WITHDRAWN } from "../twins/change.js";
import { same } from "../records/records.js";
import { review } from "../records/status.js";
import { h, icon } from "../kit/dom.js";
import { notice, text } from "../kit/parts.js";
import { answerText, fateWords } from "../kit/words.js";

/** Draw all of it into a form; `draft` is the draft that is filled in there, a `LiveForm`. */
export async function drawRemarks(tablet, form, draft) {
  const row = await tablet.store.get("records", draft.record);
  if (!row) return;
  await tellNews(tablet, form, draft, row);
  await pinRivals(tablet, form, row);
  await pinComments(tablet, form, row);
}

function pin(form, question, drawing, heading, said) {
  form.element(question)?.prepend(h("p", { class: "pin" }, icon(drawing), h("strong", {}, heading), " ", said));
}

// Somebody else's newer answers are told before they are written over.
async function tellNews(tablet, { root, survey }, { given }, { heads, values, withdrawn, conflicts }) {
  const { questions, order } = survey;
  const isNew = (name) => heads[name] && !same(heads[name], given.heads[name] ?? []);
  const news = [WITHDRAWN, ...order].filter(isNew);
  if (!news.length) return;
  const line = async (name) => {
    if (name === WITHDRAWN) return h("li", {}, fateWords(withdrawn || WITHDRAWN in conflicts));
    return h("li", {}, questions[name].short, ": ", await answerText(tablet, questions[name], values[name]));
  };
  const heading = h("h2", {}, _("Changed elsewhere since this draft was begun"));
  root.prepend(notice("warning", heading, h("ul", {}, await Promise.all(news.map(line)))));
}

// Where two answers differ, both are told: the one given here settles it.
async function pinRivals(tablet, form, { choices }) {
  const { questions, order } = form.survey;
  for (const name of order.filter((each) => choices[each])) {
    const said = choices[name].map(({ value }) => answerText(tablet, questions[name], value));
    pin(form, name, "warning", _("Two answers differ:"), (await Promise.all(said)).join(" / "));
  }
}

async function pinComments({ store }, form, row) {
  const decided = await review(store, row);
  if (decided?.key !== "returned") return;
  const { comment, pinned } = decided.decision.values;
  if (comment) form.root.prepend(notice("warning", h("h2", {}, _("The supervisor asks")), text(comment)));
  for (const { values } of decided.replies.filter((one) => one.values.decision === decided.decision.id)) {
    pin(form, values.question, "pencil", _("Reply:"), values.text);
  }
  for (const { question, text: said } of pinned ?? []) pin(form, question, "comment", _("The supervisor asks:"), said);
}

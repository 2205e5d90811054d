/** Replies to what a supervisor asked: a line of text where no answer has to change; as fieldapp/review/replies.py. */

import * as drafts from "./drafts.js";
import { finish } from "./records.js";

/** Whether replies leave nothing to be said. `replied`: a set of the questions replied to, "" for the whole return. */
export function isAnswered(pinned, replied) {
  const asked = (pinned ?? []).map(({ question }) => question);
  return replied.has("") || (asked.length > 0 && asked.every((question) => replied.has(question)));
}

/** The questions that these replies to a decision are about; "" stands for the whole of it. */
export function repliedTo(decision, replies) {
  const own = replies.filter(({ values }) => values.decision === decision.id);
  return new Set(own.map(({ values }) => values.question ?? ""));
}

/** What was begun to be written about a record and is not saved yet: `typed` by the question it is about; null for none. */
export async function begun(store, record) {
  const all = await store.all("drafts");
  return all.find(({ survey, answers }) => survey === "reply" && answers.subject === record) ?? null;
}

/** Reply about a record to a decision, or to the comment it pins to a question: a change like any other. */
export function reply(tablet, row, { decision, question = "", text }) {
  const draft = drafts.blank(tablet, { survey: "reply", area: row.area });
  const about = { subject: row.id, subject_survey: row.survey, decision: decision.id };
  return finish(tablet, draft, { ...about, question: question || null, text });
}

/** Asks about a visit that does not fit with the others to the same house, or with the day its survey was approved. */

import { _ } from "../ground/i18n.js";
import { vietnamDay } from "../ground/today.js";
import { showDate } from "../twins/format.js";
import { momentOf } from "../twins/change.js";
import { misfits } from "../twins/sequence.js";
import { about, latestOf } from "../records/records.js";

const ASKED = ["visited_on", "milestone_new", "milestone_repair"];
const SAID = {
  before_approval: (on) => _("The survey of this house was approved on %(day)s, after this day. Is the date right?", { day: on }),
  before_last: (on) => _("There is a later visit to this house, of %(day)s. Is the date right?", { day: on }),
  less_done: (on) => _("The visit of %(day)s found more done. Is the stage right? If so, say why less is done now.", { day: on }),
};

/** Look whenever an answer is given; other forms than those of visits are left alone. */
export async function watchSequence({ store }, form, { survey, record }) {
  if (survey !== "progress_visit") return;
  let known = await around(store, form.answers.need, record);
  const look = async () => {
    if (known.need !== form.answers.need) known = await around(store, form.answers.need, record);
    const found = new Map(misfits(form.answers, known.others, known.approvedOn).map((one) => [one.question, one]));
    for (const name of ASKED) form.judging.doubt(name, doubt(found.get(name)));
  };
  form.addEventListener("answer", () => look().catch((error) => console.error(error)));
  await look();
}

function doubt(misfit) {
  return misfit ? { message: SAID[misfit.word](showDate(misfit.day)) } : null;
}

async function around(store, need, record) {
  if (!need) return { need, others: [], approvedOn: null };
  const rows = await about(store, need);
  const visits = rows.filter((row) => row.survey === "progress_visit" && row.id !== record);
  const approved = rows.filter(({ survey, values }) => survey === "decision" && values.subject === need && values.verdict === "approve");
  const days = approved.map((row) => vietnamDay(momentOf(latestOf(row)))).sort();
  return { need, others: visits.map(({ values }) => values), approvedOn: days[0] ?? null };
}

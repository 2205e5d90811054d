/**
 * Where a contradiction between answers is told: once, at the answer that is most likely wrong; and what is asked back.
 * The same as fieldapp/surveys/telling.py, where the words are explained.
 */

/** The findings to tell, `[{question, level, others, …}]`, in the `order` of the questions. */
export function toldOnce(findings, order) {
  const alone = findings.filter(({ others }) => !others.length);
  const marked = new Set(alone.filter(({ level }) => level === "error").map(({ question }) => question));
  const errors = atFewest(between(findings, "error"), marked);
  for (const { question } of errors) marked.add(question);
  const warnings = atFewest(between(findings, "warning"), marked);
  const kept = alone.filter(({ level, question }) => level === "error" || !marked.has(question));
  return [...kept, ...errors, ...warnings].sort((one, other) => order.indexOf(one.question) - order.indexOf(other.question));
}

/** The findings without those that a person said are right: `confirmed` has their keys, see `keyOf`. */
export function unconfirmed(findings, answers, confirmed) {
  return findings.filter((each) => !confirmed.has(keyOf(each, answers)));
}

/** What is asked back of what is told: every warning but those of answers that stand as they came in `given`. */
export function askedBack(told, answers, given) {
  return told.filter((each) => each.level === "warning" && !stands(each, answers, given));
}

/** What a finding is about, to know it again: the rule, and the answers that break it. */
export function keyOf({ by, word, others }, answers) {
  return JSON.stringify([by, word, ...[by, ...others].map((name) => answers[name] ?? null)]);
}

function stands({ by, others }, answers, given) {
  const same = (name) => JSON.stringify(answers[name] ?? null) === JSON.stringify(given[name] ?? null);
  return Object.keys(given).length > 0 && [by, ...others].every(same);
}

function between(findings, wanted) {
  return findings.filter(({ others, level }) => others.length && level === wanted);
}

function atFewest(contradictions, marked) {
  const told = [];
  let left = contradictions.filter((each) => !namesOf(each).some((name) => marked.has(name)));
  while (left.length) {
    const counts = new Map();
    for (const name of left.flatMap(namesOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const names = [...left.map(({ question }) => question), ...counts.keys()];
    const chosen = names.find((name) => counts.get(name) === most);
    told.push({ ...left.find((each) => namesOf(each).includes(chosen)), question: chosen });
    left = left.filter((each) => !namesOf(each).includes(chosen));
  }
  return told;
}

function namesOf({ question, others }) {
  return [...new Set([question, ...others])];
}

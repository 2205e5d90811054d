/**
 * When a question is asked: the same as fieldapp/surveys/asked_if.py, held to it by tests/cases/rules.json.
 */

/**
 * The names of the questions that are asked, as a Set. The answer to one that is not asked counts for nothing, so they
 * are gone through in the order of the form.
 */
export function asked(survey, answers) {
  const counted = {};
  const found = new Set();
  for (const name of survey.order) {
    if (!isAsked(survey.questions[name].asked_if, counted)) continue;
    found.add(name);
    counted[name] = answers[name] ?? null;
  }
  return found;
}

/** Whether every question of a condition has one of its codes; an answer of several codes needs one in common. */
export function holds(condition, answers) {
  return Object.entries(condition).every(([question, wanted]) => isOneOf(answers[question], wanted));
}

function isAsked(conditions, answers) {
  if (!conditions) return true;
  return [conditions].flat().some((condition) => holds(condition, answers));
}

/** Whether an answer, or one of several codes of it, is among these. */
export function isOneOf(value, wanted) {
  return [value].flat().some((one) => wanted.includes(one));
}

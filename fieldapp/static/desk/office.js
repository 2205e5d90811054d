/** The office's form asks only what follows from the answers so far, by the same rules as the tablet and the server. */

import { Unreadable, read } from "../app/twins/read.js";
import { asked } from "../app/twins/asked_if.js";

/** Without this module every question is shown, and the server leaves out what was not to be asked. */
export async function askWhatFollows(page) {
  const form = page.querySelector("form[data-questions]");
  if (!form) return;
  const answer = await fetch(form.dataset.questions);
  if (!answer.ok) return;
  const survey = await answer.json();
  const ask = () => hideUnasked(form, asked(survey, answersOf(form, survey)));
  form.addEventListener("change", ask);
  ask();
}

function hideUnasked(form, wanted) {
  for (const element of form.querySelectorAll("[data-question]")) {
    element.hidden = !wanted.has(element.dataset.question);
  }
}

function answersOf(form, survey) {
  const answers = {};
  for (const element of form.querySelectorAll("[data-question]")) {
    const question = survey.questions[element.dataset.question];
    if (question && question.kind !== "photo") answers[element.dataset.question] = answerOf(element, question);
  }
  return answers;
}

function answerOf(element, question) {
  try {
    return read(question, typedIn(element, question));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** What a person typed or chose: a text, or a list of texts. */
function typedIn(element, question) {
  const fields = [...element.querySelectorAll("[name]")];
  const chosen = fields.filter((field) => field.checked).map((field) => field.value);
  if (question.kind === "many_of") return chosen;
  return fields[0]?.type === "radio" ? (chosen[0] ?? "") : (fields[0]?.value ?? "");
}

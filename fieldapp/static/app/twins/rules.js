/**
 * The whole vocabulary of rules: the same words as fieldapp/surveys/rules.py, held to them by tests/cases/rules.json.
 * A rule is data; its sentence travels beside it. A predicate is true when the answer is fine.
 */

import { asked, holds, isOneOf } from "./asked_if.js";
import { citizenIdHasARealPrefix, citizenIdParts, fits, isPhone } from "./read.js";

/**
 * Every rule the answers break, in the order of the questions: `[{question, word, level, message, others, by}]`; `others`
 * are the questions whose answers this one contradicts, `by` is the question whose rule it is, wherever it is told.
 */
export function check(survey, answers, today) {
  const wanted = asked(survey, answers);
  const counted = Object.fromEntries(Object.entries(answers).filter(([name]) => wanted.has(name)));
  return survey.order
    .filter((name) => wanted.has(name))
    .flatMap((name) => problems(survey, name, answers[name] ?? null, counted, today));
}

/** The rules one answer breaks; while there is an error, no warning. `today` is an ISO day, null where nobody knows it. */
export function problems(survey, name, value, answers, today) {
  const question = survey.questions[name];
  if (value !== null && !fits(question, value)) {
    return [{ question: name, word: "kind", level: "error", message: question.unreadable, others: [], by: name }];
  }
  const broken = question.rules.filter((rule) => !keeps(rule, value, answers, today));
  const errors = broken.filter((rule) => rule.level === "error");
  const found = errors.length ? errors : broken;
  return found.map(({ word, level, message, arg }) => {
    return { question: name, word, level, message, others: othersOf(word, arg), by: name };
  });
}

// The other questions whose answers a rule compares with its own.
function othersOf(word, arg) {
  if (word === "together_at_most") return [...arg.with, arg.limit];
  if (word === "not_also_in") return arg;
  if (["at_most", "citizen_id_sex", "citizen_id_year"].includes(word)) return [arg];
  return ["not_after", "not_before"].includes(word) && !isMoment(arg) ? [arg] : [];
}

/** Whether an answer keeps a rule. No answer breaks only `required`. */
export function keeps(rule, value, answers, today) {
  if (rule.when && !holds(rule.when, answers)) return true;
  if (rule.word === "required") return value !== null;
  if (today === null && asksToday(rule)) return true;
  return value === null || WORDS[rule.word](value, rule.arg, answers, today);
}

// A tablet whose clock was set back refuses no date: the office sees the answer all the same.
function asksToday({ word, arg }) {
  return word === "age_at_least" || arg === "today";
}

export const WORDS = {
  required: (value) => value !== null,
  min: (value, arg) => millionths(value) >= millionths(arg),
  max: (value, arg) => millionths(value) <= millionths(arg),
  longest: (value, arg) => [...value].length <= arg,
  multiple_of: (value, arg) => value % arg === 0,
  pattern: (value, arg) => PATTERNS[arg](value),
  full_date: (value) => value.length === 10,
  not_after: (value, arg, answers, today) => compare(value, moment(arg, answers, today)) <= 0,
  not_before: (value, arg, answers, today) => compare(value, moment(arg, answers, today)) >= 0,
  age_at_least: (value, arg, answers, today) => Number(today.slice(0, 4)) - Number(String(value).slice(0, 4)) >= arg,
  at_most: (value, arg, answers) => isNone(answers[arg]) || millionths(value) <= millionths(answers[arg]),
  together_at_most: togetherAtMost,
  at_least_items: (value, arg) => value.length >= arg,
  at_most_items: (value, arg) => value.length <= arg,
  only_alone: (value, arg) => !value.includes(arg) || value.length === 1,
  none_of: (value, arg) => !isOneOf(value, arg),
  not_also_in: (value, arg, answers) => {
    const there = new Set(arg.flatMap((other) => (answers[other] ?? []).map(({ sha256 }) => sha256)));
    return !value.some(({ sha256 }) => there.has(sha256));
  },
  accurate: (value, arg) => value.accuracy_m === null || value.accuracy_m <= arg,
  citizen_id_province: (value) => citizenIdParts(value) === null || citizenIdHasARealPrefix(value),
  citizen_id_sex: (value, arg, answers) => agrees(citizenIdParts(value)?.sex, answers[arg]),
  citizen_id_year: (value, arg, answers) =>
    agrees(citizenIdParts(value)?.birthYear, isNone(answers[arg]) ? null : Number(answers[arg].slice(0, 4))),
};

export const PATTERNS = {
  phone: isPhone,
  citizen_id: (number) => /^([0-9]{9}|[0-9]{12})$/.test(number),
  citizen_id_12: (number) => [...number].length !== 9,
  full_name: (name) => name.includes(" ") && !/[0-9]/.test(name),
  year: (year) => year >= 1800 && year <= 2200,
};

function togetherAtMost(value, arg, answers) {
  const limit = answers[arg.limit];
  if (isNone(limit)) return true;
  const total = arg.with.reduce((sum, question) => sum + millionths(answers[question] ?? 0), millionths(value));
  return total <= millionths(limit);
}

function agrees(part, answer) {
  return isNone(part) || isNone(answer) || part === answer;
}

function isNone(value) {
  return value === null || value === undefined;
}

// Exact, where a float would round: "31.5" is 31500000.
function millionths(value) {
  const [, sign, whole, fraction = ""] = String(value).match(/^(-?)([0-9]+)(?:\.([0-9]*))?$/);
  const scaled = BigInt(whole + fraction.slice(0, 6).padEnd(6, "0"));
  return sign ? -scaled : scaled;
}

/** What a date is compared with: today, a date or year written in the rule, or the answer to a question. */
function moment(arg, answers, today) {
  if (arg === "today") return today;
  return isMoment(arg) ? arg : (answers[arg] ?? null);
}

function isMoment(arg) {
  return arg === "today" || /^[0-9]/.test(arg);
}

/** -1, 0 or 1, by the parts both have: a year alone is neither before nor after a day of that year. */
function compare(one, other) {
  if (other === null) return 0;
  const shortest = Math.min(String(one).length, String(other).length);
  const [left, right] = [String(one).slice(0, shortest), String(other).slice(0, shortest)];
  return Number(left > right) - Number(left < right);
}

/**
 * Answers as people read them, and the keys names are found and sorted by: the same as fieldapp/vietnamese.py and
 * Question.show, held to them by tests/cases/format.json. Numbers are written the Vietnamese way in every language.
 */

import { grouped } from "../ground/i18n.js";
import { clean, fits, hasPattern } from "./read.js";

const LONGEST_ODD = 300;

/**
 * The answer for people: `60.000.000 đồng`, `31,5 m²`, `05/02/2026`, the wording of a choice; "" for none. A value that
 * cannot be an answer, which an administrator let count all the same, is shown as it came.
 */
export function show(question, value) {
  if (value === null || value === undefined) return "";
  return isDrawn(question, value) ? SHOWN[question.kind](question, value) : asItCame(value);
}

/** What a field holds so that the answer can be edited; reading it gives the answer again. What is none is not there. */
export function typed(question, value) {
  if (value === null || value === undefined || !isDrawn(question, value)) return question.kind === "many_of" ? [] : "";
  return (TYPED[question.kind] ?? String)(value, question);
}

// Whether the value is one that its kind is drawn from: its shape, or codes that a newer list may have.
function isDrawn(question, value) {
  if (question.kind === "one_of") return typeof value === "string";
  if (question.kind === "many_of") return Array.isArray(value) && value.every((code) => typeof code === "string");
  return fits(question, value);
}

function asItCame(value) {
  const letters = [...(typeof value === "string" ? value : JSON.stringify(value))];
  return letters.length <= LONGEST_ODD ? letters.join("") : `${letters.slice(0, LONGEST_ODD - 1).join("")}…`;
}

/** `1234567` as `1.234.567`. */
export function showInteger(value) {
  return grouped(value, ".");
}

/** `"1234.5"` as `1.234,5`. */
export function showDecimal(value) {
  const [whole, fraction] = value.split(".");
  return fraction ? `${showInteger(whole)},${fraction}` : showInteger(whole);
}

/** `60000000` as `60.000.000 đồng`. */
export function showMoney(value) {
  return `${showInteger(value)} đồng`;
}

const MAGNITUDES = { tỷ: 1_000_000_000, triệu: 1_000_000, nghìn: 1000, "": 1 };

/** `1250000000` as `1.250.000.000 đồng (1 tỷ 250 triệu)`: the words tell at a glance how many noughts there are. */
export function amountInWords(value) {
  let left = value;
  const parts = Object.entries(MAGNITUDES).map(([word, size]) => {
    const many = Math.floor(left / size);
    left %= size;
    return many ? `${showInteger(many)} ${word}`.trim() : "";
  });
  return value < 1000 ? showMoney(value) : `${showMoney(value)} (${parts.filter(Boolean).join(" ")})`;
}

/** `2026-02-05` as `05/02/2026`; a year alone stays `1965`. */
export function showDate(value) {
  return value.split("-").reverse().join("/");
}

/** `0912345678` as `0912 345 678`; anything else as it is. */
export function showPhone(number) {
  if (!/^0[0-9]{9,10}$/.test(number)) return number;
  return `${number.slice(0, 4)} ${number.slice(4, -3)} ${number.slice(-3)}`;
}

/** What a name is found by: no accents, no case, `y` as `i`, one space between words. */
export function searchKey(text) {
  const letters = text.normalize("NFC").toLowerCase().normalize("NFD");
  const plain = letters.replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ");
  return plain.replace(/[đð]/g, "d").replaceAll("y", "i").trim();
}

/** What must all be in a space and a search key for it to be found: words where a word begins, digits anywhere. */
export function sought(text) {
  const words = searchKey(text).split(" ").filter(Boolean);
  return words.map((word) => (/\p{N}/u.test(word) ? word : ` ${word}`));
}

const ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
const TONES = "\u0300\u0309\u0303\u0301\u0323";

/** ASCII text that sorts as a Vietnamese dictionary sorts: a ă â, then ngang huyền hỏi ngã sắc nặng. */
export function collationKey(text) {
  return clean(text).toLowerCase().split(" ").filter(Boolean).map(wordKey).join(" ");
}

/** The key of a person's name: by given name (the last word), then family name, then the middle names. */
export function sortKey(name) {
  const words = clean(name).split(" ");
  return collationKey([...words.slice(-1), ...words.slice(0, -1)].join(" "));
}

function wordKey(word) {
  let tone = 0;
  const letters = [];
  for (const letter of word.normalize("NFD")) {
    if (TONES.includes(letter)) tone = TONES.indexOf(letter) + 1;
    else if (/\p{M}/u.test(letter) && letters.length) letters[letters.length - 1] += letter;
    else letters.push(letter);
  }
  return `${letters.map((letter) => weight(letter.normalize("NFC"))).join("")} ${tone}`;
}

function weight(letter) {
  if (ALPHABET.includes(letter)) return String.fromCharCode(65 + ALPHABET.indexOf(letter));
  if (/^[0-9]$/.test(letter)) return letter;
  const plain = [...searchKey(letter)][0];
  if (!plain) return "!";
  return ALPHABET.includes(plain) ? String.fromCharCode(65 + ALPHABET.indexOf(plain)) : "~";
}

const SHOWN = {
  text: (question, value) => (hasPattern(question, "phone") ? showPhone(value) : value),
  long_text: (question, value) => value,
  integer: (question, value) => measured(question, isYear(question) ? String(value) : showInteger(value)),
  money: (question, value) => showMoney(value),
  decimal: (question, value) => measured(question, showDecimal(value)),
  date: (question, value) => showDate(value),
  one_of: (question, value) => labels(question, [value]),
  many_of: labels,
  yes_no: (question, value) => labels(question, [value]),
  photo: (question, value) => measured(question, String(value.length)),
  point: (question, value) => {
    const place = `${value.lat}, ${value.lon}`;
    return value.accuracy_m === null ? place : `${place} (±${showInteger(value.accuracy_m)} m)`;
  },
  reference: (question, value) => value,
  village: (question, value) => value,
  ids: (question, value) => showInteger(value.length),
  pins: (question, value) => value.map((pin) => pin.text).join("; "),
};

const TYPED = {
  integer: (value, question) => (isYear(question) ? String(value) : showInteger(value)),
  money: (value) => showInteger(value),
  decimal: (value) => showDecimal(value),
  date: (value) => showDate(value),
  yes_no: (value) => (value ? "yes" : "no"),
  many_of: (value) => [...value],
  photo: (value) => JSON.stringify(value),
  point: (value) => JSON.stringify(value),
  ids: (value) => JSON.stringify(value),
  pins: (value) => JSON.stringify(value),
};

function measured(question, number) {
  if (question.unit === "%") return `${number}%`;
  return question.unit ? `${number} ${question.unit}` : number;
}

function labels(question, codes) {
  return codes.map((code) => question.choices.find((choice) => choice.code === code)?.label ?? code).join("; ");
}

function isYear(question) {
  return hasPattern(question, "year");
}

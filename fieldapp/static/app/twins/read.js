/**
 * What people type, as canonical answers: the same readers as fieldapp/vietnamese.py and fieldapp/surveys/question.py,
 * held to them by tests/cases/read.json. No sentence lives here: a question brings its own.
 */

const LONGEST_NUMBER = 60;
const BLANKS = /[\t\v\f\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/g;
const LINE_END = / ?(?:\r\n?|\n) ?/g;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What was typed cannot be an answer to this question; `message` is the sentence for the person. */
export class Unreadable extends Error {}

class NotUnderstood extends Error {}

/** The canonical answer in what was typed or chosen (a text, a list of texts, or an answer); null when nothing was. */
export function read(question, typed) {
  if (isNothing(typed)) return null;
  try {
    const value = READERS[question.kind](question, typed);
    return isNothing(value) ? null : value;
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof SyntaxError) throw new Unreadable(question.unreadable);
    throw error;
  }
}

/** Whether a value has the canonical shape of an answer to this question. */
export function fits(question, value) {
  return SHAPES[question.kind](value, question);
}

/** Whether the question has the rule `pattern` with this name. */
export function hasPattern(question, name) {
  return (question.rules ?? []).some((rule) => rule.word === "pattern" && rule.arg === name);
}

function isNothing(value) {
  if (value === null || value === undefined) return true;
  return typeof value === "string" ? !/[^\r\n]/.test(value.replace(BLANKS, "")) : Array.isArray(value) && !value.length;
}

// --- text ---------------------------------------------------------------------------------------------------

/** One line of text as it is stored: NFC, trimmed, single spaces. */
export function clean(text) {
  return cleanLines(text).replaceAll("\n", " ").replace(/ +/g, " ");
}

/** Several lines of text as they are stored: like `clean`, and line breaks stay. */
export function cleanLines(text) {
  if (typeof text !== "string" || text.includes("\0") || LONE_SURROGATE.test(text)) throw new NotUnderstood();
  return text.normalize("NFC").replace(BLANKS, " ").replace(LINE_END, "\n").replace(/^[ \n]+|[ \n]+$/g, "");
}

/** Letters without accents, lower case, `đ` as `d` and `y` as `i`; everything else as it is. */
export function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("y", "i");
}

// --- numbers and money --------------------------------------------------------------------------------------

/** `1.234`, `1 234` or `1234` as 1234. */
export function readInteger(text) {
  const digits = number(text);
  if (!/^-?[0-9]{1,16}$/.test(digits) || !Number.isSafeInteger(Number(digits))) throw new NotUnderstood();
  return Number(digits) + 0;
}

/** `31,5` (or `31.5`) as `"31.5"`: canonical, no trailing zeros. */
export function readDecimal(text) {
  const digits = number(text);
  if (!/^-?[0-9]{1,12}(\.[0-9]{1,6})?$/.test(digits)) throw new NotUnderstood();
  const [, sign, whole, fraction = ""] = digits.match(/^(-?)0*([0-9]+?)(?:\.([0-9]*?)0*)?$/);
  const value = fraction ? `${whole}.${fraction}` : whole;
  return value === "0" ? "0" : sign + value;
}

// A dot before exactly three digits groups thousands; one before a fraction comes from a keyboard without a comma. After
// a nought it may be either, and is asked about.
function number(text) {
  if (typeof text !== "string") throw new NotUnderstood();
  if (text.length > LONGEST_NUMBER) throw new NotUnderstood();
  const tight = clean(text).replaceAll(" ", "");
  if (/^-?0[0-9]*\.[0-9]{3}(?:[.,]|$)/.test(tight)) throw new NotUnderstood();
  if (tight.includes(",")) return tight.replace(/\.(?=[0-9]{3}(?:[.,]|$))/g, "").replace(",", ".");
  return tight.replace(/(?<=[0-9])\.(?=[0-9]{3}(?:\.|$))/g, "");
}

const UNITS = { k: 3n, nghin: 3n, ngan: 3n, tr: 6n, trieu: 6n, ti: 9n };
const AMOUNT = /([0-9][0-9., ]*?) *(nghin|ngan|trieu|ti|tr|k)(?![a-z])/g;

/** Whole đồng from `60.000.000 đồng`, `60 triệu`, `60tr`, `1,5 tỷ` or `1 tỷ 200 triệu`. */
export function readMoney(text) {
  if (typeof text !== "string") throw new NotUnderstood();
  if (text.length > LONGEST_NUMBER) throw new NotUnderstood();
  const words = plain(clean(text)).replace(/ *(dong|vnd|d)$/, "");
  const amounts = [...words.matchAll(AMOUNT)];
  if (!amounts.length) return readInteger(words);
  const powers = amounts.map(([, , unit]) => UNITS[unit]);
  const falling = powers.every((power, place) => place === 0 || power < powers[place - 1]);
  if (!falling || words.replace(AMOUNT, "").trim()) throw new NotUnderstood();
  return amounts.map(([, amount], place) => times(amount, powers[place])).reduce(sum);
}

function times(amount, power) {
  const [whole, fraction = ""] = readDecimal(amount).split(".");
  const scaled = BigInt(whole + fraction) * 10n ** power;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) throw new NotUnderstood();
  return sum(Number(scaled / divisor), 0);
}

function sum(one, other) {
  if (!Number.isSafeInteger(one + other)) throw new NotUnderstood();
  return one + other;
}

// --- dates, telephones, identity numbers --------------------------------------------------------------------

/** `5/2/2026`, `05-02-2026`, `05.02.2026`, `05022026` or `2026-02-05` as `2026-02-05`; `1965` stays. */
export function readDate(text) {
  const tight = clean(text).replace(/ ?([/.-]) ?/g, "$1").replaceAll(" ", "/");
  if (/^[12][0-9]{3}$/.test(tight)) return tight;
  const iso = tight.match(/^([12][0-9]{3})-([0-9]{1,2})-([0-9]{1,2})$/);
  if (iso) return day(iso[1], iso[2], iso[3]);
  const typed = tight.match(/^([0-9]{1,2})([/.-])([0-9]{1,2})\2([12][0-9]{3})$/);
  if (typed) return day(typed[4], typed[3], typed[1]);
  const tied = tight.match(/^([0-9]{2})([0-9]{2})([12][0-9]{3})$/);
  if (tied) return day(tied[3], tied[2], tied[1]);
  throw new NotUnderstood();
}

function day(year, month, date) {
  const iso = `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}`;
  if (!isDay(iso)) throw new NotUnderstood();
  return iso;
}

function isDay(iso) {
  const moment = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().slice(0, 10) === iso;
}

const SINCE_2018 = {
  "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
  "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
  "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037", "0168": "038",
  "0169": "039", "0186": "056", "0188": "058", "0199": "059",
};
const AREAS = { "0281": "0209", "0280": "0208" };

/** The digits of a telephone number as it is dialled today; what looks like no number stays as typed. */
export function readPhone(text) {
  const digits = clean(text).replace(/[ ().-]/g, "").replace(/^(\+84|0084|84(?=[0-9]{9}$))0?/, "0");
  if (/^01[0-9]{9}$/.test(digits)) return (SINCE_2018[digits.slice(0, 4)] ?? digits.slice(0, 4)) + digits.slice(4);
  return /^028[01][0-9]{7}$/.test(digits) ? AREAS[digits.slice(0, 4)] + digits.slice(4) : digits;
}

/** Whether a number of today can be dialled: a mobile of 10 digits, or a landline of 11. */
export function isPhone(number) {
  return /^(0[35789][0-9]{8}|02[0-9]{9})$/.test(number);
}

/** The digits of an identity number, without the spaces, dots and dashes people put between them. */
export function readCitizenId(text) {
  return clean(text).replace(/[ .-]/g, "");
}

const PROVINCES = new Set(
  ("001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 " +
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 " +
    "087 089 091 092 093 094 095 096").split(" "),
);

/** What a 12-digit number says of its holder: `{province, sex, birthYear}`; null for any other text. */
export function citizenIdParts(number) {
  if (!/^[0-9]{12}$/.test(number)) return null;
  const century = 1900 + 100 * Math.floor(Number(number[3]) / 2);
  const sex = Number(number[3]) % 2 ? "nu" : "nam";
  return { province: number.slice(0, 3), sex, birthYear: century + Number(number.slice(4, 6)) };
}

/** Whether the first digits name one of the 63 provinces, or a country of birth (101 and up). */
export function citizenIdHasARealPrefix(number) {
  return PROVINCES.has(number.slice(0, 3)) || /^[1-9]/.test(number);
}

// --- readers by kind ----------------------------------------------------------------------------------------

const PAIR = /^ *(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?) *(?:[;/]|, | ) *(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?) *$/;

const READERS = {
  text: readText,
  long_text: (question, typed) => cleanLines(typed),
  integer: (question, typed) => (typeof typed === "number" ? whole(typed) : readInteger(typed)),
  money: (question, typed) => (typeof typed === "number" ? whole(typed) : readMoney(typed)),
  decimal: (question, typed) => readDecimal(typeof typed === "number" ? String(whole(typed)) : typed),
  date: (question, typed) => readDate(typed),
  one_of: (question, typed) => code(question, typed),
  many_of: readCodes,
  yes_no: readYesNo,
  photo: readJson,
  point: readPoint,
  reference: readName,
  village: readName,
  ids: readJson,
  pins: readJson,
};

function readText(question, typed) {
  if (hasPattern(question, "phone")) return readPhone(typed);
  return hasPattern(question, "citizen_id") ? readCitizenId(typed) : clean(typed);
}

function readCodes(question, typed) {
  const given = Array.isArray(typed) ? typed : [typed];
  return [...new Set(given.filter((one) => one !== "").map((one) => code(question, one)))].sort();
}

function readYesNo(question, typed) {
  if (typeof typed === "boolean") return typed;
  const word = clean(typed).toLowerCase();
  if (!["yes", "true", "no", "false"].includes(word)) throw new NotUnderstood();
  return word === "yes" || word === "true";
}

function readPoint(question, typed) {
  if (typeof typed !== "string" || typed.trim().startsWith("{")) return readJson(question, typed);
  const pair = clean(typed).match(PAIR);
  if (!pair) throw new NotUnderstood();
  const [lat, lon] = [pair[1], pair[2]].map(degrees);
  return readJson(question, { lat, lon, accuracy_m: null, at: null, source: "pin" });
}

// Digits beyond the sixth (a tenth of a metre) are cut, not rounded: no two machines may disagree over them.
function degrees(text) {
  const [whole, fraction = ""] = text.replace(",", ".").split(".");
  const shown = `${whole.replace(/^(-?)0+(?=[0-9])/, "$1")}.${fraction.slice(0, 6).padEnd(6, "0")}`;
  return /^-0\.0+$/.test(shown) ? shown.slice(1) : shown;
}

function readJson(question, typed) {
  const value = typeof typed === "string" ? JSON.parse(typed) : typed;
  if (!isNothing(value) && !fits(question, value)) throw new NotUnderstood();
  return value;
}

function readName(question, typed) {
  const value = clean(typed);
  if (!fits(question, value)) throw new NotUnderstood();
  return value;
}

function whole(value) {
  if (!Number.isSafeInteger(value)) throw new NotUnderstood();
  return value;
}

function code(question, typed) {
  const value = clean(typed);
  if (!isCode(question, value)) throw new NotUnderstood();
  return value;
}

// --- shapes of canonical answers ----------------------------------------------------------------------------

const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp"];

const SHAPES = {
  text: (value) => typeof value === "string" && value !== "",
  long_text: (value) => typeof value === "string" && value !== "",
  integer: Number.isSafeInteger,
  money: Number.isSafeInteger,
  decimal: (value) => isText(value, /^-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?$/),
  date: (value) => isText(value, /^[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?$/) && (value.length === 4 || isDay(value)),
  one_of: (value, question) => isCode(question, value),
  many_of: (value, question) => isSortedSet(value) && value.length > 0 && value.every((one) => isCode(question, one)),
  yes_no: (value) => typeof value === "boolean",
  photo: (value) => Array.isArray(value) && value.length > 0 && value.every(isPhoto),
  point: isPoint,
  reference: (value) => isText(value, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  village: (value) => isText(value, /^[0-9]{4}\.[0-9]{5}\.[0-9]{3}$/),
  ids: (value) => isSortedSet(value) && value.every((one) => isText(one, /^[0-9a-f]{32}$/)),
  pins: (value) => Array.isArray(value) && value.every(isPin),
};

function isText(value, pattern) {
  return typeof value === "string" && pattern.test(value);
}

function isCode(question, value) {
  return typeof value === "string" && (question.choices ?? []).some((choice) => choice.code === value);
}

function isSortedSet(value) {
  return Array.isArray(value) && value.every((one, place) => typeof one === "string" && !(one <= value[place - 1]));
}

function hasKeys(value, keys) {
  return isPlain(value) && Object.keys(value).sort().join() === [...keys].sort().join();
}

function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPhoto(photo) {
  return (
    hasKeys(photo, ["sha256", "type", "bytes", "width", "height"]) &&
    isText(photo.sha256, /^[0-9a-f]{64}$/) &&
    PHOTO_TYPES.includes(photo.type) &&
    [photo.bytes, photo.width, photo.height].every((size) => Number.isSafeInteger(size) && size > 0)
  );
}

function isPoint(value) {
  return (
    hasKeys(value, ["lat", "lon", "accuracy_m", "at", "source"]) &&
    isDegrees(value.lat, 90) &&
    isDegrees(value.lon, 180) &&
    (value.accuracy_m === null || (Number.isSafeInteger(value.accuracy_m) && value.accuracy_m >= 0)) &&
    (value.at === null || isText(value.at, MOMENT)) &&
    ["gps", "pin"].includes(value.source)
  );
}

const MOMENT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;

function isDegrees(value, limit) {
  return isText(value, /^-?[0-9]{1,3}\.[0-9]{6}$/) && Math.abs(Number(value)) <= limit;
}

function isPin(pin) {
  return hasKeys(pin, ["question", "text"]) && Object.values(pin).every((part) => typeof part === "string");
}

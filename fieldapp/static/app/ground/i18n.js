/** Words for people. The source speaks English; the catalogue of the page's language comes with the shell. */

const timeZone = "Asia/Ho_Chi_Minh"; // whatever zone the tablet is set to
const catalogue = { language: "en", locale: "en-GB", messages: {} };

/** Take over the words of a language: its messages, `{English: translation}`, and how it writes days. */
export function speak(words) {
  Object.assign(catalogue, words);
}

/** Its code. */
export function language() {
  return catalogue.language;
}

/** The message in the language of the page, with each `%(name)s` filled in. */
export function _(message, values = {}) {
  return fill(catalogue.messages[message] ?? message, values);
}

/** The message for a count. Vietnamese has one form, English two; `%(n)s` is always filled in. */
export function ngettext(one, many, n, values = {}) {
  return fill(catalogue.messages[one] ?? (n === 1 ? one : many), { n: number(n), ...values });
}

/** A number as people write and type it, in every language: `1.234,5`. The browser's own take long to be made ready. */
export function number(value) {
  const [whole, fraction] = String(value).split(".");
  return [grouped(whole, "."), fraction].filter(Boolean).join(",");
}

/** Digits in groups of three. */
export function grouped(digits, separator) {
  return String(digits).replace(/(?<=[0-9])(?=([0-9]{3})+$)/g, separator);
}

/** A moment as people write it: `14:05, 21/8/2023`. */
export function moment(value) {
  const date = new Date(value);
  const time = date.toLocaleTimeString(catalogue.locale, { hour: "2-digit", minute: "2-digit", timeZone });
  return `${time}, ${day(date)}`;
}

/** A day as people write it: `21/08/2023`. */
export function day(value) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { day: "2-digit", month: "2-digit", year: "numeric", timeZone };
  return new Date(value).toLocaleDateString(catalogue.locale, parts);
}

/** A size for people: `240 KB`, `1,4 MB`. */
export function size(bytes) {
  if (bytes < 1_000_000) return `${number(Math.max(1, Math.round(bytes / 1000)))} KB`;
  return `${number(Math.round(bytes / 100_000) / 10)} MB`;
}

function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name] ?? ""));
}

/** What several views are made of. */

import { _ } from "../ground/i18n.js";
import { attempting } from "./attempts.js";
import { h, icon } from "./dom.js";

const BADGES = {
  draft: "pencil",
  tablet: "tablet",
  sent: "sent",
  received: "check",
  held: "hold",
  refused: "warning",
  returned: "comment",
  answered: "comment",
  corrected: "pencil",
  approved: "check",
  changed_since_approval: "warning",
  waiting: "comment",
  contested: "warning",
  news: "warning",
};

/** A state in words, with a drawing. */
export function badge(key, label) {
  return h("span", { class: `badge-state state-${key}` }, BADGES[key] ? icon(BADGES[key]) : null, label);
}

/** The states of a record, worth saying first. @param {any} row */
export function badges({ journey, review, ...row }) {
  return h("p", { class: "badges" },
    journey.key !== "server" && badge(journey.key, journey.label),
    review && badge(review.key, review.label),
    alerts(row),
  );
}

/** What stands under the bar until a person has seen to it; `kind`: plain, warning or danger. */
export function banner(kind, drawing, text, action = null, onclick = null) {
  return h("div", { class: `banner banner-${kind}`, role: kind === "plain" ? "status" : "alert" },
    icon(drawing),
    h("p", {}, text),
    action && h("button", { class: "btn btn-light", type: "button", onclick: attempting(onclick) }, action),
  );
}

/** What somebody must know before editing: answers that differ, and what others changed since. */
export function alerts({ contested, news }) {
  return [
    contested && badge("contested", _("Two answers differ")),
    news && badge("news", _("Changed by somebody else")),
  ];
}

/** A paragraph. */
export function text(...children) {
  return h("p", {}, children);
}

/** A paragraph of less weight. */
export function quiet(...children) {
  return h("p", { class: "quiet" }, children);
}

/**
 * A button; `look`: primary, outline-primary, light or quiet, with `wide` for the whole width. What `onclick` does may
 * fail: it is told at the button.
 */
export function button(look, drawing, label, onclick) {
  return h("button", { class: classesOf(look), type: "button", onclick: attempting(onclick) }, drawing && icon(drawing), label);
}

/** A link that looks like a button. */
export function buttonLink(look, drawing, label, href) {
  return h("a", { class: classesOf(look), href }, drawing && icon(drawing), label);
}

function classesOf(look) {
  return ["btn", ...look.split(" ").map((word) => `btn-${word}`)].join(" ");
}

/** A link back, with the name of where it leads. */
export function backLink(href, label) {
  return h("a", { class: "back", href }, icon("back"), label);
}

/** A card that is one big link. `lines`: what stands below the title. */
export function card(href, title, ...lines) {
  return h("li", { class: "card-item" }, h("a", { class: "card-link", href },
    h("span", { class: "card-title" }, title),
    lines.filter(Boolean).map((line) => (line instanceof Node ? line : h("span", { class: "card-line" }, line))),
  ));
}

/** A list of cards under a heading, or nothing at all. */
export function cards(title, items) {
  return items.length > 0 && h("section", { class: "block" }, h("h2", {}, title), h("ul", { class: "cards" }, items));
}

/** A box that says something; `kind`: good, warning, danger or plain. */
export function notice(kind, ...children) {
  return h("div", { class: `notice notice-${kind}` }, children);
}

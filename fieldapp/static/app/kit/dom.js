/** Elements made by calls, never from strings of HTML but the shell's own: no answer is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";
const FIELDS = new Set(["input", "select", "textarea"]);

/**
 * One element. `attributes`: `onclick` and the like are listeners, true and false switch an attribute,
 * null leaves it out. `children`: text, numbers, nodes, lists of them; null and false are skipped.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (FIELDS.has(tag)) element.autocomplete = "off"; // else the browser notes in the clear what stands in it
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** What the shell's own files say in HTML, such as a form that the server has drawn; never anything else. */
export function drawn(html) {
  return Object.assign(document.createElement("template"), { innerHTML: html }).content;
}

/** Offer bytes as a file among the downloads; gives its name. */
export function download({ blob, name }) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
  return name;
}

/** One element of a drawing, with the same attributes and children as `h`. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A 24-pixel line drawing beside a word; it says nothing of its own to a screen reader. */
export function icon(name) {
  const look = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" };
  return svg("svg", look, svg("path", { d: ICONS[name] }));
}

const ICONS = {
  home: "M3 11l9-8 9 8M5 9.5V21h5v-6h4v6h5V9.5",
  list: "M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01",
  sync: "M4 12a8 8 0 0 1 13.7-5.6L20 9M20 4v5h-5M20 12a8 8 0 0 1-13.7 5.6L4 15M4 20v-5h5",
  receipt: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  tablet: "M6 2h12v20H6zM11 18.5h2",
  sent: "M3 11l18-8-8 18-2-8z",
  check: "M4 12.5l5.5 5.5L20 6.5",
  warning: "M12 3l10 18H2zM12 10v5M12 18h.01",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  pencil: "M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4",
  comment: "M4 4h16v12H9l-5 4z",
  hold: "M8 5v14M16 5v14",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 10.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  point: "M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 7.5a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2",
  cross: "M6 6l12 12M18 6L6 18",
  lock: "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11M12 15v3",
  save: "M5 3h11l4 4v14H5zM8 3v5h7V3M8 21v-7h8v7",
};

/** What stands in the place of a page that could not be drawn: why, and two ways on. */

import { _ } from "../ground/i18n.js";
import { StorageFull } from "../store/errors.js";
import { h } from "../kit/dom.js";
import { button, text } from "../kit/parts.js";

/** The page: `{title, body}`. */
export function brokenPage(tablet, error) {
  const isFull = error instanceof StorageFull;
  return {
    title: isFull ? _("The tablet's storage is full") : _("Something went wrong"),
    body: [
      text(isFull ? FULL() : NOT_READ()),
      h("div", { class: "actions" },
        button("primary wide", "sync", _("Try again"), () => tablet.again()),
        button("outline-primary wide", "home", _("What to do next"), () => tablet.leaveTo("#/")),
      ),
    ],
  };
}

const FULL = () =>
  _("Nothing new can be saved, so this page was not opened. Everything saved before is still here. Delete photos or films from the tablet, then press “Try again”.");
const NOT_READ = () =>
  _("The app could not read the tablet's storage. Nothing was deleted. Close the app and open it again.");

/** On the page of a record: what was given here and does not count on the server, and what became of its photos. */

import { _, moment } from "../ground/i18n.js";
import { photoStage, stage, unanswered } from "../records/status.js";
import { h } from "../kit/dom.js";
import { badge, quiet, text } from "../kit/parts.js";
import { namesGiven } from "../kit/words.js";

const STOPPED = new Set(["held", "refused"]);

/** A notice for each change of this record that does not count, with the answers it gave. */
export function stoppedNotices(tablet, row, { changes }) {
  const stopped = unanswered(changes).filter((change) => STOPPED.has(stage(change).key));
  return stopped.map((change) => fateNotice(tablet.forms, change, quiet(isShown(row, change) ? SHOWN() : NOT_SHOWN())));
}

/** What became of a change, with the answers it gave. */
export function fateNotice({ surveys }, change, more = null) {
  const { key, label, detail } = stage(change);
  const names = surveys[change.survey] ? namesGiven(surveys[change.survey], answersOf(change)) : [change.survey];
  return h("div", { class: `notice notice-${STOPPED.has(key) ? "warning" : "plain"} fate` },
    h("h2", {}, label),
    text(detail),
    text(_("Given here %(when)s: %(questions)s", { when: moment(change.made_at), questions: names.join(", ") })),
    more,
  );
}

function answersOf({ text: said, damaged }) {
  return damaged ? {} : JSON.parse(said).answers;
}

function isShown({ heads }, { id }) {
  return Object.values(heads).some((ids) => ids.includes(id));
}

const SHOWN = () => _("This page shows these answers because they were given here. The server and everybody else go on without them.");
const NOT_SHOWN = () => _("This page shows what counts: these answers are left out.");

/** How far each photo taken here has come: SHA-256 -> a caption. */
export async function photoCaptions({ store }, row) {
  const photos = (await store.bare("photos")).filter((photo) => photo.record === row.id && photo.state !== "kept");
  const caption = (photo) => {
    const { key, label, detail } = photoStage(photo);
    return h("span", { class: "photo-stage" }, badge(key, label), key === "refused" && detail && quiet(detail));
  };
  return new Map(photos.map((photo) => [photo.sha256, () => caption(photo)]));
}

/** A button that saves work as a file where the app is locked, or cannot be opened at all. */

import { _ } from "../ground/i18n.js";
import { download, h } from "./dom.js";
import { button } from "./parts.js";

/** What saves these second copies as files, and says so. No PIN is needed. */
export function saverOf(copies, look) {
  const said = h("p", { role: "status" });
  const save = async () => {
    const { backupOfCopy } = await import("../person/backup.js"); // seldom needed, and not to be waited for at each start
    const files = (await Promise.all((await copies()).map(backupOfCopy))).filter(Boolean);
    files.forEach(download);
    const name = files.map((file) => file.name).join(", ");
    said.textContent = name ? _("The file %(name)s is saved in the downloads of this tablet.", { name }) : NO_COPY();
  };
  return [button(look, null, _("Save a backup file"), save), said];
}

const NO_COPY = () => _("Nothing that has not been sent was found outside the app's storage.");

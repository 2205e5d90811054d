/** Small comforts of the desk's pages. Every page works without them. */

import { confirmBeforeSending } from "./confirm.js";
import { openMenu } from "./menu.js";
import { offerPins } from "./pins.js";
import { submitOnChange } from "./filters.js";
import { drawPoint } from "./map.js";
import { askWhatFollows } from "./office.js";

openMenu(document);
confirmBeforeSending(document);
offerPins(document);
submitOnChange(document);
askWhatFollows(document);
addEventListener("DOMContentLoaded", () => drawPoint(document));
if (document.readyState !== "loading") drawPoint(document);
document.querySelector("[data-focus], .error-summary")?.focus();

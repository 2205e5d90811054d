/** Small comforts of the desk's pages. Every page works without them. */

import { checkAll } from "./check_all.js";
import { confirmBeforeSending } from "./confirm.js";
import { listenForKeys } from "./keys.js";
import { tellThatItLasts } from "./lasting.js";
import { openMenu, showSection } from "./menu.js";
import { echoMoney } from "./money.js";
import { offerPins } from "./pins.js";
import { submitOnChange } from "./filters.js";
import { drawArea } from "./area_map.js";
import { drawPoint } from "./map.js";
import { askWhatFollows } from "./office.js";
import { searchWhileTyping } from "./search.js";

openMenu(document);
showSection(document);
listenForKeys(document);
confirmBeforeSending(document);
tellThatItLasts(document);
offerPins(document);
checkAll(document);
submitOnChange(document);
searchWhileTyping(document);
askWhatFollows(document);
echoMoney(document);
// Leaflet is a deferred classic script after this module: it is there once the document is.
addEventListener("DOMContentLoaded", () => {
  drawPoint(document);
  drawArea(document);
});
document.querySelector("[data-focus], .error-summary")?.focus();
document.querySelector("form[data-send]")?.requestSubmit();

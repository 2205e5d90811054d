/** Whether photos may go over the line there is: they cost money where a person pays for each megabyte. */

/** What a person may choose: whenever there is network, by Wi-Fi only, or when a button is pressed. */
export const MODES = ["always", "wifi", "asked"];

/** Where a browser tells of the line: few do. @type {any} */
const LINE = navigator;

/** Whether this browser tells Wi-Fi from a mobile network. Many do not. */
export function tellsWifi({ connection } = LINE) {
  return Boolean(connection?.type) && connection.type !== "unknown";
}

/** May photos go by themselves now? Where the browser cannot tell, "wifi" means no. */
export function photosMayGo(mode, { connection } = LINE) {
  if (mode === "wifi") return ["wifi", "ethernet"].includes(connection?.type);
  return mode !== "asked";
}

/** Call `work` whenever another network is used, where the browser tells. */
export function onOtherLine(work, { connection } = LINE) {
  connection?.addEventListener?.("change", work);
}

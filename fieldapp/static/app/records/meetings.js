/** A village meeting as this tablet knows it. */

import { about } from "./records.js";

/** The record of the meeting about a list, or null, and its lines in the order of the law. */
export async function meetingOf(store, list) {
  const rows = await about(store, list);
  const lines = rows.filter(({ survey }) => survey === "list_line");
  const [meeting = null] = rows.filter(({ survey }) => survey === "village_meeting");
  return { meeting, lines: lines.sort((one, other) => one.values.number - other.values.number || (one.id < other.id ? -1 : 1)) };
}

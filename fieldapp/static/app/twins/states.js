/**
 * The states a record can be in for the people who decide about it, and their words; as fieldapp/facts/states.py, both
 * held to tests/cases/states.json.
 */

import { _ } from "../ground/i18n.js";

const WORDS = {
  waiting: () => _("Waiting for review"),
  returned: () => _("Returned"),
  answered: () => _("Answered, waiting again"),
  corrected: () => _("Corrected, waiting again"),
  approved: () => _("Approved"),
  changed_since_approval: () => _("Changed since approval"),
  refused: () => _("Refused by the supervisor"),
  recorded: () => _("Recorded"),
  withdrawn: () => _("Withdrawn"),
  contested: () => _("Answers do not agree"),
};

/** A state in words. */
export function stateWords(state) {
  return WORDS[state]();
}

/**
 * The state of a record. `verdict`: of the last decision about it; `same`: whether that saw the record as it stands;
 * `replied`: whether nothing it asked is left to be said; `reviewed`: whether anybody approves such records.
 */
export function stateFrom({ contested = false, withdrawn = false, reviewed = true, verdict = null, same = false, replied = false }) {
  if (contested) return "contested";
  if (withdrawn) return "withdrawn";
  if (!reviewed) return "recorded";
  if (verdict === "approve") return same ? "approved" : "changed_since_approval";
  if (verdict === "return") return same ? (replied ? "answered" : "returned") : "corrected";
  if (verdict === "refuse") return same ? "refused" : "corrected";
  return "waiting";
}

/** The vote of a village meeting on one household; as fieldapp/housing/voting.py, both held to tests/cases/voting.json. */

/**
 * What a vote comes to: `passes` where more than half of those `present` agree, else `fails`; `too_many` where more
 * agreed than there were; `open` while it is not counted, or nobody has said how many are present.
 */
export function voteOf(agreed, present) {
  if (agreed == null || present == null) return "open";
  if (agreed > present) return "too_many";
  return agreed * 2 > present ? "passes" : "fails";
}

/**
 * Which lists of a village are good: each write to its records gives them another mark, in the same transaction,
 * whoever writes and whatever for. A list is good as long as it names the mark that it was made under; see lists.js.
 */

/**
 * What a write in this transaction does beside: `marks(key, area)` before each row of `records` it puts or deletes. One
 * that is `isNew` lay nowhere before, and need not be looked for.
 */
export function marking(transaction) {
  const of = crypto.randomUUID();
  const done = new Set();
  const mark = (id) => {
    if (id === undefined || done.has(id)) return;
    done.add(id);
    transaction.objectStore("marks").put({ id, of });
  };
  return (key, area, isNew) => {
    mark(area);
    if (isNew) return;
    const before = transaction.objectStore("records").getAll(key); // it may have lain in another village
    before.onsuccess = () => before.result.forEach((row) => mark(row.survey_area));
  };
}

/** A mark for all records that are there already: a store of an earlier version has none. */
export function markAll(transaction) {
  const areas = transaction.objectStore("records").index("survey_area").openKeyCursor(null, "nextunique");
  areas.onsuccess = () => {
    if (!areas.result) return;
    transaction.objectStore("marks").put({ id: areas.result.key, of: "" });
    areas.result.continue();
  };
}

/** What can go wrong with the store, and what of it a browser means. */

/** There is no room left on the tablet; nothing of this write was kept. */
export class StorageFull extends Error {}

/** The store could not be opened or written for another reason than room. */
export class StorageBroken extends Error {}

/** Another tab still holds an older version of the store. */
export class StorageBlocked extends Error {}

/** The store was made by a newer version of the app. */
export class StorageNewer extends Error {}

/** The app is locked: what tells of a person can be neither read nor written. */
export class Locked extends Error {}

/** What to do with an error: `work(error)` where there was no room, else it is thrown on. */
export function whereFull(work) {
  return (error) => {
    if (!(error instanceof StorageFull)) throw error;
    return work(error);
  };
}

/** An error of IndexedDB as one of these. */
export function reason(error) {
  if (error?.name === "QuotaExceededError") return new StorageFull();
  if (error?.name === "VersionError") return new StorageNewer();
  return new StorageBroken(error ? `${error.name}: ${error.message}` : "aborted");
}

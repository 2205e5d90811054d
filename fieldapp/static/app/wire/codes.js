/** One-time codes are used up before their answer is here: a try has a secret name, so that a lost answer can be asked for again. */

const BEGUN = "connecting";

/** The name under which this tablet is being connected: the same until it is, also when the app was closed meanwhile. */
export function connectingAs() {
  const name = localStorage.getItem(BEGUN) ?? crypto.randomUUID();
  localStorage.setItem(BEGUN, name);
  return name;
}

/** The tablet has its place: the name is of no more use. */
export function connected() {
  localStorage.removeItem(BEGUN);
}

/** The name under which a forgotten PIN is replaced. It is gone with the page, so that nobody who finds it opens the tablet. */
export const UNLOCKING_AS = crypto.randomUUID();

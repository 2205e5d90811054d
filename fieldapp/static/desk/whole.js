/**
 * Whether the files of this page came whole. A browser keeps them for a year, and something on the way may have cut one and
 * told its length to fit. The server puts FILES before this: the integrity of each by its address. What is cut is asked for
 * again past what is kept: a style is laid on at once, a script is there with the next page. Never tells: pages work without.
 */

const CHECKED = "came-whole";

addEventListener("load", async () => {
  const known = new Set(JSON.parse(sessionStorage.getItem(CHECKED) ?? "[]"));
  const came = performance.getEntriesByType("resource").map(({ name }) => name.slice(location.origin.length));
  for (const address of came.filter((each) => FILES[each] && !known.has(each))) {
    if ((await isWhole(address)) || (await mended(address))) known.add(address);
  }
  sessionStorage.setItem(CHECKED, JSON.stringify([...known]));
  document.documentElement.dataset.checked = known.size;
});

function isWhole(address, more = {}) {
  const asked = fetch(address, { integrity: FILES[address], ...more });
  return asked.then((answer) => answer.arrayBuffer()).then(() => true, () => false);
}

async function mended(address) {
  if (!(await isWhole(address, { cache: "reload" }))) return false;
  const sheet = document.querySelector(`link[rel="stylesheet"][href="${CSS.escape(address)}"]`);
  sheet?.replaceWith(sheet.cloneNode());
  return true;
}

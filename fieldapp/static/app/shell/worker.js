/**
 * The service worker: keeps the shell, so that the app opens without network. It never touches data.
 * The server puts two lines before this file: BUILD, and SHELL: address -> [media type, SHA-256].
 */

const CACHE = `shell-${BUILD}`;

/** The first rule that fits a request answers it; whatever fits none goes to the network untouched. */
const RULES = [
  [(request, url) => request.mode === "navigate" && url.pathname === "/app/", (url) => kept(pageOf(url))],
  [(request, url) => address(url) in SHELL, (url) => kept(address(url))],
];

self.addEventListener("install", (event) => event.waitUntil(Promise.all([install(), route(event)])));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
self.addEventListener("sync", (event) => event.waitUntil(wake()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  const rule = RULES.find(([fits]) => fits(event.request, url));
  if (rule) event.respondWith(rule[1](url));
});

/** All of the shell or none of it: half a shell would open and then fail in a village. */
async function install() {
  const fetched = await Promise.all(Object.keys(SHELL).map(fetchOne));
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(fetched.map(([name, response]) => cache.put(name, response)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

// A browser that can take the shell from the cache by itself opens sooner: it need not start this worker for that.
async function route(event) {
  const kinds = [
    { pathname: `/app/build/${BUILD}/*` },
    { pathname: "/app/", search: "" },
    { pathname: "/app/", search: "lang=en" },
  ];
  const source = { cacheName: CACHE };
  const routes = kinds.map((kind) => ({ condition: { urlPattern: { ...kind, baseURL: location.origin } }, source }));
  await event.addRoutes?.(routes).catch((error) => console.info(error));
}

// The page has just loaded most of it: what the browser has kept is taken, so that nothing comes over the line twice. It is
// fetched afresh where that is not what it should be.
async function fetchOne(name) {
  for (const cache of ["default", "reload"]) {
    const response = await fetch(name, { cache, redirect: "error", credentials: "omit" });
    if (await isRight(name, response)) return [name, response];
  }
  throw new Error(`shell: ${name} is not what it should be`);
}

async function isRight(name, response) {
  const [type, digest] = SHELL[name];
  const fits = response.ok && !response.redirected && response.headers.get("Content-Type")?.startsWith(type);
  return fits && (await sha256(response.clone())) === digest;
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The network is back: open windows are told, and send. Without one nothing is sent, and nothing lost: the key of what
// waits is in the memory of an unlocked window only. What is sealed could go from here, but what sends it are modules,
// which not every browser's worker can load: it goes when the app is opened, even before the PIN is typed.
async function wake() {
  const windows = await self.clients.matchAll({ type: "window" });
  for (const each of windows) each.postMessage("the network is back");
}

async function kept(name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(name);
}

function address(url) {
  return url.pathname + url.search;
}

function pageOf(url) {
  const page = `/app/?lang=${url.searchParams.get("lang")}`;
  return page in SHELL ? page : "/app/";
}

async function sha256(response) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await response.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Start with the newest app there is. */

/** Fetch it, and take it at once. */
export async function renew() {
  const registration = await navigator.serviceWorker?.getRegistration("/app/");
  await registration?.update().catch(() => null);
  if (registration?.installing) await installed(registration.installing);
  if (registration?.waiting) take(registration);
  else location.reload();
}

/** The worker that waits takes over, and the page begins anew with it. */
export function take(registration) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  registration.waiting.postMessage("take over");
}

function installed(worker) {
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => worker.state !== "installing" && resolve());
  });
}

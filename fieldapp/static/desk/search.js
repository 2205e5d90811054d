/** Lists follow what is typed: the same page is fetched with the new words, and its live parts take their places. */

const PAUSE_MS = 250;

export function searchWhileTyping(page) {
  for (const field of page.querySelectorAll("form[data-search] input[type=search]")) {
    let pause = null;
    field.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => show(page, field), PAUSE_MS);
    });
  }
}

async function show(page, field) {
  const asked = field.value;
  const address = addressOf(field.form);
  const answer = await fetch(address);
  // Whoever types on has asked something newer meanwhile; a session that ended leads to the sign-in page.
  if (!answer.ok || answer.redirected || field.value !== asked) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("[data-live]")) {
    const found = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (found) part.replaceChildren(...found.childNodes);
  }
  history.replaceState(null, "", address);
}

function addressOf(form) {
  const given = [...new FormData(form)].filter(([, value]) => value);
  return `${new URL(form.action).pathname}?${new URLSearchParams(given)}`;
}

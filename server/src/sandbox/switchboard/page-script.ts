/**
 * What moves on the switchboard page. It asks for the small JSON every two seconds and fetches the page's live part only when
 * that changed, so nothing flickers and the server alone draws (and escapes).
 */
export const pageScript = `
'use strict';
const live = document.getElementById('live');
let seen = null;

async function refresh() {
  const state = await (await fetch('/sandbox/state.json')).text();
  if (state === seen) return;
  const page = await (await fetch('/sandbox')).text();
  const drawn = new DOMParser().parseFromString(page, 'text/html').getElementById('live');
  if (!drawn) return;
  live.replaceChildren(...drawn.childNodes);
  seen = state;
}

async function keepFresh() {
  try {
    if (document.visibilityState === 'visible') await refresh();
  } catch {
    // The server is starting again; the next turn asks once more.
  }
  setTimeout(keepFresh, 2000);
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = '已复制';
  } catch {
    button.textContent = text;
  }
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (!button) return;
  if (button.dataset.copy) return copy(button);
  if (button.dataset.plan) {
    const headers = { 'content-type': 'application/json' };
    await fetch('/sandbox/faults', { method: 'POST', headers, body: button.dataset.plan });
    return refresh();
  }
  if (button.dataset.clear) {
    await fetch('/sandbox/faults', { method: 'DELETE' });
    return refresh();
  }
});

document.addEventListener('submit', async (event) => {
  if (!(event.target instanceof HTMLFormElement) || !('quiet' in event.target.dataset)) return;
  event.preventDefault();
  const button = event.submitter;
  const reply = await fetch(event.target.action, { method: 'POST', headers: { accept: 'application/json' } });
  if (button && !reply.ok) button.textContent = (await reply.json().catch(() => ({}))).error || '做不到';
  else if (button && button.dataset.done) button.textContent = button.dataset.done;
  await refresh();
});

keepFresh();
`;

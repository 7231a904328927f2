// Passkeys: making one, and signing in with one, at the press of a button or from what the browser suggests in the field
// for the address. A button marked `data-passkey` has the options; its form is sent with the result. Browsers that
// cannot read options as JSON (before March 2025) are not offered passkeys.

import { ask } from './net.js';

const RENEWAL = 4 * 60_000; // milliseconds; the server's challenges are good for five minutes

// The request that waits for a passkey to be chosen from suggestions: it has to end before another can begin.
let waiting;

// True while the browser asks for a passkey because a button was pressed.
let isAsking = false;

// Also for a page that was put in the place of another.
export function prepare() {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  for (const button of document.querySelectorAll('button[data-passkey]:not([data-ready])')) {
    const { get, create } = JSON.parse(button.dataset.passkey);
    if ((get?.rpId ?? create.rp.id) !== location.hostname) continue;
    button.dataset.ready = Date.now();
    button.hidden = false;
    button.form.hidden = false;
    button.form.parentElement.querySelector('[data-without]')?.remove();
    if ('suggests' in button.dataset) stop().then(() => suggest(button));
  }
}

document.addEventListener('click', event => {
  const button = event.target.closest('button[data-ready]');
  if (!button) return;
  // The submission that `send` makes is no click.
  event.preventDefault();
  run(button);
});

async function run(button) {
  // The name of a new one is asked for first.
  if (isAsking || (!button.formNoValidate && !button.form.reportValidity())) return;
  isAsking = true;
  try {
    await stop();
    await renew(button);
    send(button, await perform(button));
  } catch (error) {
    tell(button, sentence(error));
    if ('suggests' in button.dataset) suggest(button);
  } finally {
    isAsking = false;
  }
}

function perform(button, more) {
  const { get, create } = JSON.parse(button.dataset.passkey);
  return create
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(create) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(get), ...more });
}

function send(button, credential) {
  const field = button.form.elements.credential;
  field.value = JSON.stringify(credential);
  button.form.requestSubmit(button);
  field.value = '';
}

// Offers passkeys where the address is typed, for as long as the page is there.
async function suggest(button) {
  if (waiting || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  while (!waiting && !isAsking && button.isConnected) {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), RENEWAL);
    let credential;
    const request = renew(button)
      .then(() => perform(button, { mediation: 'conditional', signal: end.signal }))
      .then(found => { credential = found; }, () => {});
    waiting = { end, request };
    await request;
    clearTimeout(timer);
    const isOwn = waiting?.end === end;
    if (isOwn) waiting = undefined;
    if (credential && button.isConnected) return send(button, credential);
    // Ended by the button, or by the browser; only time leads to another.
    if (!isOwn || !end.signal.aborted) return;
  }
}

async function stop() {
  const { end, request } = waiting ?? {};
  waiting = undefined;
  end?.abort();
  await request;
}

// Takes new options from a page that is as good as this one, once those of the button are old.
async function renew(button) {
  if (!button.matches('[formaction="/login/passkey"]') || Date.now() - button.dataset.ready < RENEWAL) return;
  const { page } = await ask('/login');
  const fresh = page.querySelector('button[data-passkey]');
  if (fresh) Object.assign(button.dataset, { passkey: fresh.dataset.passkey, ready: Date.now() });
}

function tell(button, text) {
  const alert = button.form.querySelector('.error[role=alert]') ?? document.createElement('p');
  alert.className = 'error';
  alert.setAttribute('role', 'alert');
  alert.textContent = text;
  button.before(alert);
}

function sentence({ name }) {
  switch (name) {
    // On purpose, browsers do not tell which.
    case 'NotAllowedError': return 'That was cancelled, took too long, or there is no passkey for it here.';
    case 'InvalidStateError': return 'This device has a passkey of this account already.';
    default: return 'That did not work. Try again, or do without a passkey.';
  }
}

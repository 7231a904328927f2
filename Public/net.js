// Talks to the server: pages and parts of pages as HTML, and what goes wrong as errors with a sentence.

const PATIENCE = 20_000; // milliseconds

export const byID = id => (id ? document.getElementById(id) : null);
export const here = () => location.pathname + location.search;

// Submits the page's form for actions, as one of its buttons would.
export function act(url, name, value) {
  const button = Object.assign(document.createElement('button'), { name, value, hidden: true });
  button.setAttribute('formaction', url);
  const form = byID('act');
  form.append(button);
  form.requestSubmit(button);
  button.remove();
}

// The account that a page was made for; none on pages for visitors.
export const account = (page = document) => page.body.dataset.account;
// True if lists and changes may lie in this browser while its pages are closed: on a device that the reader signed in
// on to stay, and only where a connection is private.
export const canKeep = () => isSecureContext && byID('act')?.matches('[data-keeps]');

// What has a sentence to show.
export class Problem extends Error {}

export class SignedOut extends Problem {
  needsAccount = true;
  constructor() {
    super('You have been signed out. What you typed is still here: sign in again, then send it once more. ');
  }
}

export const sentence = error => (error instanceof Problem && error.message
  ? error.message
  : 'That did not get through. Check the connection and try again.');

// The only place where text becomes elements, so that the browser can be told to refuse any other.
const policy = globalThis.trustedTypes?.createPolicy('latchkey', { createHTML: html => html, createScriptURL: () => '/sw.js' });
export const worker = () => policy?.createScriptURL('') ?? '/sw.js';
export const parse = html => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, 'text/html');

// One request. An answer in JSON has its sentence in `detail`.
export async function ask(url, { body, signal, headers } = {}) {
  const patience = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET', body, headers: { Accept: 'text/html', ...headers }, credentials: 'same-origin',
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  const text = await response.text();
  if (response.headers.get('content-type')?.includes('json')) throw new Problem(JSON.parse(text).detail);
  const page = parse(text);
  return {
    page, ok: response.ok, status: response.status, url: new URL(response.url), isRedirected: response.redirected,
    isFragment: response.headers.get('latchkey-fragment') === '1', isSignedOut: page.body.matches('[data-signs-in]'),
  };
}

// A form. If its session is over, or was followed by another one, it is sent again with the new token.
export async function post(url, body, headers) {
  const takeNewToken = () => body.set('form_token', document.querySelector('[name=form_token]').value);
  // A page that was kept in the browser has none.
  if (account() && !body.get('form_token')) {
    await renewToken();
    takeNewToken();
  }
  let answer = await ask(url, { body, headers });
  if (!account()) return answer;
  if (answer.status === 403) await renewToken();
  else if (answer.isSignedOut) await signIn();
  else return answer;
  takeNewToken();
  answer = await ask(url, { body, headers });
  if (answer.isSignedOut) throw new SignedOut();
  return answer;
}

export const renewToken = (asks = true) => import('./signin.js').then(module => module.renewToken(asks));

// Several actions can find the session over at once; they share one dialog.
let signingIn;
export function signIn() {
  signingIn ??= import('./signin.js')
    .catch(() => { throw new SignedOut(); })
    .then(module => module.ask())
    .finally(() => { signingIn = undefined; });
  return signingIn;
}

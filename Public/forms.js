// What forms for signing in and the account need: passwords that can be looked at, the browser's zone, the address that was
// typed on another page, and copies of secrets.

import { byID } from './net.js';
import { onSwap } from './swap.js';

document.addEventListener('click', event => {
  const button = event.target.closest('button.show');
  const field = button && byID(button.dataset.show);
  if (!field) return;
  const isShown = field.type === 'password';
  field.type = isShown ? 'text' : 'password';
  button.textContent = isShown ? 'Hide' : 'Show';
  button.setAttribute('aria-pressed', isShown);
});

// None where the browser does not know it, or has no well-formed language.
function firstDay(language) {
  try {
    const locale = new Intl.Locale(language);
    return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay;
  } catch {
    return undefined;
  }
}

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

// Signing in or up, the browser tells the zone, the language and the first day of the week; the account keeps the first
// that it hears of.
function fillLocale() {
  const { language } = navigator;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const values = { time_zone: timeZone, language, week_start: WEEKDAYS[firstDay(language) - 1] };
  for (const [name, value] of Object.entries(values)) {
    for (const field of document.querySelectorAll(`input[type=hidden][name=${name}]`)) field.value = value ?? '';
  }
}

// A secret that is shown once has a button for copying; without it, the text can be selected.
async function offerCopies() {
  const shown = document.querySelectorAll('[data-copy]');
  if (!shown.length) return;
  const { addCopyButton, addKeepingButtons } = await import('./copy.js');
  for (const element of shown) {
    addCopyButton(element, element.dataset.copy);
    if (element.dataset.save) addKeepingButtons(element, element.dataset.save);
    delete element.dataset.copy;
  }
}

// --- The address that was typed goes along to the page for another way in: behind the #, which no server and no log sees.

const WAYS_IN = ['/login', '/signup', '/forgot'];

function carry({ target }) {
  const link = target.closest?.('main a[href]');
  const field = byID('email');
  if (field?.type !== 'email' || !WAYS_IN.includes(link?.pathname) || link.origin !== location.origin) return;
  link.hash = field.value && 'email=' + encodeURIComponent(field.value);
}

for (const kind of ['click', 'auxclick', 'contextmenu']) document.addEventListener(kind, carry, true);

function takeAddress() {
  const [, address] = /^#email=(.+)/.exec(location.hash) ?? [];
  if (!address) return;
  // In the browser's history it would stay for others to see.
  history.replaceState(history.state, '', location.pathname + location.search);
  const field = WAYS_IN.includes(location.pathname) && byID('email');
  if (!field || field.value) return;
  try {
    field.value = decodeURIComponent(address);
  } catch {
    // It was not made here.
  }
}

export function prepare() {
  takeAddress();
  for (const button of document.querySelectorAll('button.show[data-show]')) button.hidden = false;
  fillLocale();
  offerCopies().catch(() => {});
  if (byID('retry')) import('./retry.js').catch(() => {});
  if (document.querySelector('form[action="/account/name"]')) import('./cards.js').catch(() => {});
  if (document.querySelector('.least')) import('./length.js').then(length => length.prepare(), () => {});
  if (document.querySelector('[data-passkey]')) import('./passkeys.js').then(passkeys => passkeys.prepare(), () => {});
}

prepare();
onSwap(prepare);

// Of an account that is to be deleted nothing stays here.
if (new URLSearchParams(location.search).get('notice') === 'deletion-requested') {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith('latchkey.draft.')) sessionStorage.removeItem(name);
}

// Who is asked to sign in is signed out. Once another tab has signed in, this one goes on to its page as well.
if (document.body.matches('[data-signs-in]')) {
  import('./kept.js').then(kept => kept.forgetLists()).catch(() => {});
  const goOn = () => { if (!byID('password')?.value) location.reload(); };
  if (globalThis.BroadcastChannel) new BroadcastChannel('latchkey-signed-in').onmessage = goOn;
}

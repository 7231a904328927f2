// Makes forms and links marked `data-live` answer without a reload. The server stays the only one who knows what a
// page looks like: what comes back is HTML, a whole page or the rows that changed. Without this script the same forms
// and links work the ordinary way.

import { account, byID, SignedOut } from './net.js';
import { complain, startToast } from './say.js';
import { go, hasMoved, onSwap, remember } from './swap.js';
import { submit, tick } from './actions.js';
import * as adding from './add.js';
import { later as lookForChips } from './chips.js';
import * as drafts from './drafts.js';
import * as live from './live.js';
import { offerPasswords } from './menus.js';
import './keys.js';

document.addEventListener('submit', event => {
  const form = event.target;
  if (form.matches('form[action="/logout"]')) drafts.forgetAll();
  if (!form.matches('form[data-live]') || event.defaultPrevented) return;
  event.preventDefault();
  const { submitter } = event;
  if (form.id === 'add') adding.submit(form);
  else if (submitter?.matches('.tick')) tick(form, submitter);
  else submit(form, submitter);
});

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-live]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.focus) drafts.forget(link.closest('.row').id);
  go(link.href, { trigger: link, push: true }).catch(error => {
    if (error instanceof SignedOut) complain(error);
    // Another link was followed meanwhile.
    else if (error.name !== 'AbortError') location.assign(link.href);
  });
});

// Going back shows the list as it is now, not as it was. A jump within the page is the browser's own business.
addEventListener('popstate', () => {
  if (!hasMoved()) return;
  go(location.href).catch(error => {
    if (error instanceof SignedOut) complain(error);
    else if (error.name !== 'AbortError') location.reload();
  });
});

document.addEventListener('input', event => {
  if (event.target.id === 'title') lookForChips();
  if (event.target.closest('#add, .editor')) drafts.keep();
});

document.addEventListener('paste', event => {
  if (event.target.id === 'title') adding.paste(event);
});

// The server writes the times of sign-ins and the like in UTC.
function showLocalTimes() {
  for (const time of document.querySelectorAll('time[data-exact]')) {
    time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

// Signing in or up, the browser tells the zone and the language; the account keeps the first that it hears of.
function fillLocale() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  for (const [name, value] of [['time_zone', timeZone], ['language', navigator.language]]) {
    const field = document.querySelector(`input[type=hidden][name=${name}]`);
    if (field) field.value = value ?? '';
  }
}

function prepare() {
  showLocalTimes();
  fillLocale();
  offerPasswords();
  if (byID('keys')) byID('keys').hidden = false;
}

prepare();
onSwap(prepare);
startToast();
// What a page without a reload would have left out of the address is taken out after one with it.
remember(new URL(location.href), false);

if (account() && byID('act')) {
  const unsent = drafts.restore();
  if (byID('add')) {
    adding.restore(unsent);
    lookForChips();
  }
  live.start();
}

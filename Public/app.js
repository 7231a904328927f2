// Makes forms and links marked `data-live` answer without a reload. The server stays the only one who knows what a
// page looks like: what comes back is HTML, a whole page or the rows that changed. Without this script the same forms
// and links work the ordinary way.

import { account, byID, canKeep, SignedOut } from './net.js';
import { complain, startToast } from './say.js';
import { forgetDraft, go, hasMoved, keepDrafts, onSwap, remember, restoreDrafts } from './swap.js';
import { fieldsOf, tick } from './actions.js';
import * as live from './live.js';

// What many visits don't need comes when it is asked for first.
let add;
let loading;

// One promise for all, so that what was done first is done first: a text is pasted before Enter sends it.
function adding() {
  loading ??= import('./add.js').then(module => {
    add = module;
    add.readAlong();
  }).catch(error => {
    loading = undefined;
    throw error;
  });
  return loading;
}

// The field is free for the next line at once, also while the module that sends this one is on its way.
function addTask(form) {
  const field = byID('title');
  const early = !add && field.value ? fieldsOf(form) : undefined;
  if (early) field.value = '';
  adding().then(() => add.submit(form, early)).catch(error => {
    if (early) field.value = early.get('title') + field.value;
    complain(error);
  });
}

document.addEventListener('submit', event => {
  const form = event.target;
  if (form.matches('form[action="/logout"]')) {
    event.preventDefault();
    import('./signout.js').then(module => module.signOut(form)).catch(() => form.submit());
  }
  if (!form.matches('form[data-live]') || event.defaultPrevented) return;
  event.preventDefault();
  const { submitter } = event;
  if (form.id === 'add') addTask(form);
  else if (submitter?.matches('.tick')) tick(form, submitter);
  else {
    const body = fieldsOf(form, submitter);
    import('./submit.js').then(({ submit }) => submit(form, submitter, body)).catch(complain);
  }
});

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-live]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.focus) forgetDraft(link.closest('.row').id);
  navigate(link.href, { trigger: link, push: true }, () => location.assign(link.href));
});

// Going back shows the list as it is now, not as it was. A jump within the page is the browser's own business.
addEventListener('popstate', () => {
  if (hasMoved()) navigate(location.href, {}, () => location.reload());
});

// - Parameter fallback: the ordinary way, for a page that could not be had.
function navigate(url, options, fallback) {
  go(url, options).catch(error => {
    if (error instanceof SignedOut) complain(error);
    // Another link was followed meanwhile.
    else if (error.name !== 'AbortError') fallback();
  });
}

document.addEventListener('focusin', event => {
  if (event.target.closest('#add')) adding().catch(() => {});
});

document.addEventListener('input', event => {
  if (event.target.id === 'title') add?.readAlong();
  if (event.target.closest('#add, .editor')) keepDrafts();
});

document.addEventListener('paste', event => {
  const text = event.target.id === 'title' && event.clipboardData?.getData('text/plain').trim();
  if (!text || !/[\r\n]/.test(text)) return;
  event.preventDefault();
  adding().then(() => add.paste(text)).catch(complain);
});

// The keys that were pressed before their module has come.
const pressed = [];

function hold(event) {
  // Some browsers search within the page, or from the address bar, with the keys that search the tasks.
  if (isForSearch(event) && byID('search')) event.preventDefault();
  pressed.push(event);
  if (pressed.length > 1) return;
  import('./keys.js').then(keys => {
    document.removeEventListener('keydown', hold);
    keys.start(pressed);
  }, () => pressed.splice(0));
}

document.addEventListener('keydown', hold);

const isForSearch = event =>
  event.key === '/' ? !event.target.matches('input, textarea, select') : event.key === 'k' && (event.ctrlKey || event.metaKey);

document.addEventListener('pointerdown', event => {
  if (event.target.matches('.grip') && event.button === 0) import('./drag.js').then(module => module.drag(event)).catch(() => {});
});

document.addEventListener('click', event => {
  if (event.target.closest('#keys')) import('./help.js').then(help => help.showKeys()).catch(complain);
});

// Menus close when they are done with.
document.addEventListener('toggle', event => {
  if (!event.target.matches?.('details.menu[open]')) return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target) && !event.target.contains(menu)) menu.open = false;
  }
}, true);

document.addEventListener('click', event => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

startToast();
// What a page without a reload would have left out of the address is taken out after one with it.
const url = new URL(location.href);
// Who is signed in is led here from the pages that the address was meant for.
if (byID('act') && url.hash.startsWith('#email=')) url.hash = '';
remember(url, false);

// A list without any task has some.
function offerExamples() {
  if (byID('examples')) import('./examples.js').then(examples => examples.prepare(), () => {});
}

onSwap(offerExamples);

// Also for a page that was put in the place of this one.
export function begin() {
  if (!account() || !byID('act')) {
    import('./forms.js').catch(() => {});
    return;
  }
  offerExamples();
  const unsent = restoreDrafts();
  if (unsent.length || byID('title')?.value) {
    adding().then(() => add.restore(unsent)).catch(() => {});
  }
  live.start();
  // When there is time, or at once for changes that wait.
  setTimeout(() => {
    import('./submit.js').catch(() => {});
    if (canKeep()) import('./offline.js').then(offline => offline.start()).catch(() => {});
  }, canKeep() && localStorage.waiting ? 0 : 3000);
}

begin();

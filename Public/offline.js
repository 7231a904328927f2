// What a remembered session has without a connection: the list as it was last seen, and the files that show it.

import { account, byID, here, parse, worker } from './net.js';
import { isShell, sendAll, showWaiting } from './outbox.js';
import * as kept from './kept.js';

// --- Keeping the list

let saving;

// Without what belongs to this visit: tokens, messages, and rows that the server does not know.
function keepList() {
  clearTimeout(saving);
  const address = here();
  if (isShell() || location.pathname !== '/dashboard' || /[?&](edit|select)=/.test(address)) return;
  const main = document.querySelector('main').cloneNode(true);
  for (const field of main.querySelectorAll('[name=form_token]')) field.setAttribute('value', '');
  for (const part of main.querySelectorAll('.pending, .gone, .toast, #problem, .row .error')) part.remove();
  for (const row of main.querySelectorAll('.unsaved')) row.classList.remove('unsaved');
  kept.keepList({ account: account(), address, title: document.title, html: main.outerHTML, at: Date.now() }).catch(() => {});
}

const keepSoon = () => {
  clearTimeout(saving);
  saving = setTimeout(keepList, 1000);
};

// The list that is kept for this address, in the place of a page that could not be had.
export async function showKept() {
  const all = await kept.lists();
  const list = all.find(({ address }) => address === here());
  if (!list) {
    for (const { address, title } of all) {
      const link = Object.assign(document.createElement('a'), { href: address, textContent: title.split(' · ')[0] });
      const item = document.createElement('li');
      item.append(link);
      byID('kept-lists').append(item);
    }
    return false;
  }
  const main = document.adoptNode(parse(list.html).querySelector('main'));
  document.body.dataset.account = list.account;
  document.querySelector('main').replaceWith(main);
  document.title = list.title;
  const note = Object.assign(document.createElement('p'), { className: 'notice', id: 'seen' });
  note.setAttribute('role', 'status');
  const seen = new Date(list.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  note.textContent = `There is no connection. This is the list as it was on ${seen}.`;
  main.prepend(note);
  scrollTo(0, 0);
  return true;
}

// --- The worker

const FILES = [
  'actions.js', 'add.js', 'app.css', 'app.js', 'cards.js', 'chips.js', 'dialog.js', 'drag.js', 'examples.js', 'forms.js', 'help.js',
  'icon.svg', 'kept.js', 'keys.js', 'length.js', 'live.js', 'net.js', 'offline.js', 'outbox.js', 'pages.css', 'refresh.js',
  'retry.js', 'rows.js', 'say.js', 'select.js', 'shell.js', 'signin.js', 'signout.js', 'submit.js', 'swap.js', 'undo.js',
];

// All files of one version together, so that none meets one of another version.
async function keepFiles() {
  await navigator.serviceWorker.register(worker());
  const base = new URL('.', import.meta.url).href;
  const cache = await caches.open('latchkey');
  if (await cache.match(base + 'app.js')) return;
  await cache.addAll(['/offline', ...FILES.map(name => base + name)]);
  for (const { url } of await cache.keys()) {
    if (!url.startsWith(base) && !url.endsWith('/offline')) await cache.delete(url);
  }
}

export async function start() {
  if (!isShell()) {
    await kept.forgetLists(account());
    new MutationObserver(keepSoon).observe(document.body, { childList: true, subtree: true });
    document.addEventListener('visibilitychange', () => { if (document.hidden) keepList(); });
    keepSoon();
    keepFiles().catch(() => {});
  }
  await showWaiting();
  await sendAll();
}

// What a remembered session has without a connection: the list as it was last seen, and changes that wait in this
// browser, also while no page is open, and are sent once.

import { account, ask, byID, here, parse, Problem, renewToken, worker } from './net.js';
import { forgetTick, headersFor, keepWith, showDone } from './actions.js';
import { refresh } from './live.js';
import { complain, markUnsaved, retryAll, say, showToast } from './say.js';
import { find } from './rows.js';
import { forgetDraft, show } from './swap.js';
import * as kept from './kept.js';

const PAUSE = 30_000; // milliseconds until a server that could not be reached is asked again

export const isShell = () => document.body.matches('[data-shell]');

// --- Keeping changes

// What is on its way from this page.
const mine = new Set();

// Changes of one name take each other's place: a task is done or it is not. What can't be sent twice, has a key.
function nameOf(url, body) {
  if (body.has('key')) return body.get('key');
  if (body.has('step') || !url.startsWith('/tasks/') || url.endsWith('/delete-for-good')) return null;
  return url.replace(/(complete|reopen)$/, 'tick');
}

keepWith(async (url, body, send) => {
  const name = nameOf(url, body);
  if (!name) return send();
  const fields = new URLSearchParams(body);
  fields.delete('form_token');
  const change = { account: account(), name, id: crypto.randomUUID(), at: Date.now(), url, body: String(fields) };
  mine.add(change.id);
  const keeping = kept.keepChange(change);
  const drop = () => keeping.then(() => kept.dropChange(change)).catch(() => {});
  try {
    const answer = await send();
    drop();
    return answer;
  } catch (error) {
    if (error instanceof Problem) drop();
    else tryLater();
    throw error;
  } finally {
    mine.delete(change.id);
  }
});

// --- Sending them

let timer;

// Those of pages that are gone. One page of all sends them, one after the other.
async function sendAll() {
  clearTimeout(timer);
  try {
    const isDone = await navigator.locks.request('latchkey-waiting', { ifAvailable: true }, lock => lock && sendThose());
    if (isDone && isShell() && !isBeingWritten()) location.reload();
  } catch (error) {
    if (error instanceof Problem) complain(error);
    else tryLater();
  }
}

function tryLater() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    retryAll();
    sendAll();
  }, PAUSE);
}

const waiting = async () => (await kept.changesOf(account())).filter(({ id }) => !mine.has(id));

// True if nothing is left to be sent or looked at.
async function sendThose() {
  const changes = await waiting();
  // The token is one of this account's session, or nothing is sent: with another one's the server would refuse it.
  if (changes.length || isShell()) await renewToken();
  let sent = 0;
  let notice;
  for (const change of changes) {
    const body = new URLSearchParams(change.body);
    body.set('form_token', byID('act').elements.form_token.value);
    const answer = await ask(change.url, { body, headers: headersFor(body) });
    if (answer.status >= 500 || answer.status === 429) throw new TypeError('not now');
    if (answer.isSignedOut || answer.status === 403) return false;
    // What was refused is shown with its text, to be corrected; but nothing that is being written gives way to it.
    if (!answer.ok) {
      if (isBeingWritten()) continue;
      await kept.dropChange(change);
      // Its version is from before; the page has the present one.
      forgetDraft(rowID(change));
      show(answer);
      return false;
    }
    await kept.dropChange(change);
    forgetTick(rowID(change));
    sent += 1;
    notice = answer.page.getElementById('notice');
  }
  if (sent) {
    refresh();
    if (sent === 1 && notice) showToast(notice);
    else say(`${sent} changes were sent.`);
  }
  return sent === changes.length && mine.size === 0;
}

const rowID = ({ url }) => url.replace(/^\/tasks\/([^/]+).*/, 'task-$1');
const isBeingWritten = () => Boolean(find('.editor') || byID('title')?.value);

addEventListener('online', sendAll);
document.addEventListener('visibilitychange', () => { if (!document.hidden) sendAll(); });

// Before they are sent, the rows that they are about say so.
async function showWaiting() {
  const changes = await waiting();
  const added = changes.filter(({ url }) => url === '/tasks');
  if (added.length) (await import('./add.js')).restore(added.map(({ body }) => body));
  for (const change of changes) {
    const row = byID(rowID(change));
    if (!row) continue;
    if (/(complete|reopen)$/.test(change.url)) showDone(row, change.url.endsWith('complete'));
    markUnsaved(row, new TypeError(), sendAll, true);
  }
}

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
      const link = Object.assign(document.createElement('a'), { href: address, textContent: title });
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
  'actions.js', 'add.js', 'app.css', 'app.js', 'chips.js', 'dialog.js', 'drag.js', 'forms.js', 'help.js', 'icon.svg', 'kept.js', 'keys.js',
  'live.js', 'net.js', 'offline.js', 'pages.css', 'refresh.js', 'rows.js', 'say.js', 'shell.js', 'signin.js',
  'signout.js', 'submit.js', 'swap.js',
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

// Changes that wait in this browser until the server has answered them, also while no page is open, and are sent once.

import { account, ask, byID, Problem, renewToken, SignedOut, signIn } from './net.js';
import { forgetTick, headersFor, keepWith, showDone } from './actions.js';
import { refresh } from './live.js';
import { complain, markUnsaved, retryAll, say, showToast, WAITING } from './say.js';
import { find } from './rows.js';
import { forgetDraft, show } from './swap.js';
import * as kept from './kept.js';

const PAUSE = 30_000; // milliseconds until a server that could not be reached is asked again
const PATIENCE = 20_000; // milliseconds that a change waits for another page, which may be asking to sign in

export const isShell = () => document.body.matches('[data-shell]');

// --- Keeping changes

// Changes of one name take each other's place: a task is done or it is not. What can't be sent twice, has a key.
function nameOf(url, body) {
  if (body.has('key')) return body.get('key');
  if (body.has('step') || !url.startsWith('/tasks/') || url.endsWith('/delete-for-good')) return null;
  return url.replace(/(complete|reopen)$/, 'tick');
}

// A page has the lock of a change from when it is made there until it is answered, so that no two pages send it at once.
const lockOf = ({ account, name }) => `latchkey-change ${account} ${name}`;

// The fields of what this page has made: the change.
const made = new WeakMap();

keepWith(async (url, body, send) => {
  const name = nameOf(url, body);
  if (!name) return send();
  const isAgain = made.has(body);
  const change = made.get(body) ?? newChange(name, url, body);
  made.set(body, change);
  const keeping = isAgain || kept.keepChange(change).then(() => true, () => false);
  try {
    return await navigator.locks.request(lockOf(change), { signal: AbortSignal.timeout(PATIENCE) }, async () => {
      // Another page has sent it, or a later one has taken its place.
      if (isAgain && !(await kept.has(change))) return { ok: true };
      try {
        const answer = await send();
        await end(body, keeping);
        return answer;
      } catch (error) {
        if (!(await waits(error, keeping))) await end(body, keeping);
        throw error;
      }
    });
  } catch (error) {
    const isKept = await waits(error, keeping);
    if (!isKept) made.delete(body);
    else if (!error.needsAccount) tryLater();
    // Several changes may share one error, and not all are kept.
    throw error.needsAccount ? Object.assign(Object.create(error), { isKept }) : Object.assign(error, { isKept });
  }
});

// True of a change without an answer, or whose account is not signed in any more: it stays until it is.
const waits = async (error, keeping) => (error.needsAccount || !(error instanceof Problem)) && keeping;

// When the last change was made. Those of one millisecond have an order, too.
let last = 0;

function newChange(name, url, body) {
  last = Math.max(Date.now(), last + 1);
  const fields = new URLSearchParams(body);
  fields.delete('form_token');
  return { account: account(), name, id: body.get('key') ?? crypto.randomUUID(), at: last, url, body: String(fields) };
}

// What is sent again after this is a change of its own.
async function end(body, keeping) {
  const change = made.get(body);
  made.delete(body);
  if (await keeping) await kept.dropChange(change).catch(() => {});
}

// --- Sending them

let timer;

// One page of all sends those that no page is about to send, one after the other.
export async function sendAll() {
  clearTimeout(timer);
  try {
    const isDone = await sendWaiting().catch(async error => {
      if (!(error instanceof SignedOut)) throw error;
      // Meanwhile another page can send what waits.
      await signIn();
      return sendWaiting();
    });
    if (isDone && isShell() && !isBeingWritten()) location.reload();
  } catch (error) {
    if (error instanceof Problem) {
      // It would be asked again and again.
      clearTimeout(timer);
      complain(error);
    } else {
      tryLater();
    }
  }
}

const sendWaiting = () =>
  navigator.locks.request('latchkey-waiting', { ifAvailable: true }, lock => lock && sendThose());

// What this page has made, it sends itself.
function tryAll() {
  retryAll();
  sendAll();
}

function tryLater() {
  clearTimeout(timer);
  timer = setTimeout(tryAll, PAUSE);
}

async function waiting() {
  const changes = await kept.changesOf(account());
  const { held, pending } = await navigator.locks.query();
  const taken = new Set([...held, ...pending].map(({ name }) => name));
  return changes.filter(change => !taken.has(lockOf(change)));
}

// True if nothing is left to be sent or looked at.
async function sendThose() {
  const changes = await waiting();
  // The token is one of this account's session, or nothing is sent: with another one's the server would refuse it.
  if (changes.length || isShell()) await renewToken(false);
  const sent = [];
  for (const change of changes) {
    const answer = await navigator.locks.request(lockOf(change), { ifAvailable: true }, lock => lock && sendOne(change));
    if (answer === false) return false;
    if (answer) sent.push(answer);
  }
  if (sent.length) {
    // The rows that this page has made of them go.
    retryAll('[data-waits]');
    refresh();
    const notice = sent[0].page.getElementById('notice');
    if (sent.length === 1 && notice) showToast(notice);
    else say(`${sent.length} changes were sent.`);
  }
  if ((await kept.changesOf(account())).length) return false;
  if (byID('problem')?.textContent === WAITING) byID('problem').remove();
  return true;
}

// The answer to what was sent; none if it is up to another page, and false if nothing more can be sent for now.
async function sendOne(change) {
  if (!(await kept.has(change))) return null;
  const body = new URLSearchParams(change.body);
  body.set('form_token', byID('act').elements.form_token.value);
  const answer = await ask(change.url, { body, headers: headersFor(body) });
  if (answer.status >= 500 || answer.status === 429) throw new TypeError('not now');
  if (answer.isSignedOut || answer.status === 403) return false;
  // What was refused is shown with its text, to be corrected; but nothing that is being written gives way to it.
  if (!answer.ok && isBeingWritten()) return null;
  // What is under way by now is not forgotten with it.
  const isLast = await kept.has(change);
  await kept.dropChange(change);
  if (answer.ok) {
    if (isLast) forgetTick(rowID(change));
    if (isLast && /^\/tasks\/[^/]+$/.test(change.url) && !find(`#${rowID(change)} .editor`)) forgetDraft(rowID(change), body);
    return answer;
  }
  // Its version is from before; the page has the present one.
  forgetDraft(rowID(change));
  show(answer);
  return false;
}

const rowID = ({ url }) => url.replace(/^\/tasks\/([^/]+).*/, 'task-$1');
const isBeingWritten = () => Boolean(find('.editor') || byID('title')?.value);

addEventListener('online', sendAll);
document.addEventListener('visibilitychange', () => { if (!document.hidden) tryAll(); });

// Before they are sent, the rows that they are about say so.
export async function showWaiting() {
  const changes = await waiting();
  const added = changes.filter(({ url }) => url === '/tasks');
  if (added.length) (await import('./add.js')).restore(added.map(({ body }) => body));
  for (const change of changes) {
    const row = byID(rowID(change));
    if (!row) continue;
    if (/(complete|reopen)$/.test(change.url)) showDone(row, change.url.endsWith('complete'));
    markUnsaved(row, new TypeError(), () => retry(change), true);
  }
}

// Another page may have sent it meanwhile.
async function retry(change) {
  if (await kept.has(change)) {
    sendAll();
    tryLater();
    return;
  }
  forgetTick(rowID(change));
  refresh();
}

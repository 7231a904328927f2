// Keeps the list up to date: one tab follows the account's changes and tells the others.

import { account, byID } from './net.js';
import { isBusy } from './actions.js';

const LONG = 60_000; // milliseconds
const OWN = 5_000;

// The tasks that this page has changed itself; the stream tells of them once, coming before or after the answer.
const own = new Map(); // the id of a task: when
const heard = new Set();

export const expect = id => own.set(id, performance.now());

function hear(ids) {
  resume?.();
  for (const id of ids) heard.add(id);
  if (!isBusy()) settled();
}

// Nothing is on its way any more, so what was heard can be told from what was done.
export function settled() {
  const foreign = [...heard].filter(id => !(performance.now() - own.get(id) < OWN));
  for (const id of heard) own.delete(id);
  heard.clear();
  if (foreign.length && !document.hidden) refresh(50);
}

let channel;
let leave;
// Connects at once if the stream was refused.
let resume;

// Signing in has begun another session, of which the page with the stream may not know yet.
export function resumeAll() {
  hear([]);
  channel?.postMessage([]);
}

function begin() {
  const name = 'latchkey-changes-' + account();
  channel = new BroadcastChannel(name);
  channel.onmessage = event => hear(event.data);
  channel.postMessage([]);
  const aborted = new AbortController();
  let end;
  const done = new Promise(resolve => { end = resolve; });
  leave = () => {
    aborted.abort();
    end();
    channel.close();
  };
  // What changed while this page was on its way here, another tab that follows the stream has not told this one.
  const other = setTimeout(refresh, 1000);
  // The page that has the lock follows the stream, until its page is closed.
  navigator.locks.request(name, { signal: aborted.signal }, () => {
    clearTimeout(other);
    return follow(done);
  }).catch(() => {});
}

async function follow(done) {
  const tell = ids => {
    channel.postMessage(ids);
    hear(ids);
  };
  let events;
  let again;
  const connect = () => {
    events = new EventSource('/api/events?start=on');
    // It begins with the next change. What came before, but after this page was made, is looked up.
    events.addEventListener('start', event => {
      if (JSON.parse(event.data).sequence > Number(byID('act')?.dataset.sequence)) tell(['']);
    });
    events.addEventListener('change', event => tell([JSON.parse(event.data).id]));
    events.addEventListener('reset', () => tell(['']));
    events.onerror = () => {
      // The browser tries again by itself, unless it was refused: then the session is over, for now.
      if (events.readyState === EventSource.CLOSED) again = setTimeout(connect, LONG);
    };
  };
  connect();
  resume = () => {
    if (events.readyState === EventSource.CLOSED) {
      clearTimeout(again);
      connect();
    }
  };
  await done;
  resume = undefined;
  clearTimeout(again);
  events.close();
}

// A page with an open stream could not be kept for going back to it. What is seen again may be old, or its session over.
export function start() {
  document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
  if (!globalThis.EventSource || !globalThis.BroadcastChannel || !navigator.locks) return;
  begin();
  addEventListener('pagehide', () => leave());
  addEventListener('pageshow', event => {
    if (!event.persisted) return;
    begin();
    refresh();
  });
}

// The list as it is now.
export function refresh(delay = 0) {
  import('./refresh.js').then(module => module.refresh(delay), () => {});
}

// What the page tells its reader: announcements, messages of one line with Undo, and complaints.

import { byID, canKeep, Problem, sentence, SignedOut } from './net.js';

const SHOWN_FOR = 8_000; // milliseconds

export function say(text) {
  const status = byID('status');
  if (!status) return;
  status.textContent = '';
  // A change right after the swap is not announced by every screen reader.
  setTimeout(() => { status.textContent = text; }, 100);
}

// --- The toast

export const MOST = 50;

// The toasts of this visit's changes that can be undone, the newest last, also those that are gone already.
export const changes = [];
let timer;

export function showToast(fresh) {
  const before = byID('notice');
  before?.remove();
  if (!fresh) return;
  document.querySelector('main').append(fresh);
  startToast();
  if (before) import('./undo.js').then(undo => undo.join(fresh, before)).catch(() => {});
  say(fresh.querySelector('p').textContent);
}

// Also for one that was in the page from the start.
export function startToast() {
  const toast = byID('notice');
  if (!toast) return;
  if (byID('undo')?.value) changes.splice(0, changes.push(toast) - MOST);
  clearTimeout(timer);
  timer = setTimeout(() => endToast(toast), SHOWN_FOR);
}

// It stays while it has the pointer or the focus, and while the page is hidden.
function endToast(toast) {
  if (toast.matches(':hover, :focus-within') || document.hidden) {
    timer = setTimeout(() => endToast(toast), SHOWN_FOR / 4);
    return;
  }
  toast.remove();
}

// --- Complaints

// Of a change that is kept, and sent again by itself.
export const WAITING = 'Waiting to be sent. ';

// Says so where it can be seen and heard, and leaves everything else as it is.
export function complain(error) {
  const alert = byID('problem') ?? document.createElement('p');
  Object.assign(alert, { id: 'problem', className: 'alert', textContent: error.isKept && !error.needsAccount ? WAITING : sentence(error) });
  alert.setAttribute('role', 'alert');
  if (error instanceof SignedOut) {
    // In a tab of its own, so that this page stays as it is.
    alert.append(Object.assign(document.createElement('a'), {
      href: '/login', target: '_blank', rel: 'noopener', textContent: 'Sign in in a new tab',
    }));
  }
  document.querySelector('main').prepend(alert);
  alert.scrollIntoView({ block: 'nearest' });
}

let marks = 0;

// In the row itself, with a way to try again.
// - Parameter isKept: the change is kept, and sent again by itself.
export function markUnsaved(row, error, retry, isKept) {
  unmarkUnsaved(row);
  row.classList.add('unsaved');
  const note = Object.assign(document.createElement('p'), { className: 'error', textContent: isKept ? WAITING : 'Not saved. ' });
  note.setAttribute('role', 'alert');
  const button = Object.assign(document.createElement('button'), {
    type: 'button', className: 'quiet', textContent: 'Retry', title: sentence(error), onclick: retry,
  });
  const isProblem = error instanceof Problem;
  note.append(isKept && !isProblem ? '' : sentence(error) + ' ', button);
  (row.querySelector('.editor, .t') ?? row).append(note);
  // What was refused would be refused again; what did not get through is sent when there is a connection.
  if (isKept || !isProblem) button.dataset.waits = marks += 1;
  if (isProblem) button.dataset.asks = '';
  showConnection();
  if (error instanceof SignedOut) complain(error);
}

export function unmarkUnsaved(row) {
  row.classList.remove('unsaved');
  row.querySelector('[role=alert].error')?.remove();
  showConnection();
}

// --- Offline

function showConnection() {
  const waiting = document.querySelectorAll('[data-waits]');
  const bar = byID('offline') ?? Object.assign(document.createElement('p'), { id: 'offline' });
  if (navigator.onLine) {
    bar.remove();
    return;
  }
  bar.setAttribute('role', 'status');
  bar.textContent = waiting.length
    ? `Offline. ${waiting.length} ${waiting.length === 1 ? 'change is' : 'changes are'} waiting.`
    : 'Offline. What you do waits until you are back.';
  if (!canKeep()) bar.textContent += ' Keep this page open until then.';
  if (!bar.isConnected) document.body.append(bar);
}

addEventListener('offline', showConnection);
addEventListener('online', () => retryAll());

// In the order in which it was done.
// - Parameter selector: leaves out what would ask to sign in, each by itself.
export function retryAll(selector = '[data-waits]:not([data-asks])') {
  showConnection();
  const buttons = [...document.querySelectorAll(selector)];
  for (const button of buttons.sort((a, b) => a.dataset.waits - b.dataset.waits)) button.click();
}

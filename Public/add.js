// The field for new tasks: it is empty again at once, and the new row shows before the server knows of it.

import { byID, Problem, sentence, SignedOut } from './net.js';
import { deliver, fieldsOf, isKept } from './actions.js';
import { insertBefore, shift, tidy } from './rows.js';
import { complain, markUnsaved, say, unmarkUnsaved } from './say.js';
import { explanation } from './submit.js';
import { fieldsIn, keepDrafts, keepUnsent, onSwap, shownIn } from './swap.js';
import { later as readAlong, listFor, showChips } from './chips.js';

export { readAlong };

// The rows that the server has not confirmed: the element, and what was sent.
const rows = new Map();

// - Parameter early: the fields as they were sent, if that was before this module came; the form may have the next line.
export function submit(form, early) {
  const body = early ?? fieldsOf(form);
  const title = body.get('title').trim();
  // The second half of a double click or of a bouncing key finds the field empty.
  if (!title && rows.size) return;
  clearRefusal();
  if (!title) {
    deliver('/tasks', body, { form, trigger: byID('title') }).catch(refuse);
    return;
  }
  const list = listFor(title);
  body.set('key', newKey());
  if (!early || !byID('title').value) empty(form);
  send(pendingRow(title, list), body);
}

// What tells the server that a form is the same as one that came before, so that it adds one task.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

// Fields as on a page without a draft.
function empty(form) {
  for (const field of fieldsIn(form)) {
    if ('defaultValue' in field) field.defaultValue = '';
    field.value = shownIn(field);
  }
  form.querySelector('details').open = false;
  showChips();
  byID('title').focus({ preventScroll: true });
}

function pendingRow(title, list) {
  const row = Object.assign(document.createElement('li'), { className: 'row pending' });
  const circle = Object.assign(document.createElement('span'), { className: 'tick' });
  circle.append(document.createElement('i'));
  const text = Object.assign(document.createElement('div'), { className: 't' });
  text.append(Object.assign(document.createElement('p'), { className: 'task-title', dir: 'auto', textContent: title }));
  row.append(circle, text);
  putIn(row, list);
  return row;
}

function putIn(row, name) {
  const list = byID(name) ?? document.querySelector('.section > .list');
  if (!list) return;
  shift(() => {
    insertBefore(list, row, list.firstElementChild);
    tidy();
  });
}

// The answer to a task that goes to another view than this one is a whole page.
const leadsElsewhere = here => /[?&](q|cursor|view=(done|trash))\b/.test(here);

// A page that is left gives up what is on its way, which may have arrived: the next page sends it again, with the same
// key. Only a page that is still there after a while, as it was a file or an e-mail that was opened, tells its reader.
const LEAVING = 20_000; // milliseconds
let leftAt = -Infinity;
addEventListener('beforeunload', () => { leftAt = performance.now(); });

// One after the other, so that they come in the order in which they were written.
let turn = Promise.resolve();

async function send(row, body) {
  rows.set(row, body);
  row.classList.add('pending');
  unmarkUnsaved(row);
  keepDrafts();
  // Without the form, which is empty by now: that would count as typed, and take the place of a refused text.
  const sending = deliver('/tasks', body, {
    after: turn, trigger: byID('title'), isWhole: leadsElsewhere(body.get('here')),
    begins: answer => {
      // An explanation comes with the page's own form, if nothing else is being written in it.
      if (!answer.ok && byID('title')?.value) throw new Problem(explanation(answer.page));
      remove(row);
    },
  });
  turn = sending.catch(() => {});
  try {
    await sending;
    tidy();
  } catch (error) {
    if (performance.now() - leftAt < LEAVING) await new Promise(resolve => setTimeout(resolve, LEAVING));
    row.classList.remove('pending');
    if (byID('title')?.value === '' && navigator.onLine && !isKept(error)) {
      remove(row);
      giveBack(body);
      refuse(error);
    } else {
      rows.set(row, body);
      if (!row.isConnected) putIn(row);
      markUnsaved(row, error, () => send(row, body), isKept(error));
      if (!isKept(error)) say(sentence(error));
    }
  }
  keepDrafts();
}

function remove(row) {
  rows.delete(row);
  row.remove();
  tidy();
}

// The text goes back to where it was typed.
function giveBack(body) {
  const form = byID('add');
  for (const field of fieldsIn(form)) if (body.has(field.name)) field.value = body.get(field.name);
  // A description that is out of sight would be taken for lost.
  const more = form.querySelector('details');
  more.open = fieldsIn(more).some(field => field.value !== shownIn(field));
  showChips();
}

function refuse(error) {
  if (error instanceof SignedOut) {
    complain(error);
  } else {
    const line = byID('title-error');
    line.setAttribute('role', 'alert');
    line.textContent = sentence(error);
    byID('title').setAttribute('aria-invalid', 'true');
  }
  // A reader who has gone elsewhere by now stays there.
  if (document.activeElement.matches('body, #add *')) byID('title').focus({ preventScroll: true });
}

function clearRefusal() {
  const line = byID('title-error');
  line.removeAttribute('role');
  line.textContent = '';
  byID('title').removeAttribute('aria-invalid');
  byID('problem')?.remove();
}

// --- Many lines at once

// They become one line, and can become tasks of their own.
export function paste(text) {
  const lines = text.split(/[\r\n]+/).map(line => line.trim()).filter(Boolean);
  const field = byID('title');
  const before = field.value;
  const joined = lines.join(' ');
  field.setRangeText(joined, field.selectionStart, field.selectionEnd, 'end');
  const after = field.value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const offer = Object.assign(document.createElement('button'), {
    type: 'button', className: 'chip', textContent: `Add ${lines.length} tasks`,
    onclick: () => {
      field.value = field.value === after ? before : field.value.replace(joined, '');
      showChips();
      field.focus();
      addAll(lines);
    },
  });
  showChips(offer, joined);
}

// The last first, as new tasks come to the top: so they end up in the order in which they were written.
function addAll(lines) {
  const list = listFor('');
  const template = fieldsOf(byID('add'));
  for (const line of lines.toReversed()) {
    const body = new URLSearchParams(template);
    body.set('title', line);
    body.set('key', newKey());
    send(pendingRow(line, list), body);
  }
}

// --- After a new page

keepUnsent(() => [...rows.values()].map(String));

onSwap(() => {
  for (const row of rows.keys()) if (!row.isConnected) putIn(row);
});

// What was on its way at a reload may have arrived or not: it is sent again, and added once.
export function restore(unsent) {
  for (const text of unsent) {
    const body = new URLSearchParams(text);
    if ([...rows.values()].some(other => other.get('key') === body.get('key'))) continue;
    body.set('form_token', byID('act').elements.form_token.value);
    send(pendingRow(body.get('title'), listFor(body.get('title'))), body);
  }
}

// Undoing what this visit has changed, the newest change first, and redoing it.

import { deliver, DOUBLE_CLICK, fieldsOf, isBusy } from './actions.js';
import { refresh } from './live.js';
import { byID, post, Problem } from './net.js';
import { changes, complain, MOST, showToast } from './say.js';

// What was undone, the last one last. It can be redone until something else is changed.
const undone = [];
// The newest change after the last undo or redo: if it is another one by now, something was changed since.
let newest;

export function forget() {
  changes.length = 0;
  undone.length = 0;
}

// --- What a toast tells

// Of the toast of a change: its token, its sentence, and how many of a kind it closes.
const facts = new WeakMap();

function about(toast) {
  if (!facts.has(toast)) {
    const text = toast.querySelector('p').cloneNode(true);
    const kind = /^(?:Task )?(completed|deleted)\b/.exec(text.lastChild.data.trim())?.[1];
    if (toast.dataset.title) text.replaceChildren(quoted(toast.dataset.title), ' deleted.');
    facts.set(toast, { token: toast.querySelector('#undo').value, text, kind, count: 1 });
  }
  return facts.get(toast);
}

const quoted = title => Object.assign(document.createElement('bdi'), { textContent: `“${title}”` });

// Tasks that are completed or deleted one after the other, while the toast is there, are told of together.
// - Parameter before: the toast that this one has replaced.
export function join(toast, before) {
  const last = changes[changes.indexOf(toast) - 1];
  if (!last || last !== before) return;
  const fact = about(toast);
  const { kind, count } = about(last);
  if (!kind || kind !== fact.kind) return;
  fact.count = Math.min(count + 1, MOST);
  toast.querySelector('p').textContent = several([toast], fact.count);
  toast.querySelector('#undo').textContent = 'Undo all';
}

const several = ([toast], count) => `${count} ${about(toast).kind}`;

// --- Undo and redo

export const undo = () => inTurn(changes, undone, () => changes.slice(-1));
export const redo = () => inTurn(undone, changes, () => undone.slice(-1));

let pressedAt = -Infinity;

// A button of a toast. The second half of a double click falls on the one that has taken its place.
function press(from, to, toasts) {
  if (performance.now() - pressedAt < DOUBLE_CLICK) return;
  pressedAt = performance.now();
  inTurn(from, to, () => toasts);
}

// The button that the server has made.
export function pressIn(toast) {
  const end = changes.indexOf(toast) + 1;
  if (end) press(changes, undone, changes.slice(Math.max(0, end - about(toast).count), end));
}

let turn = Promise.resolve();

// One wish after the other.
// - Parameter pick: tells which are meant, once what was done before has been answered.
function inTurn(from, to, pick) {
  turn = turn.then(async () => {
    while (isBusy()) await new Promise(resolve => setTimeout(resolve, 50));
    if (changes.at(-1) !== newest) undone.length = 0;
    newest = changes.at(-1);
    await send(pick().filter(toast => from.includes(toast)), from, to);
  }).catch(complain);
}

// One request for each, the last one first. Only the page that the last request brings is shown.
async function send(toasts, from, to) {
  const rest = [...toasts];
  let said = '';
  // - Returns: whether to go on.
  const take = ({ page }) => {
    const notice = page?.getElementById('notice');
    if (!notice) return false;
    const text = notice.querySelector('p').textContent;
    const token = notice.querySelector('#undo')?.value;
    const isDone = text.startsWith('Undone');
    const toast = rest.pop();
    // Something else was changed while this was on its way.
    const isAlone = changes.at(-1) === newest;
    if (from.includes(toast)) from.splice(from.indexOf(toast), 1);
    if (token) {
      about(toast).token = token;
      to.push(toast);
    }
    if (!isAlone) undone.length = 0;
    newest = changes.at(-1);
    if (text !== 'Undone.') said = text;
    if (!isDone || !rest.length) dress(notice, { toasts, rest, said, isRedo: from === undone });
    if (!isDone && rest.length) {
      tell(notice);
    }
    return isDone;
  };
  try {
    while (rest.length) {
      const form = byID('act');
      const body = fieldsOf(form);
      body.set('undo', about(rest.at(-1)).token);
      if (rest.length === 1) {
        await deliver('/undo', body, { form, begins: take });
        return;
      }
      const answer = await post('/undo', body);
      if (!answer.ok) throw new Problem((await import('./submit.js')).explanation(answer.page));
      if (!take(answer)) return;
    }
  } catch (error) {
    if (toasts.length > 1 && rest.length) {
      const notice = Object.assign(document.createElement('div'), { id: 'notice', className: 'toast' });
      notice.append(document.createElement('p'));
      dress(notice, { toasts, rest, said: '', isRedo: from === undone });
      tell(notice);
    }
    throw error;
  }
}

// Writes a toast: what was undone or redone, or is left of it, and what can be done next.
// - Parameters:
//   - toasts, rest: what was to be undone or redone, and what of it is left.
//   - said: what the server said, unless it was undone without anything to say about it.
function dress(notice, { toasts, rest, said, isRedo }) {
  const text = notice.querySelector('p');
  const word = isRedo ? 'Redone' : 'Undone';
  if (rest.length) {
    const names = rest.toReversed().flatMap(toast => [', ', about(toast).text.querySelector('bdi')?.cloneNode(true) ?? 'a task']);
    text.replaceChildren(said && `${said} `, `Not ${word.toLowerCase()}: `, ...names.slice(1));
  } else if (said) {
    text.textContent = said.replace('Undone', word).replace('undone', word.toLowerCase());
  } else {
    text.replaceChildren(isRedo ? '' : 'Undone: ', ...(toasts.length > 1 ? [several(toasts, toasts.length)] : copyOf(toasts[0])));
  }
  notice.querySelector('#undo')?.remove();
  // What was left is tried again; what was done goes back together.
  const [again, back] = rest.length ? [rest.length, 1] : [1, toasts.length];
  addButton(notice, 'undo', 'Undo', changes, undone, isRedo ? back : again);
  addButton(notice, 'redo', 'Redo', undone, changes, isRedo ? again : back);
}

// The page of an answer brings its toast along; this one comes alone. The button that had the focus goes with the toast before.
function tell(notice) {
  const focused = byID('notice')?.contains(document.activeElement) && document.activeElement.id;
  showToast(notice);
  if (focused) (byID(focused) ?? notice.querySelector('button'))?.focus({ preventScroll: true });
  refresh();
}

const copyOf = toast => about(toast).text.cloneNode(true).childNodes;

function addButton(notice, id, word, from, to, count) {
  const toasts = from.slice(-count);
  if (!toasts.length) return;
  notice.append(Object.assign(document.createElement('button'), {
    type: 'button', id, textContent: toasts.length > 1 ? `${word} all` : word, onclick: () => press(from, to, toasts),
  }));
}

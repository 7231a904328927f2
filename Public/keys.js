// Keys for those who have learned them. Everything they do can be seen and clicked as well.

import { act, byID } from './net.js';
import { find } from './rows.js';
import { complain } from './say.js';
import { begin } from './select.js';
import { onSwap } from './swap.js';

const VIEWS = ['o', 't', 'u', 'd', 'a'];

const isField = element => element.matches?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
const focusOn = element => {
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'nearest' });
};

// Single keys get in the way of those who dictate, or hit keys by chance, and can be turned off (WCAG 2.1.4): on this
// device, or for this visit to another person's.
export let hasSingleKeys = true;
const store = () => (byID('act')?.matches('[data-keeps]') ? localStorage : sessionStorage);

function readChoice() {
  try {
    hasSingleKeys = store().singleKeys !== 'off';
  } catch {
    // Without a storage, the choice holds for this page.
  }
}

export function setSingleKeys(isOn) {
  hasSingleKeys = isOn;
  try {
    store().singleKeys = isOn ? 'on' : 'off';
  } catch {
    // As above.
  }
}

readChoice();
// Another tab has changed it.
addEventListener('storage', readChoice);

// True for a moment after `g`.
let isGoing = false;

// - Parameter pressed: the keys that were pressed before this module came.
export function start(pressed) {
  document.addEventListener('keydown', event => {
    if (!event.defaultPrevented) press(event);
  });
  pressed.forEach(press);
}

function press(event) {
  // Not the event's own target, as the focus may have moved before this module came.
  const target = document.activeElement;
  if (event.isComposing || document.querySelector('dialog[open]')) return;
  const handled = event.ctrlKey || event.metaKey ? withModifier(event, target) : plain(event, target);
  if (handled) event.preventDefault();
}

function withModifier({ key, altKey, shiftKey, repeat }, target) {
  if (altKey) return false;
  if (key.toLowerCase() === 'z' && !isField(target) && byID('act')) {
    if (!repeat) goBack(shiftKey);
    return true;
  }
  if (shiftKey) return false;
  const editor = target.closest('.editor');
  if (key === 'Enter' && editor) {
    editor.requestSubmit(editor.querySelector('[type=submit]:not([form])'));
    return true;
  }
  if (key === 'k' && byID('search')) {
    byID('search').select();
    focusOn(byID('search'));
    return true;
  }
  return false;
}

function plain({ key, altKey, shiftKey, repeat }, target) {
  if (key === 'Escape') return cancel(target);
  if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) return reorder(target.closest('.row'), key === 'ArrowUp' ? 'up' : 'down');
  if (altKey || !hasSingleKeys || isField(target) || !byID('act')) return false;
  if (isGoing) {
    isGoing = false;
    const link = byID('views')?.children[VIEWS.indexOf(key)];
    link?.click();
    return Boolean(link);
  }
  if (key === 'j' || key === 'k') return move(target, key === 'j' ? 1 : -1);
  // A key that is held down is one wish.
  const work = repeat ? undefined : actions[key];
  return work ? work(target.closest('.row'), shiftKey) !== false : false;
}

const click = element => (element ? element.click() : false);

const actions = {
  n: () => focusOn(byID('title')),
  c: row => click(row?.querySelector('button.tick')),
  e: row => click(row?.querySelector('a.task-title')),
  d: row => editAt(row, 'edit-when'),
  t: row => editAt(row, 'edit-tags'),
  Delete: row => {
    const button = row?.querySelector('.actions-of-row button, .editor .danger');
    if (!button) return false;
    // The focus stays in the list, so that the keys go on to work.
    move(button, 1) || move(button, -1);
    button.click();
  },
  x: row => select(row),
  '/': () => (byID('search') ? focusOn(byID('search')) : false),
  g: () => {
    isGoing = true;
    setTimeout(() => { isGoing = false; }, 1500);
  },
  // With Caps Lock, Shift makes small letters.
  z: (row, shiftKey) => goBack(shiftKey),
  // Not with Caps Lock alone.
  Z: (row, shiftKey) => (shiftKey ? goBack(true) : false),
  '?': () => { import('./help.js').then(help => help.showKeys()).catch(complain); },
};

// The field at which a row's editor is opened.
let wish = {};

function editAt(row, id) {
  const link = row?.querySelector('a.task-title');
  wish = link ? { row: row.id, id } : {};
  return click(link);
}

onSwap(() => {
  const { row, id } = wish;
  wish = {};
  const field = find(row ? `#${row} #${id}` : '');
  // After the page has put the focus on the title.
  if (field) queueMicrotask(() => focusOn(field));
});

function goBack(isRedo) {
  import('./undo.js').then(({ undo, redo }) => (isRedo ? redo() : undo())).catch(complain);
}

function cancel(target) {
  const menu = target.closest('details.menu[open]') ?? document.querySelector('details.menu[open]');
  if (menu) {
    menu.open = false;
    menu.querySelector('summary').focus();
    return true;
  }
  const editor = target.closest('.editor') ?? (isField(target) ? null : document.querySelector('.editor'));
  if (!editor) return endSelecting(target);
  const link = editor.querySelector('[data-focus]');
  // What is typed is a draft until the row is opened again: a key is pressed by chance more easily than Cancel.
  const { focus } = link?.dataset ?? {};
  link?.removeAttribute('data-focus');
  link?.click();
  if (focus !== undefined) link.dataset.focus = focus;
  return true;
}

// To the next or the previous row; Space ticks the one that is come to.
function move(target, step) {
  const rows = [...document.querySelectorAll('.row:not(.pending, .editing, [inert])')].filter(row => row.checkVisibility());
  const at = rows.indexOf(target.closest('.row'));
  const row = at < 0 ? rows[step > 0 ? 0 : rows.length - 1] : rows[at + step];
  if (!row) return false;
  focusOn(row.querySelector('.tick input, button.tick, button'));
  return true;
}

// --- The order by hand

// In lists that have one. The server says where the task is now.
function reorder(row, step) {
  if (!byID('act') || !row?.closest('[data-order]') || row.matches('.editing')) return false;
  act(`/tasks/${row.id.replace('task-', '')}/move`, 'step', step);
  return true;
}

// --- Selecting

let wanted;
// The row that the keys go on from once selecting has ended.
let left;

function select(row) {
  const box = row?.querySelector('.pick input');
  if (box) return box.click();
  wanted = row?.id;
  return click(byID('select'));
}

function endSelecting(target) {
  const link = document.querySelector('.selection a');
  if (!link || isField(target)) return false;
  left = target.closest('.row')?.id;
  link.click();
  return true;
}

onSwap(() => {
  const box = find(wanted ? `#${wanted} .pick input` : '');
  const tick = find(left ? `#${left} button.tick` : '');
  wanted = left = undefined;
  if (box) {
    box.checked = true;
    begin(box);
  }
  // After the page has put the focus where it would go otherwise.
  if (box ?? tick) queueMicrotask(() => focusOn(box ?? tick));
});

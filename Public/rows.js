// The rows of the list: where they come, how they go, and the sections around them.

import { byID } from './net.js';
import { showToast } from './say.js';

const PAUSE = 1_500; // milliseconds
const AIMING = 400;

export const rowOf = element => element?.closest('.row');

// Finds an element again on a later page: by its own id, or as this part of its row.
export function trace(element) {
  if (element?.id) return '#' + CSS.escape(element.id);
  const row = rowOf(element);
  return row?.id ? `#${row.id} ${element.localName}.${element.classList[0]}` : null;
}

export const find = selector => (selector ? document.querySelector(selector) : null);
export const titleIn = id => find(id ? `#${id} a.task-title` : null);

// --- The pointer

// Where it is and since when; a finger leaves no pointer behind.
let pointer = { x: -1, y: -1, at: -Infinity };

document.addEventListener('pointermove', ({ clientX: x, clientY: y, pointerType }) => {
  if (pointerType === 'touch' || Math.hypot(x - pointer.x, y - pointer.y) < 4) return;
  pointer = { x, y, at: performance.now() };
}, { passive: true });

// True while the user is about to click on a row.
const isOverList = () => performance.now() - pointer.at < PAUSE && document.querySelector('.list:hover') !== null;

const rowUnderPointer = () => rowOf(document.elementFromPoint(pointer.x, pointer.y));

// Runs what moves rows. If another one comes to lie under the resting pointer, a click right after it was meant for
// the one before, and does nothing.
let shiftedAt = -Infinity;

export function shift(move) {
  const before = rowUnderPointer();
  move();
  if (before && rowUnderPointer() !== before) shiftedAt = performance.now();
}

document.addEventListener('click', event => {
  const now = performance.now();
  if (event.detail === 0 || !rowOf(event.target) || pointer.at > shiftedAt || now - shiftedAt > AIMING) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// --- Rows keep their places under the pointer

// What moves or leaves does so when the pointer has left the list, or a while after the last change.
const waiting = new Map(); // the id of a row: what is to happen to it
let timer;

function later(id, move, delay) {
  waiting.set(id, move);
  clearTimeout(timer);
  timer = setTimeout(moveNow, delay);
}

function moveNow() {
  clearTimeout(timer);
  const moves = [...waiting.values()];
  waiting.clear();
  shift(() => moves.forEach(move => move()));
}

// True while rows are to stay where they are.
export const isSettling = () => waiting.size > 0 || isOverList();

export const isLeaving = row => row.inert || waiting.has(row.id);

export const stay = id => waiting.delete(id);

document.addEventListener('pointerover', event => {
  if (waiting.size && !event.target.closest('.list')) moveNow();
});
document.documentElement.addEventListener('pointerleave', moveNow);

// A row that is not in this view any more. Ticked rows can be unticked for a moment, whatever the pointer does.
export function letGo(row) {
  const isTicked = row.classList.contains('done');
  later(row.id, () => leave(byID(row.id)), isTicked || isOverList() ? PAUSE : 0);
}

async function leave(row) {
  if (!row) return;
  if (row.contains(document.activeElement)) neighbour(row)?.focus({ preventScroll: true });
  row.inert = true;
  row.classList.add('gone');
  await Promise.allSettled(row.getAnimations().map(animation => animation.finished));
  shift(() => {
    row.remove();
    tidy();
  });
}

// Where the focus of a row goes that is taken away.
function neighbour(row) {
  const rows = [...document.querySelectorAll('.row:not([inert])')];
  const at = rows.indexOf(row);
  return (rows[at + 1] ?? rows[at - 1])?.querySelector('button.tick, a, button') ?? byID('title');
}

// --- Fragments

// The number of the request whose counts are shown. Older ones that come later have older counts.
let newest = 0;

// - Parameter keeps: tells of a row whether the one that is shown is newer, so that it stays as it is.
export function mergeFragment(parts, number, keeps) {
  const isNewest = number >= newest;
  newest = Math.max(newest, number);
  let toast;
  shift(() => {
    for (const part of [...parts]) {
      if (part.matches('li')) {
        if (!keeps(part)) place(part);
      } else if (part.id === 'notice') {
        toast = part;
      } else if (isNewest) {
        replacePart(part);
      }
    }
    tidy();
  });
  // Each change can be undone, also one whose answer comes late.
  if (isNewest || toast) showToast(toast);
}

// A part of the page around the rows.
export function replacePart(fresh) {
  const old = byID(fresh.id);
  if (!old || old.isEqualNode(fresh)) return;
  const at = old.contains(document.activeElement) && focusables(old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (at !== false) focusables(fresh)[at]?.focus({ preventScroll: true });
}

const focusables = part => [...part.querySelectorAll('a, button, summary')];

function place(row) {
  const { in: list, after } = row.dataset;
  row.removeAttribute('data-in');
  row.removeAttribute('data-after');
  const old = byID(row.id);
  stay(row.id);
  const home = byID(list);
  if (!home) {
    if (!old) return;
    // One without content was deleted.
    letGo(row.childElementCount ? swapRow(old, row) : old);
    return;
  }
  if (!old) {
    insert(row, home, after);
    return;
  }
  const isInPlace = old.parentElement === home && idBefore(old) === after;
  swapRow(old, row);
  if (isInPlace) return;
  if (isOverList()) later(row.id, () => insert(byID(row.id), home, after), PAUSE);
  else insert(row, home, after);
}

// The id of the row before, apart from those that are not the server's, or are about to leave.
function idBefore(row) {
  let before = row.previousElementSibling;
  while (before && (!before.id || isLeaving(before))) before = before.previousElementSibling;
  return before?.id ?? '';
}

function insert(row, home, after) {
  if (!row || !home.isConnected) return;
  const before = byID(after);
  // A row before it that is not on this page leaves it where it is, or at the end.
  if (before?.parentElement === home) insertBefore(home, row, before.nextElementSibling);
  else if (!after) insertBefore(home, row, home.firstElementChild);
  else if (row.parentElement !== home) insertBefore(home, row, null);
  tidy();
}

// Moving an element takes the focus from it.
export function insertBefore(list, row, next) {
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(row, next === row ? row.nextElementSibling : next);
  focused?.focus({ preventScroll: true });
}

// One row in the place of another; the focus goes to the same part of the new one.
export function swapRow(old, row) {
  const focused = old.contains(document.activeElement) && trace(document.activeElement);
  old.replaceWith(row);
  if (focused) find(focused)?.focus({ preventScroll: true });
  return row;
}

// Sections are there as long as they have rows.
export function tidy() {
  for (const list of document.querySelectorAll('.section > .list')) {
    list.parentElement.hidden = list.childElementCount === 0;
  }
  const empty = byID('empty');
  if (empty) empty.hidden = document.querySelector('.section .row') !== null || document.querySelector('.pages') !== null;
}

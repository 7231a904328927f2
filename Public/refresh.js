// Brings the list up to date without being asked, so quietly that it disturbs no one.

import { account, ask, byID, here, signIn } from './net.js';
import { find, insertBefore, isLeaving, isSettling, letGo, replacePart, shift, swapRow, tidy } from './rows.js';
import { isBusy } from './actions.js';
import { complain } from './say.js';
import { isTyping } from './swap.js';

let timer;

// The list as it is now. Waits while something is on its way or asked, and while the pointer is on a row.
export function refresh(delay = 0) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (isBusy() || isSettling() || find('dialog[open]')) return refresh(300);
    try {
      await merge();
    } catch {
      // It was not asked for; the next change tries again.
    }
  }, delay);
}

async function merge() {
  const asked = here();
  const { page, ok, isSignedOut } = await ask(asked);
  // Made alike, they stay, and keep the focus.
  if (byID('examples')) (await import('./examples.js')).prepare(page);
  const owner = account(page);
  // What has begun meanwhile is newer than this answer.
  if (isBusy() || isSettling() || here() !== asked) return refresh(300);
  if (isSignedOut || (owner && owner !== account())) return leave();
  if (!ok || !owner) return;
  hide(false);
  if (hasDeclined) byID('problem')?.remove();
  hasDeclined = false;
  find('#problem:has([href="/login"])')?.remove();
  shift(() => {
    for (const list of document.querySelectorAll('.section > .list')) {
      const fresh = page.getElementById(list.id);
      if (fresh) mergeRows(list, fresh);
    }
  });
  for (const id of ['heading', 'summary', 'views', 'empty']) take(page, id);
  for (const heading of document.querySelectorAll('.sect')) take(page, heading.id);
  const menu = byID('lists-menu');
  if (menu && !menu.open && !isTyping(menu)) take(page, menu.id);
  tidy();
}

// What tells of the account's tasks and lists, apart from what was done here and is not saved.
const OWN = '#heading, #summary, #lists-menu, .list-settings, #notice, .section .row:not(.editing, .unsaved, .pending)';

function hide(isHidden) {
  for (const part of document.querySelectorAll(OWN)) part.hidden = isHidden;
}

let hasDeclined = false;

// The session is over, and the list is not shown any more. What is typed, or was not saved, waits until the same account
// has signed in again.
async function leave() {
  if (!isTyping(document.querySelector('main')) && !find('.unsaved')) {
    location.reload();
    return;
  }
  hide(true);
  // They are asked once, and have a link then.
  if (hasDeclined || find('#problem [href="/login"]')) return;
  try {
    await signIn();
    hide(false);
  } catch (error) {
    hasDeclined = true;
    complain(error);
  }
}

function take(page, id) {
  const fresh = page.getElementById(id);
  if (fresh) replacePart(fresh);
}

// Rows that are being edited or dragged, or that were not saved, stay as they are.
const isInUse = row => row.matches('.editing, .pending, .unsaved, .dragged');

function mergeRows(list, fresh) {
  for (const row of [...list.children]) {
    if (!isInUse(row) && !isLeaving(row) && !fresh.ownerDocument.getElementById(row.id)) letGo(row);
  }
  const passed = row => row.matches('.pending, .dragged') || isLeaving(row);
  let next = list.firstElementChild;
  for (const row of [...fresh.children]) {
    while (next && passed(next)) next = next.nextElementSibling;
    const old = byID(row.id);
    if (old && (isInUse(old) || row.matches('.editing'))) {
      if (next === old) next = old.nextElementSibling;
      continue;
    }
    const isHere = old !== null && old === next;
    let shown = old;
    if (!old?.isEqualNode(row)) {
      shown = document.adoptNode(row);
      const box = old?.querySelector('.pick :checked') && shown.querySelector('.pick input');
      if (box) box.checked = true;
      if (old) swapRow(old, shown);
    }
    // Moving an element takes the focus from it, so only those that are elsewhere are moved.
    if (isHere) next = shown.nextElementSibling;
    else insertBefore(list, shown, next);
  }
}

// Drags a row by its handle to another place of its list. The keys Alt ↑ and Alt ↓ do the same, and so do the buttons of
// its editor.

import { byID } from './net.js';
import { deliver, fieldsOf, isKept } from './actions.js';
import { refresh } from './live.js';
import { insertBefore, rowOf } from './rows.js';
import { complain, markUnsaved, unmarkUnsaved } from './say.js';

const EDGE = 60; // pixels from an edge of the window where it begins to scroll
const STEP = 10;

// - Parameter event: that of the pointer that has just come down on a handle.
export function drag({ target: handle }) {
  const row = rowOf(handle);
  if (!row?.isConnected || !row.parentElement.matches('[data-order]')) return;
  const list = row.parentElement;
  const next = row.nextElementSibling;
  let pointer;
  let frame;

  // Unless what it would be put back into has been replaced meanwhile.
  const putBack = () => {
    if (row.parentElement === list && (!next || next.parentElement === list)) insertBefore(list, row, next);
    else refresh();
  };
  const follow = () => {
    if (!row.isConnected) {
      end();
      return;
    }
    if (pointer < EDGE) scrollBy(0, -STEP);
    else if (pointer > innerHeight - EDGE) scrollBy(0, STEP);
    const below = siblings().find(other => other !== row && pointer < middle(other)) ?? null;
    if (below !== following()) insertBefore(list, row, below);
    frame = requestAnimationFrame(follow);
  };
  // Subtasks have an order of their own.
  const siblings = () => [...list.querySelectorAll('.row[id]:not(.sub)')];
  const neighbour = step => {
    const rows = siblings();
    return rows[rows.indexOf(row) + step] ?? null;
  };
  const following = () => neighbour(1);
  const before = following();

  const move = event => {
    // It went up before this module had come.
    if (event.pointerType === 'mouse' && !event.buttons) {
      end(event);
      return;
    }
    pointer = event.clientY;
    frame ??= requestAnimationFrame(follow);
  };
  // - Parameter event: what ended it; only letting go sends the row to its new place.
  const end = event => {
    cancelAnimationFrame(frame);
    row.classList.remove('dragged');
    for (const [name, listener] of listeners) removeEventListener(name, listener, true);
    if (event?.type !== 'pointerup' || !row.isConnected) putBack();
    else if (following() !== before && siblings().length > 1) send(row, placed(following(), neighbour(-1)), putBack);
  };
  const cancel = event => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end(event);
  };
  // Moving the row takes a captured pointer from its handle, so the window listens.
  const listeners = [['pointermove', move], ['pointerup', end], ['pointercancel', end], ['keydown', cancel]];
  for (const [name, listener] of listeners) addEventListener(name, listener, true);
  row.classList.add('dragged');
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}

// The fields of a move.
// - Parameter below: the row that follows it now; null at the end, where `last` is the one before it.
function placed(below, last) {
  const body = fieldsOf(byID('act'));
  body.set(below ? 'before' : 'after', (below ?? last).id.replace('task-', ''));
  return body;
}

// - Parameters:
//   - body: the same fields each time, so that what is sent again takes no later move's place.
//   - putBack: for a move that was not taken.
async function send(row, body, putBack) {
  unmarkUnsaved(row);
  try {
    await deliver(`/tasks/${row.id.replace('task-', '')}/move`, body);
  } catch (error) {
    if (isKept(error)) {
      markUnsaved(row, error, () => send(row, body, putBack), true);
    } else {
      putBack();
      complain(error);
    }
  }
}

// Sends forms and buttons that are no ticks and no new tasks: editors, deletions, and all that a whole page answers.

import { deliver, DOUBLE_CLICK, fail, forgetFailure, hasMore, isHere, target } from './actions.js';
import { ask, byID, canKeep } from './net.js';
import { rowOf, tidy, titleIn } from './rows.js';
import { complain } from './say.js';
import './select.js';
import { forgetDraft, keepDrafts, remember } from './swap.js';
import { pressIn } from './undo.js';

const busy = new Map(); // an address: what was sent there and is not answered
const again = new Set(); // the addresses of editors that were saved once more meanwhile
let lastDeletion = -Infinity;

// A form or a button, once at a time.
// - Parameter body: the fields as they were when it was pressed.
export async function submit(form, submitter, body, isAgain) {
  if (submitter?.id === 'undo') {
    pressIn(submitter.closest('#notice'));
    return;
  }
  const url = target(form, submitter);
  const trigger = submitter ?? form;
  const id = rowOf(trigger)?.id;
  const row = byID(id);
  const isDeletion = url.endsWith('/delete');
  const isEditor = form.matches('.editor');
  if (busy.has(url)) {
    if (isEditor && String(body) !== String(busy.get(url))) again.add(url);
    return;
  }
  // The second half of a double click falls on the next row.
  if (isDeletion && !isAgain && performance.now() - lastDeletion < DOUBLE_CLICK) return;
  if (isDeletion) lastDeletion = performance.now();
  busy.set(url, body);
  const isAddition = url === '/tasks';
  // Only where it can be kept; it takes effect once then.
  if (canKeep() && url.endsWith('/selected') && !body.has('key')) body.set('key', crypto.randomUUID());
  // The form goes once its task is there.
  if (canKeep() && isAddition) body.set('key', form.dataset.key ??= crypto.randomUUID());
  const isFocused = row?.contains(document.activeElement);
  if (row) {
    forgetFailure(row.id);
    if (!isEditor) row.classList.add('pending');
  }
  try {
    const isEdited = row?.matches('.editing');
    // A whole page keeps an editor open that something else was done from, and shows a new task wherever that is.
    const isWhole = isAddition || (isEdited && url.endsWith('/move'));
    const title = isDeletion && titleIn(id)?.textContent;
    const answer = await deliver(url, body, {
      form, trigger, isWhole,
      // For when it has to be told from others.
      begins: ({ page }) => { if (title) page?.getElementById('notice')?.setAttribute('data-title', title); },
    });
    if (!answer.isFragment) {
      byID(row?.id)?.classList.remove('pending');
      // It was sent in another way.
      if (isEditor && !answer.page) forgetDraft(id, body);
      return;
    }
    if (isEditor && hasMore(form, body)) {
      await goOn(form, body, answer.page).catch(() => {});
      return;
    }
    if (isEdited && isHere(body)) remember(new URL(body.get('here'), location), false);
    if (isEditor || isEdited) forgetDraft(id);
    // A reader who has gone elsewhere by now stays there: the rest of a word would be taken for shortcuts.
    const { activeElement } = document;
    if (activeElement === document.body || rowOf(activeElement)?.id === row?.id) {
      if (isEditor) titleIn(row.id)?.focus({ preventScroll: true });
      else if (isFocused) (byID('undo') ?? byID('title'))?.focus({ preventScroll: true });
    }
    tidy();
  } catch (error) {
    const present = byID(row?.id);
    present?.classList.remove('pending');
    if (!present) complain(error);
    else {
      // The row may be another element by then.
      fail(present.id, error, () => {
        const editor = isEditor && byID(present.id).querySelector('.editor');
        if (editor) editor.requestSubmit();
        else submit(form, submitter, body, true);
      });
    }
  } finally {
    busy.delete(url);
    if (again.delete(url) && form.isConnected) form.requestSubmit();
  }
}

// An editor in which more was written while it was being saved stays open, and goes on from what was saved.
async function goOn(editor, sent, answer) {
  const { page } = await ask(answer.querySelector('a.task-title').href);
  const fresh = page.querySelector('.editor');
  if (fresh?.getAttribute('action') !== editor.getAttribute('action')) return;
  for (const field of editor.elements) {
    const other = fresh.elements[field.name];
    if (!other) continue;
    const value = field.value === sent.get(field.name) ? other.value : field.value;
    if ('defaultValue' in field) field.defaultValue = other.defaultValue;
    else for (const option of field.options) option.defaultSelected = option.value === other.value;
    // Setting it moves the cursor.
    if (field.value !== value) field.value = value;
  }
  keepDrafts();
}

// What a page says of what was refused.
export const explanation = page =>
  (page.querySelector('main :is(.error:not(:empty), .alert)') ?? page.querySelector('h1 + p'))?.textContent;

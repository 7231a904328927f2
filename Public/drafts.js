// What is typed survives a reload: it is kept in this tab, for this account, until it is sent, cancelled or signed out.

import { account, byID } from './net.js';

const key = () => 'latchkey.draft.' + account();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(key())) ?? {};
  } catch {
    return {};
  }
}

function write(draft) {
  try {
    if (Object.values(draft).some(part => part && Object.keys(part).length)) {
      sessionStorage.setItem(key(), JSON.stringify(draft));
    } else {
      sessionStorage.removeItem(key());
    }
  } catch {
    // Storage can be full or forbidden. Then a reload loses what is typed, as it does without this.
  }
}

const values = form => Object.fromEntries(
  [...form.elements].filter(field => field.id && 'value' in field && field.type !== 'submit').map(field => [field.id, field.value]));

// The tasks that were not added, which stand in the list with their text.
let unsent = () => [];
export const keepUnsent = list => { unsent = list; };

export function keep() {
  if (!account()) return;
  const draft = read();
  const add = byID('add');
  if (add) {
    const title = byID('title').value.trim() !== '' || byID('description').value !== '';
    draft.add = title ? { ...values(add), isOpen: add.querySelector('details').open || undefined } : undefined;
    draft.unsent = unsent();
  }
  const editor = document.querySelector('.editor');
  const id = editor?.closest('.row').id;
  if (editor && (isTyping(editor) || draft.edits?.[id])) {
    draft.edits = { ...draft.edits, [id]: { ...values(editor), version: editor.elements.version.value } };
  }
  write(draft);
}

const isTyping = editor => [...editor.elements].some(field => 'defaultValue' in field && field.type !== 'hidden' && field.value !== field.defaultValue);

// Puts back what was typed before, into fields in which nothing is.
export function restore() {
  if (!account()) return [];
  const draft = read();
  const add = byID('add');
  if (add && draft.add && byID('title').value === '' && byID('description').value === '') {
    fill(add, draft.add);
    if (draft.add.isOpen) add.querySelector('details').open = true;
  }
  const editor = document.querySelector('.editor');
  const edit = draft.edits?.[editor?.closest('.row').id];
  if (edit) {
    fill(editor, edit);
    // The version that was edited then: if the task has changed since, both texts are shown.
    editor.elements.version.value = edit.version;
  }
  return draft.unsent ?? [];
}

function fill(form, texts) {
  for (const field of form.elements) if (field.id in texts) field.value = texts[field.id];
}

// The editor of a row was saved or cancelled.
export function forget(id) {
  const draft = read();
  delete draft.edits?.[id];
  write(draft);
}

export function forgetAll() {
  sessionStorage.removeItem(key());
}
